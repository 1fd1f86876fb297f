package delivery

import (
	"context"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/assignment"
)

// holding is one acquisition of a partition.
type holding struct {
	held assignment.Held
	// ctx ends when the partition is lost: what is being sent is broken off.
	ctx  context.Context
	lose context.CancelFunc
	// busy counts the workers that serve it. draining: no more are to begin, and
	// those that run are to end; hurry then ends ctx. Guarded by holdings.mu.
	busy     int
	draining bool
	hurry    *time.Timer
}

// holdings are the partitions that this process may use, by its own clock: it
// stops before the store would give them to another.
type holdings struct {
	parent context.Context
	// grace is how long attempts have to end when a partition is given back.
	grace time.Duration
	// drained yields when idle may have something to give back.
	drained chan struct{}

	mu sync.Mutex
	// until is when the time of all of them is over.
	until  time.Time
	expiry *time.Timer
	held   [assignment.Partitions]*holding
	count  int
}

func newHoldings(parent context.Context, grace time.Duration) *holdings {
	return &holdings{parent: parent, grace: grace, drained: make(chan struct{}, 1)}
}

// renew takes over what a Join has returned, good until then. It returns how
// many are held, and those of them that were not held before, as a set.
func (hs *holdings) renew(list []assignment.Held, until time.Time) (count int, fresh uint64) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.until = until
	if hs.expiry == nil {
		hs.expiry = time.AfterFunc(time.Until(until), hs.expire)
	} else {
		hs.expiry.Reset(time.Until(until))
	}
	var named uint64
	for _, h := range list {
		if h.Partition < 0 || h.Partition >= assignment.Partitions {
			continue
		}
		named |= 1 << h.Partition
		old := hs.held[h.Partition]
		if old != nil && old.held.Fence == h.Fence {
			continue
		}
		hs.drop(h.Partition)
		n := &holding{held: h}
		n.ctx, n.lose = context.WithCancel(hs.parent)
		hs.held[h.Partition] = n
		hs.count++
		fresh |= 1 << h.Partition
	}
	for p := range hs.held {
		if named&(1<<p) == 0 {
			hs.drop(p)
		}
	}
	return hs.count, fresh
}

// expire drops everything once its time is over.
func (hs *holdings) expire() {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if left := time.Until(hs.until); left > 0 {
		hs.expiry.Reset(left)
		return
	}
	for p := range hs.held {
		hs.drop(p)
	}
}

// close drops everything for good.
func (hs *holdings) close() {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.expiry != nil {
		hs.expiry.Stop()
	}
	for p := range hs.held {
		hs.drop(p)
	}
}

// drop forgets a partition and ends what is being sent for it.
func (hs *holdings) drop(partition int) {
	if h := hs.held[partition]; h != nil {
		h.lose()
		hs.held[partition] = nil
		hs.count--
	}
}

// refused drops a partition after the store has refused its fence. It reports
// whether the partition was still held under it.
func (hs *holdings) refused(fence assignment.Held) bool {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h := hs.held[fence.Partition]; h == nil || h.held.Fence != fence.Fence {
		return false
	}
	hs.drop(fence.Partition)
	return true
}

// among returns those of a set of partitions that may be used now.
func (hs *holdings) among(set uint64) []assignment.Held {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if !time.Now().Before(hs.until) {
		return nil
	}
	var list []assignment.Held
	for p, h := range hs.held {
		if h != nil && !h.draining && set&(1<<p) != 0 {
			list = append(list, h.held)
		}
	}
	return list
}

// enter returns the holding of a partition for a worker that begins, nil if it
// may not be used. The worker is to leave it.
func (hs *holdings) enter(partition int) *holding {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h := hs.held[partition]
	if h == nil || h.draining || !time.Now().Before(hs.until) {
		return nil
	}
	h.busy++
	return h
}

// leave ends what enter began.
func (hs *holdings) leave(h *holding) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h.busy--
	if h.draining && h.busy == 0 {
		signal(hs.drained)
	}
}

// usable reports whether something may be sent for the holding.
func (hs *holdings) usable(h *holding) bool {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return hs.held[h.held.Partition] == h && !h.draining && h.ctx.Err() == nil && time.Now().Before(hs.until)
}

// drain has so many holdings marked to be given back, idle ones first, and no
// more than that.
func (hs *holdings) drain(excess int) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	for _, h := range hs.held {
		if h == nil || !h.draining {
			continue
		}
		if excess <= 0 && h.hurry.Stop() {
			h.draining = false // others have left, and ctx has not ended yet
		}
		excess--
	}
	for _, idle := range []bool{true, false} {
		for p := len(hs.held) - 1; p >= 0 && excess > 0; p-- {
			if h := hs.held[p]; h != nil && !h.draining && (!idle || h.busy == 0) {
				h.draining, h.hurry = true, time.AfterFunc(hs.grace, h.lose)
				excess--
			}
		}
	}
	signal(hs.drained)
}

// idle returns what is to be given back and served by nobody any more.
func (hs *holdings) idle() []*holding {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	var list []*holding
	for _, h := range hs.held {
		if h != nil && h.draining && h.busy == 0 {
			list = append(list, h)
		}
	}
	return list
}

// released forgets a holding that was given back.
func (hs *holdings) released(h *holding) (count int) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if hs.held[h.held.Partition] == h {
		hs.drop(h.held.Partition)
	}
	return hs.count
}

// total returns how many partitions there are.
func (hs *holdings) total() int {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return hs.count
}

// signal yields once to whoever waits, or is about to.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
