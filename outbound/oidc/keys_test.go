package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/netweave/netweave/ports/identity"
)

// ofKey is a sound token by a key that the provider may not have.
func (p *idp) ofKey(id string) string {
	return signed(p.t, jose.SigningKey{Algorithm: "RS256", Key: jose.JSONWebKey{Key: rsaKey, KeyID: id}}, "JWT", p.claims(nil))
}

func TestAFloodOfUnknownKeysReadsThemOnce(t *testing.T) {
	p, c := newIDP(t), &clock{}
	config := p.config()
	config.Now = c.now
	v := newVerifier(t, config)
	wantVerdict(t, v, p.token(nil), "")
	if n := p.reads.Load(); n != 1 {
		t.Fatalf("the keys were read %d times", n)
	}
	c.advance(pause)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 4 {
				wantVerdict(t, v, p.ofKey(fmt.Sprintf("made-up-%d-%d", i, j)), noSuchKey)
			}
		})
	}
	wg.Wait()
	if n := p.reads.Load(); n != 2 {
		t.Errorf("200 made up ids had the keys read %d times, want once more", n-1)
	}
	wantVerdict(t, v, p.token(claims{"jti": "another"}), "")
	// A wrong signature by a known key says nothing about new keys.
	c.advance(pause)
	parts := strings.Split(p.token(nil), ".")
	wantVerdict(t, v, parts[0]+"."+parts[1]+".AAAA", wrongSignature)
	if n := p.reads.Load(); n != 2 {
		t.Errorf("the keys were read %d times, want 2", n)
	}
}

func TestRotation(t *testing.T) {
	p, c := newIDP(t), &clock{}
	config := p.config()
	config.Now = c.now
	v := newVerifier(t, config)
	old := p.token(nil)
	wantVerdict(t, v, old, "")

	p.add("new", "ES256", newKey("ES256"))
	fresh := p.sign("new", "ES256", p.claims(nil))
	wantVerdict(t, v, fresh, noSuchKey) // too soon
	c.advance(pause)
	wantVerdict(t, v, fresh, "")
	wantVerdict(t, v, old, "")

	// Once the old key is gone, tokens of its count no longer, remembered or not.
	p.remove("rsa")
	wantVerdict(t, v, old, "")
	c.advance(pause)
	wantVerdict(t, v, p.ofKey("made-up"), noSuchKey) // has the keys read
	wantVerdict(t, v, old, noSuchKey)
	wantVerdict(t, v, fresh, "")

	// A new key under the id of the old one.
	p.add("new", "ES256", newKey("ES256"))
	c.advance(pause)
	wantVerdict(t, v, p.ofKey("made-up"), noSuchKey)
	wantVerdict(t, v, fresh, wrongSignature)
}

func TestAnOutage(t *testing.T) {
	p, c := newIDP(t), &clock{}
	config := p.config()
	config.Now, config.Registerer = c.now, prometheus.NewRegistry()
	p.away.Store(true)
	v := newVerifier(t, config)
	for range 3 {
		if _, err := v.Verify(t.Context(), p.token(nil)); !errors.Is(err, identity.ErrUnavailable) || errors.Is(err, identity.ErrInvalid) {
			t.Fatalf("got %v, want ErrUnavailable", err)
		}
	}
	wantVerdict(t, v, "nonsense", notSigned) // what is no token needs no provider
	p.away.Store(false)
	c.advance(pause)
	wantVerdict(t, v, p.token(nil), "")

	p.away.Store(true)
	for range 3 {
		c.advance(2 * time.Minute)
		wantVerdict(t, v, p.token(claims{"exp": c.now().Add(time.Hour).Unix()}), "")
		wantVerdict(t, v, p.ofKey("made-up"), noSuchKey)
	}
	const want = `
# HELP netweave_oidc_key_readings_total Attempts to read the identity provider's keys.
# TYPE netweave_oidc_key_readings_total counter
netweave_oidc_key_readings_total{result="failed"} 4
netweave_oidc_key_readings_total{result="ok"} 1
`
	if err := testutil.GatherAndCompare(config.Registerer.(prometheus.Gatherer), strings.NewReader(want), "netweave_oidc_key_readings_total"); err != nil {
		t.Error(err)
	}
}

func TestWhatIsRememberedExpires(t *testing.T) {
	p, c := newIDP(t), &clock{}
	config := p.config()
	config.Now = c.now
	v := newVerifier(t, config)
	token := p.token(claims{"exp": start.Add(time.Minute).Unix()})
	wantVerdict(t, v, token, "")
	c.advance(time.Minute + skew)
	wantVerdict(t, v, token, "")
	c.advance(time.Second)
	wantVerdict(t, v, token, "it has expired")
	if n := p.reads.Load(); n != 1 {
		t.Errorf("the keys were read %d times", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	s := newSeen()
	sum := func(i int) [32]byte { return sha256.Sum256(fmt.Append(nil, i)) }
	s.put(0, sum(-1), identity.Claims{User: "often"})
	for i := range 5 * maxSeen {
		s.put(0, sum(i), identity.Claims{})
		if i%1000 == 0 {
			if c, ok := s.get(sum(-1)); !ok || c.User != "often" {
				t.Fatalf("what is in use was forgotten after %d others", i)
			}
		}
	}
	if n := len(s.young) + len(s.old); n > 2*maxSeen {
		t.Errorf("%d are remembered, want at most %d", n, 2*maxSeen)
	}
	s.forget()
	s.put(0, sum(1), identity.Claims{}) // verified under keys of before
	if _, ok := s.get(sum(1)); ok || len(s.young)+len(s.old) > 0 {
		t.Error("something outlived the change of keys")
	}
}

func TestRunReadsTheKeysBeforeAnyoneAsks(t *testing.T) {
	p := newIDP(t)
	p.add("next", "RS256", rsaKey)
	config := p.config()
	config.Every = 10 * time.Millisecond
	v := newVerifier(t, config)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { v.Run(ctx); close(ended) }()
	for range 3 {
		select {
		case <-p.read:
		case <-time.After(10 * time.Second):
			t.Fatal("the keys were not read three times")
		}
	}
	cancel()
	<-ended
	wantVerdict(t, v, p.token(nil), "")
}

// The provider's authority is replaced while the gateway runs.
func TestAnotherAuthorityOfTheProvider(t *testing.T) {
	p := newIDP(t)
	c := p.config()
	right := c.RootCAs
	c.RootCAs = x509.NewCertPool()
	clock := &clock{}
	c.Now = clock.now
	v := newVerifier(t, c)
	if _, err := v.Verify(t.Context(), p.token(nil)); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("of an unknown authority: got %v, want ErrUnavailable", err)
	}
	v.SetRootCAs(right)
	clock.advance(pause)
	if got, err := v.Verify(t.Context(), p.token(nil)); err != nil || got.User != "alice" {
		t.Errorf("once it is known: got %+v, %v", got, err)
	}
}

func TestACallerDoesNotWaitLongForTheProvider(t *testing.T) {
	hung := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hung:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(hung)
	v := newVerifier(t, Config{Issuer: server.URL, Audiences: []string{"netweave"}, Now: now})
	p := newIDP(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := v.Verify(ctx, p.token(nil)); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	v.Close()
	if _, err := v.Verify(t.Context(), p.token(nil)); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("after Close: got %v, want ErrUnavailable", err)
	}
}

func TestProvidersThatAreNot(t *testing.T) {
	const jwks = `{"keys":[]}`
	for name, tt := range map[string]struct {
		path, answer string
		status       int
		want         string // in the error
	}{
		"no document":     {"/.well-known/openid-configuration", "nothing", 404, "read the discovery document of"},
		"another issuer":  {"/.well-known/openid-configuration", `{"issuer":"https://evil.example","jwks_uri":"https://evil.example/"}`, 200, "read the discovery document of"},
		"plain jwks_uri":  {"/.well-known/openid-configuration", `{"issuer":"ISSUER","jwks_uri":"http://keys.example/"}`, 200, "must be https"},
		"huge document":   {"/.well-known/openid-configuration", strings.Repeat(" ", maxAnswer+1), 200, "read the discovery document of"},
		"no keys":         {"/keys", jwks, 200, "none of them is for signatures"},
		"keys no JSON":    {"/keys", "<html>", 200, "they are no JWK set"},
		"keys elsewhere":  {"/keys", "", 302, "redirects"},
		"keys not there":  {"/keys", "", 500, "the answer is 500"},
		"keys are a bomb": {"/keys", strings.Repeat(" ", maxAnswer+1), 200, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				answer := `{"issuer":"ISSUER","jwks_uri":"ISSUER/keys"}`
				if r.URL.Path == tt.path {
					w.Header().Set("Location", "https://elsewhere.example/")
					w.WriteHeader(tt.status)
					answer = tt.answer
				}
				_, _ = io.WriteString(w, strings.ReplaceAll(answer, "ISSUER", server.URL))
			}))
			defer server.Close()
			v := newVerifier(t, Config{Issuer: server.URL, Audiences: []string{"netweave"}})
			_, err := v.keys.source.read(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
			if err != nil && len(brief(err)) > maxError+3 {
				t.Errorf("%d bytes go to the log", len(brief(err)))
			}
		})
	}
}

func BenchmarkVerifyAgain(b *testing.B) {
	p := newIDP(b)
	v, err := New(p.config())
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	token := p.token(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
