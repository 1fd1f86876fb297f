package snapshotstest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/store"
)

// Store is what the suite tests: one store without snapshots.
type Store struct {
	Snapshots snapshots.Store
	// Lead makes the caller the leader (eventlog.Leader) and returns its fence.
	Lead func(t *testing.T) store.Token
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(&fixture{Store: open(t), t: t}) })
	}
}

type fixture struct {
	Store
	t *testing.T
}

var began = time.Date(2026, 3, 1, 12, 0, 0, 123_000_000, time.UTC)

// snapshot makes one of n resources, whose names have the label.
func snapshot(backend, label string, n int) snapshots.Snapshot {
	s := snapshots.Snapshot{Backend: backend, Kinds: o2.SetOf(o2.KindResource, o2.KindResourcePool), Began: began}
	for i := range n {
		native := fmt.Sprint(i)
		o := &o2.Resource{Header: o2.Header{
			ID: o2.DeriveID(backend, native), NativeID: native, Backend: backend, Name: label + native, Revision: 7,
			Extensions: `{"rack":"r"}`, Volatile: `{"heartbeat":"now"}`,
		}}
		o2.Seal(o)
		s.Objects = append(s.Objects, o)
	}
	return s
}

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"a snapshot comes back whole", func(f *fixture) {
		fence := f.Lead(f.t)
		f.publish(fence, snapshot("b", "first", 3))
		f.wantLatest("b", 0, 1, snapshot("b", "first", 3))
	}},
	{"an empty snapshot is one too", func(f *fixture) {
		f.publish(f.Lead(f.t), snapshot("b", "first", 3))
		f.publish(f.Lead(f.t), snapshot("b", "second", 0))
		f.wantLatest("b", 0, 2, snapshot("b", "second", 0))
	}},
	{"a large snapshot comes back whole", func(f *fixture) {
		f.publish(f.Lead(f.t), snapshot("b", "a rather long name to fill the chunks ", 5000))
		f.wantLatest("b", 0, 1, snapshot("b", "a rather long name to fill the chunks ", 5000))
	}},
	{"versions grow by one, each backend its own", func(f *fixture) {
		fence := f.Lead(f.t)
		for i := range 3 {
			f.publish(fence, snapshot("one", fmt.Sprint(i), i+1))
		}
		f.publish(fence, snapshot("two", "x", 2))
		f.wantLatest("one", 2, 3, snapshot("one", "2", 3))
		f.wantLatest("two", 0, 1, snapshot("two", "x", 2))
	}},
	{"what is not later is not there", func(f *fixture) {
		f.wantNone("b", 0)
		f.publish(f.Lead(f.t), snapshot("b", "first", 1))
		f.wantNone("b", 1)
		f.wantNone("b", 2)
		f.wantNone("other", 0)
	}},
	{"whoever leads no more is fenced, and changes nothing", func(f *fixture) {
		old := f.Lead(f.t)
		f.publish(old, snapshot("b", "first", 1))
		fence := f.Lead(f.t)
		if err := f.Snapshots.Publish(f.t.Context(), old, snapshot("b", "late", 2)); !errors.Is(err, store.ErrFenced) {
			f.t.Errorf("Publish: error %v, want %v", err, store.ErrFenced)
		}
		f.wantLatest("b", 0, 1, snapshot("b", "first", 1))
		f.publish(fence, snapshot("b", "second", 2))
		f.wantLatest("b", 1, 2, snapshot("b", "second", 2))
	}},
	{"a reader sees one snapshot or the other whole", func(f *fixture) {
		const rounds = 40
		fence := f.Lead(f.t)
		f.publish(fence, snapshot("b", "v", 1))
		done := make(chan struct{})
		var reading sync.WaitGroup
		for range 3 {
			reading.Go(func() {
				var version uint64
				for over := false; !over; {
					select {
					case <-done:
						over = true
					default:
					}
					s, ok, err := f.Snapshots.Latest(f.t.Context(), "b", version)
					if err != nil {
						f.t.Errorf("Latest: %v", err)
						return
					}
					if ok && (s.Version <= version || len(s.Objects) != int(s.Version)) {
						f.t.Errorf("after version %d came version %d with %d objects", version, s.Version, len(s.Objects))
						return
					}
					version = max(version, s.Version)
				}
			})
		}
		for i := range rounds {
			f.publish(fence, snapshot("b", "v", i+2))
		}
		close(done)
		reading.Wait()
	}},
}

func (f *fixture) publish(fence store.Token, s snapshots.Snapshot) {
	f.t.Helper()
	if err := f.Snapshots.Publish(f.t.Context(), fence, s); err != nil {
		f.t.Fatalf("Publish: %v", err)
	}
}

func (f *fixture) wantLatest(backend string, after, version uint64, want snapshots.Snapshot) {
	f.t.Helper()
	got, ok, err := f.Snapshots.Latest(f.t.Context(), backend, after)
	if err != nil || !ok {
		f.t.Fatalf("Latest: %v, %v; want version %d", ok, err, version)
	}
	if got.Backend != backend || got.Version != version || got.Kinds != want.Kinds || !got.Began.Equal(want.Began) || len(got.Objects) != len(want.Objects) {
		f.t.Fatalf("the snapshot is of %s, version %d, kinds %b, %s, with %d objects; want %s, %d, %b, %s, %d",
			got.Backend, got.Version, got.Kinds, got.Began, len(got.Objects),
			backend, version, want.Kinds, want.Began, len(want.Objects))
	}
	for i, o := range got.Objects {
		if string(o2.Encode(o)) != string(o2.Encode(want.Objects[i])) || o.Head().Digest != want.Objects[i].Head().Digest {
			f.t.Fatalf("object %d is %+v, want %+v", i, o, want.Objects[i])
		}
	}
}

func (f *fixture) wantNone(backend string, after uint64) {
	f.t.Helper()
	if s, ok, err := f.Snapshots.Latest(f.t.Context(), backend, after); err != nil || ok {
		f.t.Errorf("Latest after version %d: version %d, %v, %v; want none", after, s.Version, ok, err)
	}
}
