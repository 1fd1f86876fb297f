package oidc

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/netweave/netweave/ports/identity"
)

const thumbprint = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"

func TestVerify(t *testing.T) {
	p := newIDP(t)
	v := newVerifier(t, p.config())
	at := func(d time.Duration) int64 { return start.Add(d).Unix() }
	for name, tt := range map[string]struct {
		claims claims
		want   string // what follows "the token is not valid: "; "" is sound
	}{
		"sound":                        {nil, ""},
		"one of several audiences":     {claims{"aud": []string{"other", "netweave"}}, ""},
		"expired within the clocks":    {claims{"exp": at(-29 * time.Second)}, ""},
		"early within the clocks":      {claims{"nbf": at(29 * time.Second)}, ""},
		"in use":                       {claims{"nbf": at(-time.Hour)}, ""},
		"bound":                        {claims{"cnf": claims{"x5t#S256": thumbprint}}, ""},
		"wrong audience":               {claims{"aud": "other"}, "it is for another audience than this gateway"},
		"no audience":                  {claims{"aud": nil}, "it is for another audience than this gateway"},
		"audience is nearly ours":      {claims{"aud": []string{"netweave ", "Netweave", "netweave\x00"}}, "it is for another audience than this gateway"},
		"audiences in a text":          {claims{"aud": "other netweave"}, "it is for another audience than this gateway"},
		"wrong issuer":                 {claims{"iss": "https://evil.example"}, wrongIssuer},
		"issuer with a slash":          {claims{"iss": p.server.URL + "/"}, wrongIssuer},
		"no issuer":                    {claims{"iss": nil}, wrongIssuer},
		"expired":                      {claims{"exp": at(-31 * time.Second)}, "it has expired"},
		"expired in 1970":              {claims{"exp": 0}, "it has expired"},
		"expires before 1970":          {claims{"exp": -5}, "it has expired"},
		"no expiry":                    {claims{"exp": nil}, "it never expires: its exp is missing"},
		"expiry beyond time":           {claims{"exp": 1e300}, "its exp is no time in seconds"},
		"expiry beyond what Go counts": {claims{"exp": int64(1) << 62}, "its exp is no time in seconds"},
		"expiry in a text":             {claims{"exp": "9999999999"}, "its exp is no time in seconds"},
		"expiry as an object":          {claims{"exp": claims{"a": 1}}, wrongIssuer},
		"not valid yet":                {claims{"nbf": at(31 * time.Second)}, "it is not valid yet"},
		"nbf in a text":                {claims{"nbf": "1"}, "its nbf is no time in seconds"},
		"tenant is a number":           {claims{"tenant": 7}, "its claim tenant must be text"},
		"tenant is a list":             {claims{"tenant": []string{"smo-alpha"}}, "its claim tenant must be text"},
		"tenant is true":               {claims{"tenant": true}, "its claim tenant must be text"},
		"tenant is an object":          {claims{"tenant": claims{"tenant": "smo-alpha"}}, "its claim tenant must be text"},
		"tenant is long":               {claims{"tenant": strings.Repeat("a", 257)}, "its claim tenant is longer than 256 bytes"},
		"sub is a list":                {claims{"sub": []string{"alice"}}, wrongIssuer},
		"bound to a DPoP key":          {claims{"cnf": claims{"jkt": thumbprint}}, otherwiseBound},
		"bound to that as well":        {claims{"cnf": claims{"jkt": thumbprint, "x5t#S256": thumbprint}}, otherwiseBound},
		"bound to nothing":             {claims{"cnf": claims{}}, otherwiseBound},
		"bound to a text":              {claims{"cnf": thumbprint}, otherwiseBound},
		"bound to a short hash":        {claims{"cnf": claims{"x5t#S256": "AAAA"}}, otherwiseBound},
		"bound to an empty hash":       {claims{"cnf": claims{"x5t#S256": ""}}, otherwiseBound},
		"bound to a number":            {claims{"cnf": claims{"x5t#S256": 1}}, otherwiseBound},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // the second time from memory, if it is sound
				wantVerdict(t, v, p.token(tt.claims), tt.want)
			}
		})
	}
	got, err := v.Verify(t.Context(), p.token(claims{"cnf": claims{"x5t#S256": thumbprint}}))
	want := identity.Claims{User: "alice", Tenant: "smo-alpha", Expiry: start.Add(time.Hour).Local(), Thumbprint: thumbprint}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
}

const (
	wrongIssuer    = "its issuer is not this gateway's identity provider, or its registered claims are malformed"
	otherwiseBound = "it is bound to something else than a client certificate: its cnf must have x5t#S256 alone"
	notSigned      = "it is no signed JWT, which has three parts between dots"
	noSuchKey      = "the identity provider has no such key for its signature"
	wrongSignature = "its signature is wrong"
	wrongAlgorithm = "the algorithm of its signature does not count: use RS256, ES256, PS256, EdDSA"
	wrongType      = "it is no access token: its typ is neither JWT nor at+jwt"
)

// wantVerdict checks the verdict, and that it quotes nothing of the token.
func wantVerdict(t *testing.T, v *Verifier, token, want string) {
	t.Helper()
	got, err := v.Verify(t.Context(), token)
	if want == "" {
		if err != nil || got.User != "alice" {
			t.Errorf("got %+v, %v; want it to be valid", got, err)
		}
		return
	}
	if !errors.Is(err, identity.ErrInvalid) || err.Error() != "the token is not valid: "+want || fmt.Sprint(got) != fmt.Sprint(identity.Claims{}) {
		t.Errorf("got %+v, %v; want %q", got, err, want)
	}
}

func TestSignatures(t *testing.T) {
	p := newIDP(t)
	for _, algorithm := range []string{"ES256", "EdDSA", "PS256", "ES384"} {
		p.add(algorithm, algorithm, newKey(algorithm))
	}
	p.add("any", "", rsaKey)
	p.odd = []any{
		map[string]any{"kty": "oct", "kid": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"},
		map[string]any{"kty": "EC", "crv": "secp256k1", "kid": "btc", "x": "AA", "y": "AA"}, 7, "x", nil,
		jose.JSONWebKey{Key: &rsaKey.PublicKey, KeyID: "enc", Use: "enc"},
		jose.JSONWebKey{Key: &must(weakKey()).PublicKey, KeyID: "weak"},
	}
	v := newVerifier(t, p.config())
	body := p.claims(nil)
	payload := string(must(json.Marshal(body)))
	raw := func(header, payload, signature string) string {
		enc := base64.RawURLEncoding.EncodeToString
		return enc([]byte(header)) + "." + enc([]byte(payload)) + "." + enc([]byte(signature))
	}
	sound := p.token(nil)
	parts := strings.Split(sound, ".")
	with := func(id string, key any, typ jose.ContentType) string {
		return signed(t, jose.SigningKey{Algorithm: "RS256", Key: jose.JSONWebKey{Key: key, KeyID: id}}, typ, body)
	}
	hmac := func(secret []byte) string {
		return signed(t, jose.SigningKey{Algorithm: "HS256", Key: jose.JSONWebKey{Key: secret, KeyID: "rsa"}}, "JWT", body)
	}
	der := must(x509.MarshalPKIXPublicKey(&rsaKey.PublicKey))
	foreign := must(rsa.GenerateKey(rand.Reader, 2048))
	for name, tt := range map[string]struct{ token, want string }{
		"RS256":                       {sound, ""},
		"ES256":                       {p.sign("ES256", "ES256", body), ""},
		"PS256":                       {p.sign("PS256", "PS256", body), ""},
		"EdDSA":                       {p.sign("EdDSA", "EdDSA", body), ""},
		"no type":                     {with("rsa", rsaKey, ""), ""},
		"an access token":             {with("rsa", rsaKey, "at+jwt"), ""},
		"an access token in full":     {with("rsa", rsaKey, "application/AT+JWT"), ""},
		"no key id":                   {with("", rsaKey, "JWT"), ""},
		"a key for any algorithm":     {with("any", rsaKey, "JWT"), ""},
		"none":                        {raw(`{"alg":"none","kid":"rsa"}`, payload, ""), wrongAlgorithm},
		"None":                        {raw(`{"alg":"None","kid":"rsa"}`, payload, ""), wrongAlgorithm},
		"no algorithm":                {raw(`{"kid":"rsa"}`, payload, "x"), wrongAlgorithm},
		"RS256 without signature":     {parts[0] + "." + parts[1] + ".", wrongSignature},
		"two parts":                   {parts[0] + "." + parts[1], notSigned},
		"five parts":                  {sound + ".x.y", notSigned},
		"JSON":                        {`{"payload":"x","signatures":[]}`, notSigned},
		"nothing":                     {"", notSigned},
		"HS256 by the public key":     {hmac(der), wrongAlgorithm},
		"HS256 by its PEM":            {hmac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), wrongAlgorithm},
		"HS256 by a symmetric key":    {hmac([]byte("secret-secret-secret-secret-secret")), wrongAlgorithm},
		"ES384, which is not allowed": {p.sign("ES384", "ES384", body), wrongAlgorithm},
		"the header changed to PS256": {raw(`{"alg":"PS256","kid":"rsa","typ":"JWT"}`, payload, "x"), noSuchKey},
		"the payload changed":         {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(payload+" ")) + "." + parts[2], wrongSignature},
		"another's key":               {with("rsa", foreign, "JWT"), wrongSignature},
		"another's key without id":    {with("", foreign, "JWT"), wrongSignature},
		"another's key and id":        {with("evil", foreign, "JWT"), noSuchKey},
		"another's key in the header": {signed(t, jose.SigningKey{Algorithm: "RS256", Key: foreign}, "JWT", body), wrongSignature},
		"a key for encryption":        {with("enc", rsaKey, "JWT"), noSuchKey},
		"a weak key":                  {with("weak", must(weakKey()), "JWT"), noSuchKey},
		"a logout token":              {with("rsa", rsaKey, "logout+jwt"), wrongType},
		"a DPoP proof":                {with("rsa", rsaKey, "dpop+jwt"), wrongType},
		"critical and unknown":        {raw(`{"alg":"RS256","kid":"rsa","crit":["x"],"x":1}`, payload, "x"), "its signature is wrong"},
		"header is a list":            {raw(`[]`, payload, "x"), "its header is no JSON object with texts in alg and typ"},
		"algorithm is a list":         {raw(`{"alg":["RS256"]}`, payload, "x"), "its header is no JSON object with texts in alg and typ"},
		"header is no base64":         {"!." + parts[1] + "." + parts[2], "its header is no base64url"},
		"header is a bomb":            {raw(`{"alg":"RS256","x":"`+strings.Repeat("x", 4000)+`"}`, payload, "x"), "its header is longer than 4096 bytes"},
		"key id is a number":          {raw(`{"alg":"RS256","kid":1}`, payload, "x"), "it is no signed JWT"},
		"1 MB":                        {sound + strings.Repeat("A", 1<<20), "it is longer than 16384 bytes"},
		"payload is a list":           {signed(t, jose.SigningKey{Algorithm: "RS256", Key: p.key("rsa")}, "JWT", []int{1}), wrongIssuer},
	} {
		t.Run(name, func(t *testing.T) { wantVerdict(t, v, tt.token, tt.want) })
	}
}

// weakKey makes a key that is too short to be safe.
func weakKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 1024) }

func TestNestedClaims(t *testing.T) {
	p := newIDP(t)
	c := p.config()
	c.UserClaim, c.TenantClaim, c.RolesClaim = "https://o2.example/user", "org.unit.tenant", "realm_access.roles"
	v := newVerifier(t, c)
	for name, tt := range map[string]struct {
		claims claims
		want   string
	}{
		"all":            {claims{"https://o2.example/user": "bob", "org": claims{"unit": claims{"tenant": "smo-beta"}}, "realm_access": claims{"roles": []string{"viewer", "x"}}}, "bob smo-beta [viewer x]"},
		"one role":       {claims{"realm_access": claims{"roles": "viewer"}}, "  [viewer]"},
		"dotted names":   {claims{"org.unit": claims{"tenant": "a"}, "realm_access.roles": []string{}}, " a []"},
		"none":           {claims{"org": claims{"unit": "x"}}, "  []"},
		"null":           {claims{"org": claims{"unit": claims{"tenant": json.RawMessage("null")}}}, "  []"},
		"a role is none": {claims{"realm_access": claims{"roles": []any{"viewer", 1}}}, "the token is not valid: its claim realm_access.roles must be a list of texts"},
		"roles object":   {claims{"realm_access": claims{"roles": claims{"a": 1}}}, "the token is not valid: its claim realm_access.roles must be a list of texts"},
		"many roles":     {claims{"realm_access": claims{"roles": make([]string, 257)}}, "the token is not valid: its claim realm_access.roles has more than 256 items"},
		"tenant list":    {claims{"org": claims{"unit": claims{"tenant": []int{1}}}}, "the token is not valid: its claim org.unit.tenant must be text"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := v.Verify(t.Context(), p.token(tt.claims))
			got := fmt.Sprint(c.User, " ", c.Tenant, " ", c.Roles)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnUnverifiedAddressNamesNobody(t *testing.T) {
	p := newIDP(t)
	c := p.config()
	c.UserClaim = "email"
	v := newVerifier(t, c)
	wantVerdict(t, v, p.token(claims{"email": "alice", "email_verified": false}), "its email, which names the user, is not verified")
	wantVerdict(t, v, p.token(claims{"email": "alice", "email_verified": true}), "")
	wantVerdict(t, v, p.token(claims{"email": "alice"}), "")
}

func TestConfigurationsThatAreNone(t *testing.T) {
	for want, c := range map[string]Config{
		"tokens of any audience would count: configure at least one":                          {Issuer: "https://a"},
		"the issuer must be a URL such as https://sso.example.com/realms/o2":                  {Audiences: []string{"a"}},
		"the issuer must be https: only on loopback is plain http enough":                     {Audiences: []string{"a"}, Issuer: "http://sso.example.com"},
		"the URL of the keys must be https: only on loopback is plain http enough":            {Audiences: []string{"a"}, Issuer: "https://a", JWKSURL: "http://127.0.0.1.example/"},
		`there is no algorithm "none" for signatures: use some of ` + fmt.Sprint(Algorithms):  {Audiences: []string{"a"}, Issuer: "https://a", Algorithms: []string{"none"}},
		`there is no algorithm "HS256" for signatures: use some of ` + fmt.Sprint(Algorithms): {Audiences: []string{"a"}, Issuer: "https://a", Algorithms: []string{"HS256"}},
	} {
		if v, err := New(c); err == nil || err.Error() != want {
			t.Errorf("got %v, %v; want %q", v, err, want)
		}
	}
	if v, err := New(Config{Audiences: []string{"a"}, Issuer: "http://[::1]:8080/realm"}); err != nil {
		t.Error(err)
	} else {
		v.Close()
	}
}

// Whatever a caller sends, it is told that it is no token, and quickly.
func FuzzVerify(f *testing.F) {
	p := newIDP(f)
	v, err := New(p.config())
	if err != nil {
		f.Fatal(err)
	}
	defer v.Close()
	sound := p.token(nil)
	for _, seed := range []string{sound, "", "..", "a.b.c", "{}", strings.ToUpper(sound), sound[:len(sound)-1], "." + sound} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := v.Verify(t.Context(), token)
		switch {
		case err == nil && token == sound:
		case err == nil:
			t.Errorf("%q is a token of %+v", token, claims)
		case !errors.Is(err, identity.ErrInvalid):
			t.Errorf("got %v", err)
		}
	})
}
