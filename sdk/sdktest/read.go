package sdktest

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/sdk"
)

// attempts is how often a comparison of two readings is made before it counts:
// the infrastructure may change between them.
const attempts = 10

// sample is how many objects of a kind are read one by one.
const sample = 50

var readChecks = []check{
	{name: "lists yield sound objects", run: soundLists},
	{name: "Get returns what lists return", run: getAgrees},
	{name: "lists are repeatable", run: repeatable},
	{name: "unknown ids are NotFound", run: unknownIDs},
	{name: "references lead somewhere", run: references},
	{name: "lists can be narrowed to a tenant", run: tenants},
}

func soundLists(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		objects, err := k.all(ctx, sdk.ListOptions{})
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, o := range objects {
			m := o.Common()
			if seen[m.ID] {
				return fmt.Errorf("%s yielded the id %q twice: ids must be unique within a kind", k.listName(), m.ID)
			}
			seen[m.ID] = true
			for key := range m.Volatile {
				if _, both := m.Extensions[key]; both {
					return fmt.Errorf("%s: the key %q is in Extensions and in Volatile: users see both in one place, so put it in one", called(o), key)
				}
			}
		}
	}
	return nil
}

func getAgrees(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		objects, err := k.all(ctx, sdk.ListOptions{})
		if err != nil {
			return err
		}
		// Those that did not agree are compared again, and only they.
		open := map[string]bool{}
		for i := 0; i < len(objects); i += max(len(objects)/sample, 1) {
			open[objects[i].Common().ID] = true
		}
		err = again(func() error { return getAgreesOn(ctx, k, open) })
		if err != nil {
			return err
		}
	}
	return nil
}

// getAgreesOn compares the objects whose ids are in open and takes out those
// that agree or are gone.
func getAgreesOn(ctx context.Context, k kindMethods, open map[string]bool) error {
	listed, err := k.byID(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	var wrong error
	for id := range open {
		if listed[id] == nil {
			delete(open, id)
			continue
		}
		got, err := k.one(ctx, id)
		if err != nil {
			wrong = fmt.Errorf("%s yielded %s, but %s of it failed: %w", k.listName(), called(listed[id]), k.getName(), err)
			continue
		}
		where, err := differs(listed[id], got)
		if err != nil {
			return err
		}
		if where != "" {
			wrong = fmt.Errorf("%s and %s do not agree on %s: %s", k.listName(), k.getName(), called(listed[id]), where)
			continue
		}
		delete(open, id)
	}
	return wrong
}

func repeatable(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		err := again(func() error {
			first, err := k.byID(ctx, sdk.ListOptions{})
			if err != nil {
				return err
			}
			second, err := k.byID(ctx, sdk.ListOptions{})
			if err != nil {
				return err
			}
			return sameIDs("two calls of "+k.listName()+" in a row", first, second,
				"an id must be the backend's own, the same at every call")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func unknownIDs(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		for _, id := range []string{"sdktest-no-such-id", "", "../sdktest", "sdktest/no such\tid", "sdktest-ß-№"} {
			_, err := k.get(ctx, id)
			if err := wrongCode(fmt.Sprintf("%s(%q), an id that does not exist,", k.getName(), id), err, sdk.NotFound); err != nil {
				return err
			}
		}
	}
	return nil
}

func references(ctx context.Context, s *subject) error {
	return again(func() error { return referencesOnce(ctx, s) })
}

func referencesOnce(ctx context.Context, s *subject) error {
	found := map[sdk.Kind]map[string]sdk.Object{}
	for _, k := range s.kinds() {
		objects, err := k.byID(ctx, sdk.ListOptions{})
		if err != nil {
			return err
		}
		found[k.kind] = objects
	}
	for _, o := range found[sdk.KindResource] {
		r := o.(*sdk.Resource)
		for _, ref := range []struct {
			field, id string
			kind      sdk.Kind
		}{
			{"ResourceTypeID", r.ResourceTypeID, sdk.KindResourceType},
			{"ResourcePoolID", r.ResourcePoolID, sdk.KindResourcePool},
			{"ParentID", r.ParentID, sdk.KindResource},
		} {
			if ref.id != "" && found[ref.kind][ref.id] == nil {
				return fmt.Errorf("%s has the %s %q, but List%ss yields no such id: list that object too, or leave the field empty", called(r), ref.field, ref.id, ref.kind)
			}
		}
		if r.ParentID == r.ID {
			return fmt.Errorf("%s is its own parent: leave ParentID empty where there is none", called(r))
		}
	}
	return nil
}

func tenants(ctx context.Context, s *subject) error {
	for _, k := range s.kinds() {
		if err := again(func() error { return tenantsOnce(ctx, k) }); err != nil {
			return err
		}
	}
	return nil
}

func tenantsOnce(ctx context.Context, k kindMethods) error {
	everything, err := k.all(ctx, sdk.ListOptions{})
	if err != nil {
		return err
	}
	// One tenant that cannot exist, and those that do.
	want := map[string]map[string]sdk.Object{"sdktest-no-such-tenant": {}}
	for _, o := range everything {
		if tenant := o.Common().Tenant; tenant != "" {
			if want[tenant] == nil {
				want[tenant] = map[string]sdk.Object{}
			}
			want[tenant][o.Common().ID] = o
		}
	}
	for tenant, expected := range want {
		listed, err := k.byID(ctx, sdk.ListOptions{Tenant: tenant})
		if err != nil {
			return err
		}
		for _, o := range listed {
			if o.Common().Tenant != tenant {
				return fmt.Errorf("%s with the tenant %q yielded %s, which belongs to %q: ListOptions.Tenant must be heeded",
					k.listName(), tenant, called(o), o.Common().Tenant)
			}
		}
		what := fmt.Sprintf("%s without a tenant and with the tenant %q", k.listName(), tenant)
		if err := sameIDs(what, expected, listed, "the narrowed list must have that tenant's objects, all of them"); err != nil {
			return err
		}
	}
	return nil
}

func sameIDs(what string, a, b map[string]sdk.Object, rule string) error {
	for id := range a {
		if b[id] == nil {
			return fmt.Errorf("%s do not agree: %q is in the first alone; %s", what, id, rule)
		}
	}
	for id := range b {
		if a[id] == nil {
			return fmt.Errorf("%s do not agree: %q is in the second alone; %s", what, id, rule)
		}
	}
	return nil
}

// again makes a comparison until it holds or has failed too often.
func again(f func() error) error {
	var err error
	for range attempts {
		if err = f(); err == nil {
			return nil
		}
	}
	return err
}
