package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

func alarms(t *testing.T, b *backend) []*sdk.Alarm {
	t.Helper()
	var all []*sdk.Alarm
	for a, err := range b.ListAlarms(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func definitionsByType(t *testing.T, b *backend) map[string]map[string]sdk.AlarmDefinition {
	t.Helper()
	found := map[string]map[string]sdk.AlarmDefinition{}
	for rt, err := range b.ListResourceTypes(t.Context(), sdk.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		found[rt.ID] = map[string]sdk.AlarmDefinition{}
		for _, d := range rt.Alarms {
			found[rt.ID][d.ID] = d
		}
	}
	return found
}

func TestAlarmsAreOfManyKinds(t *testing.T) {
	b := newTestBackend(t, Config{Alarms: Alarms{Active: 20}})
	got := alarms(t, b)
	if len(got) != 20 {
		t.Fatalf("%d alarms, want 20", len(got))
	}
	dictionary, owner := definitionsByType(t, b), map[string]*sdk.Resource{}
	for _, r := range resources(t, b) {
		owner[r.ID] = r
	}
	seen := map[string]map[string]bool{"id": {}, "type": {}, "severity": {}, "clearing": {}, "pool": {}}
	for _, a := range got {
		r := owner[a.ResourceID]
		if r == nil {
			t.Fatalf("%s is of %q, which is no resource", a.ID, a.ResourceID)
		}
		d, ok := dictionary[r.ResourceTypeID][a.DefinitionID]
		if !ok {
			t.Errorf("%s is %q, which a %s cannot raise", a.ID, a.DefinitionID, r.ResourceTypeID)
		}
		for what, value := range map[string]string{
			"id": a.ID, "type": r.ResourceTypeID, "severity": string(a.Severity), "clearing": string(d.Clearing), "pool": r.ResourcePoolID,
		} {
			seen[what][value] = true
		}
		if a.RaisedAt.IsZero() || !a.ChangedAt.IsZero() {
			t.Errorf("%s was raised %v and changed %v", a.ID, a.RaisedAt, a.ChangedAt)
		}
	}
	for what, least := range map[string]int{"id": 20, "type": 5, "severity": 4, "clearing": 2, "pool": 4} {
		if len(seen[what]) < least {
			t.Errorf("%d different of %s, want at least %d: %v", len(seen[what]), what, least, seen[what])
		}
	}
	for name, list := range dictionary {
		if len(list) < 2 {
			t.Errorf("%s has %d definitions", name, len(list))
		}
	}
	if again := alarms(t, b); !reflect.DeepEqual(again, got) {
		t.Error("two lists of what did not change differ")
	}
	if same := alarms(t, newTestBackend(t, Config{Alarms: Alarms{Active: 20}})); same[3].ID != got[3].ID || same[3].ResourceID != got[3].ResourceID {
		t.Errorf("equal seeds gave %+v and %+v", same[3], got[3])
	}
}

func TestAlarmsAreClearedInOneWayAlone(t *testing.T) {
	for clearing, want := range map[string]sdk.ClearingType{"automatic": sdk.ClearingAutomatic, "manual": sdk.ClearingManual} {
		b := newTestBackend(t, Config{Alarms: Alarms{Active: 9, Clearing: clearing}})
		dictionary := definitionsByType(t, b)
		for _, a := range alarms(t, b) {
			r, err := b.GetResource(t.Context(), a.ResourceID)
			if err != nil {
				t.Fatal(err)
			}
			if got := dictionary[r.ResourceTypeID][a.DefinitionID].Clearing; got != want {
				t.Errorf("with clearing %s: %s is %s", clearing, a.DefinitionID, got)
			}
		}
	}
}

// TestTheFirstAlarmsGoOnOverARestart: those raised later do not, as the mock forgets.
func TestTheFirstAlarmsGoOnOverARestart(t *testing.T) {
	config := Config{Alarms: Alarms{Active: 3}}
	one, other := alarms(t, newTestBackend(t, config)), alarms(t, newTestBackend(t, config))
	if !reflect.DeepEqual(one, other) || one[0].RaisedAt != firstRaised {
		t.Errorf("first %v, then %v", one, other)
	}
}

func TestWhenAllAreAcknowledgedOthersAreRaised(t *testing.T) {
	b := newTestBackend(t, Config{Alarms: Alarms{Active: 3}})
	before := alarms(t, b)
	for i, a := range before {
		if now := alarms(t, b); !reflect.DeepEqual(now, before) {
			t.Fatalf("after %d acknowledgements the alarms are %v", i, now)
		}
		for range 2 { // once more is fine, while the alarm is raised
			if err := b.AcknowledgeAlarm(t.Context(), a.ID); err != nil && i < 2 {
				t.Fatal(err)
			}
		}
	}
	after := alarms(t, b)
	if len(after) != 3 {
		t.Fatalf("%d alarms were raised anew, want 3", len(after))
	}
	for _, a := range after {
		for _, old := range before {
			if a.ID == old.ID {
				t.Errorf("%s is raised again", a.ID)
			}
		}
	}
	err := b.AcknowledgeAlarm(t.Context(), before[0].ID)
	if e, ok := errors.AsType[*sdk.Error](err); !ok || e.Code != sdk.NotFound {
		t.Errorf("an alarm that is over: %v", err)
	}
}

func TestAnAlarmEndsWithItsResource(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(2), ResourcesPerPool: number(3), Alarms: Alarms{Active: 4}})
	gone := alarms(t, b)[0].ResourceID
	if err := b.DeleteResource(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	left := alarms(t, b)
	for _, a := range left {
		if a.ResourceID == gone {
			t.Errorf("%s is of a resource that is gone", a.ID)
		}
	}
	if len(left) != 4 {
		t.Errorf("%d alarms, want 4 as before", len(left))
	}
	for _, p := range pools(t, b, "") {
		if err := b.DeleteResourcePool(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if left := alarms(t, b); len(left) != 0 {
		t.Errorf("nothing is there, and has the alarms %v", left)
	}
}

// More alarms than there can be are as many as there can be, and cost no more.
func TestMoreAlarmsThanThereIsRoomFor(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(1), ResourcesPerPool: number(3), Alarms: Alarms{Active: 10_000}})
	got := alarms(t, b)
	if len(got) < 3 || len(got) > 12 {
		t.Errorf("three servers have %d alarms", len(got))
	}
	turn := b.cloud.alarms.turn
	if again := alarms(t, b); !reflect.DeepEqual(again, got) || b.cloud.alarms.turn != turn {
		t.Errorf("it was tried %d times more, for %d alarms", b.cloud.alarms.turn-turn, len(again))
	}
}

func TestAlarmsChange(t *testing.T) {
	b := newTestBackend(t, Config{Alarms: Alarms{Active: 8}})
	before := map[string]sdk.Alarm{}
	for _, a := range alarms(t, b) {
		before[a.ID] = *a
	}
	b.cloud.mu.Lock()
	for range 20 {
		b.cloud.changeAlarmLocked(time.Now())
	}
	b.cloud.mu.Unlock()
	changed, anew := 0, 0
	for _, a := range alarms(t, b) {
		old, was := before[a.ID]
		switch {
		case !was:
			anew++
		case old.Severity != a.Severity:
			changed++
			if !a.RaisedAt.Equal(old.RaisedAt) || a.ChangedAt.IsZero() {
				t.Errorf("%s was raised %v, then %v, and changed %v", a.ID, old.RaisedAt, a.RaisedAt, a.ChangedAt)
			}
		}
	}
	if changed == 0 || anew == 0 {
		t.Errorf("%d changed and %d are new", changed, anew)
	}
}

func TestPlaces(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(4), Locations: []string{"testlocation_1", "ams-1"}})
	var got []string
	for _, p := range pools(t, b, "") {
		got = append(got, fmt.Sprintf("%s at %s in %s, %v", p.GlobalLocationID, p.Site.ID, p.Site.Location.GlobalID, p.Tags))
	}
	if want := []string{
		"testlocation_1 at testlocation_1-a in testlocation_1, [purpose:edge location:testlocation_1]",
		"ams-1 at ams-1-a in ams-1, [purpose:edge location:ams-1]",
		"testlocation_1 at testlocation_1-b in testlocation_1, [purpose:core location:testlocation_1]",
		"ams-1 at ams-1-b in ams-1, [purpose:core location:ams-1]",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	// A pool that is moved is at another site.
	moved := pools(t, b, "")[0]
	moved.GlobalLocationID = "ams-1"
	made, err := b.UpdateResourcePool(t.Context(), moved)
	if err != nil || made.Site == nil || made.Site.ID != "ams-1-a" || !made.CreatedAt.Equal(moved.CreatedAt) || !made.UpdatedAt.After(moved.UpdatedAt) {
		t.Errorf("moved, it is %+v, %v", made, err)
	}
	made.GlobalLocationID = "nowhere"
	if made, err = b.UpdateResourcePool(t.Context(), made); err != nil || made.Site != nil {
		t.Errorf("moved away, it is at %+v, %v", made.Site, err)
	}
}

func TestFiguresFollowTheServers(t *testing.T) {
	b := newTestBackend(t, Config{Pools: number(1), ResourcesPerPool: number(40)})
	c := b.cloud
	p := pools(t, b, "")[0]
	if p.Health.Status != sdk.HealthHealthy || p.Metrics.Nodes != 26 || p.Metrics.HealthyNodes != 26 || p.Metrics.CPUCapacity != 26*64 {
		t.Errorf("health %+v, metrics %+v", *p.Health, *p.Metrics)
	}
	dice := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		c.mu.Lock()
		c.changeLocked(dice, 40)
		c.mu.Unlock()
	}
	ill := 0
	for _, r := range resources(t, b) {
		if r.ResourceTypeID == "compute-server" && r.Extensions["mock.state"] != "in-service" {
			ill++
		}
	}
	p = pools(t, b, "")[0]
	if want := int64(c.servers[p.ID] - ill); ill == 0 || p.Metrics.HealthyNodes != want || p.Health.Status != sdk.HealthDegraded {
		t.Errorf("of %d servers %d are ill; health %+v, metrics %+v", c.servers[p.ID], ill, *p.Health, *p.Metrics)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s := c.standingLocked(c.pools[p.ID])
	if s.metrics(at).CPUUsed == s.metrics(at.Add(time.Minute)).CPUUsed {
		t.Error("the figures do not move")
	}
	for m := range 600 {
		f := s.metrics(at.Add(time.Duration(m) * time.Minute))
		if f.CPUUsed < 0 || f.CPUUsed > f.CPURequested || f.CPURequested > f.CPUCapacity || f.MemoryUsed > f.MemoryRequested || f.MemoryRequested > f.MemoryCapacity {
			t.Fatalf("the figures make no sense: %+v", f)
		}
	}
}
