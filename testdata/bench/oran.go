package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// The standard surfaces.
const (
	inventoryV1 = "/o2ims-infrastructureInventory/v1"
	inventoryV2 = "/o2ims-infrastructureInventory/v2"
)

// benchOran compares lists of the standard surfaces, asked for by a tenant's user as
// in the part tenants, with a bare handler: as they are by default, and selected.
func benchOran(ctx context.Context, s settings, r *report) (err error) {
	g, stop, err := startTenants(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	list, err := resourcesBy(g, reader, "limit=1")
	if err != nil {
		return err
	}
	within := "/resourcePools/" + list[0].ResourcePoolID + "/resources"
	for _, p := range []pair{
		{what: "O-RAN v1, a tenant's pools", path: inventoryV1 + "/resourcePools", bound: 0.60},
		{what: "O-RAN v1, a tenant's 50 resources of a pool", path: inventoryV1 + within, bound: 0.60},
		{what: "O-RAN v2, the same", path: inventoryV2 + within, bound: 0.60},
		{what: "O-RAN v1, the same with all_fields", path: inventoryV1 + within + "?all_fields", bound: 0.45},
		{what: "O-RAN v1, the same with fields", path: inventoryV1 + within + "?fields=globalAssetId", bound: 0.45},
		{what: "O-RAN v2, the same with exclude_fields", path: inventoryV2 + within + "?exclude_fields=extensions", bound: 0.45},
	} {
		p.what, p.user, p.by = p.what+": requests a second", reader, keptAlive
		if err := compare(ctx, s, r, g, p); err != nil {
			return fmt.Errorf("%s: %w", p.what, err)
		}
	}
	if err := leased(g); err != nil {
		return err
	}
	return benchFilter(ctx, s, r)
}

// filtered are the requests of a round.
const filtered = 200

// benchFilter compares a list whose filter reads each of 10,000 resources and keeps
// 100 with a bare handler that writes the same 100.
func benchFilter(ctx context.Context, s settings, r *report) error {
	g, err := startGateway(ctx, s, "mock", "      pools: 1\n      resourcesPerPool: 10000\n")
	if err != nil {
		return err
	}
	defer g.stop()
	list, err := resources(g, "limit=10000")
	if err != nil {
		return err
	}
	if len(list) < 10_000 {
		return fmt.Errorf("there are %d resources, want 10,000", len(list))
	}
	pool := list[0].ResourcePoolID
	key, value, most, err := shared100(g, pool)
	if err != nil {
		return err
	}
	path := func(other string) string {
		return inventoryV1 + "/resourcePools/" + pool + "/resources?filter=" +
			url.QueryEscape("(eq,extensions/"+key+","+value+");(neq,description,"+other+")")
	}
	body, _, err := g.fetch(path("nothing"))
	if err != nil {
		return err
	}
	var kept []json.RawMessage
	if err := json.Unmarshal(body, &kept); err != nil {
		return err
	}
	if len(kept) != most {
		return fmt.Errorf("the filter keeps %d objects, want %d", len(kept), most)
	}
	dir, err := os.MkdirTemp("", "netweave-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bare, _, stop, err := startBare(dir, body, nil)
	if err != nil {
		return err
	}
	defer stop()
	var ratios []float64
	var ours, theirs []time.Duration
	for round := range s.rounds {
		// Another filter each time: no page is kept from before.
		n := 0
		a, err := p50(filtered, func() string { n++; return g.url(path(fmt.Sprintf("nothing-%d-%d", round, n))) })
		if err != nil {
			return err
		}
		b, err := p50(filtered, func() string { return "http://" + bare + "/" })
		if err != nil {
			return err
		}
		ours, theirs = append(ours, a), append(theirs, b)
		ratios = append(ratios, float64(a)/float64(b))
	}
	r.atMost("a filter over extensions that reads 10,000 resources and keeps 100: times what the bare handler takes for those", median(ratios), 20,
		"p50 %.2f against %.3f ms; it keeps %d, %d bytes", ms(quantile(ours, 0.5)), ms(quantile(theirs, 0.5)), most, len(body))
	return nil
}

// p50 asks n times, one after the other.
func p50(n int, next func() string) (time.Duration, error) {
	times := make([]time.Duration, 0, n)
	for range n {
		u := next()
		began := time.Now()
		if _, _, err := fetchBy(http.DefaultClient, u); err != nil {
			return 0, err
		}
		times = append(times, time.Since(began))
	}
	return quantile(times, 0.5), nil
}

// shared100 finds what nearly 100 resources of the 10,000, and no more, have in
// common: a key among their extensions and a text under it.
func shared100(g *gateway, pool string) (key, value string, most int, err error) {
	counts := map[[2]string]int{}
	for path := "/o2ims/v1/resourcePools/" + pool + "/resources?limit=10000"; path != ""; {
		body, header, err := g.fetch(path)
		if err != nil {
			return "", "", 0, err
		}
		var page struct {
			Items []struct {
				Extensions map[string]any `json:"extensions"`
			} `json:"items"`
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return "", "", 0, err
		}
		for _, item := range page.Items {
			for k, v := range item.Extensions {
				if text, ok := v.(string); ok && !strings.ContainsAny(text, " ,;()'") {
					counts[[2]string{k, text}]++
				}
			}
		}
		if path, err = nextPath(header.Get("Link")); err != nil {
			return "", "", 0, err
		}
	}
	for pair, n := range counts {
		if n <= 100 && (n > most || n == most && pair[1] < value) {
			key, value, most = pair[0], pair[1], n
		}
	}
	if most < 50 {
		return "", "", 0, fmt.Errorf("no text is shared by 50 to 100 resources, but by %d at most", most)
	}
	return key, value, most, nil
}
