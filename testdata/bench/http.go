package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
)

// benchHTTP compares three reads with a bare handler that writes the same bytes.
func benchHTTP(ctx context.Context, s settings, r *report) error {
	g, err := startGateway(ctx, s, "mock", "      pools: 20\n      resourcesPerPool: 50\n")
	if err != nil {
		return err
	}
	defer g.stop()
	id, err := firstResource(g)
	if err != nil {
		return err
	}
	for _, c := range []struct{ what, path string }{
		{"pool list, 20 items", "/o2ims/v1/resourcePools?limit=20"},
		{"resource list, a page of 250", "/o2ims/v1/resources?limit=250"},
		{"one resource", "/o2ims/v1/resources/" + id},
	} {
		if err := compare(ctx, s, r, g, pair{what: c.what + ": requests a second", path: c.path, bound: 0.70, by: keptAlive}); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
	}
	return nil
}

// pair is a read of the gateway's to be set beside the bare handler.
type pair struct {
	what, path string
	// bound is of the bare handler's rate.
	bound float64
	by    asking
	// user asks, where callers are known.
	user string
}

// compare measures both in turn, round after round.
func compare(ctx context.Context, s settings, r *report, g *gateway, p pair) error {
	body, _, err := fetchBy(g.tls.client(p.user), g.url(p.path))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "netweave-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bare, pid, stop, err := startBare(dir, body, g.tls)
	if err != nil {
		return err
	}
	defer stop()
	sides := [2]*side{
		{target: target{g.addr, p.path, g.tls.config(p.user)}, by: p.by, pid: g.cmd.Process.Pid},
		{target: target{bare, "/", g.tls.config(p.user)}, by: p.by, pid: pid},
	}
	var ratios []float64
	for range s.rounds {
		for _, one := range sides {
			if err := one.round(ctx, s); err != nil {
				return err
			}
		}
		ratios = append(ratios, sides[0].last()/sides[1].last())
	}
	r.atLeast(p.what+", of the bare handler's", median(ratios), p.bound,
		"%.0f against %.0f req/s; %.1f against %.1f µs of processor time a request; %d bytes, %d rounds",
		median(sides[0].rates), median(sides[1].rates), median(sides[0].costs), median(sides[1].costs), len(body), s.rounds)
	return nil
}

// side is one of the two that are compared.
type side struct {
	target target
	by     asking
	pid    int
	// rates are requests a second, costs the server's microseconds of processor
	// time a request; one of each a round.
	rates, costs []float64
}

func (d *side) round(ctx context.Context, s settings) error {
	before, err := processorTime(d.pid)
	if err != nil {
		return err
	}
	rate, err := throughput(ctx, d.target, d.by, s.conns, s.round)
	if err != nil {
		return err
	}
	after, err := processorTime(d.pid)
	if err != nil {
		return err
	}
	d.rates = append(d.rates, rate)
	d.costs = append(d.costs, float64((after-before).Microseconds())/(rate*s.round.Seconds()))
	return nil
}

func (d *side) last() float64 { return d.rates[len(d.rates)-1] }

func firstResource(g *gateway) (string, error) {
	list, err := resources(g, "limit=1")
	if err != nil {
		return "", err
	}
	return list[0].ResourceID, nil
}

// resource is what the benchmark needs of one.
type resource struct {
	ResourceID     string `json:"resourceId"`
	ResourcePoolID string `json:"resourcePoolId"`
}

// resources asks for resources, of which there must be one at least.
func resources(g *gateway, query string) ([]resource, error) { return resourcesBy(g, "", query) }

// resourcesBy asks as a user, where callers are known.
func resourcesBy(g *gateway, user, query string) ([]resource, error) {
	body, _, err := fetchBy(g.tls.client(user), g.url("/o2ims/v1/resources?"+query))
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []resource `json:"items"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	if len(list.Items) == 0 {
		return nil, fmt.Errorf("no resource matches %s", query)
	}
	return list.Items, nil
}
