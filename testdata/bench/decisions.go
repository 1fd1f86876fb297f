package main

import (
	"context"
	"fmt"
	"math"
)

// benchDecisions asks what a decision costs with 1,000 tenants that have 100 roles
// each of 4 permissions, and what memory they take, by the Go benchmarks of
// outbound/casbin and, for the directory that it decides by, of core/tenancy.
func benchDecisions(ctx context.Context, _ settings, r *report) error {
	const decider, directory = "./outbound/casbin", "./core/tenancy"
	times, err := goBenchmark(ctx, "^Benchmark(Cached|Uncached|First)$", "0.3s", "5", decider)
	if err != nil {
		return err
	}
	of := func(name string) float64 {
		if all := times[name]["ns/op"]; len(all) > 0 {
			return median(all)
		}
		return math.Inf(1) // it is not there: no bound is met
	}
	r.atMost("a decision that was made before, µs", max(of("Cached/bound"), of("Cached/credentials"))/1e3, 2,
		"%.2f by the user's bindings, %.2f by roles that its credentials carry", of("Cached/bound")/1e3, of("Cached/credentials")/1e3)
	r.atMost("a new decision, ms", max(of("Uncached"), of("First"))/1e6, 1,
		"%.3f the first of its tenant, whose enforcer is made for it; %.3f any other", of("First")/1e6, of("Uncached")/1e6)
	held := map[string]float64{}
	for _, pkg := range []string{decider, directory} {
		figures, err := goBenchmark(ctx, "^BenchmarkHeap$", "1x", "3", pkg)
		if err != nil {
			return err
		}
		if len(figures["Heap"]["MiB-held"]) == 0 {
			return fmt.Errorf("%s: the benchmark of the heap does not say what is held", pkg)
		}
		held[pkg] = median(figures["Heap"]["MiB-held"])
	}
	r.atMost("1,000 tenants x 100 roles x 4 permissions, all active, MB of heap", held[decider]+held[directory], 150,
		"%.0f enforcers and decisions, %.0f the directory of tenants, users and roles", held[decider], held[directory])
	return nil
}
