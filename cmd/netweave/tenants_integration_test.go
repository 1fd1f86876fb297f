//go:build integration

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/cmd/netweave/devcerts"
	"github.com/netweave/netweave/outbound/redis/redistest"
)

// manyTenants is the lab with tenants, over TLS. $CERTS has certificates of certs
// dev.
const manyTenants = lab + `
auth: {require: certificate}
tenancy: {enabled: true, platformAdmins: [root]}
`

// authority makes certificates for root, alice and bob as certs dev does.
func authority(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if _, err := devcerts.Make(devcerts.Config{Dir: dir, Clients: devcerts.DefaultClients}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// startTLS runs a gateway that serves by the certificates in certs, and asks it as
// root.platform.
func startTLS(t *testing.T, certs, text string, flags ...string) *gateway {
	t.Helper()
	files := fmt.Sprintf(`tls: {certFile: "%[1]s/server.crt", keyFile: "%[1]s/server.key", clientCAFile: "%[1]s/ca.crt"}`, certs)
	text = strings.Replace(text, `server: {listen`, `server: {`+files+`, listen`, 1)
	text = strings.Replace(text, "seed: 7,", "seed: 7, tenants: [smo-alpha, smo-beta],", 1)
	g := start(t, text, flags...)
	g.url = strings.Replace(g.url, "http://", "https://", 1)
	return g.as(certs, "root.platform")
}

// as returns the gateway as the holder of a certificate sees it.
func (g *gateway) as(certs, name string) *gateway {
	g.t.Helper()
	pem, err := os.ReadFile(filepath.Join(certs, "ca.crt"))
	if err != nil {
		g.t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(filepath.Join(certs, name+".crt"), filepath.Join(certs, name+".key"))
	if err != nil {
		g.t.Fatal(err)
	}
	other := *g
	transport := &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13},
	}
	other.client = &http.Client{Timeout: 10 * time.Second, Transport: transport}
	g.t.Cleanup(transport.CloseIdleConnections)
	return &other
}

// soon waits until a request is answered so.
func (g *gateway) soon(what, method, path string, status int) {
	g.t.Helper()
	g.eventually(what, func() error {
		a, err := g.try(method, path, "")
		if err != nil || a.status != status {
			return errors.Join(err, fmt.Errorf("%s %s: got %d, want %d: %s", method, path, a.status, status, a.body))
		}
		return nil
	})
}

const admin = "/admin/v1"

// settle makes the two tenants, with an owner each.
func (g *gateway) settle() {
	g.t.Helper()
	for _, who := range []string{"alice.smo-alpha", "bob.smo-beta"} {
		user, tenant, _ := strings.Cut(who, ".")
		g.ask("POST", admin+"/tenants", fmt.Sprintf(`{"tenantId":%q}`, tenant), 201)
		g.ask("POST", admin+"/tenants/"+tenant+"/users", fmt.Sprintf(`{"userId":%q}`, user), 201)
		g.ask("POST", admin+"/tenants/"+tenant+"/users/"+user+"/roleBindings", `{"role":"owner"}`, 201)
	}
}

// What one process changes of tenants, users, roles and quotas counts at once in
// the others: a gateway, and a controller, which serves no API and yet holds what a
// suspended tenant is to be told.
func TestTenantsOnSeveralProcesses(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	text, certs := strings.Replace(manyTenants, "store: {embedded: {path: $DIR/store.db}}",
		fmt.Sprintf("store: {type: redis, redis: {addresses: [%q]}}", c.Addresses()[0]), 1), authority(t)
	one, two := startTLS(t, certs, text, "--role", "gateway"), startTLS(t, certs, text, "--role", "gateway")
	controller := startTLS(t, certs, text, "--role", "controller")
	for _, g := range []*gateway{one, two, controller} {
		g.ready()
	}
	controller.ask("GET", admin+"/tenants", "", 404)
	controller.eventually("the controller leads", func() error {
		if !controller.leads() {
			return errors.New("it does not")
		}
		return nil
	})
	const pools, resources = "/o2ims/v1/resourcePools", "/o2ims/v1/resources"
	alice, bob := two.as(certs, "alice.smo-alpha"), two.as(certs, "bob.smo-beta")
	alice.ask("GET", pools, "", 403)
	one.settle()
	alice.soon("the other gateway knows alice", "GET", pools, 200)
	bob.soon("and bob", "GET", pools, 200)
	mine, others := alice.ask("GET", pools, "", 200).items(t, "resourcePoolId"), bob.ask("GET", pools, "", 200).items(t, "resourcePoolId")
	if len(mine) != 2 || len(others) != 2 {
		t.Fatalf("alice sees the pools %v, bob %v: want two each", mine, others)
	}
	bob.ask("GET", pools+"/"+mine[0], "", 404)

	// A role.
	bindings := admin + "/tenants/smo-beta/users/bob/roleBindings"
	one.ask("DELETE", bindings+"/owner", "", 204)
	bob.soon("bob holds no role any more", "GET", resources, 403)
	one.ask("POST", bindings, `{"role":"viewer"}`, 201)
	bob.soon("bob may read", "GET", resources, 200)
	bob.ask("POST", pools, `{"name":"edge-1"}`, 403)

	// Quotas.
	one.ask("PUT", admin+"/tenants/smo-alpha/quotas", `{"maxResourcePools":2,"maxSubscriptions":1}`, 200)
	alice.eventually("alice has as many pools as she may have", func() error {
		a, err := alice.try("POST", pools, `{"name":"edge-1"}`)
		if err != nil || a.status != 429 || !strings.Contains(a.body, `"quota":"maxResourcePools"`) {
			return errors.Join(err, fmt.Errorf("got %d %s", a.status, a.body))
		}
		return nil
	})
	one.ask("PUT", admin+"/tenants/smo-alpha/quotas", `{"maxSubscriptions":1}`, 200)
	alice.eventually("and more once she may", func() error {
		if a, err := alice.try("POST", pools, `{"name":"edge-1"}`); err != nil || a.status != 201 {
			return errors.Join(err, fmt.Errorf("got %d %s", a.status, a.body))
		}
		return nil
	})

	// A suspended tenant's notifications wait in the controller.
	s := newSMO(t)
	alice.subscribe(s, "")
	if a := alice.ask("POST", "/o2ims/v1/subscriptions", fmt.Sprintf(`{"callback":"%s/other"}`, s.url), 429); !strings.Contains(a.body, `"maxSubscriptions"`) {
		t.Errorf("a second subscription: %s", a.body)
	}
	alice.hears(s, "created", alice.createPool("edge-2"))
	one.ask("PUT", admin+"/tenants/smo-alpha", `{"status":"suspended"}`, 200)
	alice.soon("alice is not admitted", "GET", pools, 403)
	before := len(s.all())
	types := one.ask("GET", "/o2ims/v1/resourceTypes?filter=(eq,name,compute-server)", "", 200).items(t, "resourceTypeId")
	made := fmt.Sprint(one.ask("POST", resources, fmt.Sprintf(`{"resourcePoolId":%q,"resourceTypeId":%q}`, mine[0], types[0]), 201).object(t)["resourceId"])
	controller.eventually("something waits", func() error {
		if n, _ := controller.metric("netweave_queue_entries"); n < 1 {
			return fmt.Errorf("%v entries wait", n)
		}
		return nil
	})
	if got := s.all(); len(got) != before {
		t.Errorf("a suspended tenant is told %+v", got[before:])
	}
	one.ask("PUT", admin+"/tenants/smo-alpha", `{"status":"active"}`, 200)
	alice.soon("alice is admitted again", "GET", pools, 200)
	alice.hears(s, "created", made)

	// A deleted tenant's subscriptions are gone, and it is told nothing any more.
	one.ask("DELETE", admin+"/tenants/smo-alpha", "", 204)
	alice.soon("nobody of it is admitted", "GET", pools, 403)
	if list := two.ask("GET", "/o2ims/v1/subscriptions", "", 200).items(t, "subscriptionId"); len(list) != 0 {
		t.Errorf("the subscriptions %v are left", list)
	}
	told := len(s.all())
	one.ask("DELETE", resources+"/"+made, "", 204)
	controller.eventually("nothing is queued", func() error {
		active, _ := controller.metric("netweave_subscriptions_active")
		waiting, _ := controller.metric("netweave_queue_entries")
		if active != 0 || waiting != 0 {
			return fmt.Errorf("%v subscriptions are active, %v entries wait", active, waiting)
		}
		return nil
	})
	if got := s.all(); len(got) != told {
		t.Errorf("a deleted tenant is told %+v", got[told:])
	}
	bob.ask("GET", resources, "", 200)
}
