// Package tenancy holds the driving ports of tenancy: what the core offers to
// those who admit callers, and to the administration API.
//
// Every method needs a valid scope and returns ErrNotFound for what the scope
// does not see. All methods are safe for concurrent use.
//
// Errors: those here, *o2.FieldError for a caller's bad attribute,
// authz.ErrDenied, and those of ports/store and ports/tenancystore.
package tenancy

import (
	"context"
	"errors"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
)

var (
	// ErrNotFound means that there is no such thing, or none that the caller may see.
	ErrNotFound = errors.New("not found")
	// ErrImmutable means that the role cannot be changed by the API: it is built in
	// or from a file. The text says which.
	ErrImmutable = errors.New("cannot be changed here")
	// ErrEscalation means that the caller would give a permission that it does not
	// hold itself; the text names one. It wraps authz.ErrDenied.
	ErrEscalation = errors.New("nobody grants what they do not hold")
	// ErrInUse means that something refers to it; the text says what.
	ErrInUse = errors.New("is in use")
	// ErrLimit means that a tenant has as many of them as it may have; the text
	// says how many.
	ErrLimit = errors.New("more there cannot be")
	// ErrNotAdmitted means that the caller's tenant is unknown, suspended or
	// deleted, or the user disabled. The text says no more of it than that.
	ErrNotAdmitted = errors.New("the tenant or user is not admitted")
)

// Gate admits callers, by what is known of their tenant and user.
type Gate interface {
	// Admit returns nil, or an error that wraps ErrNotAdmitted. It answers from
	// memory. An error of package store means that nothing was ever read.
	Admit(sc scope.Scope) error
}

// Directory is what is known of tenants, users and roles, in memory. It is what
// an authorizer decides by.
type Directory interface {
	// Epoch is new with every change of what the directory holds. An answer that
	// was had under an epoch holds for as long as it is the same.
	Epoch() uint64
	// Tenant returns a tenant; ok is false if there is none.
	Tenant(id string) (t *o2.Tenant, ok bool)
	// User returns a user, scope.PlatformTenant's included.
	User(tenant, id string) (u *o2.User, ok bool)
	// Roles returns the roles that apply to a tenant's users: everyone's and its
	// own, those for the platform alone being left out unless tenant is
	// scope.PlatformTenant. Not to be changed.
	Roles(tenant string) []*o2.Role
	// RolesOf returns the names of the roles that a user holds: those bound to it,
	// and what the configuration gives to the platform's first admins, of whom there
	// may be no record. Others of whom nothing is known hold none, and neither do
	// disabled users. Not to be changed.
	RolesOf(tenant, user string) []string
	// Loaded reports whether the store was ever read.
	Loaded() bool
}

// TenantSpec is what a caller may say of a tenant. ID counts on creation alone;
// Status only on a change, and cannot be o2.TenantDeleted.
type TenantSpec struct {
	ID, Name, DisplayName, Organization, ContactEmail string
	Status                                            o2.TenantStatus
	Settings                                          map[string]string
	Quotas                                            *o2.Quotas
}

// Tenants looks after tenants. Lists are ordered by id, start behind after, and
// have at most limit items; more says whether others follow.
type Tenants interface {
	CreateTenant(ctx context.Context, sc scope.Scope, spec TenantSpec) (*o2.Tenant, error)
	ListTenants(ctx context.Context, sc scope.Scope, after string, limit int) (list []*o2.Tenant, more bool, err error)
	GetTenant(ctx context.Context, sc scope.Scope, id string) (*o2.Tenant, error)
	// UpdateTenant replaces what may change.
	UpdateTenant(ctx context.Context, sc scope.Scope, id string, spec TenantSpec) (*o2.Tenant, error)
	// DeleteTenant marks it as deleted and removes its subscriptions, users,
	// bindings and roles. Its objects stay in their backends.
	DeleteTenant(ctx context.Context, sc scope.Scope, id string) error

	// Quotas returns what bounds a tenant, and what it has of it.
	Quotas(ctx context.Context, sc scope.Scope, tenant string) (limits o2.Quotas, used o2.Amounts, err error)
	// SetQuotas replaces the bounds; nil returns to the default.
	SetQuotas(ctx context.Context, sc scope.Scope, tenant string, q *o2.Quotas) (limits o2.Quotas, used o2.Amounts, err error)
}

// UserSpec is what a caller may say of a user. ID counts on creation alone.
type UserSpec struct {
	ID, DisplayName, Email string
	Disabled               bool
}

// Users looks after a tenant's users and their roles.
type Users interface {
	CreateUser(ctx context.Context, sc scope.Scope, tenant string, spec UserSpec) (*o2.User, error)
	ListUsers(ctx context.Context, sc scope.Scope, tenant, after string, limit int) (list []*o2.User, more bool, err error)
	GetUser(ctx context.Context, sc scope.Scope, tenant, id string) (*o2.User, error)
	UpdateUser(ctx context.Context, sc scope.Scope, tenant, id string, spec UserSpec) (*o2.User, error)
	// DeleteUser removes a user and its bindings.
	DeleteUser(ctx context.Context, sc scope.Scope, tenant, id string) error

	// Bind gives a role to a user. The caller must hold all that the role permits.
	Bind(ctx context.Context, sc scope.Scope, tenant, user, role string) (*o2.RoleBinding, error)
	// Bindings returns a user's, by role.
	Bindings(ctx context.Context, sc scope.Scope, tenant, user string) ([]*o2.RoleBinding, error)
	Unbind(ctx context.Context, sc scope.Scope, tenant, user, role string) error
}

// RoleSpec is what a caller may say of a role. Tenant and Name count on creation
// alone. Tenant is "" for the caller's own; scope.SharedOwner, which takes a
// platform caller, for every tenant's; scope.PlatformTenant for the platform's.
type RoleSpec struct {
	Tenant, Name, Description string
	Permissions               []o2.Permission
}

// Roles looks after roles. tenant is as in RoleSpec, and "" is the caller's own.
type Roles interface {
	CreateRole(ctx context.Context, sc scope.Scope, spec RoleSpec) (*o2.Role, error)
	// ListRoles returns the roles that apply to a tenant, everyone's included, by
	// name.
	ListRoles(ctx context.Context, sc scope.Scope, tenant, after string, limit int) (list []*o2.Role, more bool, err error)
	GetRole(ctx context.Context, sc scope.Scope, tenant, name string) (*o2.Role, error)
	UpdateRole(ctx context.Context, sc scope.Scope, tenant, name string, spec RoleSpec) (*o2.Role, error)
	// DeleteRole fails with ErrInUse while it is bound to anyone.
	DeleteRole(ctx context.Context, sc scope.Scope, tenant, name string) error
}
