package inventory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

func order(t testing.TB, by string) *query.Order {
	t.Helper()
	o, err := query.ParseOrder(resourceSchema, []string{by})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestSortedPagesAndTotals(t *testing.T) {
	odd, even := scope.New(scope.Identity{Tenant: "odd"}), scope.New(scope.Identity{Tenant: "even"})
	s := threeBackends(multiTenant)
	behind := func(n int, by string) inventory.Query {
		r := resource(n, in(rid(80+n%2), rid(90+n%3)))
		return inventory.Query{After: rid(n), Key: string(order(t, by).AppendKey(nil, r))}
	}
	tests := map[string]struct {
		scope      scope.Scope
		filter, by string
		query      inventory.Query
		want       string
		more       bool
		total      int
	}{
		"greatest first":                {platform, "", "-name", inventory.Query{}, "r9 r8 r7 r6 r5 r4 r3 r2 r1", false, 9},
		"equals by id":                  {platform, "", "-resourcePoolId", inventory.Query{}, "r1 r3 r5 r7 r9 r2 r4 r6 r8", false, 9},
		"by two":                        {platform, "", "resourceTypeId,-name", inventory.Query{}, "r9 r6 r3 r7 r4 r1 r8 r5 r2", false, 9},
		"a page":                        {platform, "", "-name", inventory.Query{Limit: 3}, "r9 r8 r7", true, 9},
		"the next page":                 {platform, "", "-name", with(behind(7, "-name"), 3, 0), "r6 r5 r4", true, 9},
		"the last page":                 {platform, "", "-name", with(behind(4, "-name"), 3, 0), "r3 r2 r1", false, 9},
		"behind the end":                {platform, "", "-name", with(behind(1, "-name"), 3, 0), "", false, 9},
		"behind equals":                 {platform, "", "-resourcePoolId", with(behind(5, "-resourcePoolId"), 3, 0), "r7 r9 r2", true, 9},
		"by offset":                     {platform, "", "-name", inventory.Query{Limit: 2, Offset: 4}, "r5 r4", true, 9},
		"by an offset beyond the end":   {platform, "", "-name", inventory.Query{Limit: 2, Offset: 40}, "", false, 9},
		"a tenant's":                    {odd, "", "-name", inventory.Query{Limit: 2}, "r9 r7", true, 5},
		"another tenant's":              {even, "", "-name", inventory.Query{}, "r8 r6 r4 r2", false, 4},
		"filtered":                      {odd, "(gt,name,r3)", "-name", inventory.Query{Limit: 2}, "r9 r7", true, 3},
		"of a pool":                     {platform, "(eq,resourcePoolId," + string(rid(80)) + ")", "-name", inventory.Query{Limit: 2}, "r8 r6", true, 4},
		"unsorted":                      {odd, "", "", inventory.Query{Limit: 2}, "r1 r3", true, 5},
		"unsorted, next":                {odd, "", "", inventory.Query{Limit: 2, After: rid(3)}, "r5 r7", true, 5},
		"unsorted, filtered":            {odd, "(gt,name,r3)", "", inventory.Query{Limit: 1, After: rid(5)}, "r7", true, 3},
		"unsorted, none":                {odd, "(gt,name,s)", "", inventory.Query{}, "", false, 0},
		"unsorted, by offset":           {odd, "(gt,name,r3)", "", inventory.Query{Offset: 7}, "", false, 3},
		"unsorted, of a pool":           {platform, "(eq,resourcePoolId," + string(rid(80)) + ")", "", inventory.Query{Limit: 1}, "r2", true, 4},
		"unsorted, of a type":           {odd, "(in,resourceTypeId," + string(rid(90)) + "," + string(rid(91)) + ")", "", inventory.Query{Limit: 1}, "r1", true, 4},
		"unsorted, of another's pool":   {odd, "(eq,resourcePoolId," + string(rid(80)) + ")", "", inventory.Query{}, "", false, 0},
		"unsorted, of a pool and named": {platform, "(eq,resourcePoolId," + string(rid(80)) + ");(gt,name,r4)", "", inventory.Query{Limit: 1}, "r6", true, 2},
		"unsorted, by id":               {odd, "(in,resourceId," + string(rid(2)) + "," + string(rid(3)) + "," + string(rid(5)) + ")", "", inventory.Query{Limit: 1}, "r3", true, 2},
		"unsorted, not in a pool":       {platform, "(neq,resourcePoolId," + string(rid(80)) + ")", "", inventory.Query{Limit: 1}, "r1", true, 5},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.filter != "" {
				tt.query.Filter = filter(t, tt.filter)
			}
			if tt.by != "" {
				tt.query.Order = order(t, tt.by)
			}
			tt.query.Count = true
			for round := range 2 { // put together, and remembered
				page := list(t, s, tt.scope, tt.query)
				if got := strings.Join(itemNames(page), " "); got != tt.want || page.More != tt.more || page.Total != tt.total {
					t.Errorf("round %d: page %q, more %v of %d; want %q, %v of %d", round, got, page.More, page.Total, tt.want, tt.more, tt.total)
				}
			}
		})
	}
}

func with(q inventory.Query, limit, offset int) inventory.Query {
	q.Limit, q.Offset = limit, offset
	return q
}

// What is searched for counts, though the rest of the filter is an index.
func TestTotalsOfSearches(t *testing.T) {
	s := threeBackends(multiTenant)
	search, err := query.Search(resourceSchema, "R4")
	if err != nil {
		t.Fatal(err)
	}
	f := query.And(filter(t, "(eq,resourcePoolId,"+string(rid(80))+")"), search)
	if page := list(t, s, platform, inventory.Query{Filter: f, Count: true, Offset: 1}); page.Total != 1 || len(page.Items) != 0 {
		t.Errorf("%d of %d", len(page.Items), page.Total)
	}
}

// Orders of two data types that are spelled alike are not each other's.
func TestOrdersOfOtherTypesAreNotRemembered(t *testing.T) {
	s := threeBackends(multiTenant)
	backwards := query.NewSchema("Other", query.Attribute{Name: "name", Get: func(o any) query.Value {
		return query.Value{Text: fmt.Sprint(100 - int(o.(o2.Object).Head().Name[1]))}
	}})
	other, err := query.ParseOrder(backwards, []string{"name"})
	if err != nil {
		t.Fatal(err)
	}
	if got := itemNames(list(t, s, platform, inventory.Query{Order: order(t, "name"), Limit: 2})); !slices.Equal(got, []string{"r1", "r2"}) {
		t.Errorf("by name: %v", got)
	}
	if got := itemNames(list(t, s, platform, inventory.Query{Order: other, Limit: 2})); !slices.Equal(got, []string{"r9", "r8"}) {
		t.Errorf("by what is called so elsewhere: %v", got)
	}
}

// Pages that follow each other have all that did not change, once and in order,
// whatever comes and goes meanwhile.
func TestSortedPagesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := service(multiTenant)
		defer s.Close()
		var objects []o2.Object
		for n := range rapid.IntRange(0, 40).Draw(t, "objects") {
			objects = append(objects, resource(n+1, named(rapid.SampledFrom([]string{"a", "b", "ab", ""}).Draw(t, "name")),
				owned(rapid.SampledFrom([]string{"odd", "even"}).Draw(t, "tenant")), in(rid(80+n%3), rid(90+n%2))))
		}
		v := stocked(s, "b", objects...)
		by := order(quiet{}, rapid.SampledFrom([]string{"name", "-name", "resourcePoolId,-name", "-resourceId", "-resourceTypeId,name"}).Draw(t, "sort"))
		sc := rapid.SampledFrom([]scope.Scope{platform, scope.New(scope.Identity{Tenant: "odd"})}).Draw(t, "scope")
		q := inventory.Query{Kind: o2.KindResource, Order: by, Limit: rapid.IntRange(1, 12).Draw(t, "limit"), Count: true}
		changed := map[o2.ID]bool{}
		var got []o2.ID
		for {
			page, err := s.List(context.Background(), sc, q)
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for e := range v.state.Load().kinds[o2.KindResource].all.all() {
				if sc.Within(reachOf(sc)).Sees(e.tenant) {
					seen++
				}
			}
			if page.Total != seen {
				t.Fatalf("a total of %d, want %d", page.Total, seen)
			}
			for _, item := range page.Items {
				got = append(got, item.Object().Head().ID)
			}
			if !page.More {
				break
			}
			last := page.Items[len(page.Items)-1].Object()
			q.After, q.Key = last.Head().ID, string(by.AppendKey(nil, last))
			n := rapid.IntRange(0, 60).Draw(t, "changes")
			changed[rid(n)] = true
			v.shelf.mu.Lock()
			if rapid.Bool().Draw(t, "goes") {
				v.remove(o2.KindResource, []o2.ID{rid(n)})
			} else {
				v.put([]o2.Object{resource(n, named(rapid.SampledFrom([]string{"a", "c"}).Draw(t, "renamed")), owned("odd"))})
			}
			v.shelf.mu.Unlock()
		}
		got = slices.DeleteFunc(got, func(id o2.ID) bool { return changed[id] })
		var want []o2.Object
		for _, o := range objects {
			if !changed[o.Head().ID] && sc.Within(reachOf(sc)).Sees(o.Head().Tenant) {
				want = append(want, o)
			}
		}
		slices.SortFunc(want, func(a, b o2.Object) int {
			if c := bytes.Compare(by.AppendKey(nil, a), by.AppendKey(nil, b)); c != 0 {
				return c
			}
			return strings.Compare(string(a.Head().ID), string(b.Head().ID))
		})
		if !slices.EqualFunc(got, want, func(id o2.ID, o2 o2.Object) bool { return id == o2.Head().ID }) {
			t.Fatalf("got %v", got)
		}
	})
}

// quiet is a testing.TB for what cannot fail.
type quiet struct{ testing.TB }

func (quiet) Helper() {}

func TestSortingEndsWithItsContext(t *testing.T) {
	s := service()
	stocked(s, "b", crowd(3*contextStride)...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, q := range map[string]inventory.Query{
		"sorted":  {Order: order(t, "name")},
		"counted": {Filter: filter(t, "(neq,name,r1)"), Count: true},
	} {
		q.Kind, q.Limit = o2.KindResource, 1
		if _, err := s.List(ctx, defaultScope, q); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkCountAndSort(b *testing.B) {
	for _, n := range []int{10_000} {
		s, v := crowded(b, n)
		for name, q := range map[string]inventory.Query{
			"plain":          {},
			"counted":        {Count: true},
			"counted-pool":   {Count: true, Filter: filter(b, "(eq,resourcePoolId,"+string(rid(1_000_000))+")")},
			"counted-filter": {Count: true, Filter: filter(b, "(cont,name,9)")},
			"sorted":         {Count: true, Order: order(b, "-name")},
		} {
			q.Kind, q.Limit = o2.KindResource, 100
			for _, changing := range []bool{false, true} {
				b.Run(fmt.Sprintf("%d/%s/changing=%v", n, name, changing), func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						if changing {
							v.shelf.mu.Lock()
							v.put([]o2.Object{resource(0, named(fmt.Sprint(i)), in(rid(1_000_000), rid(2_000_000)))})
							v.shelf.mu.Unlock()
						}
						if _, err := s.List(context.Background(), defaultScope, q); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
