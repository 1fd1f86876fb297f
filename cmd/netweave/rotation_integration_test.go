//go:build integration

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The server's certificate, and then the authority of its clients, are replaced
// while callers go on asking over the connections that they have: none of their
// requests fails for as long as their own authority counts. New connections meet the
// new files.
func TestFilesOfTLSAreReplacedUnderLoad(t *testing.T) {
	certs, next := authority(t), authority(t)
	g := startTLS(t, certs, manyTenants)
	g.ready()
	before := g.ask("GET", "/healthz", "", 200)
	if before.header.Get("Strict-Transport-Security") == "" {
		t.Error("an answer over TLS lacks Strict-Transport-Security")
	}

	// load has callers ask until it is ended.
	load := func(dir string) (end func()) {
		done := make(chan struct{})
		var asking sync.WaitGroup
		var failures sync.Map
		for i := range 4 {
			caller := g.as(dir, "root.platform")
			caller.ask("GET", "/healthz", "", 200) // which connects
			asking.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					if a, err := caller.try("GET", "/o2ims/v1/resourcePools", ""); err != nil || a.status != 200 {
						failures.Store(i, fmt.Sprintf("%d %s %v", a.status, a.body, err))
						return
					}
				}
			})
		}
		return func() {
			close(done)
			asking.Wait()
			failures.Range(func(_, what any) bool {
				t.Errorf("a request over a connection from before failed: %v", what)
				return true
			})
		}
	}
	leaving := g.as(certs, "root.platform")
	leaving.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	end := load(certs)

	put := func(name string, texts ...[]byte) {
		t.Helper()
		beside := filepath.Join(certs, ".new")
		if err := os.WriteFile(beside, slices.Concat(texts...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(beside, filepath.Join(certs, name)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(dir, name string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	admitted := func(dir, trusted string, want bool) {
		t.Helper()
		// The folder that a new client connects with: whom it trusts, and what it shows.
		own := t.TempDir()
		for _, name := range []string{"root.platform.crt", "root.platform.key"} {
			if err := os.WriteFile(filepath.Join(own, name), read(dir, name), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(own, "ca.crt"), read(trusted, "ca.crt"), 0o600); err != nil {
			t.Fatal(err)
		}
		g.eventually(fmt.Sprintf("a new connection is admitted: %v", want), func() error {
			client := g.as(own, "root.platform")
			defer client.client.CloseIdleConnections()
			a, err := client.try("GET", admin+"/tenants", "")
			if got := err == nil && a.status == 200; got != want {
				return errors.Join(err, fmt.Errorf("got %d %s", a.status, a.body))
			}
			return nil
		})
	}
	old := t.TempDir() // what the first clients trust and show, whatever becomes of certs
	for _, name := range []string{"ca.crt", "root.platform.crt", "root.platform.key"} {
		if err := os.WriteFile(filepath.Join(old, name), read(certs, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	put("server.key", read(next, "server.key"))
	put("server.crt", read(next, "server.crt"))
	admitted(old, next, true) // the server is another's, its clients are not
	put("ca.crt", read(old, "ca.crt"), read(next, "ca.crt"))
	admitted(next, next, true)
	admitted(old, next, true)
	end()
	end = load(next)
	put("ca.crt", read(next, "ca.crt"))
	admitted(old, next, false)
	admitted(next, next, true)
	leaving.ask("GET", "/o2ims/v1/resourcePools", "", 401) // over its connection from before
	end()

	metrics := g.as(next, "root.platform").ask("GET", "/metrics", "", 200).body
	for _, name := range []string{
		`o2ims_auth_total{method="certificate",status="success"}`, `o2ims_auth_total{method="none",status="failure"}`,
		`o2ims_authz_total{action="list",resource="Tenant",result="allow"}`, `o2ims_authz_total{action="list",resource="Tenant",result="deny"}`,
		`o2ims_tls_handshake_duration_seconds_count{result="success"}`, `o2ims_tls_handshake_failures_total{reason="unknown_ca"}`,
		`o2ims_tls_cert_expiry_seconds{file="server"}`, `o2ims_tls_cert_expiry_seconds{file="clientCA"}`,
	} {
		if !strings.Contains(metrics, "\n"+name+" ") {
			t.Errorf("there is no metric %s", name)
		}
	}
}
