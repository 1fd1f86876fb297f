package ratelimittest_test

import (
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/ratelimit/ratelimittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	ratelimittest.Run(t, func(*testing.T) ratelimittest.Store {
		return ratelimittest.Store{Rates: &ratelimittest.Memory{}}
	})
}

func TestMemoryByAnotherClock(t *testing.T) {
	ratelimittest.Run(t, func(*testing.T) ratelimittest.Store {
		var passed atomic.Int64
		now := func() time.Time { return time.Unix(1e9, passed.Load()) }
		return ratelimittest.Store{
			Rates: &ratelimittest.Memory{Now: now}, Now: now,
			Pass: func(d time.Duration) { passed.Add(int64(d)) },
		}
	})
}
