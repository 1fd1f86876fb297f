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
		if err := compare(ctx, s, r, g, c.what, c.path, 0.70); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
	}
	return nil
}

// compare measures path and the bare handler in turn, round after round.
func compare(ctx context.Context, s settings, r *report, g *gateway, what, path string, bound float64) error {
	body, _, err := fetch(g.url(path))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "netweave-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bare, stop, err := startBare(dir, body)
	if err != nil {
		return err
	}
	defer stop()
	var ratios, ours, theirs []float64
	for range s.rounds {
		o, err := throughput(ctx, g.addr, path, s.conns, s.round)
		if err != nil {
			return err
		}
		t, err := throughput(ctx, bare, "/", s.conns, s.round)
		if err != nil {
			return err
		}
		ratios, ours, theirs = append(ratios, o/t), append(ours, o), append(theirs, t)
	}
	r.atLeast(what+": requests a second, of the bare handler's", median(ratios), bound,
		"%.0f against %.0f req/s, %d bytes, %d rounds", median(ours), median(theirs), len(body), s.rounds)
	return nil
}

func firstResource(g *gateway) (string, error) {
	body, _, err := fetch(g.url("/o2ims/v1/resources?limit=1"))
	if err != nil {
		return "", err
	}
	var list struct {
		Items []struct {
			ResourceID string `json:"resourceId"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return "", err
	}
	if len(list.Items) == 0 {
		return "", fmt.Errorf("no resource: %s", body)
	}
	return list.Items[0].ResourceID, nil
}
