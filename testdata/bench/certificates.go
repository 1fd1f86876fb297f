package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// administrator is the platform's first, and reader a tenant's user, both by the
// names of their certificates.
const (
	administrator = "root.platform"
	reader        = "alice.smo-alpha"
)

// certificates are those of "netweave certs dev". The nil certificates are plain
// HTTP's.
type certificates struct {
	dir     string
	configs map[string]*tls.Config
	clients map[string]*http.Client
}

// makeCertificates has bin/netweave make them in dir.
func makeCertificates(ctx context.Context, dir string) (*certificates, error) {
	c := &certificates{dir: dir, configs: map[string]*tls.Config{}, clients: map[string]*http.Client{}}
	out, err := exec.CommandContext(ctx, "bin/netweave", "certs", "dev", "--dir", dir, "--client", administrator, "--client", reader).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("certs dev: %w: %s", err, out)
	}
	roots, err := poolIn(c.file("ca.crt"))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{administrator, reader} {
		own, err := tls.LoadX509KeyPair(c.file(name+".crt"), c.file(name+".key"))
		if err != nil {
			return nil, err
		}
		c.configs[name] = &tls.Config{
			MinVersion: tls.VersionTLS13, ServerName: "127.0.0.1", RootCAs: roots, Certificates: []tls.Certificate{own},
		}
		c.clients[name] = &http.Client{Transport: &http.Transport{TLSClientConfig: c.configs[name].Clone()}}
	}
	return c, nil
}

func poolIn(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return pool, nil
}

func (c *certificates) file(name string) string { return filepath.Join(c.dir, name) }

// files are the server's certificate and key, and the authorities of clients.
func (c *certificates) files() []string {
	if c == nil {
		return nil
	}
	return []string{c.file("server.crt"), c.file("server.key"), c.file("ca.crt")}
}

// section is what the configuration's section server says of them.
func (c *certificates) section() string {
	if c == nil {
		return ""
	}
	f := c.files()
	return fmt.Sprintf("  tls:\n    certFile: %s\n    keyFile: %s\n    clientCAFile: %s\n", f[0], f[1], f[2])
}

// config is how name's holder connects, nil without TLS.
func (c *certificates) config(name string) *tls.Config {
	if c == nil {
		return nil
	}
	return c.configs[name]
}

// client asks as name's holder.
func (c *certificates) client(name string) *http.Client {
	if c == nil {
		return http.DefaultClient
	}
	return c.clients[name]
}
