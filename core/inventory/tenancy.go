package inventory

import (
	"fmt"
	"log/slog"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// Tenancy says whose the objects are.
type Tenancy struct {
	// SingleTenant gives every object to scope.DefaultTenant, whatever its
	// backend says: there is nobody to keep apart. Otherwise an object belongs
	// to the tenant that its backend names, and one without to the platform.
	SingleTenant bool
	// SharedUnlabelled has everyone share what its backend names no tenant of. A
	// name that no tenant can have makes an object the platform's all the same: who
	// wrote it did not mean everyone.
	SharedUnlabelled bool
}

// ownerOf returns the tenant that owns o; "" is the platform and scope.SharedOwner
// everyone.
func (t Tenancy) ownerOf(o o2.Object) string {
	tenant := o.Head().Tenant
	switch {
	case t.SingleTenant:
		return scope.DefaultTenant
	case tenant == "" && t.SharedUnlabelled:
		return scope.SharedOwner
	case !isTenant(tenant):
		return ""
	default:
		return tenant
	}
}

// isTenant reports whether an owner is a tenant, and not the platform or everyone.
func isTenant(owner string) bool {
	return owner != "" && owner != scope.PlatformTenant && o2.CheckTenantID(owner) == nil
}

// stamp returns the tenant that a new object gets: the caller's, or for a
// platform caller without one that of what the object is made in. Where there is
// one tenant alone, a name that the backend gave to what the object is made in is
// nobody else's, and the object gets it too: no backend takes a mixture.
func (t Tenancy) stamp(sc scope.Scope, within string) string {
	if within != "" && (t.SingleTenant || sc.Tenant() == "") {
		return within
	}
	return sc.Tenant()
}

// covers refuses to create what the caller's permission does not extend to.
func covers(sc scope.Scope, owner string, kind o2.Kind) error {
	if sc.Sees(owner) {
		return nil
	}
	return fmt.Errorf("%w: your permission to create a %s does not extend to your own tenant's", authz.ErrDenied, kind)
}

// strayed reports whether what a plugin made is not whose it was to be, and tells
// the operator: the caller is not to see it, nor to hear whose it is.
func (s *shelf) strayed(made o2.Object, tenant string) bool {
	head := made.Head()
	if s.tenancy.SingleTenant || head.Tenant == tenant {
		return false
	}
	s.log.Error("a plugin made an object for another tenant than it was told: it is not shown as the caller's",
		slog.String("adapter", head.Backend), slog.String("kind", made.Kind().String()), slog.String("id", string(head.ID)),
		slog.String("asked", tenant), slog.String("made", head.Tenant))
	return true
}
