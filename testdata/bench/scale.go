package main

import (
	"context"
	"fmt"
	"time"
)

// pageLoads is how many pages a p99 is taken of.
const pageLoads = 3000

// benchScale compares a page of 100 among 100,000 resources with one among
// 1,000, and weighs the gateway that holds the many.
func benchScale(ctx context.Context, s settings, r *report) error {
	small, err := startGateway(ctx, s, "mock", "      pools: 20\n      resourcesPerPool: 50\n")
	if err != nil {
		return err
	}
	defer small.stop()
	large, err := startGateway(ctx, s, "mock", "      pools: 20\n      resourcesPerPool: 5000\n")
	if err != nil {
		return err
	}
	defer large.stop()
	// Every object is encoded once, as it is after some hours of use.
	if err := readAll(large); err != nil {
		return err
	}
	if err := readAll(small); err != nil {
		return err
	}
	const path = "/o2ims/v1/resources?limit=100"
	var ratios []float64
	var pS, pL []time.Duration
	for range s.rounds {
		ts, err := latencies(small.addr, path, pageLoads)
		if err != nil {
			return err
		}
		tl, err := latencies(large.addr, path, pageLoads)
		if err != nil {
			return err
		}
		pS, pL = append(pS, quantile(ts, 0.99)), append(pL, quantile(tl, 0.99))
		ratios = append(ratios, float64(pL[len(pL)-1])/float64(pS[len(pS)-1]))
	}
	r.atMost("p99 of a 100-item page: 100,000 resources against 1,000", median(ratios), 1.5,
		"p99 %.2f ms against %.2f ms", ms(quantile(pL, 0.5)), ms(quantile(pS, 0.5)))
	host, plugin, err := large.rss()
	if err != nil {
		return err
	}
	r.atMost("gateway with 100,000 mock resources, MB resident", host, 700, "all read once; the mock plugin itself: %.0f MB", plugin)
	return nil
}

// readAll pages through every resource once.
func readAll(g *gateway) error {
	path := "/o2ims/v1/resources?limit=10000"
	for path != "" {
		_, header, err := fetch(g.url(path))
		if err != nil {
			return err
		}
		if path, err = nextPath(header.Get("Link")); err != nil {
			return fmt.Errorf("link %q: %w", header.Get("Link"), err)
		}
	}
	return nil
}
