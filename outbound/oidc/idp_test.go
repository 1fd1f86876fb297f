package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// idp is an identity provider with real keys, over TLS.
type idp struct {
	t      testing.TB
	server *httptest.Server
	reads  atomic.Int64  // of the keys
	read   chan struct{} // as many of them as fit
	// away has every request hang up.
	away atomic.Bool

	mu   sync.Mutex
	keys map[string]jose.JSONWebKey // by id, private
	odd  []any                      // more in the list of keys
}

func newIDP(t testing.TB) *idp {
	p := &idp{t: t, read: make(chan struct{}, 8), keys: map[string]jose.JSONWebKey{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, map[string]any{"issuer": p.server.URL, "jwks_uri": p.server.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.reads.Add(1)
		select {
		case p.read <- struct{}{}:
		default:
		}
		p.mu.Lock()
		list := append([]any{}, p.odd...)
		for _, k := range p.keys {
			list = append(list, k.Public())
		}
		p.mu.Unlock()
		p.answer(w, map[string]any{"keys": list})
	})
	p.server = httptest.NewTLSServer(mux)
	t.Cleanup(p.server.Close)
	p.add("rsa", "RS256", rsaKey)
	return p
}

func (p *idp) answer(w http.ResponseWriter, v any) {
	if p.away.Load() {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// rsaKey is made once: RSA keys take long.
var rsaKey = must(rsa.GenerateKey(rand.Reader, 2048))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (p *idp) add(id, algorithm string, key crypto.Signer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys[id] = jose.JSONWebKey{Key: key, KeyID: id, Algorithm: algorithm, Use: "sig"}
}

func (p *idp) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.keys, id)
}

func (p *idp) key(id string) jose.JSONWebKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[id]
}

func newKey(algorithm string) crypto.Signer {
	switch algorithm {
	case "ES256":
		return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case "ES384":
		return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case "EdDSA":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return must(key, err)
	}
	return rsaKey
}

// config is that of a verifier of this provider's tokens.
func (p *idp) config() Config {
	pool := x509.NewCertPool()
	pool.AddCert(p.server.Certificate())
	return Config{Issuer: p.server.URL, Audiences: []string{"netweave"}, RootCAs: pool, Now: now}
}

var start = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func now() time.Time { return start }

// clock is a time that tests move.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return start.Add(time.Duration(c.at.Load())) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func newVerifier(t *testing.T, c Config) *Verifier {
	t.Helper()
	v, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

type claims map[string]any

// claims are those of a sound token, with some changed; nil takes one out.
func (p *idp) claims(changed claims) claims {
	all := claims{
		"iss": p.server.URL, "aud": "netweave", "sub": "alice", "tenant": "smo-alpha",
		"exp": start.Add(time.Hour).Unix(), "iat": start.Unix(),
	}
	maps.Copy(all, changed)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// token signs what changed says, with the RSA key.
func (p *idp) token(changed claims) string { return p.sign("rsa", "RS256", p.claims(changed)) }

func (p *idp) sign(id, algorithm string, body any) string {
	p.t.Helper()
	return signed(p.t, jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: p.key(id)}, "JWT", body)
}

func signed(t testing.TB, key jose.SigningKey, typ jose.ContentType, body any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(typ)
	}
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	return must(jws.CompactSerialize())
}
