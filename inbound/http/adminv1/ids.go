package adminv1

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/adapters"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
)

// What cannot be an id is answered as what is not there, and that as what the
// caller may not see. It comes last of what is judged: a 400 comes before a 404.

func missing(format string, args ...any) error {
	return problem.Problem{Status: http.StatusNotFound, Detail: fmt.Sprintf(format, args...)}
}

func noSubscription(id string) error {
	return missing("there is no %s with id %q", authz.Subscription, id)
}

func noAdapter(name string) error {
	return missing("no enabled adapter has the name %q: GET "+Base+"/adapters lists them", name)
}

func noTenant(id string) error { return missing("there is no Tenant with id %q", id) }

func noUser(tenant, id string) error {
	return missing("there is no User with id %q in the tenant %q", id, tenant)
}

func noBinding(tenant, user, role string) error {
	return missing("there is no User with id %q in the tenant %q who has the role %q", user, tenant, role)
}

func noRole(name string) error { return missing("there is no Role with name %q", name) }

// subscriptionID reads the path's id.
func subscriptionID(text string) (o2.ID, error) {
	id, ok := o2.ParseID(text)
	if !ok {
		return "", noSubscription(text)
	}
	return id, nil
}

func checkTenant(id string) error {
	if o2.CheckTenantID(id) != nil {
		return noTenant(id)
	}
	return nil
}

func checkUser(tenant, id string) error {
	if o2.CheckTenantID(tenant) != nil || o2.CheckUserID(id) != nil {
		return noUser(tenant, id)
	}
	return nil
}

func checkRole(name string) error {
	if o2.CheckRoleName(name) != nil {
		return noRole(name)
	}
	return nil
}

// named says what was not found, where the core only says that something was not.
func named(err, what error) error {
	for _, unnamed := range []error{adapters.ErrNotFound, tenancy.ErrNotFound, inventory.ErrNotFound, store.ErrNotFound} {
		if errors.Is(err, unnamed) {
			return what
		}
	}
	return err
}

// checkSame judges an attribute that repeats what the path or the query names.
func checkSame(attribute, sent, meant string) error {
	if sent == "" || sent == meant {
		return nil
	}
	return &o2.FieldError{Attribute: attribute, Reason: "differs from what the request names; leave it out"}
}
