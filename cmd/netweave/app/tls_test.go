package app

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/ports/identity/identitytest"
)

// authority signs certificates, and writes them to files.
type authority struct {
	*identitytest.Authority
	t   *testing.T
	dir string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	return &authority{identitytest.NewAuthority(t, name), t, t.TempDir()}
}

func (a *authority) write(name string, text []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

// file returns the authority's own certificate.
func (a *authority) file() string { return a.write("ca.pem", identitytest.CertPEM(a.Cert)) }

// issue signs a certificate for clients or servers on loopback.
func (a *authority) issue(name string) (cert, key string) {
	a.t.Helper()
	c := a.Issue(name)
	return a.write(name+".pem", identitytest.CertPEM(c.Leaf)), a.write(name+".key", identitytest.KeyPEM(a.t, c))
}

// handshake is one TLS handshake with the server's configuration; it returns the
// server's verdict.
func handshake(t *testing.T, server, client *tls.Config) error {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	go func() {
		c := tls.Client(far, client)
		// The server's verdict on a client certificate comes after the client's
		// own handshake: only reading shows it.
		if c.Handshake() == nil {
			_, _ = c.Read(make([]byte, 1))
		}
		far.Close()
	}()
	return tls.Server(near, server).HandshakeContext(t.Context())
}

func TestServerTLSAdmitsOnlyWhomTheAuthoritySigned(t *testing.T) {
	servers, clients, strangers := newAuthority(t, "servers"), newAuthority(t, "clients"), newAuthority(t, "strangers")
	cert, key := servers.issue("gateway")
	server, problems := serverTLS(&config.Config{Server: config.Server{TLS: config.TLS{CertFile: cert, KeyFile: key, ClientCAFile: clients.file()}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	roots := x509.NewCertPool()
	roots.AddCert(servers.Cert)
	load := func(cert, key string) []tls.Certificate {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{pair}
	}
	for _, tc := range []struct {
		name   string
		client *tls.Config
		want   string
	}{
		{"known", &tls.Config{Certificates: load(clients.issue("smo"))}, ""},
		{"none", &tls.Config{}, "tls: client didn't provide a certificate"},
		{"stranger", &tls.Config{Certificates: load(strangers.issue("smo"))}, "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
		{"TLS 1.2", &tls.Config{Certificates: load(clients.issue("old")), MaxVersion: tls.VersionTLS12},
			"tls: client offered only unsupported versions: [303]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.client.RootCAs, tc.client.ServerName = roots, "127.0.0.1"
			if shown := tc.client.Certificates; len(shown) > 0 {
				// Left alone, a client shows no certificate that the server would refuse.
				tc.client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown[0], nil }
			}
			got := ""
			if err := handshake(t, server.Config(), tc.client); err != nil {
				got = err.Error()
			}
			if got != tc.want && (tc.want == "" || !strings.HasPrefix(got, tc.want)) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCertificatesOutOfTheirTime(t *testing.T) {
	cert, key := newAuthority(t, "servers").issue("gateway")
	c, problems := serverTLS(&config.Config{Server: config.Server{TLS: config.TLS{CertFile: cert, KeyFile: key}}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	leaf := c.Leaf()
	for _, tc := range []struct {
		now  time.Time
		want string
	}{
		{leaf.NotBefore, ""},
		{leaf.NotAfter, ""},
		{leaf.NotBefore.Add(-time.Second), "server.tls.certFile: its certificate is not valid before " + leaf.NotBefore.Format(time.RFC3339) +
			", so clients refuse it: put a valid one there"},
		{leaf.NotAfter.Add(time.Second), "server.tls.certFile: its certificate has expired on " + leaf.NotAfter.Format(time.RFC3339) +
			", so clients refuse it: put a valid one there"},
	} {
		got := ""
		for _, p := range checkDates(leaf, tc.now) {
			got += p.String()
		}
		if got != tc.want {
			t.Errorf("at %s:\n got %q\nwant %q", tc.now, got, tc.want)
		}
	}
}

func TestServerTLSWithoutFiles(t *testing.T) {
	if c, problems := serverTLS(&config.Config{Server: config.Server{TLS: config.TLS{}}}); c != nil || problems != nil {
		t.Errorf("got %v, %v, want plain HTTP", c, problems)
	}
}

func TestAuthorizerFitsTheListener(t *testing.T) {
	whole := config.TLS{CertFile: "c", KeyFile: "k", ClientCAFile: "ca"}
	for _, tc := range []struct {
		server config.Server
		want   string
	}{
		{config.Server{Listen: "127.0.0.1:0"}, "*openaccess.LoopbackAuthorizer"},
		{config.Server{Listen: "127.0.0.1:0", TLS: whole}, "openaccess.AuthenticatedAuthorizer"},
		{config.Server{Listen: ":8443", TLS: whole}, "openaccess.AuthenticatedAuthorizer"},
		{config.Server{Listen: ":8443"}, ""},
		{config.Server{Listen: ":8443", TLS: config.TLS{CertFile: "c", KeyFile: "k"}}, ""},
	} {
		a, err := authorizer(&config.Config{Server: tc.server})
		if got := typeName(a); got != tc.want || (err == nil) != (tc.want != "") {
			t.Errorf("%+v: got %s, %v, want %q", tc.server, got, err, tc.want)
		}
	}
}

// What was really bound counts, whatever the name said.
func TestListenChecksTheBoundAddress(t *testing.T) {
	for _, tc := range []struct {
		listen  string
		refused bool
	}{
		{"127.0.0.1:0", false},
		{"localhost:0", false},
		{":0", true},
	} {
		l, err := listen(t.Context(), &config.Config{Server: config.Server{Listen: tc.listen}})
		if tc.refused {
			if err == nil || !strings.Contains(err.Error(), "can be reached from other machines: set server.tls.certFile") {
				t.Errorf("%s: got %v, want a refusal", tc.listen, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tc.listen, err)
			continue
		}
		l.Close()
	}
	taken, err := listen(t.Context(), &config.Config{Server: config.Server{Listen: "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := listen(t.Context(), &config.Config{Server: config.Server{Listen: taken.Addr().String()}}); err == nil ||
		err.Error() != "server.listen: another program listens on "+taken.Addr().String()+" already: stop it, or set server.listen "+
			"(or the variable NETWEAVE_SERVER_LISTEN) to another address" {
		t.Errorf("an address that is taken: got %v", err)
	}
}
