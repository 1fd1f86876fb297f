package matching

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
)

func TestMatch(t *testing.T) {
	s := newSchemas()
	var x Index
	put := func(n int, tenant string, reaches o2.Reaches, filter string, kinds ...o2.Kind) {
		x.Put(id(n), tenant, reaches, s.selection(t, filter, kinds...))
	}
	res := o2.KindResource
	put(1, "acme", own, "", o2.Kinds()...)
	put(2, "acme", own, fmt.Sprintf("(eq,id,%s)", id(100)), res)
	put(3, "acme", own, fmt.Sprintf("(in,pool,%s,%s)", pool(1), pool(2)), res)
	put(4, "acme", own, fmt.Sprintf("(eq,type,%s)", typ(1)), res)
	put(5, "acme", own, fmt.Sprintf("(eq,pool,%s);(eq,type,%s)", pool(1), typ(1)), res)
	put(6, "acme", own, "(eq,name,blue)", res, o2.KindResourcePool)
	put(7, "acme", own, fmt.Sprintf("(eq,pool,%s);(eq,name,blue)", pool(1)), res)
	put(8, "acme", own, fmt.Sprintf("(eq,pool,%s);(eq,pool,%s)", pool(1), pool(2)), res) // nothing
	put(9, "", all, "", o2.Kinds()...)
	put(10, "bolt", own, "", o2.Kinds()...)
	put(11, "bolt", own, fmt.Sprintf("(eq,id,%s)", id(100)), res)
	put(12, "crab", o2.Reaches{o2.KindResource: o2.ReachShared}, "", o2.Kinds()...)
	put(13, "crab", o2.Reaches{o2.KindResource: o2.ReachTenant | o2.ReachShared, o2.KindResourcePool: o2.ReachTenant}, "", o2.Kinds()...)
	put(14, "crab", o2.Reaches{o2.KindResource: o2.ReachAll, o2.KindResourcePool: o2.ReachShared}, "", o2.Kinds()...)
	put(15, "", o2.Reaches{o2.KindResource: o2.ReachTenant, o2.KindResourcePool: o2.ReachAll}, "", o2.Kinds()...)
	put(16, scope.SharedOwner, own, "", o2.Kinds()...) // no tenant's name, if it is one's

	red := resource(100, "red", pool(1), typ(1))
	blue := resource(100, "blue", pool(1), typ(1))
	moved := resource(100, "red", pool(2), typ(1))
	retyped := resource(100, "red", pool(1), typ(2))
	homeless := resource(100, "red", "", "")
	other := resource(101, "blue", pool(3), typ(3))
	for _, tt := range []struct {
		name        string
		prior, post *eventlog.State
		want        string
	}{
		{"made", nil, state("acme", red), "1+ 2+ 3+ 4+ 5+ 9+ 14+"},
		{"gone", state("acme", red), nil, "1- 2- 3- 4- 5- 9- 14-"},
		{"enters filters", state("acme", red), state("acme", blue), "1~ 2~ 3~ 4~ 5~ 6+ 7+ 9~ 14~"},
		{"leaves filters", state("acme", blue), state("acme", red), "1~ 2~ 3~ 4~ 5~ 6- 7- 9~ 14~"},
		{"moves between pools", state("acme", red), state("acme", moved), "1~ 2~ 3~ 4~ 5- 9~ 14~"},
		{"changes its type", state("acme", red), state("acme", retyped), "1~ 2~ 3~ 4- 5- 9~ 14~"},
		{"loses both", state("acme", red), state("acme", homeless), "1~ 2~ 3- 4- 5- 9~ 14~"},
		{"is another", nil, state("acme", other), "1+ 6+ 9+ 14+"},
		{"is another tenant's", nil, state("bolt", red), "9+ 10+ 11+ 14+"},
		{"is the platform's", nil, state("", red), "9+ 14+"},
		{"is a third's", nil, state("crab", red), "9+ 13+ 14+"},
		{"is shared", nil, state(scope.SharedOwner, red), "9+ 12+ 13+ 14+"},
		{"shared, changes", state(scope.SharedOwner, red), state(scope.SharedOwner, blue), "9~ 12~ 13~ 14~"},
		{"becomes shared", state("acme", red), state(scope.SharedOwner, red), "1- 2- 3- 4- 5- 12+ 13+"},
		{"becomes shared and changes", state("acme", red), state(scope.SharedOwner, blue), "1- 2- 3- 4- 5- 9~ 12+ 13+ 14~"},
		{"was shared and is one's", state(scope.SharedOwner, red), state("crab", blue), "9~ 12- 13~ 14~"},
		{"was shared and is the platform's", state(scope.SharedOwner, red), state("", red), "12- 13-"},
		{"a shared pool", nil, state(scope.SharedOwner, poolObject(1, "blue")), "9+ 14+ 15+"},
		{"a third's pool", nil, state("crab", poolObject(1, "blue")), "9+ 13+ 15+"},
		{"the platform's pool", nil, state("", poolObject(1, "blue")), "9+ 15+"},
		{"passes to another tenant", state("acme", red), state("bolt", red), "1- 2- 3- 4- 5- 10+ 11+"},
		{"passes on and changes", state("acme", red), state("bolt", blue), "1- 2- 3- 4- 5- 9~ 10+ 11+ 14~"},
		{"stays as it is", state("acme", red), state("acme", red), ""},
		{"another kind", nil, state("acme", poolObject(1, "blue")), "1+ 6+ 9+ 15+"},
		{"nothing", nil, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := read(x.Match(nil, tt.prior, tt.post)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}

	t.Run("replaced and removed", func(t *testing.T) {
		put(2, "acme", own, fmt.Sprintf("(eq,id,%s)", id(101)), res)
		put(4, "bolt", own, "", res)
		x.Remove(id(1))
		x.Remove(id(3))
		x.Remove(id(9))
		x.Remove(id(9))
		x.Remove(id(14))
		x.Remove(id(77))
		if got := read(x.Match(nil, nil, state("acme", red))); got != "5+" {
			t.Errorf("got %q", got)
		}
		if got := read(x.Match(nil, nil, state("acme", other))); got != "2+ 6+" {
			t.Errorf("got %q", got)
		}
		if got := read(x.Match(nil, nil, state("bolt", red))); got != "4+ 10+ 11+" {
			t.Errorf("got %q", got)
		}
		if x.Len() != 12 {
			t.Errorf("there are %d", x.Len())
		}
	})

	t.Run("appends", func(t *testing.T) {
		dst := []eventlog.Target{{Subscription: id(0), Type: o2.EventDeleted}}
		if got := read(x.Match(dst, nil, state("acme", red))); got != "0- 5+" {
			t.Errorf("got %q", got)
		}
	})
}

// read writes targets as their numbers with + for created, - for deleted and ~
// for modified.
func read(targets []eventlog.Target) string {
	signs := map[o2.EventType]string{o2.EventCreated: "+", o2.EventDeleted: "-", o2.EventModified: "~"}
	text := ""
	for i, target := range targets {
		var n int
		if _, err := fmt.Sscanf(string(target.Subscription), "%8x-", &n); err != nil {
			return err.Error()
		}
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%d%s", n, signs[target.Type])
	}
	return text
}

// TestIndexAgreesWithLooking compares the index with asking every subscription.
func TestIndexAgreesWithLooking(t *testing.T) {
	s := newSchemas()
	type sub struct {
		tenant    string
		reaches   o2.Reaches
		selection *subscription.Selection
	}
	rapid.Check(t, func(rt *rapid.T) {
		var x Index
		subs := map[int]sub{}
		tenant := rapid.SampledFrom([]string{"", "acme", "bolt", scope.SharedOwner})
		few := rapid.IntRange(0, 2)
		several := func(label string, of func(int) o2.ID) string {
			text := ""
			for _, n := range rapid.SliceOfNDistinct(few, 1, 3, rapid.ID[int]).Draw(rt, label) {
				text += "," + string(of(n))
			}
			return text
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			n := rapid.IntRange(1, 8).Draw(rt, "subscription")
			if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
				x.Remove(id(n))
				delete(subs, n)
				continue
			}
			filter, join := "", ""
			add := func(text string) { filter, join = filter+join+text, ";" }
			if rapid.Bool().Draw(rt, "by id") {
				add("(in,id" + several("ids", id) + ")")
			}
			if rapid.Bool().Draw(rt, "by pool") {
				add("(in,pool" + several("pools", pool) + ")")
			}
			if rapid.Bool().Draw(rt, "by type") {
				add("(in,type" + several("types", typ) + ")")
			}
			if rapid.Bool().Draw(rt, "by name") {
				add("(eq,name,blue)")
			}
			one := sub{
				tenant:    tenant.Draw(rt, "tenant"),
				selection: s.selection(t, filter, o2.KindResource),
			}
			one.selection.Either = rapid.Bool().Draw(rt, "either")
			for kind := range one.reaches {
				one.reaches[kind] = o2.Reach(rapid.IntRange(0, 7).Draw(rt, "reach"))
			}
			subs[n] = one
			x.Put(id(n), one.tenant, one.reaches, one.selection)
		}
		draw := func(label string) *eventlog.State {
			if rapid.IntRange(0, 3).Draw(rt, "no "+label) == 0 {
				return nil
			}
			name := rapid.SampledFrom([]string{"red", "blue"}).Draw(rt, label+" name")
			p, y := pool(few.Draw(rt, label+" pool")), typ(few.Draw(rt, label+" type"))
			return state(tenant.Draw(rt, label+" owner"), resource(1, name, p, y))
		}
		for range 5 {
			prior, post := draw("prior"), draw("post")
			var want []eventlog.Target
			for n := 1; n <= 8; n++ {
				one, ok := subs[n]
				sees := func(st *eventlog.State) bool {
					return ok && st != nil && one.reaches[o2.KindResource].Covers(one.tenant, st.Owner) && one.selection.Match(st.Object)
				}
				hears := func(st *eventlog.State) bool {
					return st != nil && one.reaches[o2.KindResource].Covers(one.tenant, st.Owner)
				}
				both := ok && one.selection.Either && hears(prior) && hears(post) && (sees(prior) || sees(post))
				switch was, is := sees(prior) || both, sees(post) || both; {
				case was && !is:
					want = append(want, eventlog.Target{Subscription: id(n), Type: o2.EventDeleted})
				case !was && is:
					want = append(want, eventlog.Target{Subscription: id(n), Type: o2.EventCreated})
				case was && is && prior.Object.Head().StateDigest != post.Object.Head().StateDigest:
					want = append(want, eventlog.Target{Subscription: id(n), Type: o2.EventModified})
				}
			}
			if got := x.Match(nil, prior, post); !slices.Equal(got, want) {
				rt.Fatalf("got %q, want %q", read(got), read(want))
			}
		}
		for n := range subs {
			x.Remove(id(n))
		}
		if x.Len() != 0 || len(x.tenants) != 0 || x.everyone.size != 0 || x.shared.size != 0 {
			rt.Fatalf("the emptied index keeps something: %d, %v", x.Len(), x.tenants)
		}
		for _, p := range append(x.everyone.kinds[:], x.shared.kinds[:]...) {
			if len(p.byID)+len(p.byPool)+len(p.byType)+len(p.byBoth)+len(p.rest) != 0 {
				rt.Fatalf("the emptied index keeps lists: %+v", p)
			}
		}
	})
}
