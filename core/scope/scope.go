// Package scope says who asks and what they may see. Every driving call and
// every query of a view takes a Scope, so there is no query without one.
//
// Only the authentication middleware and tests make scopes; the test of
// the walls in folder core holds that.
package scope

// DefaultTenant owns everything while tenancy is off.
const DefaultTenant = "default"

// Scope is one caller's identity and reach. It is immutable and safe to share.
// The zero Scope is nobody: it sees nothing and may do nothing.
type Scope struct {
	tenant    string
	user      string
	roles     []string
	requestID string
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
	// Platform callers see every tenant's objects.
	Platform bool
}

// New makes the scope of an authenticated caller. An identity with neither a
// tenant nor Platform gives the zero Scope.
func New(id Identity) Scope {
	return Scope{
		tenant: id.Tenant, user: id.User, roles: id.Roles, requestID: id.RequestID,
		platform: id.Platform, valid: id.Tenant != "" || id.Platform,
	}
}

// Valid reports whether the scope was made for a caller.
func (s Scope) Valid() bool { return s.valid }

// Tenant returns the caller's tenant, "" for a platform caller without one.
func (s Scope) Tenant() string { return s.tenant }

// User returns the caller's name within the tenant, "" if anonymous.
func (s Scope) User() string { return s.user }

// Roles returns the roles that the credentials carried; not to be changed.
func (s Scope) Roles() []string { return s.roles }

// RequestID returns the id under which the request is logged.
func (s Scope) RequestID() string { return s.requestID }

// Platform reports whether the caller sees every tenant.
func (s Scope) Platform() bool { return s.platform }

// Sees reports whether an object owned by tenant is visible. In single-tenant
// mode objects without a tenant are stored as DefaultTenant's, so plain
// equality serves both modes.
func (s Scope) Sees(tenant string) bool {
	return s.valid && (s.platform || s.tenant == tenant)
}
