package httpserver_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/tenancy"
)

func TestQuotasAreReadReplacedAndReset(t *testing.T) {
	g := newAdministration(t)
	g.known.used = o2.Amounts{ResourcePools: 3, Resources: 120, Subscriptions: 2, CPUMillis: 12_345, MemoryBytes: 3 << 29, StorageBytes: 1}
	const used = `"used":{"cpuCores":12.345,"memoryGb":1.5,"resourcePools":3,"resources":120,"storageGb":0,"subscriptions":2}}`
	path := alphaPath + "/quotas"
	standard := `{"limits":{"maxResourcePools":5,"maxSubscriptions":100},"source":"default","tenantId":"smo-alpha",` + used
	g.wantBody(g.get(path), http.StatusOK, standard)
	own := `{"limits":{"maxCpuCores":0.001,"maxMemoryGb":2.125},"source":"tenant","tenantId":"smo-alpha",` + used
	g.wantBody(g.do("PUT", path, `{"maxCpuCores":0.001,"maxMemoryGb":2.125}`), http.StatusOK, own)
	g.wantBody(g.get(path), http.StatusOK, own)
	g.wantBody(g.do("PUT", path, `{}`), http.StatusOK, `{"limits":{},"source":"tenant","tenantId":"smo-alpha",`+used)
	g.wantBody(g.do("DELETE", path, ""), http.StatusNoContent, "")
	g.wantBody(g.get(path), http.StatusOK, standard)

	// Who may not read the tenant itself, or none of its like, is not told the source.
	for _, unread := range []error{fmt.Errorf("%w: read on Tenant", authz.ErrDenied), tenancy.ErrNotFound} {
		g.known.unread = unread
		g.wantBody(g.get(path), http.StatusOK, `{"limits":{"maxResourcePools":5,"maxSubscriptions":100},"tenantId":"smo-alpha",`+used)
	}
}

// What was sent is what is kept, and what is kept is what is shown.
func TestQuotasKeepTheirFigures(t *testing.T) {
	g := newAdministration(t)
	for _, figure := range []string{"0", "0.001", "0.1", "0.333", "1", "7.999", "12345678.999", "999999999.999", "1000000000"} {
		for _, quota := range o2.QuotaNames[3:] {
			a := g.do("PUT", alphaPath+"/quotas", `{"`+quota+`":`+figure+`}`)
			if want := `{"limits":{"` + quota + `":` + figure + `},`; a.StatusCode != http.StatusOK || a.body[:min(len(a.body), len(want))] != want {
				t.Errorf("%s: got %d %s, want %s", quota, a.StatusCode, a.body, want)
			}
		}
	}
}
