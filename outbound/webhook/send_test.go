package webhook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/webhook"
)

func TestWhatIsSent(t *testing.T) {
	type received struct {
		header http.Header
		body   string
		method string
		length int64
	}
	got := make(chan received, 1)
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- received{header: r.Header, body: string(body), method: r.Method, length: r.ContentLength}
	})
	s := start(t, Config{AllowLoopbackHTTP: true, UserAgent: "netweave/v9"})
	err := s.Send(t.Context(), webhook.Notification{
		EventID: eventID, Tenant: "t", Callback: server.URL + "/n?token=abc", Secret: "s", ContentType: "application/json", Body: []byte(bodyText),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := <-got
	if r.method != http.MethodPost || r.body != bodyText || r.length != int64(len(bodyText)) {
		t.Errorf("received %s of %q, %d bytes", r.method, r.body, r.length)
	}
	var names []string
	for name := range r.header {
		names = append(names, name)
	}
	slices.Sort(names)
	if want := "Content-Length Content-Type User-Agent Webhook-Id Webhook-Signature Webhook-Timestamp"; strings.Join(names, " ") != want {
		t.Errorf("the headers are %v, want %s", names, want)
	}
	if r.header.Get("User-Agent") != "netweave/v9" || r.header.Get("Content-Type") != "application/json" || r.header.Get("Webhook-Id") != string(eventID) {
		t.Errorf("the headers are %v", r.header)
	}
}

// TestUnanswered meets receivers that do all but answer.
func TestUnanswered(t *testing.T) {
	closed := listen(t, "127.0.0.1:0", func(net.Conn) {})
	closed.Close()
	done := make(chan struct{})
	defer close(done)
	head := func(c net.Conn) { // reads the request's head
		r := bufio.NewReader(c)
		for line, err := r.ReadString('\n'); err == nil && line != "\r\n"; line, err = r.ReadString('\n') {
		}
	}
	reset := listen(t, "127.0.0.1:0", func(c net.Conn) {
		head(c)
		_ = c.(*net.TCPConn).SetLinger(0) // a reset instead of an end
	})
	silent := listen(t, "127.0.0.1:0", func(c net.Conn) { head(c); <-done })
	deaf := listen(t, "127.0.0.1:0", func(net.Conn) { <-done })
	hangUp := listen(t, "127.0.0.1:0", head)
	babble := listen(t, "127.0.0.1:0", func(c net.Conn) {
		head(c)
		fmt.Fprint(c, "SSH-2.0-secret_internal_banner\r\n\r\n")
	})
	drip := listen(t, "127.0.0.1:0", func(c net.Conn) {
		head(c)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
		for i := 0; ; i++ {
			if _, err := fmt.Fprintf(c, "X-%d: a\r\n", i); err != nil {
				return
			}
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	hasty := start(t, Config{AllowLoopbackHTTP: true, Timeout: 200 * time.Millisecond})
	patient := start(t, Config{AllowLoopbackHTTP: true, Timeout: time.Minute})
	for name, c := range map[string]struct {
		callback, reason string
	}{
		"refused":          {"http://" + closed.Addr().String(), "connection refused"},
		"reset":            {"http://" + reset.Addr().String(), "connection reset"},
		"no answer":        {"http://" + silent.Addr().String(), "timed out after 200ms"},
		"endless head":     {"http://" + drip.Addr().String(), "timed out after 200ms"},
		"no TLS handshake": {"https://" + deaf.Addr().String(), "timed out after 200ms"},
		"closed":           {"http://" + hangUp.Addr().String(), "the connection was closed without an answer"},
		"something else":   {"http://" + babble.Addr().String(), "the receiver did not answer in HTTP"},
	} {
		t.Run(name, func(t *testing.T) {
			s := patient
			if strings.HasPrefix(c.reason, "timed out") {
				s = hasty
			}
			wantFailure(t, s.to(t.Context(), c.callback), webhook.Failure{Reason: c.reason})
		})
	}
}

func TestPlainAnswerToTLS(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	s := start(t, Config{AllowLoopbackHTTP: true})
	err := s.to(t.Context(), "https"+strings.TrimPrefix(server.URL, "http"))
	wantFailure(t, err, webhook.Failure{Reason: "the receiver does not speak TLS"})
}

// TestBodiesThatNeverEnd takes an answer by its status and reads little of the rest.
func TestBodiesThatNeverEnd(t *testing.T) {
	var written atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/huge":
			w.Header().Set("Content-Length", "10000000000")
		case "/slow":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		chunk := make([]byte, 32<<10)
		for {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	s := start(t, Config{AllowLoopbackHTTP: true, Timeout: 30 * time.Second})
	for _, path := range []string{"/huge", "/endless", "/slow"} {
		began := time.Now()
		if err := s.to(t.Context(), server.URL+path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s took %v", path, took)
		}
	}
	server.Close() // waits for its handlers
	if n := written.Load(); n > 64<<20 {
		t.Errorf("the receiver wrote %d bytes before it was cut off", n)
	}
}

func TestTheCallersEndIsNoFailure(t *testing.T) {
	arrived := make(chan struct{})
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		// The end of the connection is noticed once the body was read.
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		close(arrived)
		<-r.Context().Done()
	})
	s := start(t, Config{AllowLoopbackHTTP: true, Breaker: Breaker{Failures: 1}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.to(ctx, server.URL) }()
	<-arrived
	cancel()
	err := <-ended
	if _, failed := errors.AsType[*webhook.Failure](err); failed || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if n := s.breakers.open(); n != 0 {
		t.Errorf("%v breakers are open", n)
	}
}

// TestClosedConnectionsAreNoFailure sends on after the receiver closed what was
// kept alive.
func TestClosedConnectionsAreNoFailure(t *testing.T) {
	var taken atomic.Int64
	receiver := listen(t, "127.0.0.1:0", func(c net.Conn) {
		// It answers once and closes, having promised to keep the connection.
		req, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err == nil {
			taken.Add(1)
			fmt.Fprint(c, "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n")
		}
	})
	s := start(t, Config{AllowLoopbackHTTP: true})
	for range 50 {
		if err := s.to(t.Context(), "http://"+receiver.Addr().String()); err != nil {
			t.Fatal(err)
		}
	}
	if taken.Load() < 50 {
		t.Errorf("%d of 50 were taken", taken.Load())
	}
}

// TestNamesAreJudgedWhenConnecting has a name that is public when checked and
// leads inside when sent to.
func TestNamesAreJudgedWhenConnecting(t *testing.T) {
	var reached atomic.Int64
	inside := listen(t, "127.0.0.1:0", func(net.Conn) { reached.Add(1) })
	_, port, err := net.SplitHostPort(inside.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, Config{})
	s.resolver = resolver(t, map[string][]netip.Addr{
		"rebinding.example.com.": {netip.MustParseAddr("93.184.215.14"), netip.MustParseAddr("127.0.0.1")},
	})
	callback := "https://rebinding.example.com:" + port + "/"
	if err := s.Check(t.Context(), callback); err != nil {
		t.Fatalf("at first: %v", err)
	}
	wantFailure(t, s.to(t.Context(), callback), webhook.Failure{
		Reason: "sending to a loopback address is not allowed, unless the operator allows its network",
	})
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections got inside", n)
	}
	if n := s.breakers.open(); n != 0 {
		t.Errorf("%v breakers are open, for what was never sent", n)
	}
}

func TestNamesThatLeadToLoopback(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a notification got inside") })
	for name, cfg := range map[string]Config{"default": {}, "a wide list": {AllowHTTP: true, AllowNetworks: prefixes("0.0.0.0/0", "::/0")}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, cfg)
			wantFailure(t, s.to(t.Context(), "http://localhost:"+portOf(t, server.URL)), webhook.Failure{
				Reason: "plain http is not allowed to a loopback address; use https, or ask the operator to allow http to its network",
			})
		})
	}
}

func TestLoopbackInDevelopment(t *testing.T) {
	var taken atomic.Int64
	count := func(w http.ResponseWriter, _ *http.Request) { taken.Add(1) }
	four := serve(t, count)
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Fatal(err)
	}
	six := &http.Server{Handler: http.HandlerFunc(count)}
	ended := make(chan error)
	go func() { ended <- six.Serve(l) }()
	defer func() {
		six.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the server ended with %v", err)
		}
	}()
	s := start(t, Config{AllowLoopbackHTTP: true})
	for _, callback := range []string{four.URL, "http://localhost:" + portOf(t, four.URL), "http://" + l.Addr().String()} {
		if err := s.Check(t.Context(), callback); err != nil {
			t.Errorf("check of %s: %v", callback, err)
		}
		if err := s.to(t.Context(), callback); err != nil {
			t.Errorf("%s: %v", callback, err)
		}
	}
	if n := taken.Load(); n != 3 {
		t.Errorf("%d of 3 were taken", n)
	}
}

func TestTheAllowListCanChange(t *testing.T) {
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	s := start(t, Config{AllowHTTP: true, AllowNetworks: prefixes("127.0.0.1/32")})
	if err := s.to(t.Context(), server.URL); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAllowed(Allowed{Networks: prefixes("10.0.0.0/8")}); err != nil {
		t.Fatal(err)
	}
	if err := s.to(t.Context(), server.URL); err == nil {
		t.Error("it is sent over a connection that was allowed once")
	}
}
