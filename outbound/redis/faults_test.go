//go:build integration

package redis_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// TestUnfit opens servers that must not be used; the error says what is wrong,
// what would be right, and no secret.
func TestUnfit(t *testing.T) {
	const password = "not-to-be-seen"
	cases := map[string]struct {
		options redistest.Options
		change  func(*redistest.Cluster, *redis.Config)
		want    string
	}{
		"eviction": {
			redistest.Options{Server: []string{"maxmemory-policy allkeys-lru"}}, nil,
			`its maxmemory-policy is "allkeys-lru", which may evict subscriptions and leases: set it to noeviction`,
		},
		"cluster": {
			redistest.Options{Server: []string{"cluster-enabled yes"}}, nil,
			"it runs as Redis Cluster, which is not supported: use one server, or a master with Sentinels",
		},
		"replica": {
			redistest.Options{Replicas: 1},
			func(l *redistest.Cluster, c *redis.Config) { c.Addresses = []string{l.Servers()[1].Address()} },
			"use the master's address, or Sentinels with masterName",
		},
		"Sentinel taken for a server": {
			redistest.Options{Sentinels: 1},
			func(_ *redistest.Cluster, c *redis.Config) { c.MasterName = "" },
			"it is a Sentinel: set the masterName that it knows the master by",
		},
		"wrong password": {
			redistest.Options{Users: map[string]string{"gateway": documentedACL}},
			func(_ *redistest.Cluster, c *redis.Config) { c.Username, c.Password = "gateway", password },
			"it refuses the configured user name or password",
		},
		"no password": {
			redistest.Options{Users: map[string]string{"gateway": documentedACL}}, nil,
			"it asks for a password, and none is configured",
		},
		"too few rights": {
			redistest.Options{Users: map[string]string{"gateway": "on >" + password + " ~* &* +@read +@connection +info"}},
			func(_ *redistest.Cluster, c *redis.Config) { c.Username, c.Password = "gateway", password },
			"its access control list does not let the configured user do what is needed",
		},
		"no such database": {
			redistest.Options{},
			func(_ *redistest.Cluster, c *redis.Config) { c.Database = 99 },
			"it has no database of the configured number",
		},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			l := lab{redistest.New(t, test.options), 0}
			c := l.config()
			if test.change != nil {
				test.change(l.Cluster, &c)
			}
			s, err := redis.Open(t.Context(), c, quiet)
			if s != nil {
				t.Error("the store is open")
			}
			wantError(t, "Open", err, redis.ErrUnfit)
			wantError(t, "Open", err, store.ErrUnavailable)
			if err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %q, want %q in it", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Errorf("the error shows the password: %q", err)
			}
		})
	}
}

func TestNewerSchema(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	c := l.config()
	must(t, open(t, c).Check(t.Context()))
	meta := c.Prefix + "meta"
	// One that this version can read still: written by the next.
	must(t, l.raw(t).HSet(t.Context(), meta, "schema", 2, "compatible", 1).Err())
	must(t, open(t, c).Check(t.Context()))
	must(t, l.raw(t).HSet(t.Context(), meta, "schema", 3, "compatible", 2).Err())
	_, err := redis.Open(t.Context(), c, quiet)
	wantError(t, "Open", err, redis.ErrUnfit)
	want := "a newer netweave has written to it (schema 3, readable from version 2 on; this one knows 1): use that release, or another prefix"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %q in it", err, want)
	}
}

// TestChangedUnderUs makes a server unfit while it is in use: the next
// connection notices.
func TestChangedUnderUs(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	s := open(t, l.config())
	server := l.Servers()[0]
	must(t, server.Client().ConfigSet(t.Context(), "maxmemory-policy", "volatile-lru").Err())
	must(t, server.Client().ClientKillByFilter(t.Context(), "TYPE", "normal", "SKIPME", "yes").Err())
	wantError(t, "Check", s.Check(t.Context()), redis.ErrUnfit)
	must(t, server.Client().ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err())
	must(t, s.Check(t.Context()))
}

func TestFull(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	s := open(t, l.config())
	log, g := leading(t, s, 1)
	server := l.Servers()[0]
	must(t, server.Client().ConfigSet(t.Context(), "maxmemory", "1mb").Err())
	_, _, err := log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	wantError(t, "Commit", err, store.ErrUnavailable)
	if err == nil || !strings.Contains(err.Error(), "redis is full: raise maxmemory, or find out what fills it") {
		t.Errorf("the error of a full server is %v", err)
	}
	if _, err := s.Subscriptions().Get(t.Context(), o2.NewID()); err == nil || !strings.Contains(err.Error(), "not found") {
		t.Errorf("reading from a full server: %v, want not found", err)
	}
	must(t, server.Client().ConfigSet(t.Context(), "maxmemory", "0").Err())
	_, _, err = log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	must(t, err)
}

// TestDemoted has the server become a read-only replica under open connections.
func TestDemoted(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	s := open(t, l.config())
	log, g := leading(t, s, 1)
	must(t, l.raw(t).Do(t.Context(), "replicaof", "127.0.0.1", "1").Err())
	_, _, err := log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	wantError(t, "Commit to a replica", err, store.ErrUnavailable)
	must(t, l.raw(t).Do(t.Context(), "replicaof", "no", "one").Err())
	_, _, err = log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	must(t, err)
}

// TestGoneAndBack kills, pauses and restarts the server; a restarted one does not
// know our scripts.
func TestGoneAndBack(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Server: []string{"appendfsync always"}}), 0}
	c := l.config()
	c.ReadTimeout, c.WaitTimeout = 300*time.Millisecond, 100*time.Millisecond
	s := open(t, c)
	log, g := leading(t, s, 1)
	server := l.Servers()[0]

	must(t, server.Kill())
	_, err := log.Refresh(t.Context(), g.Fence)
	wantError(t, "Refresh", err, store.ErrUnavailable)
	away, err := redis.Open(t.Context(), c, quiet)
	must(t, err) // a server that is away is no error
	defer away.Close()
	wantError(t, "Check", away.Check(t.Context()), store.ErrUnavailable)

	must(t, server.Restart(t.Context()))
	var again error
	until(t, "the store to be back", func() bool {
		g, again = log.Refresh(t.Context(), g.Fence)
		return again == nil
	})
	must(t, away.Check(t.Context()))
	g, _, err = log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	must(t, err)

	must(t, server.Pause())
	started := time.Now()
	_, err = log.Refresh(t.Context(), g.Fence)
	wantError(t, "Refresh of a paused server", err, store.ErrUnavailable)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("a server that never answers was waited for %v, want about 300ms", took)
	}
	must(t, server.Resume())
	until(t, "the store to be back", func() bool {
		_, again = log.Refresh(t.Context(), g.Fence)
		return again == nil
	})
}

// TestEmptied has somebody delete everything: the store is another one then.
func TestEmptied(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	config := l.config()
	s := open(t, config)
	log, g := leading(t, s, 1)
	before, err := log.Incarnation(t.Context())
	must(t, err)
	must(t, s.Tenancy().Put(t.Context(), tenantRecord("acme", 1, `{}`)))
	_, tenancy, err := s.Tenancy().All(t.Context())
	must(t, err)
	must(t, l.raw(t).FlushAll(t.Context()).Err())
	if all, epoch, err := s.Tenancy().All(t.Context()); err != nil || len(all) != 0 || epoch == tenancy {
		t.Errorf("the emptied store has %d tenants under the epoch %q, %v; want none, and another", len(all), epoch, err)
	}
	_, _, err = log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	wantError(t, "Commit", err, store.ErrFenced)
	_, err = log.Lead(t.Context())
	must(t, err)
	after, err := log.Incarnation(t.Context())
	must(t, err)
	if before == after {
		t.Errorf("the emptied store is the same incarnation %s", after)
	}
	g, err = log.Lead(t.Context())
	must(t, err)
	sub := subscriptionNumber(0)
	g, err = log.Activate(t.Context(), g, eventlog.Activation{Subscription: sub, Version: 1}, nil, false)
	must(t, err)
	g, _, err = log.Commit(t.Context(), g, batch(1, 1, 1, func(int) uint64 { return 0 }, 1))
	must(t, err)
	references := func() []string { return l.raw(t).HVals(t.Context(), config.Prefix+"refs").Val() }
	if got := references(); !slices.Equal(got, []string{"2"}) {
		t.Errorf("states are referred to %v times, want one that is told and queued", got)
	}
	must(t, s.Tenancy().Put(t.Context(), tenantRecord("acme", 1, `{}`)))
	tenancy, err = s.Tenancy().Epoch(t.Context())
	must(t, err)
	must(t, s.Renew(t.Context()))
	if epoch, err := s.Tenancy().Epoch(t.Context()); err != nil || epoch == tenancy {
		t.Errorf("the renewed store has the same tenancy epoch %q, %v", epoch, err)
	}
	renewed, err := log.Incarnation(t.Context())
	must(t, err)
	if renewed == after {
		t.Errorf("the renewed store is the same incarnation %s", after)
	}
	_, err = log.Refresh(t.Context(), g.Fence)
	wantError(t, "Refresh after Renew", err, store.ErrFenced)
	active, err := log.Activations(t.Context())
	must(t, err)
	if len(active) != 1 || !active[0].Overflowed || !active[0].Returned {
		t.Errorf("the subscriptions in force are %+v, want one that begins anew", active)
	}
	if entries, err := log.Queue(t.Context(), sub); err != nil || len(entries) != 0 {
		t.Errorf("its queue is %+v, %v; want it empty", entries, err)
	}
	if totals, err := log.Totals(t.Context()); err != nil || totals.Entries != 0 || !totals.Oldest.IsZero() {
		t.Errorf("all queues are %+v, %v; want them empty", totals, err)
	}
	_, err = log.Lead(t.Context())
	must(t, err)
	if got := references(); !slices.Equal(got, []string{"1"}) {
		t.Errorf("states are referred to %v times, want one that is told alone", got)
	}
}
