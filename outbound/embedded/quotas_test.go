package embedded

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/store"
)

func TestTotalsStayWithinBounds(t *testing.T) {
	for _, c := range []struct{ a, b, want int64 }{
		{1, 2, 3}, {3, -2, 1}, {3, -5, 0}, {0, math.MinInt64, 0}, {math.MaxInt64, 1, math.MaxInt64}, {1 << 62, 1 << 62, math.MaxInt64}, {-4, 1, 0},
	} {
		if got := total(o2.Amounts{Resources: c.a}, o2.Amounts{Resources: c.b}).Resources; got != c.want {
			t.Errorf("%d and %d are %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestWantingLessThanNothing makes no room for others.
func TestWantingLessThanNothing(t *testing.T) {
	q := quick(t).Quotas()
	if _, err := q.Reserve(t.Context(), "acme", o2.Amounts{Resources: -5}, unlimited, time.Hour); err != nil {
		t.Fatal(err)
	}
	limits := unlimited
	limits.Resources = 3
	if _, err := q.Reserve(t.Context(), "acme", o2.Amounts{Resources: 4}, limits, time.Hour); err == nil {
		t.Error("four of three were reserved")
	}
}

func TestReservations(t *testing.T) {
	var r reservations
	r.clear()
	two := o2.Amounts{Resources: 2}
	key := reservationKey{"acme", r.add("acme", two, time.Minute, noon)}
	late := noon.Add(time.Hour)
	r.pin(key, 1)
	if got := r.reserved("acme", late); got != two {
		t.Errorf("while it is being settled, %+v is reserved", got)
	}
	r.pin(key, -1)
	if got := r.reserved("acme", late); got != (o2.Amounts{}) || len(r.open) != 0 {
		t.Errorf("after its time %+v is reserved, and %d tenants are remembered", got, len(r.open))
	}
	r.settle(key, late)
	for at, want := range map[time.Duration]bool{0: true, 59 * time.Second: true, time.Minute: false} {
		if got := r.isSettled(key, late.Add(at)); got != want {
			t.Errorf("%s after it was settled that is remembered: %v", at, got)
		}
	}
	r.settle(reservationKey{"acme", "no token of ours"}, late)
	for i := range 10 * leastSwept {
		now := late.Add(time.Duration(i) * time.Second)
		r.settle(reservationKey{"acme", r.add("acme", two, time.Minute, now)}, now)
	}
	if n := len(r.settled); n > leastSwept {
		t.Errorf("%d settlements are remembered, and a minute's are to be", n)
	}
	if len(r.open) != 0 {
		t.Errorf("%d tenants are remembered", len(r.open))
	}
}

func TestFullBucketsAreForgotten(t *testing.T) {
	r := &quick(t).rates
	rate := ratelimit.Rate{PerSecond: 1e9, Burst: 1}
	for i := range 10 * leastSwept {
		if got, _, _, err := r.Take(t.Context(), fmt.Sprint(i), rate, 1); err != nil || got != 1 {
			t.Fatalf("Take: %d, %v", got, err)
		}
	}
	if n := len(r.buckets); n > leastSwept {
		t.Errorf("%d buckets are remembered", n)
	}
	if _, _, _, err := r.Take(t.Context(), "none", rate, 0); err != nil || r.buckets["none"] != nil {
		t.Errorf("a bucket of which nothing was taken is remembered, or %v", err)
	}
}

func TestBucketsThatNeverFill(t *testing.T) {
	r := &quick(t).rates
	for _, rate := range []ratelimit.Rate{{PerSecond: 0, Burst: 1}, {PerSecond: 1e-300, Burst: 1}, {PerSecond: -1, Burst: 1}} {
		key := fmt.Sprint(rate)
		for i, want := range []int{1, 0, 0} {
			got, left, wait, err := r.Take(t.Context(), key, rate, 1)
			if err != nil || got != want || left != 0 || (wait != longestWait) != (i == 0) {
				t.Errorf("%+v: Take %d gave %d, %d, %s, %v; want %d", rate, i, got, left, wait, err, want)
			}
		}
	}
	if got, left, _, err := r.Take(t.Context(), "k", ratelimit.Rate{PerSecond: 1, Burst: -3}, 1); got != 0 || left != 0 || err != nil {
		t.Errorf("of a bucket that holds less than nothing: %d, %d, %v", got, left, err)
	}
}

// TestTenancyOfAFullStore: what does not fit is refused whole, and what is counted
// in memory is what the file says.
func TestTenancyOfAFullStore(t *testing.T) {
	s := opened(t, Config{Path: filepath.Join(t.TempDir(), "store.db"), noSync: true, maxSize: 1 << 20})
	ctx := t.Context()
	token, err := s.Quotas().Reserve(ctx, "acme", o2.Amounts{Resources: 1}, unlimited, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	n := uint64(0)
	for err == nil && n < 10_000 {
		batch := []audit.Record{entry("w", n+1), entry("w", n+2)}
		if err = s.Audit().Append(ctx, batch); err == nil {
			n += 2
		}
	}
	if !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("the last Append: %v, want %v", err, store.ErrUnavailable)
	}
	chains, err := s.Audit().Chains(ctx)
	if err != nil || len(chains) != 1 || chains[0].Head != entry("w", n).Link {
		t.Errorf("the chains are %+v, %v; want the last record to be %d", chains, err, n)
	}
	err = s.Quotas().Settle(ctx, "acme", token, o2.Amounts{Resources: 1})
	switch u := usageOf(t, s, "acme"); {
	case err == nil && (u.Used.Resources != 1 || u.Reserved.Resources != 0):
		t.Errorf("after Settle the usage is %+v", u)
	case err != nil && (u.Used.Resources != 0 || u.Reserved.Resources != 1):
		t.Errorf("after Settle: %v, the usage is %+v", err, u)
	}
}

func TestTenancyOfAClosedStore(t *testing.T) {
	s := quick(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, epochErr := s.Tenancy().Epoch(t.Context())
	_, _, allErr := s.Tenancy().All(t.Context())
	_, reserveErr := s.Quotas().Reserve(t.Context(), "acme", o2.Amounts{}, unlimited, time.Hour)
	_, usageErr := s.Quotas().Usage(t.Context(), "acme")
	_, queryErr := s.Audit().Query(t.Context(), audit.Query{Limit: 1})
	for what, err := range map[string]error{
		"Epoch": epochErr, "All": allErr, "Reserve": reserveErr, "Usage": usageErr, "Query": queryErr,
		"Release": s.Quotas().Release(t.Context(), "acme", ""), "Settle": s.Quotas().Settle(t.Context(), "acme", "", o2.Amounts{}),
		"Append": s.Audit().Append(t.Context(), []audit.Record{entry("w", 1)}),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: error %v, want %v", what, err, store.ErrUnavailable)
		}
	}
}
