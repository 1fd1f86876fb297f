package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/netweave/netweave/sdk"
)

// faults makes calls slow and lets some fail, as configured.
type faults struct {
	latency  time.Duration
	failRate float64

	mu   sync.Mutex
	dice *rand.Rand
}

func newFaults(cfg Faults, seed uint64) *faults {
	return &faults{latency: cfg.Latency.Std(), failRate: cfg.FailRate, dice: rand.New(rand.NewPCG(seed, 'f'))}
}

// hit waits, and returns an error if this call is one of those that fail.
func (f *faults) hit(ctx context.Context) error {
	if f.latency > 0 {
		timer := time.NewTimer(f.latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if f.failRate == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dice.Float64() < f.failRate {
		return sdk.Errorf(sdk.Unavailable, "the made-up infrastructure is unavailable, as faults.failRate asks for")
	}
	return nil
}
