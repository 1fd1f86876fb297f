package main

import (
	"context"
	"errors"
)

// benchMatch sets the cost of matching a change against 100,000 subscriptions
// beside that against 1,000 of which as many match, by the Go benchmark of
// core/matching.
func benchMatch(ctx context.Context, _ settings, r *report) error {
	costs, err := goBenchmark(ctx, "^BenchmarkMatch$", "1s", "5", "./core/matching")
	if err != nil {
		return err
	}
	few, many := costs["Match/subscriptions=1000"]["ns/op"], costs["Match/subscriptions=100000"]["ns/op"]
	if len(few) == 0 || len(many) == 0 {
		return errors.New("BenchmarkMatch does not say what it costs with 1,000 and with 100,000 subscriptions")
	}
	r.atMost("matching a change against 100,000 subscriptions: times as dear as against 1,000", median(many)/median(few), 2,
		"%.0f against %.0f ns; ten match", median(many), median(few))
	return nil
}
