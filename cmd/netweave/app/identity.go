package app

import (
	"context"
	"crypto/x509"
	"fmt"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/outbound/oidc"
)

// makeVerifier makes what verifies the tokens of an identity provider, where there
// is one.
func (p *parts) makeVerifier(s *surroundings) (err error) {
	c := s.config.Auth.OIDC
	if !s.config.Role.Serves() || !s.config.Bearers() || !c.Enabled() {
		return nil
	}
	var roots *x509.CertPool
	if c.CAFile != "" {
		files, err := tlsfiles.LoadClient("oidc", "auth.oidc", tlsfiles.ClientFiles{CA: c.CAFile})
		if err != nil {
			return err
		}
		roots = files.Roots()
	}
	p.verifier, err = oidc.New(oidc.Config{
		Issuer: c.Issuer, JWKSURL: c.JWKSURL, Audiences: c.Audiences, Algorithms: c.Algorithms,
		UserClaim: c.UserClaim, TenantClaim: c.TenantClaim, RolesClaim: c.RolesClaim, RootCAs: roots,
		Registerer: s.registry, Logger: s.logger("oidc"),
	})
	if err != nil {
		return fmt.Errorf("auth.oidc: %w", err)
	}
	return nil
}

// verify reads the provider's keys now and then until ctx ends.
func (p *parts) verify(ctx context.Context) error {
	p.verifier.Run(ctx)
	return ctx.Err()
}

// identity says how callers are known.
func (p *parts) identity(s *surroundings) authn.Config {
	c := s.config
	id := authn.Config{
		Tenancy: c.Tenancy.Enabled, Require: authn.Require(c.Auth.Require), Proxies: c.Auth.Proxies, ProxyHeader: c.Auth.ProxyHeader,
		Names: authn.Names{
			Source: c.Auth.Certificate.Source, UserPart: c.Auth.Certificate.UserPart, TenantPart: c.Auth.Certificate.TenantPart,
		},
		Tokens: staticTokens(c.Auth.Tokens),
	}
	if p.verifier != nil {
		id.Verifier = p.verifier
	}
	if p.tenants != nil {
		id.Known = func(tenant string) bool {
			_, ok := p.tenants.directory.Tenant(tenant)
			return ok
		}
	}
	return id
}

func staticTokens(list []config.Token) []authn.Token {
	tokens := make([]authn.Token, len(list))
	for i, t := range list {
		tokens[i] = authn.Token{SHA256: t.SHA256, User: t.User, Tenant: t.Tenant}
	}
	return tokens
}
