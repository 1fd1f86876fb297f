package assignmenttest

import (
	"errors"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/store"
)

// fixture is one test at work.
type fixture struct {
	Store
	t *testing.T
	// fences are all that were handed out, owners who had them.
	fences map[store.Token]assignment.Held
	owners map[store.Token]string
}

func (f *fixture) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

// join joins, and checks that no fence was another's before.
func (f *fixture) join(member string, ttl time.Duration) assignment.Share {
	f.t.Helper()
	share, err := f.Assignment.Join(f.t.Context(), member, ttl)
	f.must("Join", err)
	for i, h := range share.Held {
		if before, seen := f.fences[h.Fence]; seen && (before != h || f.owners[h.Fence] != member) {
			f.t.Fatalf("the fence of %s for partition %d was that of %s for %d", member, h.Partition, f.owners[h.Fence], before.Partition)
		}
		if i > 0 && share.Held[i-1].Partition >= h.Partition {
			f.t.Fatalf("partition %d comes before %d", share.Held[i-1].Partition, h.Partition)
		}
		f.fences[h.Fence], f.owners[h.Fence] = h, member
	}
	return share
}

func (f *fixture) release(member string, held ...assignment.Held) {
	f.t.Helper()
	for _, h := range held {
		f.must("Release", f.Assignment.Release(f.t.Context(), member, h))
	}
}

func (f *fixture) wantShare(member string, share assignment.Share, held, excess, members int) {
	f.t.Helper()
	if len(share.Held) != held || share.Excess != excess || share.Members != members {
		f.t.Errorf("%s holds %d partitions, %d too many, among %d; want %d, %d, %d",
			member, len(share.Held), share.Excess, share.Members, held, excess, members)
	}
}

func (f *fixture) disjoint(one, two []assignment.Held) {
	f.t.Helper()
	held := map[int]bool{}
	for _, h := range append(append([]assignment.Held{}, one...), two...) {
		if held[h.Partition] {
			f.t.Errorf("partition %d is held twice", h.Partition)
		}
		held[h.Partition] = true
	}
}

// check uses a partition, if there is something to use it with.
func (f *fixture) check(h assignment.Held, want error) {
	f.t.Helper()
	if f.Check == nil {
		return
	}
	if err := f.Check(f.t, h); !errors.Is(err, want) {
		f.t.Errorf("using partition %d under its fence: error %v, want %v", h.Partition, err, want)
	}
}

// settleMembers lets members join and release until nobody has too many.
func (f *fixture) settleMembers(members ...string) map[string]assignment.Share {
	f.t.Helper()
	shares := map[string]assignment.Share{}
	for range 3 {
		for _, member := range members {
			share := f.join(member, long)
			f.release(member, share.Held[:share.Excess]...)
			share.Held, share.Excess = share.Held[share.Excess:], 0
			shares[member] = share
		}
	}
	return shares
}

// eventually asks until the answer is yes.
func (f *fixture) eventually(what string, ask func() bool) {
	f.t.Helper()
	ticks := time.NewTicker(f.TTL / 20)
	defer ticks.Stop()
	deadline := time.After(patience)
	for !ask() {
		select {
		case <-ticks.C:
		case <-deadline:
			f.t.Fatalf("waited %s for %s", patience, what)
		}
	}
}
