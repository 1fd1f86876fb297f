package inventory

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// writable attaches a backend that holds pool 8, type 90 and resource 1, and
// whose writes succeed.
func writable(t *testing.T, change ...func(*Config)) (*Service, *fake) {
	s := service(change...)
	b, _ := watching("b",
		pool(8, "b", func(p *o2.ResourcePool) {
			p.Location, p.OCloudID, p.Revision = "here", "cloud", 5
			p.Description, p.Extensions, p.Volatile = "old", `{"a":1,"b":{"x":1},"nativeId":"native-8"}`, `{"load":7}`
		}),
		resourceType(90, "b"), resource(1, in(rid(8), rid(90))))
	b.create = func(o o2.Object, _ backend.ResourceRefs) (o2.Object, error) {
		switch x := o.(type) {
		case *o2.ResourcePool:
			return pool(20, "b", func(p *o2.ResourcePool) { p.Name, p.Tenant = x.Name, x.Tenant }), nil
		case *o2.Resource:
			return resource(21, named(x.Name), owned(x.Tenant), in(x.ResourcePoolID, x.ResourceTypeID)), nil
		}
		return nil, errors.New("neither pool nor resource")
	}
	b.update = func(p *o2.ResourcePool) (*o2.ResourcePool, error) {
		made := *p
		made.Revision++
		o2.Seal(&made)
		return &made, nil
	}
	b.del = func(string) error { return nil }
	attach(t, s, b, FeedConfig{})
	return s, b
}

func TestCreatePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := writable(t)
		var asked *o2.ResourcePool
		create := b.create
		b.create = func(o o2.Object, refs backend.ResourceRefs) (o2.Object, error) {
			asked = o.(*o2.ResourcePool)
			return create(o, refs)
		}
		item, err := s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{
			Name: "new", Description: "d", Location: "l", OCloudID: "o", GlobalLocationID: "g", Extensions: `{"x":1}`,
		})
		if err != nil {
			t.Fatal(err)
		}
		want := &o2.ResourcePool{
			Header:   o2.Header{Tenant: scope.DefaultTenant, Name: "new", Description: "d", Extensions: `{"x":1}`},
			OCloudID: "o", Location: "l", GlobalLocationID: "g",
		}
		if !reflect.DeepEqual(asked, want) {
			t.Errorf("the backend was asked for %+v, want %+v", asked, want)
		}
		got, _, err := s.Get(t.Context(), defaultScope, o2.KindResourcePool, rid(20))
		if err != nil || got != item || string(item.Encoded(0)) != "new" {
			t.Errorf("after the create, Get = %v, %v; want the item", got, err)
		}
	})
}

func TestCreateStampsTheCallersTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := writable(t, multiTenant)
		x := scope.New(scope.Identity{Tenant: "x"})
		item, err := s.ResourcePools().Create(t.Context(), x, inventory.ResourcePoolSpec{Name: strings.Repeat("é", 255)})
		if err != nil || item.Object().Head().Tenant != "x" {
			t.Fatalf("Create = %v, %v", item, err)
		}
		if _, _, err := s.Get(t.Context(), scope.New(scope.Identity{Tenant: "y"}), o2.KindResourcePool, rid(20)); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("another tenant's Get gives %v", err)
		}
	})
}

func TestUpdatePool(t *testing.T) {
	tests := map[string]struct {
		spec inventory.ResourcePoolSpec
		want o2.ResourcePool
	}{
		"name alone: the description goes, the place and the extensions stay": {
			inventory.ResourcePoolSpec{Name: "n"},
			o2.ResourcePool{Header: o2.Header{Name: "n", Extensions: `{"a":1,"b":{"x":1},"nativeId":"native-8"}`}, Location: "here", OCloudID: "cloud"},
		},
		"everything": {
			inventory.ResourcePoolSpec{Name: "n", Description: "d", Location: "l", OCloudID: "o", GlobalLocationID: "g", Extensions: `{"b":2,"c":"<3>"}`},
			o2.ResourcePool{Header: o2.Header{Name: "n", Description: "d", Extensions: `{"a":1,"b":2,"c":"<3>","nativeId":"native-8"}`}, Location: "l", OCloudID: "o", GlobalLocationID: "g"},
		},
		"null takes away, and what the backend reports is no wish": {
			inventory.ResourcePoolSpec{Name: "n", Extensions: `{"a":null,"load":9}`},
			o2.ResourcePool{Header: o2.Header{Name: "n", Extensions: `{"b":{"x":1},"nativeId":"native-8"}`}, Location: "here", OCloudID: "cloud"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := writable(t)
				before, _, err := s.Get(t.Context(), defaultScope, o2.KindResourcePool, rid(8))
				must(t, err)
				item, err := s.ResourcePools().Update(t.Context(), defaultScope, rid(8), tt.spec)
				if err != nil {
					t.Fatal(err)
				}
				want := tt.want
				want.ID, want.NativeID, want.Backend, want.Volatile, want.Revision = rid(8), "native-8", "b", `{"load":7}`, 6
				o2.Seal(&want)
				if !reflect.DeepEqual(item.Object(), o2.Object(&want)) {
					t.Errorf("the pool is now\n  %+v, want\n  %+v", item.Object(), &want)
				}
				if before.Object().Head().Name != "p8" {
					t.Error("the update changed the object that readers hold")
				}
				if got, _, err := s.Get(t.Context(), defaultScope, o2.KindResourcePool, rid(8)); got != item {
					t.Errorf("after the update, Get = %v, %v", got, err)
				}
			})
		})
	}
}

func TestDelete(t *testing.T) {
	for name, answer := range map[string]error{
		"done":         nil,
		"gone already": &backend.Error{Backend: "b", Source: backend.SourceCaller, Code: backend.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b := writable(t)
				b.del = func(string) error { return answer }
				must(t, s.Resources().Delete(t.Context(), defaultScope, rid(1)))
				must(t, s.ResourcePools().Delete(t.Context(), defaultScope, rid(8)))
				if want := []string{"delete resource native-1", "delete pool native-8"}; !slices.Equal(b.calls, want) {
					t.Errorf("calls %q, want %q", b.calls, want)
				}
				if got := itemNames(list(t, s, defaultScope, inventory.Query{})); len(got) != 0 {
					t.Errorf("after the delete the list is %q", got)
				}
				if err := s.Resources().Delete(t.Context(), defaultScope, rid(1)); !errors.Is(err, inventory.ErrNotFound) {
					t.Errorf("a second delete gives %v", err)
				}
			})
		})
	}
}

func TestCreateResource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := writable(t)
		var asked *o2.Resource
		var refs backend.ResourceRefs
		create := b.create
		b.create = func(o o2.Object, r backend.ResourceRefs) (o2.Object, error) {
			asked, refs = o.(*o2.Resource), r
			return create(o, r)
		}
		item, err := s.Resources().Create(t.Context(), defaultScope, inventory.ResourceSpec{
			ResourcePoolID: rid(8), ResourceTypeID: rid(90), ParentID: rid(1), GlobalAssetID: "asset", Name: "new",
			Description: "d", Tags: []string{"t"}, Extensions: `{"x":1}`,
		})
		if err != nil {
			t.Fatal(err)
		}
		want := &o2.Resource{
			Header:         o2.Header{Tenant: scope.DefaultTenant, Name: "new", Description: "d", Extensions: `{"x":1}`},
			ResourcePoolID: rid(8), ResourceTypeID: rid(90), ParentID: rid(1), GlobalAssetID: "asset", Tags: []string{"t"},
		}
		if !reflect.DeepEqual(asked, want) || refs != (backend.ResourceRefs{PoolID: "native-8", TypeID: "native-90", ParentID: "native-1"}) {
			t.Errorf("the backend was asked for %+v with %+v", asked, refs)
		}
		page := list(t, s, defaultScope, inventory.Query{Filter: filter(t, "(eq,resourcePoolId,"+string(rid(8))+")")})
		if got := itemNames(page); !slices.Equal(got, []string{"r1", "new"}) || page.Items[1] != item {
			t.Errorf("after the create the pool has %q", got)
		}
	})
}

func TestRefusedWrites(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	createPool := func(spec inventory.ResourcePoolSpec) func(*Service) error {
		return func(s *Service) error {
			item, err := s.ResourcePools().Create(t.Context(), defaultScope, spec)
			if item != nil {
				return errors.New("an item beside an error")
			}
			return err
		}
	}
	createResource := func(change func(*inventory.ResourceSpec)) func(*Service) error {
		return func(s *Service) error {
			spec := inventory.ResourceSpec{ResourcePoolID: rid(8), ResourceTypeID: rid(90), Name: "new"}
			change(&spec)
			_, err := s.Resources().Create(t.Context(), defaultScope, spec)
			return err
		}
	}
	tests := map[string]struct {
		do   func(*Service) error
		want string
	}{
		"no name":           {createPool(inventory.ResourcePoolSpec{}), "name is mandatory"},
		"a long name":       {createPool(inventory.ResourcePoolSpec{Name: strings.Repeat("ä", 256)}), "name has 256 characters; at most 255 are allowed"},
		"no text":           {createPool(inventory.ResourcePoolSpec{Name: "\xff"}), "name is not UTF-8"},
		"a name of lines":   {createPool(inventory.ResourcePoolSpec{Name: "a\nb"}), "name holds the control character U+000A; leave it out"},
		"a NUL":             {createPool(inventory.ResourcePoolSpec{Name: "n", Description: "a\x00"}), "description holds the control character U+0000; leave it out"},
		"a long text":       {createPool(inventory.ResourcePoolSpec{Name: "n", Description: long(4097)}), "description has 4097 characters; at most 4096 are allowed"},
		"a long place":      {createPool(inventory.ResourcePoolSpec{Name: "n", Location: long(256)}), "location has 256 characters; at most 255 are allowed"},
		"great extensions":  {createPool(inventory.ResourcePoolSpec{Name: "n", Extensions: o2.JSON(`{"a":"` + long(64<<10) + `"}`)}), "extensions has 65544 bytes; at most 65536 are allowed"},
		"no pool":           {createResource(func(s *inventory.ResourceSpec) { s.ResourcePoolID = "" }), "resourcePoolId is mandatory"},
		"no type":           {createResource(func(s *inventory.ResourceSpec) { s.ResourceTypeID = "" }), "resourceTypeId is mandatory"},
		"an unknown pool":   {createResource(func(s *inventory.ResourceSpec) { s.ResourcePoolID = rid(77) }), "resourcePoolId names no resource pool that you can create resources in"},
		"an unknown type":   {createResource(func(s *inventory.ResourceSpec) { s.ResourceTypeID = rid(77) }), "resourceTypeId names no resource type that you can see"},
		"an unknown parent": {createResource(func(s *inventory.ResourceSpec) { s.ParentID = rid(77) }), "parentId names no resource that you can see"},
		"another's type":    {createResource(func(s *inventory.ResourceSpec) { s.ResourceTypeID = rid(91) }), "resourceTypeId belongs to another backend than the resource pool"},
		"many tags":         {createResource(func(s *inventory.ResourceSpec) { s.Tags = make([]string, 101) }), "tags has more than 100 entries"},
		"a bad tag":         {createResource(func(s *inventory.ResourceSpec) { s.Tags = []string{"a\tb"} }), "tags holds the control character U+0009; leave it out"},
		"an unknown id": {func(s *Service) error {
			_, err := s.ResourcePools().Update(t.Context(), defaultScope, rid(77), inventory.ResourcePoolSpec{Name: "n"})
			return err
		}, "not found"},
		"an unknown id and a bad body": {func(s *Service) error {
			_, err := s.ResourcePools().Update(t.Context(), defaultScope, rid(77), inventory.ResourcePoolSpec{})
			return err
		}, "name is mandatory"},
		"a delete of another kind": {func(s *Service) error { return s.ResourcePools().Delete(t.Context(), defaultScope, rid(1)) }, "not found"},
		"no caller": {func(s *Service) error {
			return s.ResourcePools().Delete(t.Context(), scope.Scope{}, rid(8))
		}, "denied"},
		"no backend": {func(s *Service) error {
			s.SetRouter(everywhere("nowhere"))
			return createPool(inventory.ResourcePoolSpec{Name: "n"})(s)
		}, "no enabled adapter takes this request"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b := writable(t)
				stocked(s, "other", resourceType(91, "other"))
				if err := tt.do(s); err == nil || err.Error() != tt.want {
					t.Errorf("error %v, want %s", err, tt.want)
				}
				if len(b.calls) != 0 {
					t.Errorf("the backend was called: %q", b.calls)
				}
			})
		})
	}
}

// everyWrite calls each of the five writes, all of which would succeed.
var everyWrite = map[authz.Request]func(*testing.T, *Service) error{
	{Resource: "ResourcePool", Action: authz.ActionCreate}: func(t *testing.T, s *Service) error {
		_, err := s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "n"})
		return err
	},
	{Resource: "ResourcePool", Action: authz.ActionUpdate}: func(t *testing.T, s *Service) error {
		_, err := s.ResourcePools().Update(t.Context(), defaultScope, rid(8), inventory.ResourcePoolSpec{Name: "n"})
		return err
	},
	{Resource: "ResourcePool", Action: authz.ActionDelete}: func(t *testing.T, s *Service) error {
		return s.ResourcePools().Delete(t.Context(), defaultScope, rid(8))
	},
	{Resource: "Resource", Action: authz.ActionCreate}: func(t *testing.T, s *Service) error {
		_, err := s.Resources().Create(t.Context(), defaultScope, inventory.ResourceSpec{ResourcePoolID: rid(8), ResourceTypeID: rid(90)})
		return err
	},
	{Resource: "Resource", Action: authz.ActionDelete}: func(t *testing.T, s *Service) error {
		return s.Resources().Delete(t.Context(), defaultScope, rid(1))
	},
}

func TestEveryWrite(t *testing.T) {
	capabilities := map[authz.Request]string{
		{Resource: "ResourcePool", Action: authz.ActionCreate}: backend.CapResourcePoolCreate,
		{Resource: "ResourcePool", Action: authz.ActionUpdate}: backend.CapResourcePoolUpdate,
		{Resource: "ResourcePool", Action: authz.ActionDelete}: backend.CapResourcePoolDelete,
		{Resource: "Resource", Action: authz.ActionCreate}:     backend.CapResourceCreate,
		{Resource: "Resource", Action: authz.ActionDelete}:     backend.CapResourceDelete,
	}
	failure := &backend.Error{Backend: "b", Source: backend.SourceBackend, Code: backend.ErrConflict, Message: "no"}
	for request, call := range everyWrite {
		t.Run(request.Resource+" "+string(request.Action), func(t *testing.T) {
			t.Run("succeeds", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, b := writable(t)
					if err := call(t, s); err != nil || len(b.calls) != 1 {
						t.Errorf("error %v after the calls %q", err, b.calls)
					}
				})
			})
			t.Run("is denied", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, b := writable(t, func(c *Config) { c.Authorizer = allow{request: authz.ErrDenied} })
					if err := call(t, s); !errors.Is(err, authz.ErrDenied) || len(b.calls) != 0 {
						t.Errorf("error %v after the calls %q", err, b.calls)
					}
				})
			})
			t.Run("lacks its capability", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, b := writable(t)
					b.mu.Lock()
					b.info.Capabilities = slices.DeleteFunc(b.info.Capabilities, func(c string) bool { return c == capabilities[request] })
					b.mu.Unlock()
					err := call(t, s)
					var refused *backend.Error
					if !errors.As(err, &refused) || !errors.Is(err, backend.ErrUnsupported) || refused.Source != backend.SourceCaller ||
						refused.Message != "its plugin lacks the capability "+capabilities[request] || len(b.calls) != 0 {
						t.Errorf("error %v after the calls %q", err, b.calls)
					}
				})
			})
			t.Run("fails in the backend", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, b := writable(t)
					before := b.feedState(s)
					b.create = func(o2.Object, backend.ResourceRefs) (o2.Object, error) { return nil, failure }
					b.update = func(*o2.ResourcePool) (*o2.ResourcePool, error) { return nil, failure }
					b.del = func(string) error { return failure }
					if err := call(t, s); !errors.Is(err, failure) {
						t.Errorf("error %v, want the backend's", err)
					}
					if b.feedState(s) != before {
						t.Error("a failed write changed the view")
					}
				})
			})
		})
	}
}

func (f *fake) feedState(s *Service) *state { return s.shelf.view(f.name).state.Load() }

func TestResultsThatCannotBeShown(t *testing.T) {
	unsealed := &o2.ResourcePool{Header: o2.Header{ID: rid(20), Backend: "b"}}
	for name, tt := range map[string]struct {
		made *o2.ResourcePool
		want string
	}{
		"nothing":            {nil, "an object is missing"},
		"another's":          {pool(20, "other"), "an object names another backend as its own"},
		"not sealed":         {unsealed, "an object is not sealed"},
		"an id taken":        {pool(30, "b"), "another backend holds the same id"},
		"an object of no id": {&o2.ResourcePool{Header: o2.Header{Backend: "b"}}, "an object has no id"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b := writable(t)
				stocked(s, "other", pool(30, "other"))
				b.create = func(o2.Object, backend.ResourceRefs) (o2.Object, error) { return tt.made, nil }
				item, err := s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "n"})
				want := "backend b: broken answer: the request was carried out, but its result cannot be shown: " + tt.want
				if item != nil || !errors.Is(err, backend.ErrBroken) || err.Error() != want {
					t.Errorf("Create = %v, %v; want %s", item, err, want)
				}
			})
		})
	}
}
