package alarmstoretest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
)

// Store is what the suite tests: one empty store, twice, as two processes have it.
type Store struct {
	Alarms, Other alarmstore.Store
	// Bus is the other process's.
	Bus bus.Bus
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t, ctx: t.Context()}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t   *testing.T
	ctx context.Context
}

// raised is when the suite's alarms were raised.
var raised = time.Date(2026, 3, 1, 12, 0, 0, 123_000_000, time.UTC)

// alarm makes the n-th alarm, sealed.
func alarm(n int) *o2.Alarm {
	native := fmt.Sprint("fan/", n, "\x00\xff")
	a := &o2.Alarm{
		Header: o2.Header{
			ID: o2.AlarmID("lab", native, raised), NativeID: native, Backend: o2.AlarmBook, Tenant: "acme", Name: "fan failed",
			Description: "\u00e9 <&>", Extensions: `{"rack":"r1"}`,
		},
		Source: "lab", ResourceTypeID: "t", ResourceID: "r", DefinitionID: "d", ProbableCauseID: "c", Severity: o2.SeverityMajor,
		Clearing: o2.ClearingManual, RaisedAt: raised, ProbableCause: "Cooling fan failure",
	}
	o2.Seal(a)
	return a
}

// changed returns a with another severity, sealed.
func changed(a *o2.Alarm, s o2.Severity) *o2.Alarm {
	c := *a
	c.Severity, c.ChangedAt = s, raised.Add(time.Minute)
	if c.Cleared() {
		c.ClearedAt, c.Held = c.ChangedAt, true
	}
	o2.Seal(&c)
	return &c
}

func put(version uint64, a *o2.Alarm) alarmstore.Change {
	return alarmstore.Change{Record: alarmstore.Record{Version: version, Alarm: a}}
}

func remove(version uint64, a *o2.Alarm) alarmstore.Change {
	return alarmstore.Change{Record: alarmstore.Record{Version: version, Alarm: a}, Delete: true}
}

func (f *fixture) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

func (f *fixture) wantError(what string, err, want error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// apply makes changes, which must all be made, and returns their records.
func (f *fixture) apply(changes ...alarmstore.Change) []alarmstore.Record {
	f.t.Helper()
	now, made := f.try(changes...)
	for i := range made {
		if !made[i] {
			f.t.Fatalf("change %d was not made: %+v is kept", i, now[i])
		}
	}
	return now
}

func (f *fixture) try(changes ...alarmstore.Change) (now []alarmstore.Record, made []bool) {
	f.t.Helper()
	now, made, err := f.Alarms.Apply(f.ctx, changes)
	f.must("Apply", err)
	if len(now) != len(changes) || len(made) != len(changes) {
		f.t.Fatalf("Apply of %d changes tells of %d and %d", len(changes), len(now), len(made))
	}
	return now, made
}

func (f *fixture) read(s alarmstore.Store, after uint64) alarmstore.Contents {
	f.t.Helper()
	c, err := s.Read(f.ctx, after)
	f.must("Read", err)
	last := uint64(0)
	for _, r := range c.Records {
		if r.Version <= last || r.Version > c.Sequence {
			f.t.Errorf("version %d comes behind %d, the sequence number is %d", r.Version, last, c.Sequence)
		}
		last = r.Version
	}
	return c
}

// wantKept compares all that is kept, as both processes see it, by version.
func (f *fixture) wantKept(want ...alarmstore.Record) {
	f.t.Helper()
	for _, s := range []alarmstore.Store{f.Alarms, f.Other} {
		c := f.read(s, 0)
		if !c.Whole || len(c.Gone) > 0 {
			f.t.Errorf("everything is whole %v with %v gone", c.Whole, c.Gone)
		}
		f.same("everything", c.Records, want)
	}
}

func (f *fixture) same(what string, got, want []alarmstore.Record) {
	f.t.Helper()
	if len(got) != len(want) {
		f.t.Errorf("%s has %d records, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			f.t.Errorf("%s: record %d is %d %+v, want %d %+v", what, i, got[i].Version, got[i].Alarm, want[i].Version, want[i].Alarm)
		}
	}
}

// kept is a record of a as a store returns it.
func keptAs(version uint64, a *o2.Alarm) alarmstore.Record {
	c := *a
	c.Revision = version
	return alarmstore.Record{Version: version, Alarm: &c}
}
