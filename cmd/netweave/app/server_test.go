package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/ocloud"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/outbound/openaccess"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/inventory"
)

// empty is an inventory without objects, which refuses everything else.
type empty struct{ users chan string }

func (e empty) List(_ context.Context, sc scope.Scope, _ inventory.Query) (inventory.Page, error) {
	e.users <- sc.User()
	return inventory.Page{}, nil
}

func (empty) Get(context.Context, scope.Scope, o2.Kind, o2.ID) (inventory.Item, inventory.Freshness, error) {
	return nil, inventory.Freshness{}, inventory.ErrNotFound
}
func (empty) Ready() bool                         { return true }
func (empty) Statuses() []inventory.BackendStatus { return nil }

func TestServerKnowsCallersByTheirCertificates(t *testing.T) {
	servers, clients := newAuthority(t, "servers"), newAuthority(t, "clients")
	cert, key := servers.issue("gateway")
	access := filepath.Join(t.TempDir(), "access.log")
	c := &config.Config{Server: config.Server{
		Listen:    "127.0.0.1:0",
		TLS:       config.TLS{CertFile: cert, KeyFile: key, ClientCAFile: clients.file()},
		AccessLog: config.AccessLog{Enabled: true, Path: access},
		Timeouts:  config.ServerTimeouts{Shutdown: 10 * time.Second},
	}}
	core := empty{users: make(chan string, 1)}
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: "error"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	clouds, err := ocloud.New(newAtlas(config.OCloud{}), core)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(&surroundings{
		config: c, given: Surroundings{Version: "v1"}, log: log,
		registry: telemetry.NewRegistry(telemetry.Build{}),
	}, authn.Config{}, httpserver.Dependencies{
		Reader: core, Statuses: core, Authorizer: openaccess.Authenticated(), Clouds: clouds,
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := listen(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, t.Context(), l) }()

	roots := x509.NewCertPool()
	roots.AddCert(servers.Cert)
	get := func(shown ...tls.Certificate) (*http.Response, error) {
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: shown}, DisableKeepAlives: true,
		}}
		return client.Get("https://" + l.Addr().String() + "/o2ims/v1/resourcePools")
	}
	if res, err := get(); err == nil {
		res.Body.Close()
		t.Errorf("a caller without a certificate got %s", res.Status)
	}
	known, err := tls.LoadX509KeyPair(clients.issue("smo-1"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := get(known)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != http.StatusOK || string(body) != `{"items":[]}` {
		t.Errorf("got %s, %s, %v", res.Status, body, err)
	}
	if user := <-core.users; user != "smo-1" {
		t.Errorf("the core was asked by %q, want smo-1", user)
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("the drain ended with %v", err)
	}
	line, err := os.ReadFile(access)
	if err != nil {
		t.Fatal(err)
	}
	var logged struct{ User string }
	if err := json.Unmarshal([]byte(strings.TrimSpace(string(line))), &logged); err != nil || logged.User != "smo-1" {
		t.Errorf("access log %q: user %q, %v", line, logged.User, err)
	}
}
