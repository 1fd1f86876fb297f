package tlsfiles

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/identity/identitytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func crlPEM(ders ...[]byte) (text []byte) {
	for _, der := range ders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	return text
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
	servers, clients *identitytest.Authority
	files            ServerFiles
	watch            *Watch
	registry         *prometheus.Registry
	log              bytes.Buffer
	server           *Server
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: t.TempDir(), servers: identitytest.NewAuthority(t, "servers"), clients: identitytest.NewAuthority(t, "clients"), registry: prometheus.NewRegistry()}
	var err error
	if l.watch, err = NewWatch(slog.New(slog.NewTextHandler(&l.log, nil)), l.registry); err != nil {
		t.Fatal(err)
	}
	l.files = ServerFiles{Cert: l.path("tls.crt"), Key: l.path("tls.key"), ClientCA: put(t, l.path("ca.crt"), identitytest.CertPEM(l.clients.Cert)), ClientAuth: tls.RequireAndVerifyClientCert}
	l.present(l.servers.Issue("gateway"))
	return l
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// present writes a certificate for the server to show, with its key.
func (l *lab) present(c tls.Certificate) {
	l.t.Helper()
	put(l.t, l.files.Cert, identitytest.CertPEM(c.Leaf))
	put(l.t, l.files.Key, identitytest.KeyPEM(l.t, c))
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
	roots.AddCert(l.servers.Cert)
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
