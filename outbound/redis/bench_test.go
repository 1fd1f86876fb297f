//go:build integration

package redis_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
)

// resource is about as large as a node of a Kubernetes cluster.
func resource(i, revision int) o2.Object {
	r := &o2.Resource{Header: o2.Header{
		ID: o2.DeriveID("lab", fmt.Sprint(i)), NativeID: fmt.Sprint(i), Backend: "lab", Name: fmt.Sprintf("node-%05d", i),
		Extensions: o2.JSON(fmt.Sprintf(`{"labels":{"revision":"%d","pad":"%s"}}`, revision, strings.Repeat("x", 900))),
	}}
	o2.Seal(r)
	return r
}

func subscriptionNumber(i int) o2.ID { return o2.DeriveID("subscription", fmt.Sprint(i)) }

// leading is a log that leads, with subscriptions in force.
func leading(tb testing.TB, s *redis.Store, subscriptions int) (eventlog.Log, eventlog.Guard) {
	tb.Helper()
	log := s.EventLog()
	g, err := log.Lead(tb.Context())
	for i := 0; i < subscriptions && err == nil; i++ {
		g, err = log.Activate(tb.Context(), g, eventlog.Activation{Subscription: subscriptionNumber(i), Version: 1}, nil, false)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return log, g
}

// batch is a change of each of so many objects, told to so many each.
func batch(objects, targets, subscriptions int, prior func(int) uint64, revision int) []eventlog.Change {
	changes := make([]eventlog.Change, objects)
	for i := range changes {
		post := resource(i, revision)
		changes[i] = eventlog.Change{
			Object: o2.ObjectKey{Kind: o2.KindResource, ID: post.Head().ID}, Prior: prior(i), At: time.Now(),
			Post: &eventlog.State{Object: post, Owner: "t"}, PostDigest: post.Head().StateDigest,
		}
		kind := o2.EventModified
		if prior(i) == 0 {
			kind = o2.EventCreated
		}
		for t := range targets {
			id := subscriptionNumber((i*targets + t) % subscriptions)
			changes[i].Targets = append(changes[i].Targets, eventlog.Target{Subscription: id, Type: kind})
		}
	}
	return changes
}

// BenchmarkCommit commits 500 changes for 40 targets each, in one step; server-ms
// is what the server works on it, during which it does nothing else.
func BenchmarkCommit(b *testing.B) {
	l := lab{redistest.New(b, redistest.Options{}), 0}
	for _, subscriptions := range []int{1000, 20000} {
		b.Run(fmt.Sprint(subscriptions, "subscriptions"), func(b *testing.B) {
			s, err := redis.Open(b.Context(), l.config(), quiet)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			log, g := leading(b, s, subscriptions)
			before, round := uint64(0), 0
			var spent time.Duration
			for b.Loop() {
				b.StopTimer()
				round++
				changes := batch(500, 40, subscriptions, func(i int) uint64 {
					if before == 0 {
						return 0
					}
					return before + uint64(i)
				}, round)
				began := serverTime(b, l)
				b.StartTimer()
				next, _, err := log.Commit(b.Context(), g, changes)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				before, g = g.Sequence+1, next
				spent += serverTime(b, l) - began
				b.StartTimer()
			}
			b.ReportMetric(float64(spent.Microseconds())/1000/float64(round), "server-ms/op")
		})
	}
}

// serverTime is how long the server has worked: its main thread's time on a
// processor, which does not depend on who else is busy here.
func serverTime(tb testing.TB, l lab) time.Duration {
	tb.Helper()
	text, err := l.Servers()[0].Client().Info(tb.Context(), "cpu").Result()
	if err != nil {
		tb.Fatal(err)
	}
	var total time.Duration
	for line := range strings.SplitSeq(text, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		seconds, err := strconv.ParseFloat(value, 64)
		if err == nil && (name == "used_cpu_user_main_thread" || name == "used_cpu_sys_main_thread") {
			total += time.Duration(seconds * float64(time.Second))
		}
	}
	return total
}

// BenchmarkDeliver claims and settles so many entries at a time, with and without
// replicas to confirm.
func BenchmarkDeliver(b *testing.B) {
	standalone := lab{redistest.New(b, redistest.Options{}), 0}
	replicated := lab{redistest.New(b, redistest.Options{Replicas: 2}), 1}
	for _, entries := range []int{1, 64} {
		b.Run(fmt.Sprint("standalone/", entries), func(b *testing.B) { deliver(b, standalone, entries) })
		b.Run(fmt.Sprint("replicated/", entries), func(b *testing.B) { deliver(b, replicated, entries) })
	}
}

func deliver(b *testing.B, l lab, entries int) {
	s, err := redis.Open(b.Context(), l.config(), quiet)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	log, g := leading(b, s, 1)
	share, err := s.Assignment().Join(b.Context(), "bench", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	id := subscriptionNumber(0)
	held := share.Held[assignment.Of(id)]
	first, round := uint64(0), 0
	commit := func() {
		prior := first
		first = g.Sequence + 1
		g, _, err = log.Commit(b.Context(), g, batch(entries, 1, 1, func(i int) uint64 {
			if prior == 0 {
				return 0
			}
			return prior + uint64(i)
		}, round))
		if err != nil {
			b.Fatal(err)
		}
		round++
	}
	var spent time.Duration
	for b.Loop() {
		b.StopTimer()
		commit()
		began := serverTime(b, l)
		b.StartTimer()
		c, err := log.Claim(b.Context(), held, id, entries)
		if err != nil || len(c.Deliveries) != entries {
			b.Fatalf("claimed %d: %v", len(c.Deliveries), err)
		}
		last := c.Deliveries[entries-1].Position
		if _, err := log.Settle(b.Context(), held, id, eventlog.Settlement{Delivered: last, DeliveredAt: time.Now()}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		spent += serverTime(b, l) - began
		b.StartTimer()
	}
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(round), "server-ms/op")
}
