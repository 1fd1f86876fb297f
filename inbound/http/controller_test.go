package httpserver_test

import (
	"errors"
	"net/http"
	"testing"

	httpserver "github.com/netweave/netweave/inbound/http"
)

// storeGone is a store whose readiness is what err points to.
type storeGone struct{ err *error }

func (s storeGone) Ready() error { return *s.err }

func TestReadinessNamesALostStore(t *testing.T) {
	var gone error
	s := site(2)
	g := newGateway(t, s, func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Store = storeGone{&gone} })
	const backends = `"backends":[{"name":"cluster-a","type":"kubernetes","state":"running",` +
		`"synced":true,"degraded":false,"ageSeconds":0,"restarts":0,` +
		`"objects":{"DeploymentManager":1,"Resource":2,"ResourcePool":2,"ResourceType":1}}]`
	if got, want := g.get("/readyz").body, `{"status":"ready","store":{"ready":true},`+backends+"}\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	gone = errors.New("redis 127.0.0.1:6379: maxmemory-policy is allkeys-lru")
	a := g.get("/readyz")
	g.wantStatus(a, http.StatusServiceUnavailable)
	if want := `{"type":"about:blank","title":"Service Unavailable","status":503,` +
		`"detail":"the store cannot be used: redis 127.0.0.1:6379: maxmemory-policy is allkeys-lru",` +
		`"additionalAttributes":{` + backends + `,"status":"storeUnavailable","store":{"ready":false,"error":"redis 127.0.0.1:6379: maxmemory-policy is allkeys-lru"}}}` + "\n"; a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	// A process that lives is not to be restarted for it, and reads go on.
	g.wantStatus(g.get("/healthz"), http.StatusOK)
	g.wantStatus(g.get("/o2ims/v1/resources"), http.StatusOK)
	gone = nil
	g.wantStatus(g.get("/readyz"), http.StatusOK)
}

func TestAControllerServesOperationsOnly(t *testing.T) {
	s := site(2)
	g := newGateway(t, s, func(c *httpserver.Config, d *httpserver.Dependencies) {
		c.OperationsOnly = true
		d.Reader, d.Pools, d.Resources, d.Subscriptions, d.DeadLetters, d.Idempotency, d.Authorizer = nil, nil, nil, nil, nil, nil, nil
	})
	for _, path := range []string{"/healthz", "/readyz", "/version", "/metrics"} {
		g.wantStatus(g.get(path), http.StatusOK)
	}
	for _, served := range g.server.Routes().Routes() {
		switch served.Pattern {
		case "/healthz", "/readyz", "/version", "/metrics":
		default:
			t.Errorf("it serves %s", served.Pattern)
		}
	}
	g.docs = g.docs[len(httpserver.Versions()):] // those of the operations
	for _, path := range []string{"/o2ims/v1/resources", subscriptionsPath, deadPath} {
		g.wantStatus(g.get(path), http.StatusNotFound)
	}
}
