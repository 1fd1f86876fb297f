package app

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/ports/inventory"
)

// madeUp is the plugin whose pools need nothing but a name and cost nothing:
// only there a newcomer is told to create one.
const madeUp = "mock"

// printHints shows a newcomer what to try, once the gateway answers.
func printHints(given Surroundings, c *config.Config, bound net.Addr) error {
	scheme, flags := "http", credentials(c)
	if c.Server.TLS.Enabled() {
		scheme = "https"
	}
	base := scheme + "://" + reachable(bound)
	names := make([]string, 0, len(c.Adapters))
	last := "'" + base + "/o2ims/v1/deploymentManagers'"
	for _, a := range c.EnabledAdapters() {
		names = append(names, a.Name)
		if a.Type == madeUp && a.Name == c.DefaultAdapter() {
			last = `-H 'Content-Type: application/json' -d '{"name":"edge-1"}' ` + base + "/o2ims/v1/resourcePools"
		}
	}
	tenant := ""
	if c.Tenancy.Enabled {
		tenant = fmt.Sprintf(`
To make a tenant:

  curl %s-H 'Content-Type: application/json' -d '{"tenantId":"smo-alpha"}' %s/admin/v1/tenants
`, flags, base)
	}
	subscribe := ""
	if c.Subscriptions.Callbacks.AllowLoopbackHTTP {
		subscribe = fmt.Sprintf(`
To hear of changes, run "%s receive" in another terminal and subscribe it:

  curl %s-H 'Content-Type: application/json' -d '{"callback":"http://127.0.0.1:9000/"}' %s/o2ims/v1/subscriptions
`, given.Program, flags, base)
	}
	browse := ""
	if c.API.Docs.Enabled && (c.API.Docs.Public || !c.Authenticated()) {
		browse = fmt.Sprintf(`
Every API, to be tried in a browser: %s/docs
`, base)
	}
	_, err := fmt.Fprintf(given.Stdout, `
netweave is ready on %[1]s, in front of %[3]s. Try:

  curl %[2]s'%[1]s/o2ims/v1/resourcePools'
  curl %[2]s'%[1]s/o2ims/v1/resources?limit=3&fields=name'
  curl %[2]s%[4]s
%[5]s%[6]s%[7]s
Ctrl-C stops it.

`, base, flags, strings.Join(names, ", "), last, tenant, subscribe, browse)
	return err
}

// reachable returns an address that the listener answers on: a wildcard is none
// that one can call.
func reachable(bound net.Addr) string {
	if tcp, ok := bound.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return bound.String()
}

// hintWhenReady prints the hints once the gateway is ready, or not at all if it
// is stopped before.
func hintWhenReady(ctx context.Context, given Surroundings, c *config.Config, bound net.Addr, views inventory.Statuses) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !views.Ready() {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	return printHints(given, c, bound)
}
