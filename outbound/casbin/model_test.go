package casbin_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
)

// permitted is what the rules say, in the plainest way: what a caller may do is
// what any of the roles that it holds permits.
func permitted(c content, id scope.Identity, r authz.Request) (reach scope.Reach) {
	if id.User == "" || id.Tenant == "" && !id.Platform || id.Tenant == scope.PlatformTenant {
		return 0
	}
	platform := id.Tenant == "" && id.Platform
	home := id.Tenant
	if platform {
		home = scope.PlatformTenant
	} else if status, ok := c.tenants[home]; !ok || status == o2.TenantDeleted {
		return 0
	}
	disabled, known := c.users[home+"/"+id.User]
	for _, role := range c.roles[home] {
		held := known && !disabled && slices.Contains(c.bound[home+"/"+id.User], role.Name)
		held = held || !disabled && slices.Contains(id.Roles, role.Name)
		held = held || platform && role.Name == "platform-admin" && slices.Contains(c.admins, id.User)
		if !held || role.System && !platform {
			continue
		}
		for _, p := range role.Permissions {
			if (p.Resource == r.Resource || p.Resource == "*") && (p.Action == string(r.Action) || p.Action == "manage") {
				reach |= map[string]scope.Reach{"tenant": own, "shared": shared, "all": all}[p.Scope]
			}
		}
	}
	return reach
}

// drawn makes up a directory. Names are few, so that they meet.
func drawn(t *rapid.T) content {
	c := content{admins: []string{"w"}, tenants: map[string]o2.TenantStatus{}, users: map[string]bool{}, bound: map[string][]string{}, roles: map[string][]*o2.Role{}}
	for _, tenant := range []string{"a", "b"} {
		if status := rapid.SampledFrom([]o2.TenantStatus{"", o2.TenantActive, o2.TenantActive, o2.TenantDeleted}).Draw(t, "status"); status != "" {
			c.tenants[tenant] = status
		}
	}
	for _, home := range []string{"a", "b", scope.PlatformTenant} {
		for _, user := range []string{"u", "v"} {
			if rapid.Bool().Draw(t, "known") {
				c.users[home+"/"+user] = rapid.IntRange(0, 4).Draw(t, "disabled") == 0
			}
			c.bound[home+"/"+user] = rapid.SliceOfN(roleName(), 0, 3).Draw(t, "bound")
		}
		for _, name := range roleNames {
			if rapid.Bool().Draw(t, "defined") {
				c.roles[home] = append(c.roles[home], &o2.Role{
					Name: name, System: rapid.Bool().Draw(t, "system"), Permissions: rapid.SliceOfN(permission(), 0, 4).Draw(t, "permissions"),
				})
			}
		}
	}
	return c
}

var (
	roleNames = []string{"platform-admin", "owner", "r1", "r2"}
	nouns     = []string{"Resource", "ResourcePool", "Quota"}
	verbs     = []string{"list", "read", "create", "delete"}
)

func roleName() *rapid.Generator[string] {
	return rapid.SampledFrom(append([]string{"none"}, roleNames...))
}

func permission() *rapid.Generator[o2.Permission] {
	return rapid.Custom(func(t *rapid.T) o2.Permission {
		return o2.Permission{
			Resource: rapid.SampledFrom(append([]string{"*"}, nouns...)).Draw(t, "resource"),
			Action:   rapid.SampledFrom(append([]string{"manage"}, verbs...)).Draw(t, "action"),
			Scope:    rapid.SampledFrom([]string{"tenant", "tenant", "shared", "shared", "all", "nonsense"}).Draw(t, "scope"),
		}
	})
}

func identity() *rapid.Generator[scope.Identity] {
	return rapid.Custom(func(t *rapid.T) scope.Identity {
		return scope.Identity{
			Tenant:   rapid.SampledFrom([]string{"", "a", "b", "c", scope.PlatformTenant}).Draw(t, "tenant"),
			User:     rapid.SampledFrom([]string{"", "u", "v", "w"}).Draw(t, "user"),
			Roles:    rapid.SliceOfN(roleName(), 0, 2).Draw(t, "credentials"),
			Platform: rapid.Bool().Draw(t, "platform"),
		}
	})
}

func TestDecidesAsTheModelDoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDirectory(content{})
		a := authorizer(t, d)
		for range rapid.IntRange(1, 3).Draw(rt, "epochs") {
			c := drawn(rt)
			d.set(c)
			for range 20 {
				id := identity().Draw(rt, "identity")
				r := authz.Request{Resource: rapid.SampledFrom(nouns).Draw(rt, "noun"), Action: authz.Action(rapid.SampledFrom(verbs).Draw(rt, "verb"))}
				want := permitted(c, id, r)
				for range 2 {
					sc, err := a.Authorize(t.Context(), scope.New(id), r)
					got := sc.Reach()
					if want.Has(all) && got.Has(all) {
						got = want // all covers the rest, which need not be told
					}
					if got != want || (want == 0) != errors.Is(err, authz.ErrDenied) || want != 0 && err != nil {
						rt.Fatalf("%+v, %v: got reach %d, %v, want %d", id, r, got, err, want)
					}
				}
			}
		}
	})
}

// While the directory changes, each answer is one that a content which was in
// force during the question gives, and after the last change it is the last one's.
func TestAnswersUnderChangesAreOldOrNew(t *testing.T) {
	contents := make([]content, 2)
	for i, role := range []string{"owner", "viewer"} {
		contents[i] = world()
		contents[i].bound["alpha/nothing"] = []string{role}
		contents[i].roles["beta"] = contents[i].roles["beta"][i:]
	}
	d := newDirectory(contents[0])
	a := authorizer(t, d)
	ask := func(user string, action authz.Action) scope.Reach {
		sc, err := a.Authorize(t.Context(), scope.New(tenantUser("alpha", user)), authz.Request{Resource: "Resource", Action: action})
		if err != nil && !errors.Is(err, authz.ErrDenied) {
			t.Error(err)
		}
		return sc.Reach()
	}
	var asking sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		asking.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if got := ask("nothing", authz.ActionRead); got != both {
					t.Errorf("read: got %d, want %d", got, both)
				}
				if got := ask("nothing", authz.ActionCreate); got != own && got != 0 {
					t.Errorf("create: got %d, want %d or nothing", got, own)
				}
				if got := ask(fmt.Sprintf("stranger-%d-%d", i, n), authz.ActionRead); got != 0 {
					t.Errorf("a stranger: got %d", got)
				}
			}
		})
	}
	for i := range 500 {
		d.set(contents[i%2])
		want := []scope.Reach{own, 0}[i%2]
		if got := ask("nothing", authz.ActionCreate); got != want {
			t.Fatalf("change %d: got %d, want %d", i, got, want)
		}
	}
	close(done)
	asking.Wait()
}
