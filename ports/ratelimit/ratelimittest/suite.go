package ratelimittest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Store is what the suite tests: one store in which every bucket is full.
type Store struct {
	Rates ratelimit.Store
	// Other is the same store as another process has it; nil for one that one
	// process alone has.
	Other ratelimit.Store
	// Pass lets a time go by on the store's clock; nil waits for it.
	Pass func(d time.Duration)
	// Now is the store's clock; nil is time.Now.
	Now func() time.Time
}

// tick is what a store's clock may be coarse by.
const tick = 2 * time.Millisecond

// slow gives nothing anew while a test runs: a token in more than a day.
const slow = 1e-5

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t, ctx: t.Context()}
			if f.Other == nil {
				f.Other = f.Rates
			}
			if f.Pass == nil {
				f.Pass = func(d time.Duration) { <-time.After(d) }
			}
			if f.Now == nil {
				f.Now = time.Now
			}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t   *testing.T
	ctx context.Context
}

// take wants exactly that to be got and left.
func (f *fixture) take(s ratelimit.Store, key string, r ratelimit.Rate, want, got, left int) (wait time.Duration) {
	f.t.Helper()
	gotten, leftover, wait, err := s.Take(f.ctx, key, r, want)
	if err != nil {
		f.t.Fatalf("Take: %v", err)
	}
	if gotten != got || leftover != left {
		f.t.Fatalf("Take of %d of %q gave %d and left %d, want %d and %d", want, key, gotten, leftover, got, left)
	}
	if gotten > 0 && wait != 0 {
		f.t.Errorf("Take of %q gave %d, and a wait of %s", key, gotten, wait)
	}
	return wait
}

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"a bucket is full at first, and gives what it has", func(f *fixture) {
		r := ratelimit.Rate{PerSecond: slow, Burst: 10}
		f.take(f.Rates, "k", r, 3, 3, 7)
		f.take(f.Other, "k", r, 1, 1, 6)
		f.take(f.Rates, "k", r, 0, 0, 6)
		f.take(f.Rates, "k", r, 6, 6, 0)
		f.take(f.Other, "k", r, 1, 0, 0)
	}},
	{"who wants more than there is gets what there is", func(f *fixture) {
		r := ratelimit.Rate{PerSecond: slow, Burst: 10}
		f.take(f.Rates, "k", r, 7, 7, 3)
		f.take(f.Other, "k", r, 7, 3, 0)
		f.take(f.Rates, "k", r, 7, 0, 0)
		f.take(f.Rates, "large", r, 1000, 10, 0)
	}},
	{"an empty bucket says when there will be one", func(f *fixture) {
		r := ratelimit.Rate{PerSecond: 0.1, Burst: 2}
		f.take(f.Rates, "k", r, 2, 2, 0)
		if wait := f.take(f.Rates, "k", r, 1, 0, 0); wait <= 0 || wait > 10*time.Second+tick {
			f.t.Errorf("the wait is %s, want up to 10 s", wait)
		}
		quick := ratelimit.Rate{PerSecond: 20, Burst: 1}
		for range 3 {
			got, wait := 1, time.Duration(0)
			for range 2 { // the first may get what came meanwhile
				var err error
				got, _, wait, err = f.Rates.Take(f.ctx, "quick", quick, 1)
				f.must(err)
			}
			if got > 0 {
				continue // the machine was slow
			}
			if wait <= 0 || wait > 50*time.Millisecond+tick {
				f.t.Errorf("the wait is %s, want up to 50 ms", wait)
			}
			f.Pass(wait + tick)
			f.take(f.Other, "quick", quick, 1, 1, 0)
		}
	}},
	{"tokens come anew by the rate, up to the burst", func(f *fixture) {
		r := ratelimit.Rate{PerSecond: 100, Burst: 1000}
		f.take(f.Rates, "k", r, 1000, 1000, 0)
		f.Pass(100*time.Millisecond + tick)
		got, _, _, err := f.Other.Take(f.ctx, "k", r, 1000)
		if err != nil || got < 10 {
			f.t.Errorf("after 100 ms Take gave %d, %v; want 10", got, err)
		}
		r = ratelimit.Rate{PerSecond: 1000, Burst: 5}
		f.take(f.Rates, "small", r, 5, 5, 0)
		f.Pass(50*time.Millisecond + tick)
		f.take(f.Rates, "small", r, 100, 5, 0)
	}},
	{"halves add up", func(f *fixture) {
		r, sum := ratelimit.Rate{PerSecond: 50, Burst: 4}, 0
		f.take(f.Rates, "k", r, 4, 4, 0)
		began := f.Now()
		for range 8 {
			f.Pass(10 * time.Millisecond)
			got, _, _, err := f.Rates.Take(f.ctx, "k", r, 1)
			if err != nil {
				f.t.Fatalf("Take: %v", err)
			}
			sum += got
		}
		// One of those that came last may be a fraction yet.
		if most := f.came(r, began); sum < 3 || sum > most {
			f.t.Errorf("in 8 times 10 ms %d tokens came, want 3 to %d", sum, most)
		}
	}},
	{"keys are apart", func(f *fixture) {
		r := ratelimit.Rate{PerSecond: slow, Burst: 2}
		for _, key := range []string{"acme/u/read", "acme/u", "acme", "acme/u/write", "a\x00b", "a", "*", "", "{a}", "a b", "\u00e9", "%s"} {
			f.take(f.Rates, key, r, 1, 1, 1)
			f.take(f.Other, key, r, 2, 1, 0)
			f.take(f.Rates, key, r, 1, 0, 0)
		}
	}},
	{"a bucket has the rate that was asked for last", func(f *fixture) {
		f.take(f.Rates, "k", ratelimit.Rate{PerSecond: slow, Burst: 10}, 2, 2, 8)
		small := ratelimit.Rate{PerSecond: slow, Burst: 5}
		f.take(f.Rates, "k", small, 1, 1, 4)
		f.take(f.Rates, "k", small, 9, 4, 0)
		if wait := f.take(f.Rates, "k", ratelimit.Rate{PerSecond: 0.1, Burst: 5}, 1, 0, 0); wait <= 0 || wait > 10*time.Second+tick {
			f.t.Errorf("the wait is %s, want up to 10 s", wait)
		}
	}},
	{"many keys leave nothing to be had twice", func(f *fixture) {
		r := ratelimit.Rate{PerSecond: slow, Burst: 1}
		for i := range 3000 {
			f.take(f.Rates, fmt.Sprint("k", i), r, 1, 1, 0)
		}
		for i := range 3000 {
			f.take(f.Rates, fmt.Sprint("k", i), r, 1, 0, 0)
		}
	}},
	{"many at once get no more than there is", func(f *fixture) {
		r, sum := ratelimit.Rate{PerSecond: slow, Burst: 100}, atomic.Int64{}
		f.must(errors.Join(storetest.AtOnce(20, func(i int) error { return f.takeSome(i, r, &sum) })...))
		if sum.Load() != 100 {
			f.t.Errorf("%d were had of 100", sum.Load())
		}
	}},
	{"many at once get no more than comes meanwhile", func(f *fixture) {
		r, sum := ratelimit.Rate{PerSecond: 2000, Burst: 50}, atomic.Int64{}
		began := f.Now()
		f.must(errors.Join(storetest.AtOnce(20, func(i int) error { return f.takeSome(i, r, &sum) })...))
		if most := int64(r.Burst + f.came(r, began)); sum.Load() > most || sum.Load() < 50 {
			f.t.Errorf("%d were had, want 50 to %d", sum.Load(), most)
		}
	}},
}

// came returns how many tokens can have come since then.
func (f *fixture) came(r ratelimit.Rate, since time.Time) int {
	return int((f.Now().Sub(since)+tick).Seconds()*r.PerSecond) + 1
}

// takeSome takes several times and adds up what it got.
func (f *fixture) takeSome(i int, r ratelimit.Rate, sum *atomic.Int64) error {
	for n := range 20 {
		got, left, _, err := []ratelimit.Store{f.Rates, f.Other}[i%2].Take(f.ctx, "k", r, 1+n%4)
		if err != nil {
			return err
		}
		if got < 0 || got > 1+n%4 || left < 0 || left > r.Burst {
			return fmt.Errorf("a Take of %d gave %d and left %d", 1+n%4, got, left)
		}
		sum.Add(int64(got))
	}
	return nil
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("Take: %v", err)
	}
}
