package httpserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
)

// A web page whose name was made to point to this machine shows that name in
// Host. It must neither read nor change anything.
func TestAnonymousRequestsForAnotherHost(t *testing.T) {
	g := newGateway(t, site(1), func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.ExternalURL = "https://o2.example.com:8443/gw"
	})
	send := func(method, host, path, body string) answer {
		r := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		return g.send(r)
	}
	object := "/o2ims/v1/resourcePools/" + string(poolA)
	for _, tt := range []struct{ method, path, body string }{
		{"GET", "/o2ims/v1/resources", ""},
		{"HEAD", "/o2ims/v1/resources", ""},
		{"GET", object, ""},
		{"POST", "/o2ims/v1/resourcePools", `{"name":"x"}`},
		{"PUT", object, `{"name":"x"}`},
		{"DELETE", object, ""},
		{"OPTIONS", object, ""},
		{"GET", "/nothing", ""},
		{"GET", "/healthz", ""},
		{"GET", "/readyz", ""},
		{"GET", "/version", ""},
		{"GET", "/metrics", ""},
	} {
		a := send(tt.method, "rebound.example:8080", tt.path, tt.body)
		if a.StatusCode != http.StatusMisdirectedRequest || a.Header.Get("Etag") != "" || a.Header.Get("Allow") != "" {
			t.Errorf("%s %s: %d %v %s", tt.method, tt.path, a.StatusCode, a.Header, a.body)
		}
	}
	const want = `"rebound.example:8080" is not a host of this gateway's: without credentials, requests are answered for ` +
		`localhost, loopback addresses and the host of server.externalURL`
	if got := send("GET", "rebound.example:8080", "/o2ims/v1/resources", "").detail(t); got != want {
		t.Errorf("detail %q", got)
	}
	if len(g.stock.objects[o2.KindResourcePool]) != 2 || len(g.stock.callers) != 0 {
		t.Error("a refused request reached the core")
	}
	for _, host := range []string{"localhost:8080", "127.0.0.1", "[::1]:8080", "O2.example.com"} {
		g.wantStatus(send("GET", host, object, ""), http.StatusOK)
	}
}
