// Package authn finds out who sends a request. It is the one place outside tests
// that makes scopes.
//
// Today it knows two kinds of caller: the holder of a client certificate that the
// TLS layer has verified, and, where the composition root allows it because the
// listener is on loopback, an anonymous one. Further kinds of credential take
// their place in Identify's order.
package authn

import (
	"errors"
	"net/http"

	"github.com/netweave/netweave/core/scope"
)

// ErrNoIdentity means that the request carries no identity that is accepted (401).
var ErrNoIdentity = errors.New("this gateway needs a verified client certificate whose subject has a common name")

// Challenge is the WWW-Authenticate header that goes with a 401. A client
// certificate has no registered scheme; this one names what is missing.
const Challenge = `Mutual realm="netweave"`

// Config says whom to accept.
type Config struct {
	// AllowAnonymous accepts callers without credentials as the default tenant's
	// anonymous user. It is for listeners on loopback addresses alone.
	AllowAnonymous bool
	// Hosts are what anonymous requests may be for, as a Host header has it, beside
	// this machine's loopback names and addresses.
	Hosts []string
}

// Authenticator identifies callers. It is immutable and safe for concurrent use.
type Authenticator struct {
	config Config
}

// New makes an Authenticator.
func New(config Config) *Authenticator { return &Authenticator{config: config} }

// Identify returns the scope of r's caller, ErrNoIdentity or ErrMisdirected. A
// certificate comes before anonymity, so that a caller who shows one is named in
// the logs.
func (a *Authenticator) Identify(r *http.Request, requestID string) (scope.Scope, error) {
	if user := certifiedUser(r); user != "" {
		return scope.New(scope.Identity{Tenant: scope.DefaultTenant, User: user, RequestID: requestID}), nil
	}
	if a.config.AllowAnonymous {
		if err := a.judgeHost(r.Host); err != nil {
			return scope.Scope{}, err
		}
		return scope.New(scope.Identity{Tenant: scope.DefaultTenant, RequestID: requestID}), nil
	}
	return scope.Scope{}, ErrNoIdentity
}

// certifiedUser returns the common name of the client certificate, "" if there is
// none or TLS has not verified it.
func certifiedUser(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
		return ""
	}
	return r.TLS.VerifiedChains[0][0].Subject.CommonName
}
