package config

import (
	"crypto/sha256"
	"crypto/tls"
	"net/netip"

	"github.com/netweave/netweave/core/o2"
)

// The demands on a caller's credentials.
const (
	RequireAny         = "any"
	RequireCertificate = "certificate"
	RequireBearer      = "bearer"
	RequireBoth        = "both"
)

// Auth says how callers prove who they are.
type Auth struct {
	// Require is one of the demands. Of RequireAny what the rest admits is left: it
	// is RequireCertificate where there is neither OIDC nor a token, and
	// RequireBearer where there are such and no client CA.
	Require     string
	Certificate CertificateNames
	// Proxies are networks of TLS-terminating proxies, ProxyHeader has what they
	// were shown.
	Proxies     []netip.Prefix
	ProxyHeader string
	OIDC        OIDC
	Tokens      []Token
}

// CertificateNames says where certificates name their holders.
type CertificateNames struct {
	// Source is cn, san-dns or san-uri.
	Source string
	// UserPart and TenantPart count from 1; 0 is as the source has it.
	UserPart, TenantPart int
}

// OIDC is the identity provider whose bearer tokens count.
type OIDC struct {
	Issuer, JWKSURL                    string
	Audiences                          []string
	UserClaim, TenantClaim, RolesClaim string
	Algorithms                         []string
	CAFile                             string
}

// Enabled reports whether there is one.
func (o OIDC) Enabled() bool { return o.Issuer != "" }

// Token is a static bearer token.
type Token struct {
	User, Tenant string
	// SHA256 is the token's hash; nobody here knows the token.
	SHA256 [sha256.Size]byte
}

// The owners of what has no tenant label.
const (
	UnlabelledPlatform = "platform"
	UnlabelledShared   = "shared"
)

// Tenancy says whether callers belong to tenants.
type Tenancy struct {
	Enabled bool
	// Unlabelled is UnlabelledPlatform or UnlabelledShared.
	Unlabelled string
	// RolesFile has more roles; "" is none.
	RolesFile string
	// Store is InStore or InKubernetes: where tenants, users, roles and role bindings
	// are kept.
	Store      string
	Kubernetes KubernetesTenancy
	// PlatformAdmins are users of the platform that hold platform-admin.
	PlatformAdmins []string
	// Quotas bound tenants that have none of their own.
	Quotas Quotas
}

// KubernetesTenancy says where tenants, users, roles and role bindings are custom
// resources.
type KubernetesTenancy struct {
	// Kubeconfig is a file, "" is the pod's own service account.
	Kubeconfig, Namespace string
}

// Quotas are in the API's units; o2.Unlimited is no bound.
type Quotas struct {
	ResourcePools, Resources, Subscriptions int
	CPUCores, MemoryGB, StorageGB           int
}

// Amounts returns the quotas in the core's units.
func (q Quotas) Amounts() *o2.Quotas {
	in := func(n int, unit int64) int64 {
		if int64(n) == o2.Unlimited {
			return o2.Unlimited
		}
		return int64(n) * unit
	}
	return &o2.Quotas{
		ResourcePools: in(q.ResourcePools, 1), Resources: in(q.Resources, 1), Subscriptions: in(q.Subscriptions, 1),
		CPUMillis: in(q.CPUCores, 1000), MemoryBytes: in(q.MemoryGB, 1<<30), StorageBytes: in(q.StorageGB, 1<<30),
	}
}

// Certificates reports whether callers may be known by client certificates.
func (c *Config) Certificates() bool {
	return c.Server.TLS.ClientCAFile != "" && c.Auth.Require != RequireBearer
}

// Bearers reports whether callers may be known by bearer tokens.
func (c *Config) Bearers() bool {
	return (c.Auth.OIDC.Enabled() || len(c.Auth.Tokens) > 0) && c.Auth.Require != RequireCertificate
}

// Authenticated reports whether every caller proves who they are. Where it does
// not, the gateway is for this machine alone.
func (c *Config) Authenticated() bool { return c.Certificates() || c.Bearers() }

// ClientAuth says what TLS asks of a client. Where the demand is left to the
// requests, because tokens may do as well or a proxy passes certificates on, it
// takes connections without one.
func (c *Config) ClientAuth() tls.ClientAuthType {
	switch {
	case !c.Server.TLS.Enabled():
		return tls.NoClientCert
	case c.Server.TLS.ClientCAFile == "" && c.Bearers():
		return tls.RequestClientCert // tokens may be bound to one, whoever has signed it
	case c.Server.TLS.ClientCAFile == "":
		return tls.NoClientCert
	case c.Server.TLS.ClientAuth == ClientAuthRequire:
		return tls.RequireAndVerifyClientCert
	case c.Server.TLS.ClientAuth == ClientAuthRequest:
		return tls.VerifyClientCertIfGiven
	case len(c.Auth.Proxies) > 0 || c.Auth.Require == RequireAny || c.Auth.Require == RequireBearer:
		return tls.VerifyClientCertIfGiven
	default:
		return tls.RequireAndVerifyClientCert
	}
}
