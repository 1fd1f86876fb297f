package config

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/authn"
)

// checkAuth looks at auth, tenancy and the server's client CA together, and
// settles what "any" credential comes down to.
func (r *reader) checkAuth(c *Config, places map[string]*yaml.Node) {
	wrong := func(key, reason string) { r.problem(key, places[key], reason) }
	a := &c.Auth
	bearers, certificates := a.OIDC.Enabled() || len(a.Tokens) > 0, c.Server.TLS.ClientCAFile != ""
	switch {
	case a.Require == RequireAny && !bearers:
		a.Require = RequireCertificate
	case a.Require == RequireAny && !certificates:
		a.Require = RequireBearer
	case a.Require == RequireAny:
	case a.Require != RequireBearer && !certificates:
		wrong("auth.require", fmt.Sprintf("is %s, and client certificates need server.tls.clientCAFile", a.Require))
	case a.Require != RequireCertificate && !bearers:
		wrong("auth.require", fmt.Sprintf("is %s, and bearer tokens need auth.oidc.issuer or auth.tokens", a.Require))
	case a.Require == RequireCertificate && bearers:
		wrong("auth.require", "is certificate, so that auth.oidc and auth.tokens count for nothing: set it to any or both, or leave them out")
	}
	if err := authn.Names(a.Certificate).Check(); err != nil {
		wrong("auth.certificate", err.Error())
	}
	for _, p := range a.Proxies {
		if p.Bits() == 0 {
			wrong("auth.proxies", fmt.Sprintf("has %s, which is everyone: name the proxies' own addresses", p))
		}
	}
	checkOIDC(c.Auth.OIDC, places["auth.oidc.issuer"] != nil, wrong)
	checkTenancy(c, wrong)
}

// checkOIDC says nothing of an issuer that is there and was refused.
func checkOIDC(o OIDC, there bool, wrong func(key, reason string)) {
	switch {
	case o.Enabled() && len(o.Audiences) == 0:
		wrong("auth.oidc.audiences", "is missing: without it, tokens that are meant for others would count")
	case o.Enabled() && len(o.Algorithms) == 0:
		wrong("auth.oidc.algorithms", "is empty: no signature would count")
	case !o.Enabled() && !there && (len(o.Audiences) > 0 || o.JWKSURL != "" || o.CAFile != "" || o.RolesClaim != ""):
		wrong("auth.oidc", "has settings and no issuer: set auth.oidc.issuer, or leave them out")
	}
}

func checkTenancy(c *Config, wrong func(key, reason string)) {
	t := c.Tenancy
	if !t.Enabled {
		for key, set := range map[string]bool{
			"tenancy.rolesFile": t.RolesFile != "", "tenancy.platformAdmins": len(t.PlatformAdmins) > 0,
		} {
			if set {
				c.Notes = append(c.Notes, Problem{Key: key, Reason: "has no effect while tenancy.enabled is false"})
			}
		}
		return
	}
	if !c.Authenticated() {
		wrong("tenancy.enabled", "needs callers who prove who they are: set server.tls.clientCAFile, auth.oidc.issuer or auth.tokens")
	}
	for i, token := range c.Auth.Tokens {
		if token.Tenant == "" {
			wrong(fmt.Sprintf("auth.tokens[%d].tenant", i), "is missing: with tenancy every user has a tenant; those who run the gateway have "+scope.PlatformTenant)
		}
	}
}
