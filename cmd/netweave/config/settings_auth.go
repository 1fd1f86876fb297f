package config

import (
	"fmt"
	"net/netip"
	"regexp"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/oidc"
)

// authSettings are the scalars of auth and tenancy.
var authSettings = []setting{
	textSetting("auth.require", RequireAny,
		"Credentials that a caller must show: certificate, bearer, both (of the same caller), or any of those that are configured.",
		func(c *Config) *string { return &c.Auth.Require },
		oneOf(RequireAny, RequireCertificate, RequireBearer, RequireBoth)),
	textSetting("auth.certificate.source", "cn",
		"Where a client certificate names user and tenant: cn or san-dns (user.tenant, more parts may follow), or san-uri (spiffe://domain/tenant/user). Counts with tenancy alone: without it, the common name is the user.",
		func(c *Config) *string { return &c.Auth.Certificate.Source }, oneOf("cn", "san-dns", "san-uri")),
	integerSetting("auth.certificate.userPart", 0, 0, 16,
		"Which part of that name is the user, counted from 1; 0 is as above.",
		func(c *Config) *int { return &c.Auth.Certificate.UserPart }),
	integerSetting("auth.certificate.tenantPart", 0, 0, 16,
		"Which part of that name is the tenant.",
		func(c *Config) *int { return &c.Auth.Certificate.TenantPart }),
	prefixesSetting("auth.proxies",
		"Networks in CIDR form of proxies that terminate TLS: only from there do proxyHeader and X-Forwarded-For count.",
		func(c *Config) *[]netip.Prefix { return &c.Auth.Proxies }),
	textSetting("auth.proxyHeader", "Client-Cert",
		"Header in which they pass on the client's certificate, as RFC 9440 has it or as URL-encoded PEM.",
		func(c *Config) *string { return &c.Auth.ProxyHeader }, checkHeaderName),
	textSetting("auth.oidc.issuer", "",
		"URL of the identity provider whose tokens count, exactly as they have it in iss; empty is none.",
		func(c *Config) *string { return &c.Auth.OIDC.Issuer }, checkProviderURL),
	textSetting("auth.oidc.jwksURL", "",
		"URL of its keys; empty is what its discovery document says.",
		func(c *Config) *string { return &c.Auth.OIDC.JWKSURL }, checkProviderURL),
	listSetting("auth.oidc.audiences", nil,
		"Audiences of which a token must have one.",
		func(c *Config) *[]string { return &c.Auth.OIDC.Audiences }, notEmpty),
	textSetting("auth.oidc.userClaim", "sub",
		"Claim that names the user; a dot leads into a claim that is an object.",
		func(c *Config) *string { return &c.Auth.OIDC.UserClaim }, notEmpty),
	textSetting("auth.oidc.tenantClaim", "tenant",
		"Claim that names the tenant; platform is those who run the gateway.",
		func(c *Config) *string { return &c.Auth.OIDC.TenantClaim }, notEmpty),
	textSetting("auth.oidc.rolesClaim", "",
		"Claim that lists roles, such as realm_access.roles; empty lets tokens give none.",
		func(c *Config) *string { return &c.Auth.OIDC.RolesClaim }, nil),
	listSetting("auth.oidc.algorithms", oidc.DefaultAlgorithms,
		"Algorithms of signatures that count.",
		func(c *Config) *[]string { return &c.Auth.OIDC.Algorithms }, oneOf(oidc.Algorithms...)),
	textSetting("auth.oidc.caFile", "",
		"PEM file of the authorities that sign its certificate; empty is the system's.",
		func(c *Config) *string { return &c.Auth.OIDC.CAFile }, nil),

	flagSetting("tenancy.enabled", false,
		"Keep tenants apart: every caller has one, roles say what they may do. Off, everything is the tenant default's.",
		func(c *Config) *bool { return &c.Tenancy.Enabled }),
	textSetting("tenancy.unlabelled", UnlabelledPlatform,
		"Whose an object without a tenant label is: platform, or shared for everyone's.",
		func(c *Config) *string { return &c.Tenancy.Unlabelled }, oneOf(UnlabelledPlatform, UnlabelledShared)),
	textSetting("tenancy.rolesFile", "",
		"File of more roles, in Casbin's CSV form, read again when it changes.",
		func(c *Config) *string { return &c.Tenancy.RolesFile }, nil),
	listSetting("tenancy.platformAdmins", nil,
		"Users of the platform that hold platform-admin whatever the store says: the first ones.",
		func(c *Config) *[]string { return &c.Tenancy.PlatformAdmins }, checkUser),
	textSetting("tenancy.store", InStore,
		"Where tenants, users, roles and role bindings are kept: store, or kubernetes for custom resources.",
		func(c *Config) *string { return &c.Tenancy.Store }, oneOf(InStore, InKubernetes)),
	textSetting("tenancy.kubernetes.kubeconfig", "",
		"Kubeconfig of the cluster that holds them; empty is the pod's own service account.",
		func(c *Config) *string { return &c.Tenancy.Kubernetes.Kubeconfig }, nil),
	textSetting("tenancy.kubernetes.namespace", "netweave",
		"Their namespace.",
		func(c *Config) *string { return &c.Tenancy.Kubernetes.Namespace }, notEmpty),
	quotaSetting("maxResourcePools", "Resource pools", func(c *Config) *int { return &c.Tenancy.Quotas.ResourcePools }),
	quotaSetting("maxResources", "Resources", func(c *Config) *int { return &c.Tenancy.Quotas.Resources }),
	quotaSetting("maxSubscriptions", "Subscriptions", func(c *Config) *int { return &c.Tenancy.Quotas.Subscriptions }),
	quotaSetting("maxCpuCores", "CPU cores", func(c *Config) *int { return &c.Tenancy.Quotas.CPUCores }),
	quotaSetting("maxMemoryGb", "Gigabytes of memory", func(c *Config) *int { return &c.Tenancy.Quotas.MemoryGB }),
	quotaSetting("maxStorageGb", "Gigabytes of storage", func(c *Config) *int { return &c.Tenancy.Quotas.StorageGB }),
}

// quotaSetting takes the most that a tenant may have which has no quotas of its
// own.
func quotaSetting(name, what string, at func(*Config) *int) setting {
	return integerSetting("tenancy.quotas."+name, -1, -1, 1_000_000_000,
		what+" that a tenant may have which has no quotas of its own; -1 is no bound.", at)
}

func checkUser(text string) error {
	if err := o2.CheckUserID(text); err != nil {
		return fmt.Errorf("must list users: %w", err)
	}
	return nil
}

var headerName = regexp.MustCompile("^[A-Za-z0-9][A-Za-z0-9-]*$")

func checkHeaderName(text string) error {
	if !headerName.MatchString(text) {
		return fmt.Errorf("must be the name of a header: letters, digits and dashes")
	}
	return nil
}

// checkProviderURL takes what the adapter takes, and nothing for none.
func checkProviderURL(text string) error {
	if text == "" {
		return nil
	}
	return oidc.CheckURL(text)
}
