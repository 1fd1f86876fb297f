//go:build integration

package redis_test

import (
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/audit"
)

// TestPurgePastABadClock: records that stay, since their writer's clock was far
// ahead at first, keep nobody else's from going.
func TestPurgePastABadClock(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	log, ctx := open(t, l.config()).Audit(), t.Context()
	old := time.UnixMilli(1_000_000)
	var ahead, others []audit.Record
	for n := range uint64(450) {
		r := auditRecord(n + 1)
		r.Writer, r.At = "ahead", old
		if n == 0 {
			r.Previous, r.At = "", old.AddDate(100, 0, 0)
		}
		ahead = append(ahead, r)
	}
	for n := range uint64(10) {
		r := auditRecord(n + 1)
		if r.At = old.Add(time.Minute); n == 0 {
			r.Previous = ""
		}
		others = append(others, r)
	}
	must(t, log.Append(ctx, ahead))
	must(t, log.Append(ctx, others))
	for _, want := range []struct{ limit, removed int }{{7, 7}, {1000, 3}, {1000, 0}} {
		if got, err := log.Purge(ctx, old.Add(time.Hour), want.limit); err != nil || got != want.removed {
			t.Errorf("a purge of at most %d removed %d (%v), want %d", want.limit, got, err, want.removed)
		}
	}
	chains, err := log.Chains(ctx)
	must(t, err)
	if len(chains) != 2 || chains[0].Anchor.Number != 0 || chains[1].Anchor.Number != 10 {
		t.Errorf("the chains are %+v, want one that is whole and one that is purged", chains)
	}
}

// TestAMissingRecordIsKeptInMind: a purge does not go past a record that somebody
// took out, so that it stays to be found.
func TestAMissingRecordIsKeptInMind(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{}), 0}
	c := l.config()
	log, ctx := open(t, c).Audit(), t.Context()
	first := auditRecord(1)
	first.Previous = ""
	must(t, log.Append(ctx, []audit.Record{first, auditRecord(2), auditRecord(3)}))
	must(t, l.raw(t).HDel(ctx, c.Prefix+"audit:records:w", "2").Err())
	if got, err := log.Purge(ctx, time.UnixMilli(1000), 100); err != nil || got != 1 {
		t.Errorf("the purge removed %d (%v), want what is before the missing one", got, err)
	}
	var numbers []uint64
	must(t, log.Walk(ctx, "w", 0, func(r audit.Record) error {
		numbers = append(numbers, r.Number)
		return nil
	}))
	if len(numbers) != 1 || numbers[0] != 3 {
		t.Errorf("a walk finds %v, want 3 alone", numbers)
	}
	if got, err := log.Query(ctx, audit.Query{Limit: 10}); err != nil || len(got) != 1 || got[0].Number != 3 {
		t.Errorf("a query finds %+v (%v), want 3 alone", got, err)
	}
}
