package backend

import (
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

func TestSites(t *testing.T) {
	for name, tc := range map[string]struct{ zone, global, id, location string }{
		"nothing":           {"", "", "", ""},
		"a zone":            {"az1", "", "az1/az1", "az1"},
		"a place":           {"", "hall", "hall", "hall"},
		"a zone in a place": {"az1", "hall", "az1/hall", "hall"},
	} {
		got := siteOf(tc.zone, tc.global)
		if got == nil {
			got = &sdk.Site{}
		}
		if got.ID != tc.id || got.Location.GlobalID != tc.location {
			t.Errorf("%s: got %+v", name, *got)
		}
	}
}

func TestTimesOfNova(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-03-01T12:00:00.000000": at, "2026-03-01T12:00:00": at, "2026-03-01T14:00:00+02:00": at,
		"": {}, "yesterday": {}, "1969-12-31T23:59:59": {},
	} {
		if got := timeOf(text); !got.Equal(want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}
