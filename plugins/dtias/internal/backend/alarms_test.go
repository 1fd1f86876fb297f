package backend

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

func alarmsText(t *testing.T, b *Backend) []string {
	t.Helper()
	var all []string
	for a, err := range b.ListAlarms(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s: %s of %s %s, %v", a.ID, a.DefinitionID, a.ResourceID, a.Severity, a.Extensions["dtias.says"]))
	}
	return all
}

func TestStatesOfHealthRaiseAlarms(t *testing.T) {
	l := newLab(t)
	cfg := l.config()
	cfg.SiteIDs = []string{"site-ams"}
	b := l.open(t, cfg)
	defer b.Close()
	if got := alarmsText(t, b); len(got) != 0 {
		t.Errorf("all is well, and there are %q", got)
	}
	l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) { m.HealthState, m.Storage[1].Health = "Critical", "degraded" })
	l.World.Change("srv-ams-dc1-002", func(m *dtias.Machine) { m.HealthState, m.State = "wobbly", "failed" })
	l.World.Change("srv-ham-dc1-001", func(m *dtias.Machine) { m.HealthState = "critical" }) // of another site
	want := []string{
		"srv-ams-dc1-001/health: server-health of srv-ams-dc1-001 CRITICAL, Critical",
		"srv-ams-dc1-001/disk/disk-1: disk-health of srv-ams-dc1-001 MINOR, degraded",
		"srv-ams-dc1-002/health: server-health of srv-ams-dc1-002 INDETERMINATE, wobbly",
		"srv-ams-dc1-002/state: server-failed of srv-ams-dc1-002 CRITICAL, failed",
	}
	if got := alarmsText(t, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) { m.HealthState, m.Storage[1].Health = "healthy", "OK" })
	if got := alarmsText(t, b); !reflect.DeepEqual(got, want[2:]) {
		t.Errorf("got  %q\nwant %q", got, want[2:])
	}
	// A list that cannot be had is no end of alarms.
	l.fail(t, dtias.Fault{Kind: dtias.Status, Status: 503, Path: "/inventory/servers"})
	for a, err := range b.ListAlarms(t.Context()) {
		if err == nil {
			t.Fatalf("got %+v though DTIAS is away", a)
		}
	}
}

func TestDisksWithoutIDs(t *testing.T) {
	alarms := alarmsOf(&api.Server{ID: "s", Storage: []api.Disk{{Health: "failed"}, {ID: "d", Health: "failed"}, {ID: "d", Health: "failed"}}})
	var ids []string
	for _, a := range alarms {
		ids = append(ids, a.ID)
	}
	if want := []string{"s/disk/#0", "s/disk/d", "s/disk/#2"}; !reflect.DeepEqual(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
}

func TestPlaces(t *testing.T) {
	site := &api.Site{ID: "s1", Name: "West", City: "Town"}
	for name, tc := range map[string]struct {
		pool     placed
		global   string
		id, name string
		located  bool
	}{
		"nothing":          {placed{}, "", "", "", false},
		"a datacenter":     {placed{Pool: api.Pool{Datacenter: "dc"}}, "", "dc/dc", "dc", false},
		"on the globe":     {placed{Pool: api.Pool{Datacenter: "dc"}}, "geo:1.5;-2", "dc/geo:1.5;-2", "dc", true},
		"of a site":        {placed{Pool: api.Pool{Datacenter: "dc"}, site: site}, "", "s1/dc/s1", "West, dc", false},
		"of its own name":  {placed{site: site}, "hall", "s1//hall", "West", false},
		"off the globe":    {placed{}, "geo:91;0", "geo:91;0", "geo:91;0", false},
		"no number at all": {placed{}, "geo:NaN;0", "geo:NaN;0", "geo:NaN;0", false},
	} {
		got := siteOf(tc.pool, tc.global)
		if got == nil {
			got = &sdk.Site{}
		}
		if got.ID != tc.id || got.Name != tc.name || (got.Location.Coordinate != nil) != tc.located {
			t.Errorf("%s: got %+v", name, *got)
		}
	}
}
