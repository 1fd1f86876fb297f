package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

func list(t testing.TB, s *Service, sc scope.Scope, q inventory.Query) inventory.Page {
	t.Helper()
	q.Kind = o2.KindResource
	if q.Limit == 0 {
		q.Limit = 100
	}
	page, err := s.List(t.Context(), sc, q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// threeBackends holds resources 1 to 9, spread over three backends, two pools,
// three types and two tenants.
func threeBackends(change ...func(*Config)) *Service {
	s := service(change...)
	for b, name := range []string{"a", "b", "c"} {
		var objects []o2.Object
		for n := 1 + b; n <= 9; n += 3 {
			tenant := "odd"
			if n%2 == 0 {
				tenant = "even"
			}
			objects = append(objects, resource(n, of(name), owned(tenant), in(rid(80+n%2), rid(90+n%3))))
		}
		stocked(s, name, objects...)
	}
	return s
}

func TestListMergesAndSelects(t *testing.T) {
	odd, even := scope.New(scope.Identity{Tenant: "odd"}), scope.New(scope.Identity{Tenant: "even"})
	tests := map[string]struct {
		scope  scope.Scope
		filter string
		query  inventory.Query
		want   []string
		more   bool
	}{
		"platform sees all, in order":    {platform, "", inventory.Query{}, []string{"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9"}, false},
		"a tenant sees its own":          {odd, "", inventory.Query{}, []string{"r1", "r3", "r5", "r7", "r9"}, false},
		"another tenant sees its own":    {even, "", inventory.Query{}, []string{"r2", "r4", "r6", "r8"}, false},
		"a page":                         {platform, "", inventory.Query{Limit: 4}, []string{"r1", "r2", "r3", "r4"}, true},
		"the next page":                  {platform, "", inventory.Query{Limit: 4, After: rid(4)}, []string{"r5", "r6", "r7", "r8"}, true},
		"the last page":                  {platform, "", inventory.Query{Limit: 4, After: rid(8)}, []string{"r9"}, false},
		"a page that ends with the list": {platform, "", inventory.Query{Limit: 5, After: rid(4)}, []string{"r5", "r6", "r7", "r8", "r9"}, false},
		"after the end":                  {platform, "", inventory.Query{After: rid(9)}, []string{}, false},
		"after an id that is gone":       {odd, "", inventory.Query{After: rid(2), Limit: 2}, []string{"r3", "r5"}, true},
		"by offset":                      {even, "", inventory.Query{Offset: 2, Limit: 1}, []string{"r6"}, true},
		"by an offset beyond the end":    {even, "", inventory.Query{Offset: 20}, []string{}, false},
		"more means more that is seen":   {odd, "", inventory.Query{Limit: 5}, []string{"r1", "r3", "r5", "r7", "r9"}, false},
		"by pool":                        {platform, "(eq,resourcePoolId," + string(rid(80)) + ")", inventory.Query{}, []string{"r2", "r4", "r6", "r8"}, false},
		"by another tenant's pool":       {odd, "(eq,resourcePoolId," + string(rid(80)) + ")", inventory.Query{}, []string{}, false},
		"by several pools":               {platform, "(in,resourcePoolId," + string(rid(80)) + "," + string(rid(81)) + ")", inventory.Query{Limit: 3, After: rid(2)}, []string{"r3", "r4", "r5"}, true},
		"by type":                        {odd, "(eq,resourceTypeId," + string(rid(90)) + ")", inventory.Query{}, []string{"r3", "r9"}, false},
		"by pool and type":               {platform, "(eq,resourcePoolId," + string(rid(80)) + ");(eq,resourceTypeId," + string(rid(90)) + ")", inventory.Query{}, []string{"r6"}, false},
		"by pool and name":               {platform, "(eq,resourcePoolId," + string(rid(80)) + ");(gt,name,r4)", inventory.Query{Offset: 1}, []string{"r8"}, false},
		"by id":                          {odd, "(in,resourceId," + string(rid(3)) + "," + string(rid(2)) + "," + string(rid(7)) + "," + string(rid(70)) + ")", inventory.Query{}, []string{"r3", "r7"}, false},
		"by id, next page":               {odd, "(in,resourceId," + string(rid(3)) + "," + string(rid(7)) + ")", inventory.Query{After: rid(3)}, []string{"r7"}, false},
		"by a name":                      {platform, "(eq,name,r5)", inventory.Query{}, []string{"r5"}, false},
		"by contradicting ids":           {platform, "(eq,resourceId," + string(rid(1)) + ");(eq,resourceId," + string(rid(2)) + ")", inventory.Query{}, []string{}, false},
	}
	s := threeBackends(multiTenant)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.filter != "" {
				tt.query.Filter = filter(t, tt.filter)
			}
			page := list(t, s, tt.scope, tt.query)
			if got := itemNames(page); !slices.Equal(got, tt.want) || page.More != tt.more {
				t.Errorf("page %q, more %v; want %q, %v", got, page.More, tt.want, tt.more)
			}
		})
	}
}

// TestAWalkPassesNobodyElses holds plans to the index: what a tenant's list walks
// over is the tenant's own, whatever it asks for.
func TestAWalkPassesNobodyElses(t *testing.T) {
	s := threeBackends(multiTenant)
	for expression, want := range map[string]int{
		"(eq,name,r1)": 5,
		"(eq,resourcePoolId," + string(rid(81)) + ")":                                             5,
		"(eq,resourcePoolId," + string(rid(80)) + ")":                                             0,
		"(eq,resourceTypeId," + string(rid(90)) + ")":                                             2,
		"(eq,resourceTypeId," + string(rid(90)) + ");(eq,resourcePoolId," + string(rid(81)) + ")": 2,
		"(eq,resourceId," + string(rid(3)) + ")":                                                  1,
	} {
		p := plan{scope: scope.New(scope.Identity{Tenant: "odd"}).Within(scope.ReachTenant), query: inventory.Query{Kind: o2.KindResource, Filter: filter(t, expression)}}
		for _, v := range s.shelf.views() {
			p.add(&v.state.Load().kinds[o2.KindResource])
		}
		if p.most != want {
			t.Errorf("%s walks over %d objects, want %d", expression, p.most, want)
		}
	}
}

func TestSingleTenantOwnsEverything(t *testing.T) {
	s := threeBackends()
	if got := itemNames(list(t, s, defaultScope, inventory.Query{})); len(got) != 9 {
		t.Errorf("the default tenant sees %q", got)
	}
	if got := itemNames(list(t, s, scope.New(scope.Identity{Tenant: "odd"}), inventory.Query{})); len(got) != 0 {
		t.Errorf("a tenant that cannot be sees %q", got)
	}
}

func TestUnlabelledBelongsToThePlatform(t *testing.T) {
	s := service(multiTenant)
	stocked(s, "b", resource(1), resource(2, owned("x")))
	if got := itemNames(list(t, s, scope.New(scope.Identity{Tenant: "x"}), inventory.Query{})); !slices.Equal(got, []string{"r2"}) {
		t.Errorf("tenant x sees %q", got)
	}
	if got := itemNames(list(t, s, platform, inventory.Query{})); !slices.Equal(got, []string{"r1", "r2"}) {
		t.Errorf("the platform sees %q", got)
	}
}

func TestListAsksInOrder(t *testing.T) {
	denied := fmt.Errorf("%w: needs Resource list", authz.ErrDenied)
	s := service(func(c *Config) { c.Authorizer = allow{{Resource: "Resource", Action: authz.ActionList}: denied} })
	if _, err := s.List(t.Context(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 1}); !errors.Is(err, denied) {
		t.Errorf("List gives %v, want the authorizer's error", err)
	}
	if _, err := s.List(t.Context(), scope.Scope{}, inventory.Query{Kind: o2.KindResourcePool, Limit: 1}); !errors.Is(err, authz.ErrDenied) {
		t.Errorf("List by nobody gives %v", err)
	}
	if _, err := s.List(t.Context(), defaultScope, inventory.Query{Kind: o2.KindResourcePool, Limit: 1}); !errors.Is(err, inventory.ErrNotSynced) {
		t.Errorf("List with no backend gives %v", err)
	}
}

func TestListPartialAndNotSynced(t *testing.T) {
	s := service()
	unread := testView(s.shelf, "unread")
	must(t, unread.session().Put([]o2.Object{resource(7, of("unread"))}))
	if _, err := s.List(t.Context(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 1}); !errors.Is(err, inventory.ErrNotSynced) {
		t.Errorf("List gives %v, want ErrNotSynced", err)
	}
	stocked(s, "b", resource(1))
	testView(s.shelf, "another")
	page := list(t, s, defaultScope, inventory.Query{})
	if !slices.Equal(page.Partial, []string{"another", "unread"}) || page.Stale != nil {
		t.Errorf("partial %q, stale %q", page.Partial, page.Stale)
	}
	s.SetRouter(only{"unread", "nowhere"})
	if _, err := s.List(t.Context(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: 1}); !errors.Is(err, inventory.ErrNotSynced) {
		t.Errorf("List of the unread one gives %v, want ErrNotSynced", err)
	}
	s.SetRouter(only{"b"})
	if page := list(t, s, defaultScope, inventory.Query{}); len(page.Items) != 1 || page.Partial != nil {
		t.Errorf("List of the read one gives %d items, partial %q", len(page.Items), page.Partial)
	}
}

func TestListHonoursItsContext(t *testing.T) {
	s := service()
	var objects []o2.Object
	for n := range 3 * contextStride {
		objects = append(objects, resource(n))
	}
	stocked(s, "b", objects...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := inventory.Query{Kind: o2.KindResource, Limit: 1, Filter: filter(t, "(eq,name,none)")}
	if _, err := s.List(ctx, defaultScope, q); !errors.Is(err, context.Canceled) {
		t.Errorf("a long list of a caller who has gone gives %v", err)
	}
}

func TestPageDigest(t *testing.T) {
	digest := func(q inventory.Query, objects ...o2.Object) o2.Digest {
		s := service()
		stocked(s, "b", objects...)
		return list(t, s, defaultScope, q).Digest
	}
	one := digest(inventory.Query{}, resource(1), resource(2))
	if digest(inventory.Query{}, resource(2), resource(1)) != one {
		t.Error("equal pages of two processes differ in their digest")
	}
	for name, other := range map[string]o2.Digest{
		"a changed object": digest(inventory.Query{}, resource(1), resource(2, named("x"))),
		"one object less":  digest(inventory.Query{}, resource(1)),
		"more to come":     digest(inventory.Query{Limit: 2}, resource(1), resource(2), resource(3)),
		"nothing":          digest(inventory.Query{}),
	} {
		if other == one {
			t.Errorf("%s has the same digest", name)
		}
	}
}

func TestGet(t *testing.T) {
	s := threeBackends(multiTenant)
	odd := scope.New(scope.Identity{Tenant: "odd"})
	item, freshness, err := s.Get(t.Context(), odd, o2.KindResource, rid(3))
	if err != nil || item.Object().Head().Name != "r3" || freshness.Partial != nil || freshness.Stale != nil {
		t.Fatalf("Get = %v, %+v, %v", item, freshness, err)
	}
	if string(item.Encoded(0)) != "r3" || string(item.Encoded(1)) != string(rid(3)) {
		t.Errorf("encodings %q and %q", item.Encoded(0), item.Encoded(1))
	}
	for name, tt := range map[string]struct {
		scope scope.Scope
		kind  o2.Kind
		id    o2.ID
		want  error
	}{
		"no such id":        {odd, o2.KindResource, rid(99), inventory.ErrNotFound},
		"another tenant's":  {odd, o2.KindResource, rid(2), inventory.ErrNotFound},
		"of another kind":   {odd, o2.KindResourcePool, rid(3), inventory.ErrNotFound},
		"no id at all":      {odd, o2.KindResource, "x", inventory.ErrNotFound},
		"nobody asks":       {scope.Scope{}, o2.KindResource, rid(3), authz.ErrDenied},
		"another's, nobody": {scope.Scope{}, o2.KindResource, rid(2), authz.ErrDenied},
	} {
		if item, _, err := s.Get(t.Context(), tt.scope, tt.kind, tt.id); item != nil || !errors.Is(err, tt.want) {
			t.Errorf("%s: Get = %v, %v; want %v", name, item, err, tt.want)
		}
	}
	testView(s.shelf, "unread")
	for _, id := range []o2.ID{rid(99), rid(2)} { // absent and another's: alike
		if _, _, err := s.Get(t.Context(), odd, o2.KindResource, id); !errors.Is(err, inventory.ErrNotSynced) {
			t.Errorf("Get of %s beside an unread backend gives %v", id, err)
		}
	}
	if _, _, err := s.Get(t.Context(), odd, o2.KindResource, rid(3)); err != nil {
		t.Errorf("Get of what is there beside an unread backend gives %v", err)
	}
}

// TestPagesUnderChurn pages through a list while objects come and go. What was
// there all the time must come exactly once.
func TestPagesUnderChurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := service()
		steady := map[string]bool{}
		sessions := map[string]*session{}
		for b, name := range []string{"a", "b"} {
			var objects []o2.Object
			for n := range 40 {
				if n%4 == b {
					r := resource(n, of(name))
					steady[r.Name] = true
					objects = append(objects, r)
				}
			}
			v := stocked(s, name, objects...)
			sessions[name] = v.session()
		}
		limit := rapid.IntRange(1, 7).Draw(t, "limit")
		seen := map[string]int{}
		after := o2.ID("")
		for {
			page, err := s.List(context.Background(), defaultScope, inventory.Query{Kind: o2.KindResource, Limit: limit, After: after})
			if err != nil {
				t.Fatal(err)
			}
			for _, item := range page.Items {
				seen[item.Object().Head().Name]++
				after = item.Object().Head().ID
			}
			if !page.More {
				break
			}
			for range rapid.IntRange(0, 4).Draw(t, "changes") {
				n := rapid.IntRange(0, 10).Draw(t, "n")*4 + 2
				if rapid.Bool().Draw(t, "put") {
					err = sessions["a"].Put([]o2.Object{resource(n, of("a"))})
				} else {
					err = sessions["a"].Delete(o2.KindResource, []o2.ID{rid(n)})
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		for name := range steady {
			if seen[name] != 1 {
				t.Fatalf("%s, which did not change, came %d times", name, seen[name])
			}
		}
		for name, times := range seen {
			if times > 1 {
				t.Fatalf("%s came %d times", name, times)
			}
		}
	})
}

// TestListLikeAFilteredMap asks for pages at random and compares them with what
// a plain walk over all objects gives.
func TestListLikeAFilteredMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := service(multiTenant)
		all := map[o2.ID]*o2.Resource{}
		for _, name := range []string{"a", "b", "c"} {
			var objects []o2.Object
			for range rapid.IntRange(0, 30).Draw(t, "size") {
				n := rapid.IntRange(0, 60).Draw(t, "n")
				if all[rid(n)] != nil {
					continue
				}
				r := resource(n, of(name), owned(rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "tenant")),
					in(rid(rapid.IntRange(80, 82).Draw(t, "pool")), rid(rapid.IntRange(90, 91).Draw(t, "type"))))
				all[rid(n)] = r
				objects = append(objects, r)
			}
			stocked(s, name, objects...)
		}
		expression := rapid.SampledFrom([]string{
			"", "(eq,resourcePoolId," + string(rid(80)) + ")", "(in,resourcePoolId," + string(rid(80)) + "," + string(rid(81)) + ")",
			"(eq,resourceTypeId," + string(rid(90)) + ")", "(eq,resourcePoolId," + string(rid(81)) + ");(eq,resourceTypeId," + string(rid(91)) + ")",
			"(gt,name,r3)", "(in,resourceId," + string(rid(3)) + "," + string(rid(5)) + "," + string(rid(30)) + ")",
		}).Draw(t, "filter")
		q := inventory.Query{
			Kind: o2.KindResource, Limit: rapid.IntRange(1, 20).Draw(t, "limit"), Offset: rapid.IntRange(0, 5).Draw(t, "offset"),
			After: rapid.SampledFrom([]o2.ID{"", rid(10), rid(55), rid(99)}).Draw(t, "after"),
		}
		var err error
		if q.Filter, err = query.ParseFilter(resourceSchema, []string{expression}, query.Limits{}); err != nil {
			t.Fatal(err)
		}
		sc := rapid.SampledFrom([]scope.Scope{platform, scope.New(scope.Identity{Tenant: "x"}), scope.New(scope.Identity{Tenant: "z"})}).Draw(t, "scope")
		var want []o2.ID
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if id > q.After && sc.Within(reachOf(sc)).Sees(all[id].Tenant) && q.Filter.Match(all[id]) {
				want = append(want, id)
			}
		}
		want = want[min(q.Offset, len(want)):]
		more := len(want) > q.Limit
		want = want[:min(q.Limit, len(want))]
		page, err := s.List(context.Background(), sc, q)
		if err != nil {
			t.Fatal(err)
		}
		var got []o2.ID
		for _, item := range page.Items {
			got = append(got, item.Object().Head().ID)
		}
		if !reflect.DeepEqual(got, slices.Clone(want)) && len(got)+len(want) > 0 || page.More != more {
			t.Fatalf("page %q, more %v; want %q, %v", got, page.More, want, more)
		}
	})
}
