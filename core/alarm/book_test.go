package alarm

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

// record makes the n-th record of a source's, of a server of acme's.
func record(n int, severity o2.Severity) *o2.Alarm {
	native := string(rune('a' + n))
	a := &o2.Alarm{
		Header: o2.Header{ID: o2.AlarmID("lab", native, at), NativeID: native, Backend: o2.AlarmBook, Tenant: "acme", Name: native},
		Source: "lab", Severity: severity, Clearing: o2.ClearingManual, RaisedAt: at.Add(time.Duration(n) * time.Second),
	}
	o2.Seal(a)
	return a
}

func put(version uint64, a *o2.Alarm) alarmstore.Change {
	return alarmstore.Change{Record: alarmstore.Record{Version: version, Alarm: a}}
}

// write writes as another process does, and says nothing unless it is announced.
func (x *site) write(t *testing.T, changes ...alarmstore.Change) []alarmstore.Record {
	t.Helper()
	now, made, err := x.store.Apply(t.Context(), changes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range made {
		if !made[i] {
			t.Fatalf("change %d was not made", i)
		}
	}
	return now
}

// shown names what a process shows: in capitals what is cleared.
func (p *process) shown() (text string) {
	p.t.Helper()
	for _, a := range p.all() {
		letter := a.NativeID[0]
		if a.Cleared() {
			letter -= 'a' - 'A'
		}
		text += string(letter)
	}
	return text
}

func (p *process) wantShown(what, want string) {
	p.t.Helper()
	synctest.Wait()
	if got := p.shown(); got != want {
		p.t.Errorf("%s: %q is shown, want %q", what, got, want)
	}
	if got := len(p.book.all()); got != len(want) {
		p.t.Errorf("%s: the book has %d, want %d", what, got, len(want))
	}
}

func TestEveryProcessShowsWhatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		first := x.write(t, put(0, record(0, o2.SeverityMajor)), put(0, record(1, o2.SeverityMajor)))
		here, there := x.start(t, Settings{}), x.start(t, Settings{})
		for _, p := range []*process{here, there} {
			p.wantShown("what there was", "ab")
		}
		x.write(t, put(0, record(2, o2.SeverityMinor)), put(first[0].Version, record(0, o2.SeverityCleared)),
			alarmstore.Change{Record: first[1], Delete: true})
		for _, p := range []*process{here, there} {
			p.wantShown("what came", "Ac")
		}
	})
}

// TestWithoutNews: what is not announced is found by looking.
func TestWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		p := x.start(t, Settings{})
		x.store.Bus = nil
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		p.wantShown("at once", "")
		time.Sleep(1100 * time.Millisecond)
		p.wantShown("a second later", "a")
	})
}

// TestAStoreThatWasRestored is shown as it is, under whatever numbers.
func TestAStoreThatWasRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		copied := x.store.Save()
		p := x.start(t, Settings{})
		x.write(t, put(0, record(1, o2.SeverityMajor)), put(0, record(2, o2.SeverityMajor)))
		p.wantShown("before", "abc")
		copied()
		x.store.Restore()
		x.write(t, put(0, record(3, o2.SeverityMajor)), put(0, record(4, o2.SeverityMajor)), put(0, record(5, o2.SeverityMajor)))
		p.wantShown("after", "adef")
	})
}

// TestAFailoverThatLosesWrites, and is followed by as many others, is seen by the
// news that are missing.
func TestAFailoverThatLosesWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		first := x.write(t, put(0, record(0, o2.SeverityMajor)), put(0, record(1, o2.SeverityMajor)))
		lose := x.store.Save()
		p := x.start(t, Settings{})
		x.write(t, put(0, record(2, o2.SeverityMajor)), put(first[0].Version, record(0, o2.SeverityCleared)))
		p.wantShown("before", "Abc")
		lose()
		x.store.Bus = nil
		x.write(t, put(0, record(3, o2.SeverityMajor)), put(first[1].Version, record(1, o2.SeverityCleared)))
		x.bus.Miss(bus.Alarms)
		p.wantShown("after", "aBd")
	})
}

// TestWhileTheStoreIsAway: what was known is shown, grows old, and comes up to date.
func TestWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		var away atomic.Bool
		x.store.Fail = func(string) error {
			if away.Load() {
				return store.ErrUnavailable
			}
			return nil
		}
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		p := x.start(t, Settings{})
		away.Store(true)
		time.Sleep(time.Minute)
		p.wantShown("away", "a")
		page, err := p.views.List(t.Context(), root, inventory.Query{Kind: o2.KindAlarm, Limit: 1})
		if err != nil || len(page.Stale) != 1 {
			t.Errorf("stale are %v, %v", page.Stale, err)
		}
		if _, err := p.service.Acknowledge(t.Context(), root, record(0, 0).ID); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Acknowledge: %v", err)
		}
		away.Store(false)
		x.write(t, put(0, record(1, o2.SeverityMajor)))
		time.Sleep(time.Minute)
		p.wantShown("back", "ab")
		if page, err = p.views.List(t.Context(), root, inventory.Query{Kind: o2.KindAlarm, Limit: 1}); err != nil || len(page.Stale) != 0 {
			t.Errorf("stale are %v, %v", page.Stale, err)
		}
	})
}

// TestHealthIsThatEverythingIsTold, which a book without a watch has not.
func TestHealthIsThatEverythingIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		p := x.start(t, Settings{})
		x.store.Bus = nil
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		if err := p.book.Health(t.Context()); err != nil {
			t.Error(err)
		}
		p.wantShown("by then", "a")
		b, err := NewBook(BookConfig{Store: &x.store, Bus: &x.bus})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.Health(ctx); err == nil {
			t.Error("a book that nobody watches is current")
		}
	})
}
