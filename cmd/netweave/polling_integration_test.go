//go:build integration

package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// rack is a configuration with a backend that cannot be watched, and whose only
// pool is named after the process that lists it.
func rack(c *redistest.Cluster, name string) string {
	text, _, _ := strings.Cut(onRedis(c, ""), "adapters:")
	return text + fmt.Sprintf(
		"adapters: [{name: metal, type: acme, pollInterval: 100ms, staleAfter: 1s, readyWait: 500ms, config: {rack: %s}}]\n", name)
}

func (g *gateway) shows(what, pool, stale string) {
	g.t.Helper()
	g.eventually(what, func() error {
		a, err := g.try("GET", "/o2ims/v1/resourcePools", "")
		if err != nil || a.status != 200 {
			return fmt.Errorf("got %+v, %w", a, err)
		}
		if names := a.items(g.t, "name"); !slices.Equal(names, []string{pool}) || a.header.Get("X-Netweave-Stale") != stale {
			return fmt.Errorf("it shows %q, stale %q", names, a.header.Get("X-Netweave-Stale"))
		}
		return nil
	})
}

// A backend that cannot be watched is listed by the controller that leads, and
// every process shows what that one listed.
func TestTheLeaderListsForAll(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	gateway := start(t, rack(c, "gateway"), "--role", "gateway")
	gateway.ready() // degraded: nobody has listed yet
	gateway.ask("GET", "/o2ims/v1/resourcePools", "", 503)

	controller := start(t, rack(c, "controller"), "--role", "controller")
	gateway.shows("the gateway shows what the controller listed", "rack controller", "")
	s := newSMO(t)
	gateway.subscribe(s, `,"initialState":true`)
	pool := gateway.ask("GET", "/o2ims/v1/resourcePools", "", 200).items(t, "resourcePoolId")[0]
	gateway.hears(s, "created", pool)

	controller.signal(syscall.SIGKILL)
	controller.exit()
	gateway.shows("without a controller it goes stale", "rack controller", "metal")
	late := start(t, rack(c, "late"), "--role", "gateway")
	late.shows("a gateway that starts shows the last snapshot", "rack controller", "metal")

	other := start(t, rack(c, "other"), "--role", "controller")
	other.eventually("another leads", func() error {
		if !other.leads() {
			return fmt.Errorf("not yet")
		}
		return nil
	})
	late.shows("what the other one lists", "rack other", "")
	gateway.hears(s, "deleted", pool)
}
