package tlsfiles

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serials atomic.Int64

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newAuthority makes one that signed itself.
func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t)}
	a.cert = a.sign(authorityTemplate(name), &a.key.PublicKey)
	return a
}

// below makes an authority that a signed.
func (a *authority) below(name string) *authority {
	a.t.Helper()
	b := &authority{t: a.t, key: newKey(a.t)}
	b.cert = a.sign(authorityTemplate(name), &b.key.PublicKey)
	return b
}

func authorityTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func (a *authority) sign(template *x509.Certificate, public any) *x509.Certificate {
	a.t.Helper()
	template.SerialNumber = big.NewInt(serials.Add(1))
	parent := a.cert
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue signs a certificate for clients and servers on loopback, changed as asked.
func (a *authority) issue(name string, change ...func(*x509.Certificate)) tls.Certificate {
	a.t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, c := range change {
		c(template)
	}
	key := newKey(a.t)
	leaf := a.sign(template, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// revoke makes a revocation list, as DER.
func (a *authority) revoke(nextUpdate time.Time, certs ...tls.Certificate) []byte {
	a.t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(serials.Add(1)), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: nextUpdate}
	for _, c := range certs {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: c.Leaf.SerialNumber, RevocationTime: time.Now().Add(-time.Hour),
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func crlPEM(ders ...[]byte) (text []byte) {
	for _, der := range ders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	return text
}

func certPEM(certs ...*x509.Certificate) (text []byte) {
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

func keyPEM(t *testing.T, c tls.Certificate) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func put(t *testing.T, path string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lab is a server's files under test. Nothing runs: the test looks itself.
type lab struct {
	t                *testing.T
	dir              string
	servers, clients *authority
	files            ServerFiles
	watch            *Watch
	registry         *prometheus.Registry
	log              bytes.Buffer
	server           *Server
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), servers: newAuthority(t, "servers"), clients: newAuthority(t, "clients"), registry: prometheus.NewRegistry()}
	var err error
	if l.watch, err = NewWatch(slog.New(slog.NewTextHandler(&l.log, nil)), l.registry); err != nil {
		t.Fatal(err)
	}
	l.files = ServerFiles{Cert: l.path("tls.crt"), Key: l.path("tls.key"), ClientCA: put(t, l.path("ca.crt"), certPEM(l.clients.cert)), ClientAuth: tls.RequireAndVerifyClientCert}
	l.present(l.servers.issue("gateway"))
	return l
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// present writes a certificate for the server to show, with its key.
func (l *lab) present(c tls.Certificate) {
	l.t.Helper()
	put(l.t, l.files.Cert, certPEM(c.Leaf))
	put(l.t, l.files.Key, keyPEM(l.t, c))
}

// load reads the files, and follows them.
func (l *lab) load() *Server {
	l.t.Helper()
	s, problems := LoadServer(l.files)
	if len(problems) > 0 {
		l.t.Fatal(problems)
	}
	l.watch.Follow(s)
	l.server = s
	return s
}

func (l *lab) looks(n int) {
	for range n {
		l.watch.look(time.Now())
	}
}

func (l *lab) failed() float64 { return testutil.ToFloat64(l.watch.failed.WithLabelValues("server")) }

// errors counts the errors in the log, and what of text is in it.
func (l *lab) errors(text string) (errors, found int) {
	return strings.Count(l.log.String(), "level=ERROR"), strings.Count(l.log.String(), text)
}

// client is the configuration of one who shows what is given.
func (l *lab) client(shown ...tls.Certificate) *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(l.servers.cert)
	c := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
	if len(shown) > 0 {
		// Left alone, a client shows no certificate that the server would refuse.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &shown[0], nil }
	}
	return c
}

// connected returns the ends of a connection. net.Pipe would not do: there both
// sides may write, and wait for the other to read.
func connected(t *testing.T) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if far, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if near, err = l.Accept(); err != nil {
		t.Fatal(errors.Join(err, far.Close()))
	}
	return near, far
}

// handshake is one handshake; it returns the server's verdict.
func (l *lab) handshake(client *tls.Config) error {
	l.t.Helper()
	near, far := connected(l.t)
	defer near.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		c := tls.Client(far, client)
		// The server's verdict on a client certificate comes after the client's
		// own handshake: only reading shows it.
		if c.Handshake() == nil {
			_, _ = c.Read(make([]byte, 1))
		}
	}()
	err := tls.Server(near, l.server.Config()).HandshakeContext(l.t.Context())
	near.Close()
	<-done
	return err
}

// verdict is handshake's error as text, "" for nil.
func (l *lab) verdict(shown ...tls.Certificate) string {
	l.t.Helper()
	if err := l.handshake(l.client(shown...)); err != nil {
		return err.Error()
	}
	return ""
}
