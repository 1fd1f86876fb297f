package embedded

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/eventlog"
)

func benchmarked(b *testing.B, subscriptions int) (*lab, []o2.ID) {
	s, err := Open(Config{Path: filepath.Join(b.TempDir(), "store.db")}, silent)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	l := newLab(b, s)
	var ids []o2.ID
	for n := range subscriptions {
		ids = append(ids, subscriptionID(n))
	}
	l.activate(ids...)
	return l, ids
}

// BenchmarkCommitOne commits one change of interest to 10 of 1,000, synced.
func BenchmarkCommitOne(b *testing.B) {
	l, ids := benchmarked(b, 1000)
	for i := 0; b.Loop(); i++ {
		at := i * 10 % 990
		l.put("n", i, ids[at:at+10]...)
	}
}

// BenchmarkCommitMany commits 500 changes of interest to 40 each, synced.
func BenchmarkCommitMany(b *testing.B) {
	l, ids := benchmarked(b, 1000)
	for i := 0; b.Loop(); i++ {
		var changes []eventlog.Change
		for n := range 500 {
			at := (n * 40) % 960
			changes = append(changes, l.change(fmt.Sprint("n", n), i, ids[at:at+40]...))
		}
		l.must(l.commit(changes...))
	}
}

// BenchmarkDelivery claims and settles one entry at a time, 100 queues at once.
func BenchmarkDelivery(b *testing.B) {
	const queues = 100
	l, ids := benchmarked(b, queues)
	each := b.N/queues + 1
	for i := range each {
		l.put("n", i, ids...)
	}
	b.ResetTimer()
	began := time.Now()
	var delivering sync.WaitGroup
	for _, id := range ids {
		delivering.Go(func() {
			for range each {
				c, err := l.log.Claim(b.Context(), l.held[assignment.Of(id)], id, 1)
				if err != nil || len(c.Deliveries) != 1 {
					b.Errorf("Claim: %d, %v", len(c.Deliveries), err)
					return
				}
				s := eventlog.Settlement{Delivered: c.Deliveries[0].Position, DeliveredAt: noon}
				if _, err := l.log.Settle(b.Context(), l.held[assignment.Of(id)], id, s); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	delivering.Wait()
	b.ReportMetric(float64(each*queues)/time.Since(began).Seconds(), "deliveries/s")
}

// BenchmarkReserve reserves and settles at once for each of many requests, of one
// tenant, synced.
func BenchmarkReserve(b *testing.B) {
	l, _ := benchmarked(b, 0)
	q, limits := l.Quotas(), unlimited
	limits.Resources = 1 << 40
	one := o2.Amounts{Resources: 1, CPUMillis: 1000, MemoryBytes: 1 << 30}
	b.Run("reserve and release", func(b *testing.B) {
		b.SetParallelism(25)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				token, err := q.Reserve(b.Context(), "acme", one, limits, time.Minute)
				if err == nil {
					err = q.Release(b.Context(), "acme", token)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
	b.Run("reserve and settle", func(b *testing.B) {
		b.SetParallelism(25)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				token, err := q.Reserve(b.Context(), "acme", one, limits, time.Minute)
				if err == nil {
					err = q.Settle(b.Context(), "acme", token, one)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkAudit adds one record at a time, of many writers at once, synced.
func BenchmarkAudit(b *testing.B) {
	l, _ := benchmarked(b, 0)
	log, writers := l.Audit(), atomic.Uint64{}
	b.SetParallelism(25)
	b.RunParallel(func(pb *testing.PB) {
		writer := fmt.Sprint("gateway-7d9f8c-", writers.Add(1))
		for n := uint64(1); pb.Next(); n++ {
			if err := log.Append(b.Context(), []audit.Record{entry(writer, n)}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkAuditPage reads a page of 100 of a tenant's, behind 100,000 of others'.
func BenchmarkAuditPage(b *testing.B) {
	l, _ := benchmarked(b, 0)
	for n := uint64(0); n < 100_000; n += 1000 {
		var batch []audit.Record
		for i := range uint64(1000) {
			r := entry("w", n+i+1)
			if n > 1000 {
				r.Tenant = "another"
			}
			batch = append(batch, r)
		}
		l.must(l.Audit().Append(b.Context(), batch))
	}
	for b.Loop() {
		list, err := l.Audit().Query(b.Context(), audit.Query{Tenant: "acme", Limit: 100})
		if err != nil || len(list) != 100 {
			b.Fatalf("%d, %v", len(list), err)
		}
	}
}
