// Package ratelimit is the driven port that hands out tokens of rates which all
// processes share. A process takes a batch at a time and spends it by itself, so
// that a request seldom waits for the store.
//
// Errors are those of package store, wrapped. All methods are safe for concurrent
// use.
package ratelimit

import (
	"context"
	"time"
)

// Rate is how many tokens there are.
type Rate struct {
	// PerSecond come anew, up to Burst.
	PerSecond float64
	Burst     int
}

// Store hands out tokens.
type Store interface {
	// Take takes up to want tokens of the bucket named key, which is full when it
	// is first asked for, and has that rate from now on. It returns how many it
	// got, how many are left, and, if it got none, after what time there will be
	// one. A bucket that is full is forgotten.
	Take(ctx context.Context, key string, r Rate, want int) (got, left int, wait time.Duration, err error)
}
