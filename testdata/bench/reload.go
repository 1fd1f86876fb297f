package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// manyAdapters are behind the gateway whose configuration is reloaded.
	manyAdapters = 100
	// reloads are saved while a round of requests is measured, swaps as well.
	reloadPause = time.Second
	// reloadLoads is how many requests the p99 of a round is taken of.
	reloadLoads = 200_000
)

// benchReload saves the configuration of a hundred adapters again and again, each
// time with another one of one adapter, and sets the p99 of requests meanwhile beside
// that of a quiet round. Each reload is to replace one plugin's process, and no other.
func benchReload(ctx context.Context, s settings, r *report) error {
	var adapters strings.Builder
	adapters.WriteString("      pools: 2\n      resourcesPerPool: 20\n")
	for i := 2; i <= manyAdapters; i++ {
		fmt.Fprintf(&adapters, "  - {name: bench-%d, type: mock, config: {seed: %d, pools: 2, resourcesPerPool: 20}}\n", i, i)
	}
	g, err := startProcess(ctx, s, "mock", adapters.String())
	if err != nil {
		return err
	}
	defer g.stop()
	if err := waitFor("a hundred backends", func() error {
		body, _, err := g.fetch("/readyz")
		if synced := bytes.Count(body, []byte(`"synced":true`)); err == nil && synced != manyAdapters {
			err = fmt.Errorf("%d of %d are read", synced, manyAdapters)
		}
		return err
	}); err != nil {
		return fmt.Errorf("%w\n%s", err, g.log.String())
	}
	const path = "/o2ims/v1/resourcePools?limit=20"
	var ratios []float64
	var quiets, busies []time.Duration
	reloads := 0
	for range s.rounds {
		times, err := manyLatencies(g.addr, path, reloadLoads, s.conns)
		if err != nil {
			return err
		}
		quiet := quantile(times, 0.99)
		saving := make(chan error, 1)
		over, end := context.WithCancel(ctx)
		go func() { saving <- keepSaving(over, g, &reloads) }()
		times, err = manyLatencies(g.addr, path, reloadLoads, s.conns)
		end()
		if saved := <-saving; err == nil {
			err = saved
		}
		if err != nil {
			return err
		}
		busy := quantile(times, 0.99)
		quiets, busies = append(quiets, quiet), append(busies, busy)
		ratios = append(ratios, float64(busy)/float64(quiet))
	}
	var replaced int
	if err := waitFor("the last replacement", func() (err error) {
		if replaced, err = replacements(g); err == nil && replaced < reloads {
			err = fmt.Errorf("%d of %d", replaced, reloads)
		}
		return err
	}); err != nil {
		return err
	}
	r.atMost("processes replaced by a reload that changes one of 100 adapters", float64(replaced)/float64(max(reloads, 1)), 1,
		"%d reloads, %d replacements", reloads, replaced)
	r.atMost("p99 of a pool list during reloads and swaps: times that of a quiet round", median(ratios), 1.5,
		"p99 %.2f against %.2f ms; a reload and a swap every %v", ms(quantile(busies, 0.5)), ms(quantile(quiets, 0.5)), reloadPause)
	return nil
}

// manyLatencies is latencies over so many connections at once, n requests in all.
func manyLatencies(addr, path string, n, conns int) ([]time.Duration, error) {
	var all []time.Duration
	results := make(chan error, conns)
	var mu sync.Mutex
	for range conns {
		go func() {
			times, err := latencies(addr, path, n/conns)
			mu.Lock()
			all = append(all, times...)
			mu.Unlock()
			results <- err
		}()
	}
	var errs []error
	for range conns {
		errs = append(errs, <-results)
	}
	return all, errors.Join(errs...)
}

// keepSaving saves another configuration of adapter bench-2, and waits until its
// process is replaced, until ctx ends; it counts.
func keepSaving(ctx context.Context, g *gateway, reloads *int) error {
	file := filepath.Join(g.dir, "gateway.yaml")
	tick := time.NewTicker(reloadPause)
	defer tick.Stop()
	for ctx.Err() == nil {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		*reloads++
		next := changedAdapter.ReplaceAll(raw, fmt.Appendf(nil, "${1}%d", *reloads%2+20))
		if err := os.WriteFile(file, next, 0o600); err != nil {
			return err
		}
		wanted := fmt.Appendf(nil, `"replacements":%d,`, *reloads)
		for replaced := false; !replaced; {
			select { // seldom, since asking is load as well
			case <-ctx.Done():
				return nil
			case <-time.After(50 * time.Millisecond):
			}
			body, _, err := g.fetch("/admin/v1/adapters/bench-2")
			if err != nil {
				return err
			}
			replaced = bytes.Contains(body, wanted)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return nil
}

var (
	changedAdapter = regexp.MustCompile(`(name: bench-2, .*resourcesPerPool: )\d+`)
	replacedMetric = regexp.MustCompile(`(?m)^netweave_plugin_replacements_total\{.*outcome="replaced"\} (\d+)$`)
)

// replacements counts the processes of all adapters that were replaced.
func replacements(g *gateway) (int, error) {
	body, _, err := g.fetch("/metrics")
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, m := range replacedMetric.FindAllSubmatch(body, -1) {
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}
