package sdktest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

// alarming is a cluster whose first server is hot, in pools with sites and figures.
type alarming struct {
	*cluster
	alarm sdk.Alarm
}

var longAgo = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newAlarming() *alarming {
	b := &alarming{
		cluster: newCluster(),
		alarm:   sdk.Alarm{ID: "a1", ResourceID: "p0-r0", DefinitionID: "hot", Severity: sdk.SeverityMajor, RaisedAt: longAgo},
	}
	b.definitions = []sdk.AlarmDefinition{{ID: "hot", Name: "Hot", Description: "It is hot.", RepairActions: "Cool it."}}
	for _, p := range b.pools {
		p.Site = &sdk.Site{ID: "hall", Location: sdk.Location{GlobalID: "town"}}
		p.Metrics = &sdk.PoolMetrics{At: longAgo, CPUCapacity: 4, CPURequested: 2, CPUUsed: sdk.Unknown}
	}
	return b
}

func (b *alarming) ReportsPoolMetrics() {}
func (b *alarming) ReportsSites()       {}

func (b *alarming) ListAlarms(ctx context.Context) iter.Seq2[*sdk.Alarm, error] {
	return sdk.List([]*sdk.Alarm{&b.alarm}, ctx.Err())
}

func (b *alarming) AcknowledgeAlarm(_ context.Context, id string) error {
	if id != b.alarm.ID {
		return sdk.Errorf(sdk.NotFound, "there is no %q", id)
	}
	return nil
}

// What goes wrong with alarms.
type (
	repeating   struct{ *alarming }
	forgetful   struct{ *alarming }
	insensible  struct{ *alarming }
	undefined   struct{ *cluster }
	unannounced struct{ *cluster }
	relentless  struct{ *alarming }
	hasty       struct{ *alarming }
	vacant      struct{ *alarming }
)

func (b repeating) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] {
	return sdk.List([]*sdk.Alarm{&b.alarm, &b.alarm}, nil)
}

// An alarm that is raised at every call.
func (b forgetful) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] {
	a := b.alarm
	a.RaisedAt = time.Now()
	return sdk.List([]*sdk.Alarm{&a}, nil)
}

func (b insensible) AcknowledgeAlarm(context.Context, string) error { return nil }

func (undefined) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] {
	return sdk.List[*sdk.Alarm](nil, nil)
}

func (b unannounced) ListResourcePools(context.Context, sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	return sdk.List([]*sdk.ResourcePool{newAlarming().pools["p0"]}, nil)
}

func (b relentless) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] {
	return func(yield func(*sdk.Alarm, error) bool) {
		for range 2 {
			yield(&b.alarm, nil)
		}
	}
}

// A list that ends as if it were whole when its context ends.
func (b hasty) ListAlarms(ctx context.Context) iter.Seq2[*sdk.Alarm, error] {
	other := b.alarm
	other.ID = "a2"
	return func(yield func(*sdk.Alarm, error) bool) {
		if yield(&b.alarm, nil) && ctx.Err() == nil {
			yield(&other, nil)
		}
	}
}

func (vacant) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] { return nil }

func TestBrokenAlarmsAreToldWhatIsWrong(t *testing.T) {
	c := newAlarming
	with := func(change func(*alarming)) sdk.Backend {
		b := newAlarming()
		change(b)
		return b
	}
	for _, tc := range []struct {
		check   string
		backend sdk.Backend
		want    string
	}{
		{"alarm definitions say what to do", with(func(b *alarming) { b.definitions[0].RepairActions = "" }),
			`ResourceType "t" has the alarm definition "hot" without a Description or RepairActions: say what it means and what to do about it`},
		{"alarm definitions say what to do", undefined{newCluster()},
			"the backend lists alarms and no resource type has Alarms: an alarm is one of those that its resource's type defines"},
		{"lists yield sound objects", with(func(b *alarming) { b.definitions[0].Clearing = "never" }),
			`ListResourceTypes: ResourceType "t": alarm definition 0, "hot": its Clearing is "never": it must be AUTOMATIC or MANUAL`},
		{"alarms are sound", repeating{c()}, `ListAlarms yielded the id "a1" twice: ids must be unique among the alarms`},
		{"alarms are sound", vacant{c()}, "ListAlarms returned nil: return an iteration, sdk.List makes one"},
		{"alarms are sound", with(func(b *alarming) { b.alarm.Severity = "CLEARED" }),
			`ListAlarms: alarm "a1": Severity is "CLEARED": it must be CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE; an alarm that is over is left out`},
		{"alarms are sound", with(func(b *alarming) { b.alarm.RaisedAt = time.Unix(-1, 0).UTC() }),
			`ListAlarms: alarm "a1": RaisedAt is 1969-12-31 23:59:59 +0000 UTC: it must be after 1970 and before the year 10000, or the zero time where there is none`},
		{"alarms are sound", with(func(b *alarming) { b.alarm.ChangedAt = longAgo.Add(-time.Second) }),
			`alarm "a1" changed at 2026-01-02 03:04:04 +0000 UTC, before it was raised at 2026-01-02 03:04:05 +0000 UTC`},
		{"alarms lead somewhere", with(func(b *alarming) { b.alarm.ResourceID = "gone" }),
			`alarm "a1" has the ResourceID "gone", but ListResources yields no such id: name the resource that has it`},
		{"alarms lead somewhere", with(func(b *alarming) { b.alarm.DefinitionID = "cold" }),
			`alarm "a1" of Resource "p0-r0" has the DefinitionID "cold", which is not among the Alarms of its type "t": add it there`},
		{"alarms are repeatable", forgetful{c()}, `alarm "a1" was raised at `},
		{"alarm lists can be left early", relentless{c()}, "ListAlarms went on after yield had returned false: it must stop there"},
		{"a cancelled alarm list does not pass for a whole one", hasty{c()},
			"ListAlarms ended without an error after 1 of 2 alarms when its context was cancelled: yield the context's error, since what is not listed counts as cleared"},
		{"acknowledging an unknown alarm is NotFound", insensible{c()}, "AcknowledgeAlarm of an id that does not exist succeeded: it must fail with code not-found"},
		{"figures of pools make sense", unannounced{newCluster()}, "pools have Health or Metrics: implement sdk.PoolMetricsReporter, or users are told that they have none"},
		{"figures of pools make sense", with(func(b *alarming) { b.pools["p0"].Metrics, b.pools["p1"].Metrics = nil, nil }),
			"the backend implements sdk.PoolMetricsReporter and no pool has Health or Metrics: fill them in"},
		{"figures of pools make sense", with(func(b *alarming) { b.pools["p1"].Metrics.CPURequested = 5 }), `ResourcePool "p1" has more CPU or memory requested than there is: `},
		{"figures of pools make sense", with(func(b *alarming) { b.pools["p1"].CreatedAt = time.Now().Add(48 * time.Hour) }), `ResourcePool "p1" has CreatedAt `},
		{"lists yield sound objects", with(func(b *alarming) { b.pools["p0"].Metrics.Nodes, b.pools["p0"].Metrics.HealthyNodes = 1, 2 }),
			`ListResourcePools: ResourcePool "p0": Metrics.HealthyNodes is 2 of 1 Nodes: it must not be more`},
		{"sites of pools agree", unannounced{newCluster()}, "pools have a Site: implement sdk.SiteReporter, or users are told that they have none"},
		{"sites of pools agree", with(func(b *alarming) { b.pools["p1"].Site.Name = "Hall" }), `the site "hall" is described in two ways, by ResourcePool "p1" and another pool`},
		{"sites of pools agree", with(func(b *alarming) { b.pools["p1"].Site.ID, b.pools["p1"].Site.Location.Name = "hall-2", "Town" }),
			`the location "town" is described in two ways, by ResourcePool "p1" and another pool`},
		{"sites of pools agree", with(func(b *alarming) { b.pools["p1"].GlobalLocationID = "village" }),
			`ResourcePool "p1" has the GlobalLocationID "village" and is at the site "hall", whose location is "town": they are the same thing`},
	} {
		t.Run(fmt.Sprintf("%s/%T", tc.check, tc.backend), func(t *testing.T) {
			s := newSubject(tc.backend, sdk.Capabilities(tc.backend), Options{Settle: 30 * time.Millisecond})
			err := s.bounded(t.Context(), named(t, tc.check).run)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

// A backend that lists alarms need not want to hear of acknowledgements.
func TestAcknowledgementsAreOptional(t *testing.T) {
	s := newSubject(undefined{newCluster()}, nil, Options{})
	if err := errors.Join(acknowledgeUnknown(t.Context(), s), acknowledgeAlarm(t.Context(), s)); err != nil {
		t.Error(err)
	}
}
