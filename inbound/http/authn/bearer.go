package authn

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/identity"
)

// Token is a static bearer token, of which only the hash is known.
type Token struct {
	// SHA256 is the token's hash.
	SHA256 [sha256.Size]byte
	// User and Tenant are whom it names.
	User, Tenant string
}

// maxToken bounds a token in bytes. Longer ones are not even hashed.
const maxToken = 16 << 10

// bearerToken returns the bearer token that r carries, "" if there is none or
// none is admitted. Credentials of other schemes are somebody else's.
func (a *Authenticator) bearerToken(r *http.Request) (string, error) {
	values := r.Header["Authorization"]
	if !a.bearers || len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", &refusal{method: methodBearer, token: true, reason: "there is more than one Authorization header"}
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", nil
	}
	token = strings.Trim(token, " ")
	switch {
	case token == "":
		return "", &refusal{method: methodBearer, token: true, reason: "the Authorization header has no token behind Bearer"}
	case len(token) > maxToken:
		return "", &refusal{method: methodBearer, token: true, reason: "the bearer token is longer than 16384 bytes"}
	}
	for i := range len(token) {
		if c := token[i]; !isToken68(c) {
			return "", &refusal{method: methodBearer, token: true, reason: `a bearer token has letters, digits and any of "-._~+/=" alone`}
		}
	}
	return token, nil
}

func isToken68(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~+/=", c) >= 0
}

// bearer returns whom a token names, unchecked. leaf is the caller's certificate,
// nil for none.
func (a *Authenticator) bearer(r *http.Request, leaf *x509.Certificate, token string) (person, method, error) {
	if p, ok := a.static(token); ok {
		return p, methodStatic, nil
	}
	if a.config.Verifier == nil {
		return person{}, methodStatic, &refusal{method: methodStatic, token: true, reason: "the bearer token is not known"}
	}
	claims, err := a.config.Verifier.Verify(r.Context(), token)
	switch {
	case errors.Is(err, identity.ErrInvalid):
		return person{}, methodBearer, &refusal{method: methodBearer, token: true, reason: err.Error()}
	case err != nil:
		return person{}, methodBearer, identity.ErrUnavailable // whatever it is, it is not for the caller
	}
	p := person{user: claims.User, tenant: claims.Tenant, roles: roleNames(claims.Roles)}
	if claims.Thumbprint != "" {
		if reason := boundTo(claims.Thumbprint, leaf); reason != "" {
			return person{}, methodBearer, &refusal{method: methodBearer, token: true, tenant: p.tenant, reason: reason}
		}
	}
	return p, methodBearer, nil
}

// static looks a token up by its hash. Neither what is compared nor how long it
// takes depends on how much of a hash is right.
func (a *Authenticator) static(token string) (p person, ok bool) {
	if len(a.config.Tokens) == 0 {
		return person{}, false
	}
	sum := sha256.Sum256([]byte(token))
	found := -1
	for i := range a.config.Tokens {
		same := subtle.ConstantTimeCompare(a.config.Tokens[i].SHA256[:], sum[:])
		found = subtle.ConstantTimeSelect(same, i, found)
	}
	if found < 0 {
		return person{}, false
	}
	return person{user: a.config.Tokens[found].User, tenant: a.config.Tokens[found].Tenant}, true
}

// boundTo says why a token that is bound to a certificate (RFC 8705) proves
// nothing on this connection, "" if it does.
func boundTo(thumbprint string, leaf *x509.Certificate) string {
	if leaf == nil {
		return "the bearer token is bound to a client certificate, and the connection has none that counts"
	}
	sum := sha256.Sum256(leaf.Raw)
	if subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(thumbprint)) != 1 {
		return "the bearer token is bound to another client certificate than the connection's"
	}
	return ""
}

// roleNames leaves out what is no role's name here: providers list their own too.
func roleNames(claimed []string) []string {
	var names []string
	for _, name := range claimed {
		if o2.CheckRoleName(name) == nil {
			names = append(names, name)
		}
	}
	return names
}
