package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
)

// reaching gives everyone the reach of the request's action, or the one under "".
type reaching map[authz.Action]scope.Reach

func (r reaching) Authorize(_ context.Context, sc scope.Scope, q authz.Request) (scope.Scope, error) {
	reach, ok := r[q.Action]
	if !ok {
		reach = r[""]
	}
	if reach == 0 {
		return scope.Scope{}, fmt.Errorf("%w: %s of %s", authz.ErrDenied, q.Action, q.Resource)
	}
	return sc.Within(reach), nil
}

func shared(reach reaching) func(*Config) {
	return func(c *Config) {
		c.Tenancy, c.Authorizer = Tenancy{SharedUnlabelled: true}, reach
	}
}

func TestOwners(t *testing.T) {
	const everyones, platforms = scope.SharedOwner, ""
	for label, want := range map[string][2]string{
		"acme":                   {"acme", "acme"},
		"a":                      {"a", "a"},
		"0-9":                    {"0-9", "0-9"},
		strings.Repeat("x", 63):  {strings.Repeat("x", 63), strings.Repeat("x", 63)},
		"":                       {platforms, everyones},
		"*":                      {platforms, platforms},
		" ":                      {platforms, platforms},
		" acme":                  {platforms, platforms},
		"acme\n":                 {platforms, platforms},
		"acme\x00":               {platforms, platforms},
		"\x00":                   {platforms, platforms},
		"ACME":                   {platforms, platforms},
		"platform":               {platforms, platforms},
		"acme.platform":          {platforms, platforms},
		"-acme":                  {platforms, platforms},
		"acmé":                   {platforms, platforms},
		"a/b":                    {platforms, platforms},
		strings.Repeat("x", 64):  {platforms, platforms},
		strings.Repeat("x", 1e6): {platforms, platforms},
	} {
		o := resource(1, owned(label))
		for i, tenancy := range []Tenancy{{}, {SharedUnlabelled: true}} {
			if got := tenancy.ownerOf(o); got != want[i] {
				t.Errorf("unlabelled shared: %v: an object labelled %.20q belongs to %.20q, want %.20q", i == 1, label, got, want[i])
			}
		}
		for _, unlabelled := range []bool{false, true} {
			if got := (Tenancy{SingleTenant: true, SharedUnlabelled: unlabelled}).ownerOf(o); got != scope.DefaultTenant {
				t.Errorf("with one tenant an object labelled %.20q belongs to %.20q", label, got)
			}
		}
	}
}

// TestWhoSeesWhat has two tenants' objects, shared ones and the platform's beside
// each other, in every position of the list.
func TestWhoSeesWhat(t *testing.T) {
	owners := []string{"odd", "", "even", "*", "odd", "", "even", "platform", "odd", "", "even", "ODD"}
	var objects []o2.Object
	for i, owner := range owners {
		objects = append(objects, resource(i+1, owned(owner), in(rid(80), rid(90))))
	}
	odd, even, operator := scope.New(scope.Identity{Tenant: "odd"}), scope.New(scope.Identity{Tenant: "even"}), platform
	for name, tt := range map[string]struct {
		scope scope.Scope
		reach scope.Reach
		want  []int
	}{
		"its tenant's":            {odd, scope.ReachTenant, []int{1, 5, 9}},
		"another's":               {even, scope.ReachTenant, []int{3, 7, 11}},
		"shared":                  {odd, scope.ReachShared, []int{2, 6, 10}},
		"both":                    {odd, scope.ReachTenant | scope.ReachShared, []int{1, 2, 5, 6, 9, 10}},
		"all":                     {odd, scope.ReachAll, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		"the platform":            {operator, scope.ReachAll, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
		"the platform, shared":    {operator, scope.ReachShared, []int{2, 6, 10}},
		"the platform, its own":   {operator, scope.ReachTenant, []int{}},
		"a tenant of that name":   {scope.New(scope.Identity{Tenant: "platform"}), scope.ReachTenant, []int{}},
		"a tenant named as if so": {scope.New(scope.Identity{Tenant: "*"}), scope.ReachTenant, []int{}},
		"a tenant without any":    {scope.New(scope.Identity{Tenant: "third"}), scope.ReachTenant, []int{}},
		"upper case":              {scope.New(scope.Identity{Tenant: "ODD"}), scope.ReachTenant, []int{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := service(shared(reaching{"": tt.reach}))
			stocked(s, "b", objects...)
			want := []string{}
			for _, n := range tt.want {
				want = append(want, fmt.Sprintf("r%d", n))
			}
			var ids []string
			for i := range owners {
				ids = append(ids, string(rid(i+1)))
			}
			for filtered, expression := range map[string]string{
				"all of them": "", "by pool": "(eq,resourcePoolId," + string(rid(80)) + ")", "by type": "(eq,resourceTypeId," + string(rid(90)) + ")",
				"by id": "(in,resourceId," + strings.Join(ids, ",") + ")", "by what no index knows": "(neq,name,x)",
			} {
				for _, limit := range []int{1, 2, 5, 100} {
					got, q := []string{}, inventory.Query{Limit: limit}
					if expression != "" {
						q.Filter = filter(t, expression)
					}
					for more := true; more; {
						page := list(t, s, tt.scope, q)
						got = append(got, itemNames(page)...)
						if more = page.More; more {
							q.After = page.Items[len(page.Items)-1].Object().Head().ID
						}
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s, %d at a time: %q, want %q", filtered, limit, got, want)
					}
				}
			}
			for n := range len(owners) + 1 {
				_, _, err := s.Get(t.Context(), tt.scope, o2.KindResource, rid(n+1))
				if slices.Contains(tt.want, n+1) != (err == nil) || err != nil && err.Error() != "not found" {
					t.Errorf("Get of %d gives %v", n+1, err)
				}
			}
		})
	}
}

// TestNobodyIsAnsweredFromAnothersPage: what is remembered is remembered for one
// tenant and one reach.
func TestNobodyIsAnsweredFromAnothersPage(t *testing.T) {
	owners := []string{"", "a", "b", "platform"}
	rapid.Check(t, func(rt *rapid.T) {
		reach := reaching{}
		s := service(shared(reach))
		var objects []o2.Object
		for n := range 12 {
			objects = append(objects, resource(n, owned(rapid.SampledFrom(owners).Draw(rt, "owner"))))
		}
		stocked(s, "b", objects...)
		for range 30 {
			tenant := rapid.SampledFrom([]string{"a", "b", ""}).Draw(rt, "tenant")
			sc := scope.New(scope.Identity{Tenant: tenant, Platform: tenant == ""})
			reach[""] = scope.Reach(rapid.IntRange(1, 7).Draw(rt, "reach"))
			want := []string{}
			for _, o := range objects {
				if reach[""].Covers(tenant, s.shelf.tenancy.ownerOf(o)) {
					want = append(want, o.Head().Name)
				}
			}
			page, err := s.List(t.Context(), sc, inventory.Query{Kind: o2.KindResource, Limit: 100})
			if got := itemNames(page); err != nil || !slices.Equal(got, want) {
				rt.Fatalf("tenant %q with reach %v got %q (%v), want %q", tenant, reach[""], got, err, want)
			}
		}
	})
}

// TestAnothersIsAsNone in every position of a write: the same error, to the letter,
// and no call.
func TestAnothersIsAsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := writable(t, func(c *Config) { c.Tenancy = Tenancy{} })
		theirs, _ := watching("theirs")
		theirs.watch = func(ctx context.Context, sink backend.Sink) error {
			must(t, sendSnapshot(sink,
				pool(30, "theirs", func(p *o2.ResourcePool) { p.Tenant = "bolt" }), pool(31, "theirs", func(p *o2.ResourcePool) { p.Tenant = "acme" }),
				resource(32, of("theirs"), owned("bolt"), in(rid(30), rid(33))), resource(34, of("theirs"), owned("acme"), in(rid(31), rid(35))),
				labelled(resourceType(33, "theirs"), "bolt"), labelled(resourceType(35, "theirs"), "acme")))
			<-ctx.Done()
			return ctx.Err()
		}
		attach(t, s, theirs, FeedConfig{})
		acme := scope.New(scope.Identity{Tenant: "acme"})
		for name, call := range map[string]func(id o2.ID) error{
			"get": func(id o2.ID) error {
				_, _, err := s.Get(t.Context(), acme, o2.KindResource, id)
				return err
			},
			"update": func(id o2.ID) error {
				_, err := s.ResourcePools().Update(t.Context(), acme, id, inventory.ResourcePoolSpec{Name: "n"})
				return err
			},
			"delete":        func(id o2.ID) error { return s.Resources().Delete(t.Context(), acme, id) },
			"delete a pool": func(id o2.ID) error { return s.ResourcePools().Delete(t.Context(), acme, id) },
			"a new resource's pool": func(id o2.ID) error {
				_, err := s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: id, ResourceTypeID: rid(35)})
				return err
			},
			"a new resource's type": func(id o2.ID) error {
				_, err := s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: rid(31), ResourceTypeID: id})
				return err
			},
			"a new resource's parent": func(id o2.ID) error {
				_, err := s.Resources().Create(t.Context(), acme, inventory.ResourceSpec{ResourcePoolID: rid(31), ResourceTypeID: rid(35), ParentID: id})
				return err
			},
		} {
			unknown := call(rid(77))
			for _, id := range []o2.ID{rid(30), rid(32), rid(33), rid(8), rid(1), rid(90)} {
				if err := call(id); err == nil || err.Error() != unknown.Error() {
					t.Errorf("%s: %v, and of what is not there: %v", name, err, unknown)
				}
			}
		}
		if len(b.calls)+len(theirs.calls) != 0 {
			t.Errorf("backends were called: %q %q", b.calls, theirs.calls)
		}
	})
}
