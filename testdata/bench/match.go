package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

var benchLine = regexp.MustCompile(`(?m)^BenchmarkMatch/subscriptions=(\d+)\S*\s+\d+\s+([0-9.]+) ns/op`)

// benchMatch sets the cost of matching a change against 100,000 subscriptions
// beside that against 1,000 of which as many match, by the Go benchmark of
// core/matching.
func benchMatch(ctx context.Context, _ settings, r *report) error {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkMatch$", "-count", "5", "./core/matching").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	costs := map[string][]float64{}
	for _, m := range benchLine.FindAllSubmatch(out, -1) {
		ns, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			return err
		}
		costs[string(m[1])] = append(costs[string(m[1])], ns)
	}
	if len(costs["1000"]) == 0 || len(costs["100000"]) == 0 {
		return fmt.Errorf("the benchmark's output is not understood: %s", out)
	}
	few, many := median(costs["1000"]), median(costs["100000"])
	r.atMost("matching a change against 100,000 subscriptions: times as dear as against 1,000", many/few, 2,
		"%.0f against %.0f ns; ten match", many, few)
	return nil
}
