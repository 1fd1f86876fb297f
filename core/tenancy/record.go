package tenancy

import (
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"unique"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/tenancystore"
)

// entry is a record in memory.
type entry struct {
	kind tenancystore.Kind
	name string
	// sum is of version and data: a name that was deleted and used again begins
	// with version 1 anew.
	sum uint64
	// value is a *o2.Tenant, *o2.User, *o2.Role or *o2.RoleBinding; nil if the
	// record makes no sense.
	value any
}

func (e *entry) compare(kind tenancystore.Kind, name string) int {
	if c := strings.Compare(string(e.kind), string(kind)); c != 0 {
		return c
	}
	return strings.Compare(e.name, name)
}

var seed = maphash.MakeSeed()

func sumOf(r *tenancystore.Record) uint64 {
	return maphash.Bytes(seed, r.Data) ^ maphash.Comparable(seed, r.Version)
}

// read makes an entry of a record, and says what is wrong with it.
func read(r *tenancystore.Record) (entry, error) {
	e := entry{kind: r.Kind, name: r.Name, sum: sumOf(r)}
	value, name, err := decode(r)
	if err != nil {
		return e, err
	}
	e.value, e.name = value, name
	return e, nil
}

// errKey means that a record is kept under a key that is not its own.
var errKey = errors.New("it is not what its key says")

// decode reads a record whose key is to say the same as what it holds. name is
// the key's, sharing memory with the value where it can.
func decode(r *tenancystore.Record) (value any, name string, err error) {
	switch r.Kind {
	case tenancystore.KindTenant:
		t, err := o2.DecodeTenant(r.Data)
		if err != nil {
			return nil, "", err
		}
		if err := checkTenantID(t.ID); err != nil {
			return nil, "", fmt.Errorf("its id %w", err)
		}
		if t.ID != r.Tenant || r.Name != "" {
			return nil, "", errKey
		}
		t.Version = r.Version
		return t, "", nil
	case tenancystore.KindUser:
		u, err := o2.DecodeUser(r.Data)
		if err != nil {
			return nil, "", err
		}
		if u.TenantID != r.Tenant || u.ID != r.Name {
			return nil, "", errKey
		}
		u.TenantID, u.CreatedBy, u.Version = shared(u.TenantID), shared(u.CreatedBy), r.Version
		return u, u.ID, checkHome(r.Tenant)
	case tenancystore.KindRole:
		role, err := o2.DecodeRole(r.Data)
		if err != nil {
			return nil, "", err
		}
		if role.TenantID != r.Tenant || role.Name != r.Name {
			return nil, "", errKey
		}
		// A tenant's role is not the platform's, whatever it says; everyone's are
		// never the platform's alone, unless they are built in or from a file.
		role.System = role.TenantID == scope.PlatformTenant
		if err := checkRole(role); err != nil {
			return nil, "", err
		}
		share(role.Permissions)
		role.TenantID, role.CreatedBy, role.Version = shared(role.TenantID), shared(role.CreatedBy), r.Version
		return role, role.Name, nil
	case tenancystore.KindRoleBinding:
		b, err := o2.DecodeRoleBinding(r.Data)
		if err != nil {
			return nil, "", err
		}
		if b.TenantID != r.Tenant || bindingName(b.UserID, b.Role) != r.Name {
			return nil, "", errKey
		}
		b.TenantID, b.Role, b.CreatedBy, b.Version = shared(b.TenantID), shared(b.Role), shared(b.CreatedBy), r.Version
		return b, r.Name, checkHome(r.Tenant)
	default:
		return nil, "", fmt.Errorf("records of the kind %q are unknown", r.Kind)
	}
}

// checkHome returns nil for what can have users.
func checkHome(tenant string) error {
	if tenant == scope.PlatformTenant {
		return nil
	}
	if err := checkTenantID(tenant); err != nil {
		return fmt.Errorf("its tenant %w", err)
	}
	return nil
}

// shared returns the one copy of a string that many records have.
func shared(s string) string { return unique.Make(s).Value() }

// bindingName is a binding's name in its key.
func bindingName(user, role string) string { return user + "/" + role }

func tenantKey(id string) tenancystore.Key {
	return tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: id}
}

func userKey(tenant, id string) tenancystore.Key {
	return tenancystore.Key{Kind: tenancystore.KindUser, Tenant: tenant, Name: id}
}

func roleKey(tenant, name string) tenancystore.Key {
	return tenancystore.Key{Kind: tenancystore.KindRole, Tenant: tenant, Name: name}
}

func bindingKey(tenant, user, role string) tenancystore.Key {
	return tenancystore.Key{Kind: tenancystore.KindRoleBinding, Tenant: tenant, Name: bindingName(user, role)}
}
