package authn

import (
	"errors"
	"net/http"
	"strings"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/identity"
)

const (
	challengeCertificate = `Mutual realm="netweave"` // no registered scheme is for certificates
	challengeBearer      = `Bearer realm="netweave"`
)

// retryAfter is what a caller is told to wait, in seconds, for the identity
// provider.
const retryAfter = 5

// refusal is why credentials prove nothing.
type refusal struct {
	method method
	// tenant is whose they are where that is certain, else "".
	tenant string
	// token: the token itself is at fault.
	token  bool
	reason string
}

func (e *refusal) Error() string        { return e.reason }
func (e *refusal) Is(target error) bool { return target == ErrRefused }

// Challenge returns the WWW-Authenticate headers that go with the 401 for err.
func (a *Authenticator) Challenge(err error) []string {
	var challenges []string
	if a.bearers {
		bearer := challengeBearer
		if r, ok := errors.AsType[*refusal](err); ok && r.token {
			bearer += `, error="invalid_token", error_description="` + quotable(r.reason) + `"`
		}
		challenges = append(challenges, bearer)
	}
	if a.certificates {
		challenges = append(challenges, challengeCertificate)
	}
	return challenges
}

// quotable keeps what RFC 6750 allows in a description.
func quotable(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"':
			return '\''
		case c < ' ' || c > '~' || c == '\\':
			return -1
		}
		return c
	}, text)
}

// Refuse answers a request whose caller Identify did not find, and counts it.
func (a *Authenticator) Refuse(w http.ResponseWriter, err error) {
	a.count(err)
	switch {
	case errors.Is(err, ErrMisdirected):
		problem.Write(w, http.StatusMisdirectedRequest, err.Error())
	case errors.Is(err, identity.ErrUnavailable):
		problem.Problem{
			Status: http.StatusServiceUnavailable, RetryAfter: retryAfter,
			Detail: "the bearer token cannot be verified now: the identity provider is unavailable",
		}.Write(w)
	default:
		w.Header()["Www-Authenticate"] = a.Challenge(err)
		problem.Write(w, http.StatusUnauthorized, err.Error())
	}
}

func (a *Authenticator) count(err error) {
	m, tenant := methodNone, ""
	r, refused := errors.AsType[*refusal](err)
	switch {
	case refused:
		m, tenant = r.method, r.tenant
	case errors.Is(err, ErrMisdirected):
		m = methodAnonymous
	case errors.Is(err, identity.ErrUnavailable):
		m = methodBearer
	}
	if tenant != scope.PlatformTenant && (a.config.Known == nil || !a.config.Known(tenant)) {
		tenant = ""
	}
	a.metrics.failed(m, tenant)
}
