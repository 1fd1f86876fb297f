package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// benchMerge compares a page of ten backends of 10,000 resources with one of a
// single backend of 100,000, and with one of the ten beside a backend that never
// answers; and asks what a routing decision costs among 1,000 rules.
func benchMerge(ctx context.Context, s settings, r *report) error {
	const tenth = "      pools: 20\n      resourcesPerPool: 500\n"
	single, err := startGateway(ctx, s, "mock", "      pools: 200\n      resourcesPerPool: 500\n")
	if err != nil {
		return err
	}
	defer single.stop()
	ten, err := startMerged(ctx, s, "", tenth, 10)
	if err != nil {
		return err
	}
	defer ten.stop()
	const hanging = "  - name: hanging\n    type: mock\n    readyWait: 1s\n    config: {faults: {latency: 10h}}\n"
	beside, err := startMerged(ctx, s, hanging, tenth, 10)
	if err != nil {
		return err
	}
	defer beside.stop()

	var merged, hung []float64
	var pS, pT, pH []time.Duration
	for round := range s.rounds {
		var times [3]time.Duration
		for i, g := range []*gateway{single, ten, beside} {
			// Another size each round: no page is asked for twice, and none is kept.
			if times[i], err = walk(g, 100+round); err != nil {
				return err
			}
		}
		if round == 0 {
			continue // every object was encoded once, as it is after some hours of use
		}
		pS, pT, pH = append(pS, times[0]), append(pT, times[1]), append(pH, times[2])
		merged = append(merged, float64(times[1])/float64(times[0]))
		hung = append(hung, float64(times[2])/float64(times[1]))
	}
	r.atMost("a page of ten backends of 10,000 merged: times as dear as of one backend of 100,000", median(merged), 1.5,
		"p50 %.3f against %.3f ms", ms(quantile(pT, 0.5)), ms(quantile(pS, 0.5)))
	r.atMost("the same page beside a backend that hangs: times as dear as without it", median(hung), 1.2,
		"p50 %.3f against %.3f ms; a fifth for the machine's noise", ms(quantile(pH, 0.5)), ms(quantile(pT, 0.5)))
	return benchDecision(ctx, r)
}

// startMerged starts a gateway with n mock backends that are all read, and further
// ones, as YAML, that need not be.
func startMerged(ctx context.Context, s settings, further, config string, n int) (*gateway, error) {
	var adapters strings.Builder
	adapters.WriteString(config + "      seed: 1\n")
	for i := 2; i <= n; i++ {
		fmt.Fprintf(&adapters, "  - name: bench-%d\n    type: mock\n    config:\n%s      seed: %d\n", i, config, i)
	}
	adapters.WriteString(further)
	g, err := startProcess(ctx, s, "mock", adapters.String())
	if err != nil {
		return nil, err
	}
	if err := waitFor("ten backends", func() error {
		body, _, err := g.fetch("/readyz")
		if synced := strings.Count(string(body), `"synced":true`); err == nil && synced != n {
			err = fmt.Errorf("%d of %d are read", synced, n)
		}
		return err
	}); err != nil {
		g.stop()
		return nil, fmt.Errorf("%w\n%s", err, g.log.String())
	}
	return g, nil
}

// walkedPages are the pages of a round.
const walkedPages = 500

// walk reads pages of a size one after the other, and returns what one takes at p50.
func walk(g *gateway, size int) (time.Duration, error) {
	path := fmt.Sprintf("/o2ims/v1/resources?limit=%d", size)
	times := make([]time.Duration, 0, walkedPages)
	for range walkedPages {
		began := time.Now()
		_, header, err := g.fetch(path)
		if err != nil {
			return 0, err
		}
		times = append(times, time.Since(began))
		if path, err = nextPath(header.Get("Link")); err != nil {
			return 0, fmt.Errorf("link %q: %w", header.Get("Link"), err)
		}
		if path == "" {
			return 0, errors.New("the list ended before its pages were walked")
		}
	}
	return quantile(times, 0.5), nil
}

// benchDecision asks what a routing decision costs, by core/routing's benchmark.
func benchDecision(ctx context.Context, r *report) error {
	costs, err := goBenchmark(ctx, "^BenchmarkDecision$", "0.5s", "5", "./core/routing")
	if err != nil {
		return err
	}
	of := func(name string) float64 { return median(costs["Decision/"+name]["ns/op"]) }
	lists, create := max(of("list/one"), of("list/two"), of("list/none")), of("create")
	r.atMost("a routing decision among 1,000 rules, µs", max(lists, create)/1e3, 1, "%.2f of a list, %.2f of a create", lists/1e3, create/1e3)
	return nil
}
