package app

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/outbound/oidc"
)

// makeVerifier makes what verifies the tokens of an identity provider, where there
// is one. A controller needs it as well: it shows its metrics to whom it knows.
func (p *parts) makeVerifier(s *surroundings) (err error) {
	c := s.config.Auth.OIDC
	if !s.config.Bearers() || !c.Enabled() {
		return nil
	}
	files, err := oidcFiles(c)
	if err != nil {
		return err
	}
	p.verifier, err = oidc.New(oidc.Config{
		Issuer: c.Issuer, JWKSURL: c.JWKSURL, Audiences: c.Audiences, Algorithms: c.Algorithms,
		UserClaim: c.UserClaim, TenantClaim: c.TenantClaim, RolesClaim: c.RolesClaim, RootCAs: files.Roots(),
		Registerer: s.registry, Logger: s.logger("oidc"),
	})
	if err != nil {
		return fmt.Errorf("auth.oidc: %w", err)
	}
	files.OnChange(func() { p.verifier.SetRootCAs(files.Roots()) })
	s.tls.Follow(files)
	return nil
}

// oidcFiles reads what verifies the provider.
func oidcFiles(c config.OIDC) (*tlsfiles.Client, error) {
	return tlsfiles.LoadClient("oidc", "auth.oidc", tlsfiles.ClientFiles{CA: c.CAFile})
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
