package inventory

import (
	"reflect"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// kept reports whether a list's answer is remembered as things are now.
func kept(s *Service, sc scope.Scope, q inventory.Query) bool {
	q.Kind = o2.KindResource
	if q.Limit == 0 {
		q.Limit = 100
	}
	views := s.covered(q)
	states := make([]*kindState, len(views))
	for i, v := range views {
		states[i] = &v.state.Load().kinds[q.Kind]
	}
	_, ok := s.memo.recall(questionOf(sc.Within(reachOf(sc)), q), states)
	return ok
}

func TestPagesAreRememberedUntilTheirKindChanges(t *testing.T) {
	odd, even := scope.New(scope.Identity{Tenant: "odd"}), scope.New(scope.Identity{Tenant: "even"})
	s := threeBackends(multiTenant)
	byName := inventory.Query{Filter: filter(t, "(neq,name,r3)")}
	first := list(t, s, odd, byName)
	if want := []string{"r1", "r5", "r7", "r9"}; !reflect.DeepEqual(itemNames(first), want) {
		t.Fatalf("got %v, want %v", itemNames(first), want)
	}
	if !kept(s, odd, byName) {
		t.Error("the answer is not remembered")
	}
	if again := list(t, s, odd, byName); !reflect.DeepEqual(again.Items, first.Items) || again.Digest != first.Digest {
		t.Error("the same question got another answer")
	}
	for name, other := range map[string]struct {
		scope scope.Scope
		query inventory.Query
	}{
		"another tenant":   {even, byName},
		"the platform":     {platform, byName},
		"another filter":   {odd, inventory.Query{Filter: filter(t, "(neq,name,r5)")}},
		"another limit":    {odd, inventory.Query{Filter: byName.Filter, Limit: 2}},
		"another offset":   {odd, inventory.Query{Filter: byName.Filter, Offset: 1}},
		"another page":     {odd, inventory.Query{Filter: byName.Filter, After: rid(5)}},
		"another schema":   {odd, inventory.Query{Filter: otherSchema(t)}},
		"no filter at all": {odd, inventory.Query{}},
	} {
		if kept(s, other.scope, other.query) {
			t.Errorf("%s: is answered from what was asked before", name)
		}
	}

	v := s.shelf.view("b")
	v.shelf.mu.Lock()
	v.put([]o2.Object{pool(70, "b")})
	v.shelf.mu.Unlock()
	if !kept(s, odd, byName) {
		t.Error("a change of another kind made it forgotten")
	}
	v.shelf.mu.Lock()
	v.put([]o2.Object{resource(11, of("b"), owned("odd"))})
	v.shelf.mu.Unlock()
	if kept(s, odd, byName) {
		t.Error("what has changed is still remembered")
	}
	if got, want := itemNames(list(t, s, odd, byName)), []string{"r1", "r5", "r7", "r9", "r11"}; !reflect.DeepEqual(got, want) {
		t.Errorf("after the change got %v, want %v", got, want)
	}
}

// otherSchema makes a filter that reads alike and means something else.
func otherSchema(t *testing.T) *query.Filter {
	t.Helper()
	upside := query.NewSchema("Resource", query.Attribute{Name: "name", Type: query.Text, Get: func(any) query.Value {
		return query.Value{Text: "r3"}
	}})
	f, err := query.ParseFilter(upside, []string{"(neq,name,r3)"}, query.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLongPagesAreNotRemembered(t *testing.T) {
	s := service()
	var objects []o2.Object
	for n := range memoItems + 1 {
		objects = append(objects, resource(n, of("a")))
	}
	stocked(s, "a", objects...)
	for limit, want := range map[int]bool{memoItems: true, memoItems + 1: false} {
		q := inventory.Query{Limit: limit}
		if list(t, s, platform, q); kept(s, platform, q) != want {
			t.Errorf("a page of %d: remembered = %v, want %v", limit, !want, want)
		}
	}
}
