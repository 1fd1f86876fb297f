package config

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"
)

// followInterval is the pause between two looks at a file that is followed: what
// was saved is taken with the second or third.
const followInterval = 200 * time.Millisecond

// again is after how long what was refused is taken once more: what it refers to
// outside the document may have come to be right.
const again = 3 * time.Second

// Follower follows a configuration's file. It reads the file again and again, which
// works with every way to write one: in place, by renaming another over it, by
// swapping a symbolic link on the way to it.
type Follower struct {
	path string
	take func(data []byte, err error) (done bool)

	// last is what the last look saw, settled what was handed over last.
	last, settled seen
	// done: what settled was accepted; at: when it was handed over.
	done bool
	at   time.Time
}

// seen tells contents apart, and not being able to read any.
type seen struct {
	sum    [sha256.Size]byte
	reason string
}

// NewFollower returns a Follower of path. It hands what the file holds to take once
// that has been the same for two looks, the first content too, and hands over what
// take did not accept again now and then.
func NewFollower(path string, take func(data []byte, err error) (done bool)) *Follower {
	return &Follower{path: path, take: take}
}

// Run follows the file until ctx ends, whose error it returns. It looks at once
// when something arrives on now, which may be nil.
func (f *Follower) Run(ctx context.Context, now <-chan struct{}) error {
	tick := time.NewTicker(followInterval)
	defer tick.Stop()
	for {
		f.look(time.Now())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-now:
			f.at = time.Time{} // what was refused is due again
		}
	}
}

func (f *Follower) look(now time.Time) {
	data, err := readFile(f.path)
	saw := seen{sum: sha256.Sum256(data)}
	if err != nil {
		err = fmt.Errorf("read the configuration: %w", err)
		saw = seen{reason: err.Error()}
	}
	steady := saw == f.last
	f.last = saw
	if !steady || saw == f.settled && (f.done || now.Sub(f.at) < again) {
		return
	}
	f.settled, f.at = saw, now
	f.done = f.take(data, err)
}
