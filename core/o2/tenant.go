package o2

import (
	"fmt"
	"time"
)

// TenantStatus is where a tenant stands.
type TenantStatus string

// The statuses of a tenant.
const (
	// TenantActive: its users may do what they are permitted to.
	TenantActive TenantStatus = "active"
	// TenantSuspended: its users may do nothing, and its notifications wait.
	TenantSuspended TenantStatus = "suspended"
	// TenantDeleted: as suspended, for good; its subscriptions are gone. Its id is
	// not used again.
	TenantDeleted TenantStatus = "deleted"
)

// Tenant is one of those who share the gateway. It is never changed once stored;
// a change is a new one with the next Version.
type Tenant struct {
	// ID is chosen by whoever creates it; see CheckTenantID.
	ID                                            string
	Name, DisplayName, Organization, ContactEmail string
	Status                                        TenantStatus
	// Settings are free.
	Settings map[string]string
	// Quotas bound what it may have; nil is the configured default.
	Quotas *Quotas
	// CreatedBy is the user who made it, as "user.tenant".
	CreatedBy            string
	CreatedAt, UpdatedAt time.Time
	Version              uint64
}

// User is a member of a tenant, or of the platform. It holds no role by itself:
// RoleBindings give roles.
type User struct {
	// TenantID is scope.PlatformTenant for those who run the gateway.
	TenantID string
	// ID is what its credentials name it, within its tenant; see CheckUserID.
	ID, DisplayName, Email string
	// Disabled users may do nothing.
	Disabled             bool
	CreatedBy            string
	CreatedAt, UpdatedAt time.Time
	Version              uint64
}

// RoleBinding gives a role to a user. It is made and deleted, never changed.
type RoleBinding struct {
	TenantID, UserID string
	// Role is the name of a role of that tenant, or of every tenant's.
	Role      string
	CreatedBy string
	CreatedAt time.Time
	Version   uint64
}

// RoleSource is where a role is defined.
type RoleSource string

// The sources of roles. Only those from the store can be changed by the API.
const (
	RoleBuiltIn   RoleSource = "builtin"
	RoleFromFile  RoleSource = "file"
	RoleFromStore RoleSource = "store"
)

// Role is a set of permissions under a name.
type Role struct {
	// TenantID is the tenant whose role it is, "" for every tenant's.
	TenantID string
	// Name is unique among the tenant's and everyone's; see CheckRoleName.
	Name, Description string
	// System roles are for users of the platform alone.
	System      bool
	Source      RoleSource
	Permissions []Permission

	CreatedBy            string
	CreatedAt, UpdatedAt time.Time
	Version              uint64
}

// Permission allows an action on a resource, to the extent of Scope. The values
// are those of the permission model: package authz has resources and actions.
type Permission struct {
	// Resource is a noun, or "*".
	Resource string
	// Action is one of authz's, "manage" included.
	Action string
	// Scope is "tenant", "shared" or "all".
	Scope string
}

// What ids may be: tenant ids go into labels of Kubernetes and into certificates'
// names, where dots part them from user ids.
const (
	maxTenantID = 63
	maxUserID   = 128
	maxRoleName = 63
)

// CheckTenantID returns nil for what can be a tenant's id: 1 to 63 lower-case
// letters, digits and hyphens, beginning and ending with a letter or digit.
func CheckTenantID(id string) error {
	if !isLabel(id, maxTenantID) {
		return fmt.Errorf("want 1 to %d lower-case letters, digits and hyphens, with a letter or digit first and last", maxTenantID)
	}
	return nil
}

// CheckRoleName returns nil for what can be a role's name, by the same rule.
func CheckRoleName(name string) error {
	if !isLabel(name, maxRoleName) {
		return fmt.Errorf("want 1 to %d lower-case letters, digits and hyphens, with a letter or digit first and last", maxRoleName)
	}
	return nil
}

// CheckUserID returns nil for what can be a user's id: 1 to 128 letters, digits
// and any of "-_.@+:|", beginning with a letter or digit. What a token names a
// user is often an address or has a provider's name in it.
func CheckUserID(id string) error {
	ok := id != "" && len(id) <= maxUserID && isAlphanumeric(id[0])
	for i := 0; ok && i < len(id); i++ {
		switch c := id[i]; c {
		case '-', '_', '.', '@', '+', ':', '|':
		default:
			ok = isAlphanumeric(c)
		}
	}
	if !ok {
		return fmt.Errorf(`want 1 to %d letters, digits and any of "-_.@+:|", with a letter or digit first`, maxUserID)
	}
	return nil
}

func isLabel(s string, most int) bool {
	if s == "" || len(s) > most || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
