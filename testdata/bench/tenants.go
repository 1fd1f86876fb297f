package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
)

// tenantSections turn on all that stands between a tenant's user and a read: the
// rates are so high that nobody is refused, and are leased from Redis all the same.
const tenantSections = `auth:
  require: certificate
tenancy:
  enabled: true
  platformAdmins: [root]
rateLimits:
  tenant:
    read: {perSecond: 500000, burst: 1000000}
  user:
    read: {perSecond: 500000, burst: 1000000}
`

// benchTenants compares three reads of a tenant's user with a bare handler behind
// the same TLS, then one read over a new connection each.
func benchTenants(ctx context.Context, s settings, r *report) (err error) {
	g, stop, err := startTenants(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	list, err := resourcesBy(g, reader, "limit=1")
	if err != nil {
		return err
	}
	pools, whole, one := "/o2ims/v1/resourcePools?limit=20", "/o2ims/v1/resources?limit=250", "/o2ims/v1/resources/"+list[0].ResourceID
	if err := shared(g, one); err != nil {
		return err
	}
	for _, p := range []pair{
		{what: "a tenant's pool list, 20 items: requests a second", path: pools, bound: 0.60, by: keptAlive},
		{what: "a tenant's resource list, a page of 250: requests a second", path: whole, bound: 0.60, by: keptAlive},
		{what: "a tenant's one resource: requests a second", path: one, bound: 0.60, by: keptAlive},
		{what: "one handshake for each request: requests a second", path: one, bound: 0.90, by: eachAnew},
	} {
		p.user = reader
		if err := compare(ctx, s, r, g, p); err != nil {
			return fmt.Errorf("%s: %w", p.what, err)
		}
	}
	return leased(g)
}

// startTenants starts a gateway with all that stands between a tenant's user and a
// read: mutual TLS, tenancy, roles, and rates leased from Redis. Half of its
// resources are the user's tenant's.
func startTenants(ctx context.Context, s settings) (g *gateway, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "netweave-bench-")
	if err != nil {
		return nil, nil, err
	}
	undo := []func() error{func() error { return os.RemoveAll(dir) }}
	stop = func() error {
		var errs []error
		for _, f := range slices.Backward(undo) {
			errs = append(errs, f())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()
	certs, err := makeCertificates(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	redis, store, err := startRedis(ctx)
	if err != nil {
		return nil, nil, err
	}
	undo = append(undo, redis.Stop)
	g, err = startWith(ctx, s, certs, "mock",
		"      pools: 40\n      resourcesPerPool: 50\n      tenants: [smo-alpha, smo-beta]\n", store, tenantSections)
	if err != nil {
		return nil, nil, err
	}
	undo = append(undo, func() error { g.stop(); return nil })
	if err := g.awaitReady(); err != nil {
		return nil, nil, err
	}
	return g, stop, enrol(g, reader, "operator")
}

// enrol makes the tenant and the user that a certificate names, and gives the
// user a role.
func enrol(g *gateway, name, role string) error {
	user, tenant, _ := strings.Cut(name, ".")
	users := "/admin/v1/tenants/" + tenant + "/users"
	for _, step := range []struct {
		path string
		body any
	}{
		{"/admin/v1/tenants", map[string]string{"tenantId": tenant, "name": tenant}},
		{users, map[string]string{"userId": user}},
		{users + "/" + user + "/roleBindings", map[string]string{"role": role}},
	} {
		body, err := json.Marshal(step.body)
		if err != nil {
			return err
		}
		answer, err := g.tls.client(administrator).Post(g.url(step.path), "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusCreated {
			return fmt.Errorf("POST %s: %s: %s", step.path, answer.Status, text)
		}
	}
	return nil
}

// shared makes sure that what is measured is what is said: the rates are limited.
func shared(g *gateway, path string) error {
	_, header, err := fetchBy(g.tls.client(reader), g.url(path))
	if err == nil && header.Get("RateLimit-Limit") != "1000000" {
		err = fmt.Errorf("RateLimit-Limit is %q: rates are not limited as configured", header.Get("RateLimit-Limit"))
	}
	return err
}

// leased makes sure that every request's rate was one that is shared through Redis.
// That none was refused the clients know: each answer has to be a 200.
func leased(g *gateway) error {
	body, _, err := g.fetch("/metrics")
	if err != nil {
		return err
	}
	counts := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		const name = `netweave_ratelimit_total{class="read",result="`
		if rest, found := strings.CutPrefix(line, name); found {
			result, value, _ := strings.Cut(rest, `"} `)
			if counts[result], err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
				return err
			}
		}
	}
	if counts["allowed"] == 0 || counts["unshared"]+counts["user_limited"]+counts["tenant_limited"] > 0 {
		return fmt.Errorf("not every read's rate was shared: %v", counts)
	}
	return nil
}
