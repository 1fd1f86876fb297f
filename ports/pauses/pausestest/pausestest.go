// Package pausestest is the conformance suite of ports/pauses, and an implementation
// in memory for the tests of those who use it.
package pausestest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/pauses"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is a pauses.Store. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults

	mu   sync.Mutex
	kept map[string]pauses.Pause
}

var _ pauses.Store = (*Memory)(nil)

// Put is as in pauses.Store.
func (m *Memory) Put(_ context.Context, p pauses.Pause) error {
	return m.change("Put", func() { m.kept[p.Adapter] = p })
}

// Delete is as in pauses.Store.
func (m *Memory) Delete(_ context.Context, adapter string) error {
	return m.change("Delete", func() { delete(m.kept, adapter) })
}

func (m *Memory) change(op string, do func()) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[string]pauses.Pause{}
	}
	do()
	return m.After(op, nil)
}

// All is as in pauses.Store.
func (m *Memory) All(context.Context) ([]pauses.Pause, error) {
	if err := m.Before("All"); err != nil {
		return nil, fmt.Errorf("all: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Collect(maps.Values(m.kept))
	slices.SortFunc(all, func(a, b pauses.Pause) int { return cmp.Compare(a.Adapter, b.Adapter) })
	return all, nil
}

// Store is what the suite is run with: an empty store, twice, as two processes have it.
type Store struct{ Pauses, Other pauses.Store }

// Run runs the suite; open returns an empty store each time.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	at := time.Date(2026, 1, 31, 12, 0, 0, 5e6, time.UTC)
	first := pauses.Pause{Adapter: "aws", By: "root.platform", Reason: "the region is moved; \"soon\" back", At: at}
	second := pauses.Pause{Adapter: "Lab_2.x", At: at.Add(time.Hour)}
	for name, test := range map[string]func(*testing.T, Store){
		"an empty store has none": func(t *testing.T, s Store) { wantAll(t, s.Pauses) },
		"what is kept comes back whole, to everyone": func(t *testing.T, s Store) {
			must(t, s.Pauses.Put(t.Context(), first))
			must(t, s.Other.Put(t.Context(), second))
			wantAll(t, s.Pauses, second, first)
			wantAll(t, s.Other, second, first)
		},
		"another takes the place of the one before": func(t *testing.T, s Store) {
			must(t, s.Pauses.Put(t.Context(), first))
			again := first
			again.By, again.Reason = "", "another"
			must(t, s.Other.Put(t.Context(), again))
			wantAll(t, s.Pauses, again)
		},
		"what is deleted is gone, and may be again": func(t *testing.T, s Store) {
			must(t, s.Pauses.Put(t.Context(), first))
			must(t, s.Pauses.Put(t.Context(), second))
			must(t, s.Other.Delete(t.Context(), first.Adapter))
			must(t, s.Pauses.Delete(t.Context(), first.Adapter))
			wantAll(t, s.Pauses, second)
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantAll(t *testing.T, s pauses.Store, want ...pauses.Pause) {
	t.Helper()
	got, err := s.All(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want, func(a, b pauses.Pause) bool {
		same := a.At.Equal(b.At)
		a.At, b.At = time.Time{}, time.Time{}
		return same && a == b
	}) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
