package app

import (
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
)

func TestNotesOfVersions(t *testing.T) {
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	const guide = "https://docs.example.com/v1-to-v2"
	now := day("2026-12-31").Add(23 * time.Hour)
	for name, tt := range map[string]struct {
		version config.APIVersion
		want    []string
	}{
		"as the policy has it": {config.APIVersion{Deprecated: day("2026-07-01"), Sunset: day("2027-01-01"), MigrationGuide: guide}, nil},
		"open end":             {config.APIVersion{Deprecated: day("2026-07-01"), MigrationGuide: guide}, nil},
		"too soon": {config.APIVersion{Deprecated: day("2026-07-02"), Sunset: day("2027-01-01"), MigrationGuide: guide}, []string{
			"line 7: api.versions.o2ims/v1.sunset: clients have less than 6 months from 2026-07-02 until 2027-01-01",
		}},
		"over, and no guide": {config.APIVersion{Deprecated: day("2026-05-01"), Sunset: day("2026-12-31")}, []string{
			"line 7: api.versions.o2ims/v1.sunset: the time of this version was over on 2026-12-31, and it is still served: a next release may serve it no more",
			"line 7: api.versions.o2ims/v1.migrationGuide: is missing: clients are told to move on, and not how",
		}},
	} {
		tt.version.Name, tt.version.Line = "o2ims/v1", 7
		var got []string
		for _, note := range notesOfVersions(&config.Config{API: config.API{Versions: []config.APIVersion{tt.version}}}, now) {
			got = append(got, note.String())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
