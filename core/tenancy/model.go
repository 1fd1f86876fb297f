package tenancy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// Built-in roles that this package knows by name: without the one a tenant, and
// without the other the platform, has nobody who can appoint others.
const (
	roleOwner         = "owner"
	rolePlatformAdmin = "platform-admin"
)

// maxPermissions is how many a role may have.
const maxPermissions = 200

// What permissions are made of.
var (
	actions   = authz.Actions()
	resources = authz.Resources()
)

// words are all words of permissions, each under itself: the one string that
// every permission in memory shares.
var words = func() map[string]string {
	known := map[string]string{}
	for _, word := range slices.Concat(resources, authz.Scopes(), []string{authz.Everything, string(authz.ActionManage)}) {
		known[word] = word
	}
	for _, action := range actions {
		known[string(action)] = string(action)
	}
	return known
}()

// checkPermissions returns nil for what a role of an owner may permit: a tenant's
// id, "" for everyone's. wide lets it extend to all tenants.
func checkPermissions(permissions []o2.Permission, wide bool) error {
	if n := len(permissions); n > maxPermissions {
		return &o2.FieldError{Attribute: "permissions", Reason: fmt.Sprintf("has %d items: at most %d are allowed", n, maxPermissions)}
	}
	seen := make(map[o2.Permission]bool, len(permissions))
	for i, p := range permissions {
		wrong := func(member, format string, args ...any) error {
			return &o2.FieldError{Attribute: fmt.Sprintf("permissions[%d]%s", i, member), Reason: fmt.Sprintf(format, args...)}
		}
		switch {
		case p.Resource != authz.Everything && !slices.Contains(resources, p.Resource):
			return wrong(".resource", "is unknown: want %s, or %q for all of them", strings.Join(resources, ", "), authz.Everything)
		case p.Action != string(authz.ActionManage) && !slices.Contains(actions, authz.Action(p.Action)):
			return wrong(".action", "is unknown: want list, read, create, update, delete, or manage for all of them")
		case p.Scope == authz.ScopeAll && !wide:
			return wrong(".scope", "cannot be all: only roles of the platform extend to all tenants")
		case p.Scope != authz.ScopeTenant && p.Scope != authz.ScopeShared && p.Scope != authz.ScopeAll:
			return wrong(".scope", "is unknown: want tenant, shared or all")
		case seen[p]:
			return wrong("", "is there twice")
		}
		seen[p] = true
	}
	return nil
}

// checkRole returns nil for a role that can be in force, whatever its source.
func checkRole(r *o2.Role) error {
	if err := o2.CheckRoleName(r.Name); err != nil {
		return fmt.Errorf("its name is %q: %w", r.Name, err)
	}
	if r.TenantID != "" && r.TenantID != scope.PlatformTenant {
		if err := checkTenantID(r.TenantID); err != nil {
			return fmt.Errorf("its tenant is %q, which %w", r.TenantID, err)
		}
	}
	if r.System && r.TenantID != "" && r.TenantID != scope.PlatformTenant {
		return fmt.Errorf("it is the tenant %q's and yet for users of the platform alone", r.TenantID)
	}
	return checkPermissions(r.Permissions, r.System)
}

// checkTenantID returns nil for an id that a tenant may have. The error completes
// the sentence "tenantId ...".
func checkTenantID(id string) error {
	switch id {
	case scope.PlatformTenant:
		return fmt.Errorf("cannot be %q: that is the name of those who run the gateway", id)
	case scope.DefaultTenant:
		return fmt.Errorf("cannot be %q: that is the name of whom all belongs to while there are no tenants", id)
	}
	if err := o2.CheckTenantID(id); err != nil {
		return fmt.Errorf("is not valid: %w", err)
	}
	return nil
}

// share replaces the words of permissions by those that all share.
func share(permissions []o2.Permission) {
	for i, p := range permissions {
		permissions[i] = o2.Permission{Resource: words[p.Resource], Action: words[p.Action], Scope: words[p.Scope]}
	}
}
