package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
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

// TestSharedIsReadAndNotChanged, unless the permission to change it extends to it;
// and what cannot be changed is as what is not there.
func TestSharedIsReadAndNotChanged(t *testing.T) {
	acme := scope.New(scope.Identity{Tenant: "acme"})
	for name, tt := range map[string]struct {
		change  scope.Reach
		allowed bool
	}{
		"with a permission over its own":  {scope.ReachTenant, false},
		"with a permission over both":     {scope.ReachTenant | scope.ReachShared, true},
		"with a permission over everyone": {scope.ReachAll, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				both := scope.ReachTenant | scope.ReachShared
				s, b := writable(t, shared(reaching{
					authz.ActionRead: both, authz.ActionList: both,
					authz.ActionCreate: tt.change, authz.ActionUpdate: tt.change, authz.ActionDelete: tt.change,
				}))
				if _, _, err := s.Get(t.Context(), acme, o2.KindResourcePool, rid(8)); err != nil {
					t.Errorf("a shared pool cannot be read: %v", err)
				}
				calls := map[string]func(pool, resource o2.ID) error{
					"create": func(pool, _ o2.ID) error {
						_, err := s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: pool, ResourceTypeID: rid(90)})
						return err
					},
					"update": func(pool, _ o2.ID) error {
						_, err := s.ResourcePools().Update(t.Context(), acme, pool, inventory.ResourcePoolSpec{Name: "n"})
						return err
					},
					"delete":      func(_, resource o2.ID) error { return s.Resources().Delete(t.Context(), acme, resource) },
					"delete pool": func(pool, _ o2.ID) error { return s.ResourcePools().Delete(t.Context(), acme, pool) },
				}
				for _, call := range []string{"create", "update", "delete", "delete pool"} {
					unknown := calls[call](rid(77), rid(77))
					if err := calls[call](rid(8), rid(1)); tt.allowed && err != nil || !tt.allowed && (err == nil || err.Error() != unknown.Error()) {
						t.Errorf("%s: %v, and of what is not there: %v", call, err, unknown)
					}
				}
				if want := map[bool]int{true: 4}[tt.allowed]; len(b.calls) != want {
					t.Errorf("the backend was called: %q", b.calls)
				}
			})
		})
	}
}

// TestWhatIsCreatedMustBeCovered: a permission over what is shared makes nothing of
// a tenant's, nor one over a tenant's anything of the platform's.
func TestWhatIsCreatedMustBeCovered(t *testing.T) {
	for name, tt := range map[string]struct {
		scope scope.Scope
		reach scope.Reach
		want  bool
	}{
		"a tenant's, over its own":     {scope.New(scope.Identity{Tenant: "acme"}), scope.ReachTenant, true},
		"a tenant's, over shared":      {scope.New(scope.Identity{Tenant: "acme"}), scope.ReachShared, false},
		"the platform's, over its own": {platform, scope.ReachTenant, false},
		"the platform's, over all":     {platform, scope.ReachAll, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b := writable(t, multiTenant, func(c *Config) {
					c.Authorizer = reaching{authz.ActionCreate: tt.reach, "": scope.ReachAll}
				})
				_, err := s.ResourcePools().Create(t.Context(), tt.scope, inventory.ResourcePoolSpec{Name: "n"})
				if tt.want && err != nil || !tt.want && !errors.Is(err, authz.ErrDenied) || len(b.calls) != map[bool]int{true: 1}[tt.want] {
					t.Errorf("Create gives %v after the calls %q", err, b.calls)
				}
			})
		})
	}
}

func labelled(t *o2.ResourceType, tenant string) *o2.ResourceType {
	t.Tenant = tenant
	o2.Seal(t)
	return t
}

// TestATypeThatMayBeReadMayBeUsed, though creating extends to less than reading;
// one that may not be read may not.
func TestATypeThatMayBeReadMayBeUsed(t *testing.T) {
	acme := scope.New(scope.Identity{Tenant: "acme"})
	for name, tt := range map[string]struct {
		read scope.Reach
		want string
	}{
		"shared types are readable": {scope.ReachTenant | scope.ReachShared, ""},
		"its own alone are":         {scope.ReachTenant, "resourceTypeId names no resource type that you can see"},
		"none are":                  {0, "resourceTypeId names no resource type that you can see"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b := writable(t, shared(reaching{authz.ActionRead: tt.read, "": scope.ReachTenant}))
				item, err := s.ResourcePools().Create(t.Context(), acme, inventory.ResourcePoolSpec{Name: "own"})
				must(t, err)
				spec := inventory.ResourceSpec{ResourcePoolID: item.Object().Head().ID, ResourceTypeID: rid(90)}
				made, err := s.Resources().Create(t.Context(), acme, spec)
				if got := fmt.Sprint(err); err != nil && got != tt.want || err == nil && tt.want != "" {
					t.Errorf("Create = %v, %v; want %q", made, err, tt.want)
				}
				if called := slices.Contains(b.calls, "create resource "); called != (tt.want == "") {
					t.Errorf("calls %q", b.calls)
				}
			})
		})
	}
}

// TestWhatAPluginMakesForAnother is not shown as the caller's, whatever the plugin
// calls it.
func TestWhatAPluginMakesForAnother(t *testing.T) {
	acme := scope.New(scope.Identity{Tenant: "acme"})
	for _, made := range []string{"bolt", "", "ACME", "*", "platform", "acme "} {
		for name, write := range map[string]func(*Service) (inventory.Item, error){
			"a pool": func(s *Service) (inventory.Item, error) {
				return s.ResourcePools().Create(t.Context(), acme, inventory.ResourcePoolSpec{Name: "n"})
			},
			"a resource": func(s *Service) (inventory.Item, error) {
				return s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: rid(7), ResourceTypeID: rid(90)})
			},
			"a change": func(s *Service) (inventory.Item, error) {
				return s.ResourcePools().Update(t.Context(), acme, rid(7), inventory.ResourcePoolSpec{Name: "n"})
			},
		} {
			t.Run(fmt.Sprintf("%s for %q", name, made), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var logged bytes.Buffer
					s, b := writable(t, shared(reaching{"": scope.ReachTenant | scope.ReachShared}), func(c *Config) {
						c.Log = slog.New(slog.NewTextHandler(&logged, nil))
					})
					v := s.shelf.view("b")
					v.shelf.mu.Lock()
					v.put([]o2.Object{pool(7, "b", func(p *o2.ResourcePool) { p.Tenant = "acme" })})
					v.shelf.mu.Unlock()
					b.create = func(o o2.Object, _ backend.ResourceRefs) (o2.Object, error) {
						if _, isPool := o.(*o2.ResourcePool); isPool {
							return pool(20, "b", func(p *o2.ResourcePool) { p.Tenant = made }), nil
						}
						return resource(20, owned(made)), nil
					}
					b.update = func(p *o2.ResourcePool) (*o2.ResourcePool, error) {
						changed := *p
						changed.Tenant = made
						o2.Seal(&changed)
						return &changed, nil
					}
					before := b.feedState(s)
					item, err := write(s)
					want := "backend b: broken answer: the request was carried out, but its result cannot be shown: it is not of the tenant that it was to be made for"
					if item != nil || !errors.Is(err, backend.ErrBroken) || err.Error() != want {
						t.Errorf("got %v, %v; want %s", item, err, want)
					}
					if b.feedState(s) != before {
						t.Error("it is in the view")
					}
					if !strings.Contains(logged.String(), "another tenant than it was told") || !strings.Contains(logged.String(), "asked=acme made=") {
						t.Errorf("log: %s", logged.String())
					}
				})
			})
		}
	}
}

// TestOneTenantTakesWhatComes: without tenancy a plugin may call its tenants what
// it likes.
func TestOneTenantTakesWhatComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := writable(t)
		b.create = func(o2.Object, backend.ResourceRefs) (o2.Object, error) {
			return pool(20, "b", func(p *o2.ResourcePool) { p.Tenant = "theirs" }), nil
		}
		if _, err := s.ResourcePools().Create(t.Context(), defaultScope, inventory.ResourcePoolSpec{Name: "n"}); err != nil {
			t.Error(err)
		}
	})
}

// TestCreatingPoolsTakesAPermissionOverOnesTenant: a permission over shared objects
// alone does not do. Resources it lets one make in shared pools.
func TestCreatingPoolsTakesAPermissionOverOnesTenant(t *testing.T) {
	odd := scope.New(scope.Identity{Tenant: "odd"})
	for name, tt := range map[string]struct {
		scope scope.Scope
		reach scope.Reach
		want  bool
	}{
		"its tenant's":               {odd, scope.ReachTenant, true},
		"shared":                     {odd, scope.ReachShared, false},
		"all":                        {odd, scope.ReachAll, true},
		"the platform, its tenant's": {platform, scope.ReachTenant, false},
		"the platform, shared":       {platform, scope.ReachShared, true}, // unlabelled, it is everyone's
		"the platform, all":          {platform, scope.ReachAll, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := service(shared(reaching{"": tt.reach}))
			_, err := s.ResourcePools().Create(t.Context(), tt.scope, inventory.ResourcePoolSpec{Name: "new"})
			if refused := errors.Is(err, authz.ErrDenied); refused == tt.want {
				t.Error(err)
			}
		})
	}
}
