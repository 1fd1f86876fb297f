package alarmstoretest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"an empty store has nothing but an incarnation", func(f *fixture) {
		f.wantKept()
		sequence, incarnation, err := f.Other.Sequence(f.ctx)
		f.must("Sequence", err)
		if c := f.read(f.Alarms, 0); sequence != c.Sequence || incarnation != c.Incarnation || incarnation == "" {
			f.t.Errorf("sequence %d of %q, and contents of %d of %q", sequence, incarnation, c.Sequence, c.Incarnation)
		}
	}},
	{"alarms come back whole, with their versions", func(f *fixture) {
		now := f.apply(put(0, alarm(1)), put(0, alarm(2)))
		if now[0].Version == 0 || now[1].Version <= now[0].Version {
			f.t.Errorf("versions %d and %d", now[0].Version, now[1].Version)
		}
		f.same("what was made", now, []alarmstore.Record{keptAs(now[0].Version, alarm(1)), keptAs(now[1].Version, alarm(2))})
		f.wantKept(now...)
	}},
	{"a change takes the place of the version that it names, and of no other", func(f *fixture) {
		first := f.apply(put(0, alarm(1)))[0]
		second := f.apply(put(first.Version, changed(alarm(1), o2.SeverityMinor)))[0]
		for name, version := range map[string]uint64{"none": 0, "the one before": first.Version, "one to come": second.Version + 1} {
			now, made := f.try(put(version, changed(alarm(1), o2.SeverityCritical)))
			if made[0] {
				f.t.Errorf("what is based on %s is made", name)
			}
			f.same("what is kept", now, []alarmstore.Record{second})
		}
		f.wantKept(second)
	}},
	{"each change is made by itself", func(f *fixture) {
		first := f.apply(put(0, alarm(1)), put(0, alarm(2)))
		now, made := f.try(put(first[0].Version+99, changed(alarm(1), o2.SeverityMinor)), put(first[1].Version, changed(alarm(2), o2.SeverityMinor)), put(7, alarm(3)), put(0, alarm(4)))
		if !slices.Equal(made, []bool{false, true, false, true}) {
			f.t.Errorf("made %v", made)
		}
		if now[2].Alarm != nil || now[2].Version != 0 {
			f.t.Errorf("of what is not there %+v is kept", now[2])
		}
		f.wantKept(first[0], now[1], now[3])
	}},
	{"the same again is made already, and draws nothing", func(f *fixture) {
		first := f.apply(put(0, alarm(1)))[0]
		again := f.apply(put(0, alarm(1)))[0]
		f.same("again", []alarmstore.Record{again}, []alarmstore.Record{first})
		cleared := f.apply(put(first.Version, changed(alarm(1), o2.SeverityCleared)))[0]
		f.same("again", f.apply(put(first.Version, changed(alarm(1), o2.SeverityCleared))), []alarmstore.Record{cleared})
		f.apply(remove(cleared.Version, cleared.Alarm))
		f.apply(remove(cleared.Version, cleared.Alarm))
		f.wantKept()
	}},
	{"what is removed is gone, and may be kept anew", func(f *fixture) {
		first := f.apply(put(0, alarm(1)), put(0, alarm(2)))
		if now, made := f.try(remove(first[0].Version+99, alarm(1))); made[0] || now[0].Version != first[0].Version {
			f.t.Errorf("another version's removal: made %v, kept %+v", made, now)
		}
		if now := f.apply(remove(first[0].Version, alarm(1))); now[0].Alarm != nil {
			f.t.Errorf("after its removal %+v is kept", now[0])
		}
		f.wantKept(first[1])
		if _, made := f.try(put(first[0].Version, changed(alarm(1), o2.SeverityMinor))); made[0] {
			f.t.Error("a change of what is gone is made")
		}
		f.wantKept(first[1], f.apply(put(0, alarm(1)))[0])
	}},
	{"what has changed since is told", func(f *fixture) {
		first := f.apply(put(0, alarm(1)), put(0, alarm(2)), put(0, alarm(3)))
		before := f.read(f.Other, 0)
		if c := f.read(f.Other, before.Sequence); c.Whole || len(c.Records)+len(c.Gone) > 0 || c.Sequence != before.Sequence {
			f.t.Errorf("nothing has changed, and told is %+v", c)
		}
		second := f.apply(put(first[0].Version, changed(alarm(1), o2.SeverityMinor)), remove(first[1].Version, alarm(2)), put(0, alarm(4)))
		c := f.read(f.Other, before.Sequence)
		if c.Whole || !slices.Equal(c.Gone, []o2.ID{alarm(2).ID}) || c.Incarnation != before.Incarnation || c.Sequence <= before.Sequence {
			f.t.Errorf("since then: whole %v, gone %v, sequence %d behind %d", c.Whole, c.Gone, c.Sequence, before.Sequence)
		}
		f.same("since then", c.Records, []alarmstore.Record{second[0], second[2]})
		if whole := f.read(f.Other, c.Sequence+1); !whole.Whole || len(whole.Records) != 3 {
			f.t.Errorf("since a moment to come: %+v", whole)
		}
		f.apply(put(0, alarm(2)))
		if c := f.read(f.Other, before.Sequence); len(c.Gone) > 0 || len(c.Records) != 3 {
			f.t.Errorf("what is kept anew is not gone: %+v", c)
		}
	}},
	{"many at once, and each of them", func(f *fixture) {
		const many = 2500
		var changes []alarmstore.Change
		for i := range many {
			changes = append(changes, put(0, alarm(i)))
		}
		now := f.apply(changes...)
		f.wantKept(now...)
		half := f.read(f.Other, now[many/2-1].Version)
		f.same("the second half", half.Records, now[many/2:])
		for i := range changes {
			changes[i] = remove(now[i].Version, alarm(i))
		}
		before := f.read(f.Other, 0).Sequence
		f.apply(changes...)
		if c := f.read(f.Other, before); c.Whole || len(c.Gone) != many {
			f.t.Errorf("gone are %d, want %d", len(c.Gone), many)
		}
		f.wantKept()
	}},
	{"who has not looked for long is told everything", func(f *fixture) {
		one := f.apply(put(0, alarm(0)))[0]
		before := f.read(f.Other, 0).Sequence
		for range alarmstore.Kept/2500 + 1 {
			var changes []alarmstore.Change
			for i := range 2500 {
				changes = append(changes, put(0, alarm(1+i)))
			}
			for i, r := range f.apply(changes...) {
				changes[i] = alarmstore.Change{Record: r, Delete: true}
			}
			f.apply(changes...)
		}
		if c := f.read(f.Other, before); !c.Whole {
			f.t.Error("a store remembers for ever what was removed")
		}
		f.wantKept(one)
	}},
	{"of many changes of one version, one is made", func(f *fixture) {
		first := f.apply(put(0, alarm(1)))[0]
		var succeeded atomic.Int32
		errs := storetest.AtOnce(5, func(i int) error {
			_, made, err := []alarmstore.Store{f.Alarms, f.Other}[i%2].Apply(f.ctx, []alarmstore.Change{put(first.Version, changed(alarm(1), []o2.Severity{0, 2, 3, 4, 5}[i]))})
			if err == nil && made[0] {
				succeeded.Add(1)
			}
			return err
		})
		for _, err := range errs {
			f.must("Apply", err)
		}
		if n := succeeded.Load(); n != 1 {
			f.t.Errorf("%d changes of one version were made", n)
		}
	}},
	{"what is given and returned is the caller's own", func(f *fixture) {
		a := alarm(1)
		now := f.apply(put(0, a))
		a.Name = "another"
		now[0].Alarm.Name = "another"
		f.read(f.Alarms, 0).Records[0].Alarm.Name = "another"
		f.wantKept(keptAs(now[0].Version, alarm(1)))
	}},
	{"a configuration is kept, and replaced by version", func(f *fixture) {
		none, err := f.Other.Configuration(f.ctx)
		f.must("Configuration", err)
		if none.Version != 0 || none.JSON != nil {
			f.t.Errorf("an empty store has %+v", none)
		}
		first := f.configure(0, `{"retentionDays":3}`)
		_, err = f.Other.PutConfiguration(f.ctx, alarmstore.Configuration{JSON: []byte(`{"retentionDays":4}`)})
		f.wantError("PutConfiguration in place of none", err, store.ErrStale)
		if again := f.configure(0, `{"retentionDays":3}`); again.Version != first.Version {
			f.t.Errorf("the same again is version %d, want %d", again.Version, first.Version)
		}
		second := f.configure(first.Version, `{"retentionDays":5}`)
		if second.Version <= first.Version {
			f.t.Errorf("version %d comes behind %d", second.Version, first.Version)
		}
		_, err = f.Alarms.PutConfiguration(f.ctx, alarmstore.Configuration{Version: first.Version, JSON: []byte(`{}`)})
		f.wantError("PutConfiguration in place of an older one", err, store.ErrStale)
		f.wantKept()
	}},
	{"a write is announced", func(f *fixture) {
		ctx, cancel := context.WithCancel(f.ctx)
		heard, ended := make(chan bus.Message, 1000), make(chan error, 1)
		go func() {
			ended <- f.Bus.Listen(ctx, []bus.Topic{bus.Alarms}, func(m bus.Message) { heard <- m })
		}()
		wait := func(what string) {
			f.t.Helper()
			select {
			case <-heard:
			case <-time.After(10 * time.Second):
				f.t.Fatalf("%s is not announced", what)
			}
		}
		wait("the beginning")
		for len(heard) > 0 {
			<-heard
		}
		f.apply(put(0, alarm(1)))
		wait("a write")
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			f.t.Errorf("listening ended with %v", err)
		}
	}},
}

// configure keeps a configuration, and sees that both processes have it.
func (f *fixture) configure(version uint64, text string) alarmstore.Configuration {
	f.t.Helper()
	raw := []byte(text)
	now, err := f.Alarms.PutConfiguration(f.ctx, alarmstore.Configuration{Version: version, JSON: raw})
	f.must("PutConfiguration", err)
	raw[0] = 'x'
	for _, s := range []alarmstore.Store{f.Alarms, f.Other} {
		got, err := s.Configuration(f.ctx)
		f.must("Configuration", err)
		if got.Version != now.Version || string(got.JSON) != text || !bytes.Equal(now.JSON, got.JSON) {
			f.t.Errorf("the configuration is %d %s, want %d %s", got.Version, got.JSON, now.Version, text)
		}
	}
	return now
}
