package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/identity/identitytest"
	"github.com/netweave/netweave/ports/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	eventID  = o2.ID("0b8a7e0c-55f4-5ce3-93a8-3f1f2f6f2f10")
	bodyText = `{"notificationEventType":"CREATE"}`
)

// started is a sender and what it logs and measures.
type started struct {
	*Sender
	logs *syncBuffer
	reg  *prometheus.Registry
}

func start(t testing.TB, cfg Config) *started {
	t.Helper()
	s := &started{logs: &syncBuffer{}, reg: prometheus.NewRegistry()}
	var err error
	s.Sender, err = New(cfg, slog.New(slog.NewTextHandler(s.logs, &slog.HandlerOptions{Level: slog.LevelDebug})), s.reg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// to sends the usual notification to a callback.
func (s *started) to(ctx context.Context, callback string) error {
	return s.Send(ctx, webhook.Notification{
		EventID: eventID, Tenant: "default", Callback: callback, ContentType: "application/json", Body: []byte(bodyText),
	})
}

// serve starts a receiver on loopback, by plain http.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// listen accepts connections and hands each to what; it ends with the test.
func listen(t testing.TB, address string, what func(net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				what(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		all.Wait()
	})
	return l
}

// authority signs certificates.
type authority struct{ *identitytest.Authority }

func newAuthority(t testing.TB) *authority {
	t.Helper()
	return &authority{identitytest.NewAuthority(t, "test authority")}
}

// issue signs a certificate for host, which ends at until.
func (a *authority) issue(host string, until time.Time) tls.Certificate {
	return a.Issue(host, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter, c.IPAddresses = time.Now().Add(-24*time.Hour), until, nil
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = []net.IP{ip}
		} else {
			c.DNSNames = []string{host}
		}
	})
}

// serveTLS starts a receiver with a certificate.
func serveTLS(t testing.TB, cfg *tls.Config, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.TLS = cfg
	server.EnableHTTP2 = true
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func portOf(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// nameServer answers A and AAAA questions; the n-th question for a name gets
// its n-th answer, and the last one from then on.
type nameServer struct {
	mu      sync.Mutex
	answers map[string][]netip.Addr
	asked   map[string]int
}

// resolver starts a name server on loopback and returns a resolver that asks it.
func resolver(t testing.TB, answers map[string][]netip.Addr) *net.Resolver {
	t.Helper()
	n := &nameServer{answers: answers, asked: map[string]int{}}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply := n.reply(buf[:size]); reply != nil {
				_, _ = conn.WriteTo(reply, from) // lost answers are asked for again
			}
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (n *nameServer) reply(question []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.RecursionAvailable = true, true, true
	m.Additionals = nil
	header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}
	addr, known := n.next(q.Name.String(), q.Type)
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	case addr.Is4() && q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}}}
	case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
	}
	packed, err := m.Pack()
	if err != nil {
		return nil
	}
	return packed
}

func (n *nameServer) next(name string, kind dnsmessage.Type) (netip.Addr, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	list := n.answers[name]
	if len(list) == 0 {
		return netip.Addr{}, false
	}
	key := name + kind.String()
	i := min(n.asked[key], len(list)-1)
	n.asked[key]++
	return list[i], true
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
