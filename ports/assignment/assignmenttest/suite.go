package assignmenttest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
)

// Store is what the suite tests: one store without members.
type Store struct {
	Assignment assignment.Assignment
	// TTL is a time to live that the store can keep to; the suite waits for it to
	// be over. 100 ms if 0.
	TTL time.Duration
	// Check does something that needs the partition, and returns its error; nil if
	// there is nothing to do it with.
	Check func(t *testing.T, h assignment.Held) error
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t, fences: map[store.Token]assignment.Held{}, owners: map[store.Token]string{}}
			if f.TTL == 0 {
				f.TTL = 100 * time.Millisecond
			}
			c.run(f)
		})
	}
}

// long is a time to live that no test outlives.
const long = 10 * time.Minute

// patience bounds each wait.
const patience = 20 * time.Second

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"the only member holds all", func(f *fixture) {
		share := f.join("a", long)
		f.wantShare("a", share, assignment.Partitions, 0, 1)
		for p, h := range share.Held {
			if h.Partition != p {
				f.t.Fatalf("the %d-th partition held is %d", p, h.Partition)
			}
		}
	}},
	{"joining again keeps what is held, under the same fences", func(f *fixture) {
		first := f.join("a", long)
		second := f.join("a", long)
		f.wantShare("a", second, assignment.Partitions, 0, 1)
		for i := range first.Held {
			if first.Held[i] != second.Held[i] {
				f.t.Fatalf("partition %d has another fence after joining again", i)
			}
		}
	}},
	{"a second member gets what the first releases", func(f *fixture) {
		f.join("a", long)
		f.wantShare("b", f.join("b", long), 0, 0, 2)
		first := f.join("a", long)
		f.wantShare("a", first, assignment.Partitions, assignment.Partitions/2, 2)
		f.release("a", first.Held[:first.Excess]...)
		second := f.join("b", long)
		f.wantShare("b", second, assignment.Partitions/2, 0, 2)
		f.disjoint(first.Held[first.Excess:], second.Held)
		f.wantShare("a", f.join("a", long), assignment.Partitions/2, 0, 2)
		f.check(first.Held[0], store.ErrFenced)
		f.check(second.Held[0], nil)
		f.check(first.Held[first.Excess], nil)
	}},
	{"a fair share is rounded up", func(f *fixture) {
		shares := f.settleMembers("a", "b", "c")
		held := 0
		for member, share := range shares {
			if n := len(share.Held); n > 22 {
				f.t.Errorf("%s holds %d partitions, want 22 at most", member, n)
			} else {
				held += n
			}
			if share.Members != 3 {
				f.t.Errorf("%s sees %d members, want 3", member, share.Members)
			}
		}
		if held != assignment.Partitions {
			f.t.Errorf("%d partitions are held, want %d", held, assignment.Partitions)
		}
	}},
	{"what is released and taken again has a new fence", func(f *fixture) {
		old := f.join("a", long).Held[5]
		f.release("a", old)
		f.check(old, store.ErrFenced)
		again := f.join("a", long).Held[5]
		if again.Fence == old.Fence {
			f.t.Errorf("partition 5 has its old fence")
		}
		f.check(old, store.ErrFenced)
		f.check(again, nil)
	}},
	{"what is no longer held can be released, to no effect", func(f *fixture) {
		old := f.join("a", long).Held[5]
		f.release("a", old)
		f.release("a", old)
		now := f.join("b", long)
		f.release("a", old)
		f.release("b", assignment.Held{Partition: 5, Fence: old.Fence})
		f.release("nobody", old)
		again := f.join("b", long)
		if len(now.Held) != 1 || len(again.Held) != 1 || now.Held[0] != again.Held[0] || now.Held[0].Partition != 5 {
			f.t.Errorf("b held %+v, and after others' releases %+v", now.Held, again.Held)
		}
	}},
	{"whoever leaves gives all back at once", func(f *fixture) {
		first := f.join("a", long)
		f.must("Leave", f.Assignment.Leave(f.t.Context(), "a"))
		f.check(first.Held[0], store.ErrFenced)
		f.wantShare("b", f.join("b", long), assignment.Partitions, 0, 1)
		f.must("Leave of one who has left", f.Assignment.Leave(f.t.Context(), "a"))
		f.must("Leave of a stranger", f.Assignment.Leave(f.t.Context(), "stranger"))
		f.wantShare("b", f.join("b", long), assignment.Partitions, 0, 1)
	}},
	{"whoever stops joining loses all when its time is over", func(f *fixture) {
		old := f.join("a", f.TTL)
		began := time.Now()
		var share assignment.Share
		f.eventually("b to hold all partitions", func() bool {
			share = f.join("b", long)
			return len(share.Held) == assignment.Partitions
		})
		if took := time.Since(began); took < f.TTL/2 {
			f.t.Errorf("a lost its partitions after %s, and had %s", took, f.TTL)
		}
		f.wantShare("b", share, assignment.Partitions, 0, 1)
		f.check(old.Held[0], store.ErrFenced)
		f.check(share.Held[0], nil)
		late := f.join("a", long)
		f.wantShare("a", late, 0, 0, 2)
	}},
	{"joining in time keeps a member alive", func(f *fixture) {
		began := time.Now()
		last, first := began, f.join("a", f.TTL)
		f.eventually("three times the time to live to pass", func() bool {
			share, before := f.join("a", f.TTL), last
			last = time.Now()
			if last.Sub(before) > f.TTL/2 {
				first, began = share, last // this machine was too slow just now: begin anew
			}
			if len(share.Held) != assignment.Partitions || share.Held[0] != first.Held[0] {
				f.t.Fatalf("a lost partitions though it joined in time: %d are left", len(share.Held))
			}
			return last.Sub(began) > 3*f.TTL
		})
	}},
	{"members that join at once hold no partition twice", func(f *fixture) {
		const members = 5
		var joining sync.WaitGroup
		var mu sync.Mutex
		for i := range members {
			joining.Go(func() {
				name := fmt.Sprint(i)
				for range 10 {
					share, err := f.Assignment.Join(context.WithoutCancel(f.t.Context()), name, long)
					if err != nil {
						f.t.Errorf("Join: %v", err)
						return
					}
					mu.Lock()
					for _, h := range share.Held {
						if before, seen := f.owners[h.Fence]; seen && before != name {
							f.t.Errorf("%s and %s hold partition %d under one fence", before, name, h.Partition)
						}
						f.owners[h.Fence] = name
					}
					mu.Unlock()
					for _, h := range share.Held[:share.Excess] {
						if err := f.Assignment.Release(f.t.Context(), name, h); err != nil {
							f.t.Errorf("Release: %v", err)
						}
					}
				}
			})
		}
		joining.Wait()
		held := map[int]string{}
		for i := range members {
			for _, h := range f.join(fmt.Sprint(i), long).Held {
				if other, twice := held[h.Partition]; twice {
					f.t.Errorf("%s and %d both hold partition %d", other, i, h.Partition)
				}
				held[h.Partition] = fmt.Sprint(i)
			}
		}
	}},
	{"subscriptions fall into partitions for ever the same", func(f *fixture) {
		for id, want := range map[o2.ID]int{
			"00000000-0000-4000-8000-000000000000": 53,
			"6e657477-6561-4665-806f-32696d736964": 56,
		} {
			if got := assignment.Of(id); got != want {
				f.t.Errorf("partition of %s is %d, want %d", id, got, want)
			}
		}
	}},
}
