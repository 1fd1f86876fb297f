package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

// TestTLS has DTIAS ask for a client certificate.
func TestTLS(t *testing.T) {
	lab := dtias.New(dtias.Options{APIKey: labKey})
	server := httptest.NewUnstartedServer(lab)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "client.crt"), filepath.Join(dir, "client.key")
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: writePair(t, cert, key)}
	server.StartTLS()
	t.Cleanup(server.Close)
	t.Cleanup(lab.Close)
	ca := filepath.Join(dir, "ca.crt")
	writePEM(t, ca, "CERTIFICATE", server.Certificate().Raw)

	whole := config.Config{Endpoint: server.URL, APIKey: labKey, CAFile: ca, ClientCertFile: cert, ClientKeyFile: key}
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   string // of the error
	}{
		"as it should be":      {func(*config.Config) {}, ""},
		"an unknown authority": {func(c *config.Config) { c.CAFile = "" }, "certificate signed by unknown authority"},
		"no certificate":       {func(c *config.Config) { c.ClientCertFile, c.ClientKeyFile = "", "" }, "certificate required"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := whole
			c.change(&cfg)
			client, _ := newClient(t, cfg)
			err := client.Version(t.Context())
			if c.want == "" && err != nil || c.want != "" && (codeIn(err) != sdk.Unavailable || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	t.Run("a renewed certificate", func(t *testing.T) {
		client, _ := newClient(t, whole)
		writePair(t, cert, key) // of an authority that the server does not know
		if err := client.Version(t.Context()); codeIn(err) != sdk.Unavailable {
			t.Errorf("got %v: the new certificate was not used", err)
		}
	})
	for name, c := range map[string]struct {
		cfg  config.Config
		want string
	}{
		"no CA file":        {config.Config{Endpoint: server.URL, APIKey: "k", CAFile: dir + "/none"}, "caFile: open " + dir + "/none: no such file or directory"},
		"no certificate":    {config.Config{Endpoint: server.URL, APIKey: "k", CAFile: key}, "caFile: " + key + " holds no certificate: give one or more in PEM"},
		"no key to be read": {config.Config{Endpoint: server.URL, APIKey: "k", ClientCertFile: cert, ClientKeyFile: dir + "/none"}, "clientCertFile, clientKeyFile: open " + dir + "/none: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(c.cfg, (&journal{}).settings()); codeIn(err) != sdk.Invalid || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// writePair writes a certificate that signs itself, and returns who trusts it.
func writePair(t *testing.T, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "netweave"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, certFile, "CERTIFICATE", der)
	writePEM(t, keyFile, "PRIVATE KEY", raw)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
