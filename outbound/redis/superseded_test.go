//go:build integration

package redis_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// TestSuperseded writes to a master that does not know yet that there is another,
// while a replica that does not know it either confirms. What it confirms is lost,
// and is not said to be stored.
func TestSuperseded(t *testing.T) {
	cases := map[string]func(ctx context.Context, l lab, old *redistest.Server) error{
		"stopped until another was made": func(ctx context.Context, l lab, old *redistest.Server) error {
			if err := old.Pause(); err != nil {
				return err
			}
			_, err := l.AwaitMaster(ctx, old)
			return errors.Join(err, old.Resume())
		},
		"by an operator's failover": func(ctx context.Context, l lab, old *redistest.Server) error {
			if err := l.Sentinels()[1].Client().Do(ctx, "sentinel", "failover", l.MasterName()).Err(); err != nil {
				return err
			}
			_, err := l.AwaitMaster(ctx, old)
			return err
		},
	}
	for name, supersede := range cases {
		t.Run(name, func(t *testing.T) {
			l := lab{redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3}), 1}
			ctx := t.Context()
			old, err := l.Master(ctx)
			must(t, err)
			c := l.config()
			c.PoolSize = 1 // whoever connects anew hears of the new master
			s := open(t, c)
			subs := s.Subscriptions()
			kept := subscription("https://smo.example/kept")
			_, err = subs.Create(ctx, kept, subscriptionstore.Limits{})
			must(t, err)
			must(t, l.AwaitReplicas(ctx, 2))

			// Sentinels cannot tell old and its replica about the new master, nor us.
			for _, server := range l.Servers() {
				must(t, server.Client().Do(ctx, "acl", "setuser", "default", "-slaveof", "+slaveof|no").Err())
			}
			for _, sentinel := range l.Sentinels() {
				must(t, sentinel.Client().Do(ctx, "acl", "setuser", "default", "resetchannels").Err())
			}
			must(t, supersede(ctx, l, old))
			until(t, "a replica to follow the old master", func() bool {
				pipe := old.Client().Pipeline()
				pipe.Set(ctx, "unrelated", "", 0)
				wait := pipe.Do(ctx, "wait", 1, 100)
				_, err := pipe.Exec(ctx)
				return err == nil && wait.Val() == int64(1)
			})

			lost := subscription("https://smo.example/lost")
			_, err = subs.Create(ctx, lost, subscriptionstore.Limits{})
			wantError(t, "Create at the old master", err, store.ErrUnconfirmed)
			if n := old.Client().Exists(ctx, c.Prefix+"subscription:"+string(lost.ID)).Val(); n != 1 {
				t.Errorf("the old master has %d subscriptions that it took, want 1", n)
			}
			wantError(t, "Delete at the old master", subs.Delete(ctx, kept.ID), store.ErrUnconfirmed)

			// They hear of it.
			master, err := l.AwaitMaster(ctx, old)
			must(t, err)
			host, port, err := net.SplitHostPort(master.Address())
			must(t, err)
			for _, server := range l.Servers() {
				must(t, server.Client().Do(ctx, "acl", "setuser", "default", "+slaveof").Err())
				if server != master {
					must(t, server.Client().Do(ctx, "replicaof", host, port).Err())
				}
			}
			must(t, old.Client().ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes").Err())
			must(t, l.AwaitReplicas(ctx, 1))
			until(t, "the store to be back", func() bool { return s.Check(ctx) == nil })
			_, err = subs.Get(ctx, lost.ID)
			wantError(t, "Get of what the old master took", err, store.ErrNotFound)
			if _, err := subs.Get(ctx, kept.ID); err != nil {
				t.Errorf("Get of what only the old master deleted: %v", err)
			}
			until(t, "the new master's writes to be confirmed", func() bool {
				_, err := subs.Create(ctx, lost, subscriptionstore.Limits{})
				if err != nil && !errors.Is(err, store.ErrUnconfirmed) && !errors.Is(err, store.ErrUnavailable) {
					t.Fatal(err)
				}
				return err == nil
			})
			must(t, subs.Delete(ctx, kept.ID))
		})
	}
}

// TestSentinelsAway: only most of them can tell that a write is kept.
func TestSentinelsAway(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3, DownAfter: time.Minute}), 1}
	c := l.config()
	c.Addresses = c.Addresses[:1] // it tells of the others
	s := open(t, c)
	ctx := t.Context()
	log := s.EventLog()
	must(t, log.RenewEpoch(ctx))
	must(t, l.Sentinels()[2].Pause())
	must(t, log.RenewEpoch(ctx))
	began := time.Now()
	must(t, log.RenewEpoch(ctx))
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("with one Sentinel away a write took %v", took)
	}
	must(t, l.Sentinels()[1].Kill())
	wantError(t, "a write that one of three Sentinels knows", log.RenewEpoch(ctx), store.ErrUnconfirmed)
	must(t, l.Sentinels()[1].Restart(ctx))
	until(t, "two of three Sentinels", func() bool { return log.RenewEpoch(ctx) == nil })
	must(t, l.Sentinels()[2].Resume())
	must(t, l.Sentinels()[1].Pause())
	until(t, "the other two of three Sentinels", func() bool { return log.RenewEpoch(ctx) == nil })
	must(t, l.Sentinels()[1].Resume())
}

// documentedSentinelACL is what docs/redis.md has Sentinels allow netweave.
const documentedSentinelACL = "resetchannels &* -@all +@connection +@pubsub +info +sentinel|myid +sentinel|master " +
	"+sentinel|sentinels +sentinel|get-master-addr-by-name +sentinel|is-master-down-by-addr"

// TestSentinelUser has Sentinels that allow no more than is documented.
func TestSentinelUser(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{Replicas: 1, Sentinels: 3, DownAfter: time.Minute}), 1}
	for _, sentinel := range l.Sentinels() {
		rules := []any{"acl", "setuser", "gateway", "on", ">s3cret"}
		for _, rule := range strings.Fields(documentedSentinelACL) {
			rules = append(rules, rule)
		}
		must(t, sentinel.Client().Do(t.Context(), rules...).Err())
	}
	c := l.config()
	c.SentinelUsername, c.SentinelPassword, c.Addresses = "gateway", "s3cret", c.Addresses[:1]
	must(t, open(t, c).EventLog().RenewEpoch(t.Context()))
}
