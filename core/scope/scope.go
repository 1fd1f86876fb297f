// Package scope says who asks and what they may see. Every driving call and
// every query of a view takes a Scope, so there is no query without one.
//
// Only the authentication middleware and tests make scopes; the test of
// the walls in folder core holds that.
package scope

import "crypto/x509"

// DefaultTenant owns everything while tenancy is off.
const DefaultTenant = "default"

// PlatformTenant is the name under which those are kept who run the gateway, and
// what they do. No tenant may have it, and no object: what belongs to the
// platform has no owner.
const PlatformTenant = "platform"

// SharedOwner is the owner of what everyone may see whose permission extends to
// shared objects. It is no tenant's name.
const SharedOwner = "*"

// Reach says whose objects a permission extends to. Reaches add up.
type Reach uint8

// The reaches, by the permission model's names for them.
const (
	// ReachTenant is over the caller's own tenant's objects.
	ReachTenant Reach = 1 << iota
	// ReachShared is over what SharedOwner owns.
	ReachShared
	// ReachAll is over everyone's objects, the platform's included.
	ReachAll
)

// Has reports whether r extends to all that other does.
func (r Reach) Has(other Reach) bool { return r&ReachAll != 0 || r&other == other }

// Covers reports whether r, held by a member of tenant, extends to what owner
// owns. What has no owner is the platform's.
func (r Reach) Covers(tenant, owner string) bool {
	switch {
	case r&ReachAll != 0:
		return true
	case owner == "":
		return false
	case owner == SharedOwner:
		return r&ReachShared != 0
	default:
		return r&ReachTenant != 0 && owner == tenant
	}
}

// Scope is one caller's identity and reach. It is immutable and safe to share.
// The zero Scope is nobody: it sees nothing and may do nothing.
type Scope struct {
	tenant    string
	user      string
	roles     []string
	requestID string
	shown     *x509.Certificate
	reach     Reach
	platform  bool
	valid     bool
}

// Identity is what authentication established about a caller.
type Identity struct {
	// Tenant is the caller's tenant. Mandatory unless Platform is set.
	Tenant string
	// User names the caller within the tenant; "" is an anonymous caller, which
	// loopback alone admits.
	User string
	// Roles are the roles that the credentials themselves carry.
	Roles []string
	// RequestID goes into logs and audit entries.
	RequestID string
	// Certificate is the verified one that the caller showed, nil if it showed none.
	Certificate *x509.Certificate
	// Platform callers are of those who run the gateway: Tenant is empty then. What
	// they may see is a matter of their permissions, as it is for everyone.
	Platform bool
}

// New makes the scope of an authenticated caller, which reaches nothing until it
// is authorized. An identity with neither a tenant nor Platform gives the zero
// Scope.
func New(id Identity) Scope {
	return Scope{
		tenant: id.Tenant, user: id.User, roles: id.Roles, requestID: id.RequestID, shown: id.Certificate,
		platform: id.Platform, valid: id.Tenant != "" || id.Platform,
	}
}

// Within returns s with a reach. It is for who decides what a caller may do.
func (s Scope) Within(r Reach) Scope {
	s.reach = r
	return s
}

// Valid reports whether the scope was made for a caller.
func (s Scope) Valid() bool { return s.valid }

// Tenant returns the caller's tenant, "" for a platform caller.
func (s Scope) Tenant() string { return s.tenant }

// Home returns the tenant under which the caller is kept: PlatformTenant for a
// platform caller.
func (s Scope) Home() string {
	if s.platform && s.tenant == "" {
		return PlatformTenant
	}
	return s.tenant
}

// User returns the caller's name within the tenant, "" if anonymous.
func (s Scope) User() string { return s.user }

// Roles returns the roles that the credentials carried; not to be changed.
func (s Scope) Roles() []string { return s.roles }

// RequestID returns the id under which the request is logged.
func (s Scope) RequestID() string { return s.requestID }

// Hosts reports whether the caller's certificate names a host, which is a DNS name
// or an address, among its alternative names.
func (s Scope) Hosts(host string) bool { return s.shown != nil && s.shown.VerifyHostname(host) == nil }

// Platform reports whether the caller is of those who run the gateway.
func (s Scope) Platform() bool { return s.platform }

// Reach returns how far the caller's permission extends, 0 before it is
// authorized.
func (s Scope) Reach() Reach { return s.reach }

// Sees reports whether what owner owns is visible: a tenant, SharedOwner, or ""
// for the platform. In single-tenant mode everything is DefaultTenant's, so the
// same serves both modes.
func (s Scope) Sees(owner string) bool {
	return s.valid && s.reach.Covers(s.tenant, owner)
}
