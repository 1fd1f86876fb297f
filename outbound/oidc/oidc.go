// Package oidc implements ports/identity with the tokens of an OpenID Connect or
// OAuth 2.0 provider: JWTs that are signed with one of its published keys.
//
// It promises that a token counts only if its algorithm is one of those that are
// configured (never none, never a symmetric one), its signature is by a key of
// the provider's for that algorithm, its issuer and one of its audiences are
// right, and it is neither expired nor early by more than the clocks may differ.
// A token that is bound in a way that nobody here can check counts never.
//
// The provider may be away. Its keys are read when they are first needed, and
// again by Run every now and then; what was read is kept until something newer
// is, so that an outage is noticed only by tokens of keys that came up in it. A
// key id that is unknown has the keys read again, at most once every few seconds
// however many such ids callers make up. Verified tokens are remembered until
// they expire or the provider's keys change.
package oidc

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/identity"
)

// Algorithms are those that there are.
var Algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA,
}

// DefaultAlgorithms are those that count where nothing else is configured.
var DefaultAlgorithms = []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA}

// Config says whose tokens count, and what they say where.
type Config struct {
	// Issuer is the provider's URL, exactly as its tokens have it.
	Issuer string
	// JWKSURL is where its keys are; "" is where its discovery document says.
	JWKSURL string
	// Audiences are those of which a token must have one. At least one.
	Audiences []string
	// Algorithms are those of the signatures that count; none is
	// DefaultAlgorithms.
	Algorithms []string
	// UserClaim ("sub" if ""), TenantClaim ("tenant") and RolesClaim (none) name
	// the claims. A dot leads into a claim that is an object.
	UserClaim, TenantClaim, RolesClaim string
	// RootCAs verify the provider; nil is the system's.
	RootCAs *x509.CertPool
	// Registerer takes the metrics; nil keeps them unregistered.
	Registerer prometheus.Registerer
	// Logger hears of readings that fail; nil logs nothing.
	Logger *slog.Logger

	// Every is how often Run reads the keys; 10 min if 0.
	Every time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

const (
	// MaxToken bounds a token in bytes.
	MaxToken = 16 << 10
	// skew is how much the provider's clock and ours may differ.
	skew = 30 * time.Second
)

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	config     Config
	algorithms []jose.SignatureAlgorithm
	keys       *keySet
	verifier   *oidc.IDTokenVerifier
	seen       *seen
}

// New makes a Verifier, without asking the provider anything yet.
func New(c Config) (*Verifier, error) {
	if len(c.Algorithms) == 0 {
		c.Algorithms = DefaultAlgorithms
	}
	if c.UserClaim == "" {
		c.UserClaim = "sub"
	}
	if c.TenantClaim == "" {
		c.TenantClaim = "tenant"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Every == 0 {
		c.Every = 10 * time.Minute
	}
	if len(c.Audiences) == 0 {
		return nil, errors.New("tokens of any audience would count: configure at least one")
	}
	if err := CheckURL(c.Issuer); err != nil {
		return nil, fmt.Errorf("the issuer %w", err)
	}
	if c.JWKSURL != "" {
		if err := CheckURL(c.JWKSURL); err != nil {
			return nil, fmt.Errorf("the URL of the keys %w", err)
		}
	}
	v := &Verifier{config: c, seen: newSeen()}
	for _, name := range c.Algorithms {
		if !slices.Contains(Algorithms, name) {
			return nil, fmt.Errorf("there is no algorithm %q for signatures: use some of %v", name, Algorithms)
		}
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(name))
	}
	var err error
	if v.keys, err = newKeySet(c, v.algorithms, v.seen.forget); err != nil {
		return nil, err
	}
	// Audiences and times are checked here: there may be several, and the clocks may
	// differ by less than the library lets them.
	v.verifier = oidc.NewVerifier(c.Issuer, v.keys, &oidc.Config{
		SupportedSigningAlgs: c.Algorithms, SkipClientIDCheck: true, SkipExpiryCheck: true,
	})
	return v, nil
}

// Run reads the provider's keys now, again and again, until ctx ends. Verify
// works without it, and then notices only by unknown ids that there are new keys.
func (v *Verifier) Run(ctx context.Context) { v.keys.run(ctx, v.config.Every) }

// SetRootCAs replaces what verifies the provider, from its next connection on; nil
// is the system's.
func (v *Verifier) SetRootCAs(pool *x509.CertPool) { v.keys.source.calls.trust(pool) }

// Close ends what is under way with the provider, and waits for it.
func (v *Verifier) Close() { v.keys.close() }

// Verify implements identity.Verifier.
func (v *Verifier) Verify(ctx context.Context, token string) (identity.Claims, error) {
	if len(token) > MaxToken {
		return identity.Claims{}, invalid("it is longer than %d bytes", MaxToken)
	}
	sum, now := sha256.Sum256([]byte(token)), v.config.Now()
	if claims, ok := v.seen.get(sum); ok {
		if now.After(claims.Expiry.Add(skew)) {
			return identity.Claims{}, errExpired
		}
		return claims, nil
	}
	if err := v.inspect(token); err != nil {
		return identity.Claims{}, err
	}
	keys := v.seen.epoch()
	payload, err := v.payload(ctx, token)
	if err != nil {
		return identity.Claims{}, err
	}
	claims, err := v.claims(payload, now)
	if err != nil {
		return identity.Claims{}, err
	}
	v.seen.put(keys, sum, claims)
	return claims, nil
}

// payload returns what a token says, once its signature and issuer are right.
func (v *Verifier) payload(ctx context.Context, token string) (json.RawMessage, error) {
	found := &finding{}
	id, err := v.verifier.Verify(context.WithValue(ctx, findingKey{}, found), token)
	switch {
	case found.err != nil:
		return nil, found.err
	case err != nil && !found.signed:
		return nil, invalid("it is no signed JWT")
	case err != nil:
		return nil, invalid("its issuer is not this gateway's identity provider, or its registered claims are malformed")
	}
	var payload json.RawMessage
	if err := id.Claims(&payload); err != nil {
		return nil, invalid("its claims are no JSON object")
	}
	return payload, nil
}

// finding is what the key set found out about a signature. The library passes
// errors on as text alone.
type finding struct {
	signed bool
	err    error
}

type findingKey struct{}

var errExpired = invalid("it has expired")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", identity.ErrInvalid, fmt.Sprintf(format, args...))
}
