// Package assignment is the driven port that shares subscriptions out among
// controllers, so that each is delivered by one of them at a time.
//
// Subscriptions fall into Partitions by their id. A controller that keeps
// joining holds a fair share of the partitions; one that stops loses them when
// its time is over. Every acquisition has a new fence; what is done under an old
// one fails with store.ErrFenced.
package assignment

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// Partitions is how many there are, for ever: stored queues are filed by it.
const Partitions = 64

// Of returns the partition of a subscription, from 0 to Partitions-1.
func Of(subscription o2.ID) int {
	h := fnv.New32a()
	h.Write([]byte(subscription))
	return int(h.Sum32() % Partitions)
}

// Held is a partition that a controller holds.
type Held struct {
	Partition int
	Fence     store.Token
}

// Share is what a controller has after joining.
type Share struct {
	// Held are the partitions that it holds, by number.
	Held []Held
	// Excess is how many of them are more than its fair share: it is to Release
	// them, when no delivery of theirs is under way.
	Excess int
	// Members counts the controllers that are alive.
	Members int
}

// Assignment shares partitions out. All methods are safe for concurrent use.
type Assignment interface {
	// Join keeps the member alive for ttl from the call's beginning and takes free
	// partitions up to its fair share, which is Partitions by the number of
	// members, rounded up. What it takes is confirmed on replicas when it returns.
	Join(ctx context.Context, member string, ttl time.Duration) (Share, error)
	// Release gives one partition back. It is no error if the member no longer
	// holds it.
	Release(ctx context.Context, member string, h Held) error
	// Leave gives everything back, and ends the membership.
	Leave(ctx context.Context, member string) error
}
