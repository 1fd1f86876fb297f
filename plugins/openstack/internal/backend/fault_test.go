package backend

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/sdk"
)

type answerer = func(http.ResponseWriter, *http.Request) bool

// TestAListIsWholeOrAnError has what Nova answers be wrong in many ways.
func TestAListIsWholeOrAnError(t *testing.T) {
	servers := func(items ...string) string { return `{"servers": [` + strings.Join(items, ",") + `]}` }
	const ok1 = `{"id": "cccccccc-0000-4000-8000-000000000001", "flavor": {}, "OS-EXT-SRV-ATTR:host": null, "OS-EXT-SRV-ATTR:hypervisor_hostname": null}`
	const json = "application/json"
	for name, c := range map[string]struct {
		at    string
		fault answerer
		code  sdk.Code
		text  string
	}{
		"an error in HTML":          {getServers, raw(502, "text/html", "<h1>Bad gateway</h1>"), sdk.Unavailable, "listing the servers: OpenStack answered 502, Bad Gateway"},
		"HTML instead of JSON":      {getServers, raw(200, "text/html", "<h1>Welcome</h1>"), sdk.Unavailable, `cannot be read (it is "text/html"`},
		"half a body":               {getServers, raw(200, json, servers(ok1)[:40]), sdk.Unavailable, "cannot be read"},
		"two bodies":                {getServers, raw(200, json, "{} {}"), sdk.Unavailable, "something follows its end"},
		"no list":                   {getServers, raw(200, json, "{}"), sdk.Unavailable, "answer has no servers"},
		"null for a list":           {getServers, raw(200, json, `{"servers": null}`), sdk.Unavailable, "answer has no servers"},
		"an object for a list":      {getServers, raw(200, json, `{"servers": {}}`), sdk.Unavailable, "servers of another shape"},
		"no id":                     {getServers, raw(200, json, servers(`{"name": "x"}`)), sdk.Unavailable, "page 1 has one without an id"},
		"an id twice":               {getServers, raw(200, json, servers(ok1, ok1)), sdk.Unavailable, "came twice"},
		"a marker that leads back":  {getServers, raw(200, json, strings.TrimSuffix(servers(ok1), "}")+`, "servers_links": [{"rel": "next", "href": "http://x/?marker=cccccccc-0000-4000-8000-000000000000"}]}`), sdk.Unavailable, "the next is said to begin after"},
		"the same page for ever":    {getServers, raw(200, json, strings.TrimSuffix(servers(ok1), "}")+`, "servers_links": [{"rel": "next", "href": "http://x/?marker=cccccccc-0000-4000-8000-000000000001"}]}`), sdk.Unavailable, "came twice, again on page 2"},
		"a next page without where": {getServers, raw(200, json, strings.TrimSuffix(servers(ok1), "}")+`, "servers_links": [{"rel": "next", "href": "http://x/"}]}`), sdk.Unavailable, "has no marker"},
		"a marker that is gone":     {getServers, says(400, "Marker cccccccc could not be found"), sdk.Unavailable, "Marker"},
		"a cell that is down":       {getServers, raw(200, json, servers(`{"id": "cccccccc-0000-4000-8000-000000000001", "status": "UNKNOWN"}`)), sdk.Unavailable, "one of its cells does not answer"},
		"no hosts":                  {getServers, raw(200, json, servers(`{"id": "cccccccc-0000-4000-8000-000000000001", "flavor": {}}`)), sdk.Denied, "needs the role admin"},
		"a service half known":      {"GET /compute/v2.1/os-services", raw(200, json, `{"services": [{"host": "host-000", "status": "UNKNOWN"}]}`), sdk.Unavailable, "one of its cells does not answer"},
		"not allowed":               {getAggregates, says(403, "Policy doesn't allow os_compute_api:os-aggregates:index to be performed."), sdk.Denied, "needs the role admin in its project"},
		"not found by a proxy":      {getAggregates, raw(404, "text/html", "nothing here"), sdk.Unavailable, "is the catalog's endpoint right?"},
		"not found by Nova":         {getAggregates, says(404, "no such path"), sdk.Unavailable, "answered 404"},
		"too old":                   {getAggregates, says(406, "Version 2.79 is not supported by the API. Minimum is 2.1 and maximum is 2.60."), sdk.Unavailable, "maximum is 2.60. (Nova must speak microversion 2.79, as Train and later do"},
		"a redirect":                {getAggregates, says(302, "elsewhere", "Location", "http://192.0.2.1/"), sdk.Unavailable, "answered 302"},
		"no token will do":          {getAggregates, says(401, "no"), sdk.Denied, "this service refused the token"},
		"asked to wait too long":    {getAggregates, says(429, "slow down", "Retry-After", "3600"), sdk.Throttled, "answered 429, slow down"},
		"over the limit, as before": {getAggregates, says(413, "slow down", "Retry-After", "3600"), sdk.Throttled, "answered 413"},
		"no inventories":            {"GET /placement/resource_providers/" + uuid('a', 1) + "/inventories", raw(200, json, `{}`), sdk.Unavailable, "has no inventories"},
		"an error of Placement":     {"GET /placement/resource_providers/" + uuid('a', 1) + "/usages", raw(500, json, `{"errors": [{"title": "x", "detail": "out of order"}]}`), sdk.Unavailable, "answered 500, out of order"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 3, 4)
			b, _ := cloud.backend(t)
			cloud.breaks(at(c.at, c.fault))
			got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{}))
			wants(t, err, c.code, c.text)
			if len(got) > 0 {
				t.Errorf("%d resources came before the error", len(got))
			}
			cloud.breaks(nil)
			if c.code == sdk.Throttled {
				return // it is left alone for as long as it asked for
			}
			if got, err = ids(b.ListResources(t.Context(), sdk.ListOptions{})); len(got) != 7 || err != nil {
				t.Errorf("once it is mended: %d resources, %v", len(got), err)
			}
		})
	}
}

func TestReadsAreTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		fault answerer
		least time.Duration // of the first pause
	}{
		"throttled":       {says(429, "slow down", "Retry-After", "7"), 7 * time.Second},
		"unavailable":     {says(503, "soon", "Retry-After", "3"), 3 * time.Second},
		"broken":          {says(500, "oops"), 100 * time.Millisecond},
		"cut off":         {hangUp, 0}, // net/http itself asks again, on another connection
		"marker vanished": {says(400, "Marker x could not be found."), 0},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud(t, 3, 4)
			b, waits := cloud.backend(t)
			cloud.breaks(at(getServers, times(1, c.fault)))
			got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{}))
			if len(got) != 7 || err != nil {
				t.Fatalf("%d resources, %v", len(got), err)
			}
			if n := cloud.count(getServers); n != 2 {
				t.Errorf("the servers were asked for %d times, want 2", n)
			}
			if c.least > 0 && (len(waits.all) == 0 || waits.all[0] < c.least) {
				t.Errorf("waited %v, want %v or more", waits.all, c.least)
			}
		})
	}
}

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) bool {
	panic(http.ErrAbortHandler)
}

func TestPagesAreFollowed(t *testing.T) {
	for _, size := range []int{1, 2, 3, 4, 5, 100} {
		cloud := newCloud(t, 3, 4)
		b, _ := cloud.backend(t, func(c *config.Config) { c.PageSize = size })
		got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{}))
		want := []string{uuid('a', 0), uuid('a', 1), uuid('a', 2), uuid('c', 0), uuid('c', 1), uuid('c', 2), uuid('c', 3)}
		if !slices.Equal(got, want) || err != nil {
			t.Errorf("pages of %d: %v, %v", size, got, err)
		}
	}
}

// TestHalfAListIsFoundOut has Nova leave out servers that it has.
func TestHalfAListIsFoundOut(t *testing.T) {
	cloud := newCloud(t, 3, 40)
	b, _ := cloud.backend(t)
	if got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{})); len(got) != 43 || err != nil {
		t.Fatalf("%d resources, %v", len(got), err)
	}
	cloud.breaks(at(getServers, func(w http.ResponseWriter, _ *http.Request) bool {
		answer(w, 200, map[string]any{"servers": cloud.servers[:20]})
		return true
	}))
	_, err := ids(b.ListResources(t.Context(), sdk.ListOptions{}))
	wants(t, err, sdk.Unavailable, "which is there: it is not believed")
	// Once they are gone indeed it is believed.
	cloud.mu.Lock()
	cloud.servers = cloud.servers[:20]
	cloud.mu.Unlock()
	if got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{})); len(got) != 23 || err != nil {
		t.Errorf("%d resources, %v", len(got), err)
	}
}

// TestChangedIds has a cloud give everything another id.
func TestChangedIds(t *testing.T) {
	cloud := newCloud(t, 3, 4)
	b, _ := cloud.backend(t)
	if _, err := ids(b.ListResources(t.Context(), sdk.ListOptions{})); err != nil {
		t.Fatal(err)
	}
	cloud.mu.Lock()
	for i := range cloud.servers {
		cloud.servers[i] = server(i+100, host(0))
	}
	cloud.mu.Unlock()
	got, err := ids(b.ListResources(t.Context(), sdk.ListOptions{}))
	if err != nil || !slices.Contains(got, uuid('c', 100)) || slices.Contains(got, uuid('c', 0)) {
		t.Errorf("listed %v, %v", got, err)
	}
	// One that answers with another than was asked for has neither.
	cloud.breaks(at("GET /compute/v2.1/servers/"+uuid('c', 100), func(w http.ResponseWriter, _ *http.Request) bool {
		answer(w, 200, map[string]any{"server": server(7, host(0))})
		return true
	}))
	_, err = b.GetResource(t.Context(), uuid('c', 100))
	wants(t, err, sdk.Unavailable, "answered with another one, or none")
}

func TestNoAnswer(t *testing.T) {
	cloud := newCloud(t, 3, 4)
	b, _ := cloud.backend(t, func(c *config.Config) { c.Timeout = sdk.Duration(50 * time.Millisecond) })
	release := make(chan struct{})
	cloud.breaks(at(getAggregates, func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}))
	_, err := ids(b.ListResourcePools(t.Context(), sdk.ListOptions{}))
	wants(t, err, sdk.Timeout, "listing the host aggregates: OpenStack did not answer within 50ms")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = ids(b.ListResourcePools(ctx, sdk.ListOptions{}))
	wants(t, err, sdk.Timeout, "did not answer in time")
	close(release)
	cloud.Close()
	_, err = ids(b.ListResourcePools(t.Context(), sdk.ListOptions{}))
	wants(t, err, sdk.Unavailable, "no answer from OpenStack: dial tcp")
	wants(t, b.Health(t.Context()), sdk.Unavailable, "asking whether Nova is there")
}
