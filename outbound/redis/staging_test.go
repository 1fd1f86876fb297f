//go:build integration

package redis

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/prometheus/client_golang/prometheus"
)

// TestAbandoned ends a leader in the midst of a large activation: the next one
// sweeps away what it had laid aside, and only that.
func TestAbandoned(t *testing.T) {
	ctx := context.Background()
	l := redistest.New(t, redistest.Options{})
	s, err := Open(ctx, Config{Addresses: l.Addresses()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	log := &eventLog{s}
	g, err := log.Lead(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const objects = 700 // more than one sweep takes
	var changes []eventlog.Change
	var entries []any
	for i := range objects {
		r := &o2.Resource{Header: o2.Header{ID: o2.DeriveID("b", fmt.Sprint(i)), NativeID: fmt.Sprint(i), Backend: "b"}}
		o2.Seal(r)
		key := o2.ObjectKey{Kind: o2.KindResource, ID: r.ID}
		changes = append(changes, eventlog.Change{Object: key, Post: &eventlog.State{Object: r}, PostDigest: r.StateDigest})
		e := eventlog.Entry{Type: o2.EventCreated, Object: key, Post: g.Sequence + uint64(i) + 1}
		entries = append(entries, packEntry(&e))
	}
	if g, _, err = log.Commit(ctx, g, changes); err != nil {
		t.Fatal(err)
	}
	name := s.key("staged:x")
	if _, err := log.run(ctx, "stage", "staging", guarded(g, append([]any{name}, entries...)...)...); err != nil {
		t.Fatal(err)
	}
	refs := func() string { return s.client.HGet(ctx, s.key("refs"), fmt.Sprint(g.Sequence)).Val() }
	if got := refs(); got != "2" {
		t.Errorf("a told and staged state has %s references, want 2", got)
	}
	if _, err := log.Lead(ctx); err != nil {
		t.Fatal(err)
	}
	left := s.client.Exists(ctx, name, s.key("discards")).Val()
	if states := s.client.HLen(ctx, s.key("states")).Val(); left != 0 || states != objects || refs() != "1" {
		t.Errorf("after the next Lead %d of two keys, %d states and %s references are left, want 0, %d, 1", left, states, refs(), objects)
	}
}

// TestLateConfirmation: whoever confirms late does so for its own write alone.
func TestLateConfirmation(t *testing.T) {
	ctx := context.Background()
	l := redistest.New(t, redistest.Options{})
	s, err := Open(ctx, Config{Addresses: l.Addresses()}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pending := func() string { return s.client.HGet(ctx, s.key("tenancy:pending"), "tenant/acme/").Val() }
	for _, c := range []struct{ mark, confirmed, want string }{
		{"another", "1", "5 mine"}, {"another", "0", "5 mine"}, {"mine", "0", "0 mine"}, {"mine", "1", ""},
	} {
		if c.want != "" {
			s.client.HSet(ctx, s.key("tenancy:pending"), "tenant/acme/", "5 mine")
		}
		if _, err := s.run(ctx, "tenancy-confirm", "confirming", "tenant/acme/", c.mark, c.confirmed); err != nil {
			t.Fatal(err)
		}
		if got := pending(); got != c.want {
			t.Errorf("after %s confirmed (%s) what is pending is %q, want %q", c.mark, c.confirmed, got, c.want)
		}
	}
}

// TestMetrics counts what the store does, and takes its metrics back.
func TestMetrics(t *testing.T) {
	ctx := context.Background()
	l := redistest.New(t, redistest.Options{})
	registry := prometheus.NewRegistry()
	s, err := Open(ctx, Config{Addresses: l.Addresses(), Registerer: registry}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	log := &eventLog{s}
	if _, err := log.Refresh(ctx, "nobody"); err == nil {
		t.Error("nobody leads")
	}
	server := l.Servers()[0]
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	patience, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for s.Check(patience) != nil { // an old connection may have to be found broken first
		if patience.Err() != nil {
			t.Fatal("the store is not back within 30 s")
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for name, want := range map[string]float64{
		"netweave_redis_script_seconds refresh":      1,
		"netweave_redis_errors_total fenced refresh": 1,
		"netweave_redis_server_changes_total":        1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v (all: %v)", name, got[name], want, got)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if families, err := registry.Gather(); err != nil || len(families) != 0 {
		t.Errorf("%d metrics are left after Close, %v", len(families), err)
	}
}
