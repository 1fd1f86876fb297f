// Package authn finds out who sends a request. It is the one place outside tests
// that makes scopes.
//
// It knows these credentials: a client certificate that TLS has verified, or that
// a proxy passes on; a bearer token of an identity provider; a static token, of
// which the configuration holds a hash. Config says which are demanded. What is
// demanded and shown must be sound: a bad token is refused even beside a good
// certificate, and two credentials must name the same caller. Nobody is somebody
// by a header of their own: what proxies add counts from their addresses alone.
//
// Without tenancy every caller is the default tenant's, and a listener on
// loopback may admit callers without credentials.
package authn

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/identity"
)

var (
	// ErrNoIdentity means that the request lacks credentials (401). The text around
	// it says which are admitted.
	ErrNoIdentity = errors.New("this gateway needs")
	// ErrRefused means that credentials were shown and prove nothing (401). The text
	// around it says why and quotes none of them.
	ErrRefused = errors.New("refused")
)

// Require says which credentials a request must carry.
type Require string

// The demands.
const (
	// RequireAny: a certificate or a token. It is what "" means.
	RequireAny Require = "any"
	// RequireCertificate: a certificate; tokens do not count.
	RequireCertificate Require = "certificate"
	// RequireBearer: a token; certificates do not count, but for tokens bound to one.
	RequireBearer Require = "bearer"
	// RequireBoth: a certificate and a token of the same caller.
	RequireBoth Require = "both"
)

// Config says whom to accept. The zero Config accepts the holders of verified
// certificates, without tenancy.
type Config struct {
	// AllowAnonymous accepts callers without credentials as the default tenant's
	// anonymous user, unless Tenancy is set. It is for listeners on loopback
	// addresses alone.
	AllowAnonymous bool
	// Hosts are what anonymous requests may be for, as a Host header has it, beside
	// this machine's loopback names and addresses.
	Hosts []string

	// Tenancy tells the callers' tenants apart. Without it credentials name users of
	// the default tenant, and a certificate's whole common name is the user.
	Tenancy bool
	Require Require
	// Names says where certificates name the user and the tenant.
	Names Names
	// Verifier verifies bearer tokens; nil is none.
	Verifier identity.Verifier
	// Tokens are the static tokens.
	Tokens []Token

	// Proxies are where TLS-terminating proxies are. Only from there do ProxyHeader
	// and X-Forwarded-For count, and from there no certificate of the connection's
	// does: it is the proxy's own.
	Proxies []netip.Prefix
	// ProxyHeader has the certificate that the proxy was shown, as RFC 9440 has it or
	// as URL-encoded PEM; "" is Client-Cert.
	ProxyHeader string
	// Authorities returns those that certificates from proxies are verified against,
	// nil for none; another pool once they have changed.
	Authorities func() *x509.CertPool
	// Revoked returns an error for a chain that was verified and does not count any
	// more: it has a revoked certificate in it, or its authority is none any longer. It
	// is asked for every request, so that it must answer from memory; nil is that
	// nothing is revoked.
	Revoked func(chain []*x509.Certificate) error

	// Known reports whether there is such a tenant: only those are labels of
	// metrics. nil is that none is known.
	Known func(tenant string) bool
	// Registerer takes the metrics; nil keeps them unregistered.
	Registerer prometheus.Registerer
}

// Authenticator identifies callers. It is safe for concurrent use.
type Authenticator struct {
	config       Config
	certificates bool // are admitted
	bearers      bool // are admitted
	lacking      error
	relayed      relayed
	named        named
	metrics      *metrics
}

// New makes an Authenticator. It fails on metrics that are registered already and
// on a demand that is none.
func New(config Config) (*Authenticator, error) {
	a := &Authenticator{config: config}
	a.config.Proxies = slices.Clone(config.Proxies)
	tokens := config.Verifier != nil || len(config.Tokens) > 0
	switch config.Require {
	case RequireAny, "":
		a.config.Require = RequireAny
		a.certificates, a.bearers = true, tokens
	case RequireCertificate:
		a.certificates = true
	case RequireBearer:
		a.bearers = true
	case RequireBoth:
		a.certificates, a.bearers = true, true
	default:
		return nil, fmt.Errorf("authentication: there is no demand %q", config.Require)
	}
	if err := config.Names.Check(); err != nil {
		return nil, fmt.Errorf("names in certificates: %w", err)
	}
	a.lacking = a.lack()
	a.relayed = newRelayed(config)
	var err error
	if a.metrics, err = newMetrics(config.Registerer); err != nil {
		return nil, fmt.Errorf("registering the authentication metrics: %w", err)
	}
	return a, nil
}

// lack says what a request without credentials would need.
func (a *Authenticator) lack() error {
	const token = "a bearer token"
	certificate := "a verified client certificate whose subject has a common name"
	if a.config.Tenancy {
		certificate = "a verified client certificate that names user and tenant"
	}
	switch {
	case a.config.Require == RequireBoth:
		return fmt.Errorf("%w %s, and %s", ErrNoIdentity, certificate, token)
	case a.certificates && a.bearers:
		return fmt.Errorf("%w %s, or %s", ErrNoIdentity, certificate, token)
	case a.bearers:
		return fmt.Errorf("%w %s", ErrNoIdentity, token)
	default:
		return fmt.Errorf("%w %s", ErrNoIdentity, certificate)
	}
}

// Identify returns the scope of r's caller. Its errors, which Refuse answers and
// counts, wrap ErrNoIdentity, ErrRefused, ErrMisdirected or
// identity.ErrUnavailable. Anonymity comes last, so that a caller who shows
// credentials is named in the logs.
func (a *Authenticator) Identify(r *http.Request, requestID string) (scope.Scope, error) {
	p, m, err := a.caller(r)
	if err != nil {
		return scope.Scope{}, err
	}
	id := scope.Identity{Tenant: p.tenant, User: p.user, Roles: p.roles, RequestID: requestID, Certificate: p.shown}
	switch {
	case !a.config.Tenancy:
		id.Tenant = scope.DefaultTenant
	case p.tenant == scope.PlatformTenant:
		id.Tenant, id.Platform = "", true
	}
	a.metrics.succeeded(m)
	return scope.New(id), nil
}

// person is whom a credential names.
type person struct {
	user, tenant string
	roles        []string
	shown        *x509.Certificate // nil if it is by a token alone
}

// caller returns who r's credentials say it is from, and by which.
func (a *Authenticator) caller(r *http.Request) (person, method, error) {
	token, err := a.bearerToken(r)
	if err != nil {
		return person{}, methodBearer, err
	}
	cert, err := a.clientCert(r)
	if err != nil && a.certificates {
		return person{}, cert.by, err
	}
	certified := a.certificates && cert.verified && (a.config.Tenancy || cert.leaf.Subject.CommonName != "")
	switch {
	case certified && token != "":
		p, err := a.agreed(r, cert, token)
		return p, methodBoth, err
	case a.config.Require == RequireBoth && (certified || token != ""):
		return person{}, methodBoth, half(certified)
	case certified:
		p, err := a.certifiedPerson(cert)
		return p, cert.by, err
	case token != "":
		p, m, err := a.bearer(r, cert.leaf, token)
		if err == nil {
			err = a.check(p, m)
		}
		return p, m, err
	case a.config.AllowAnonymous && !a.config.Tenancy:
		return person{}, methodAnonymous, a.judgeHost(r.Host)
	default:
		return person{}, methodNone, a.lacking
	}
}

// agreed returns the caller that a certificate and a token both name. The token
// may leave the user to the certificate.
func (a *Authenticator) agreed(r *http.Request, cert clientCert, token string) (person, error) {
	byToken, _, err := a.bearer(r, cert.leaf, token)
	if err != nil {
		return person{}, err
	}
	p, err := a.certifiedPerson(cert)
	if err != nil {
		return person{}, err
	}
	var differ string
	switch {
	case a.config.Tenancy && byToken.tenant != p.tenant:
		differ = "tenants"
	case byToken.user != "" && byToken.user != p.user:
		differ = "users"
	default:
		p.roles = byToken.roles
		return p, nil
	}
	return person{}, &refusal{
		method: methodBoth, tenant: p.tenant, token: true,
		reason: "the client certificate and the bearer token name different " + differ,
	}
}

// half lacks one credential where both are needed.
func half(certified bool) error {
	if certified {
		return fmt.Errorf("%w a bearer token as well as the client certificate", ErrNoIdentity)
	}
	return fmt.Errorf("%w a verified client certificate as well as the bearer token", ErrNoIdentity)
}

// check refuses whom no token can name.
func (a *Authenticator) check(p person, m method) error {
	if err := o2.CheckUserID(p.user); err != nil {
		return &refusal{method: m, token: true, reason: "the bearer token's user: " + err.Error()}
	}
	if !a.config.Tenancy {
		return nil
	}
	if err := o2.CheckTenantID(p.tenant); err != nil {
		return &refusal{method: m, token: true, reason: "the bearer token's tenant: " + err.Error()}
	}
	return nil
}
