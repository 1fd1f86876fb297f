package routing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// forListOneByOne and forCreateOneByOne decide as the index must: by a look at
// every rule.
func (r *Router) forListOneByOne(kind o2.Kind, filter *query.Filter, standing func(string) (bool, bool, bool)) ([]string, bool) {
	for i := range r.rules {
		c := &r.rules[i]
		if c.isFor(kind) && len(c.entries) > 0 && c.pinnedBy(filter.Conditions()) {
			if names := c.forList(standing); len(names) > 0 {
				return names, false
			}
		}
	}
	return nil, true
}

func (r *Router) forCreateOneByOne(o o2.Object, standing func(string) (bool, bool, bool)) string {
	for i := range r.rules {
		c := &r.rules[i]
		if c.isFor(o.Kind()) && c.holdsFor(o) {
			if name := c.forCreate(standing); name != "" {
				return name
			}
		}
	}
	return r.fallback
}

// TestIndexDecidesAsEveryRuleWould routes random requests by random rules.
func TestIndexDecidesAsEveryRuleWould(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	decided := 0
	for round := range 300 {
		var rules []Rule
		for range 1 + random.IntN(12) {
			rule := Rule{
				ResourceType: pick("ResourcePool", "Resource", "*"), Priority: random.IntN(3),
				Strategy: Strategy(pick("merge", "first", "fallback")), Filter: map[string]any{},
			}
			for _, key := range []string{"name", "extensions.a", "extensions.b.c"} {
				if random.IntN(3) == 0 {
					rule.Filter[key] = pick("1", "2")
				}
			}
			for _, name := range []string{"x", "y", "z"} {
				if random.IntN(2) == 0 {
					rule.Adapters = append(rule.Adapters, name)
				}
			}
			if len(rule.Adapters) > 0 {
				rules = append(rules, rule)
			}
		}
		r := router(t, pick("", "x"), rules...)
		standings := backends{"x": pick("", "-", "s", "f"), "y": pick("", "-", "s", "f"), "z": pick("-", "f")}
		for range 20 {
			text := ""
			for _, path := range []string{"name", "extensions/a", "extensions/b.c", "extensions/b/c"} {
				if random.IntN(2) == 0 {
					text += fmt.Sprintf("(%s,%s,%s);", pick("eq", "in", "neq"), path, pick("1", "2"))
				}
			}
			filter, err := query.ParseFilter(poolSchema, []string{text[:max(0, len(text)-1)]}, query.Limits{})
			if err != nil {
				t.Fatal(text, err)
			}
			got, gotAll := r.ForList(o2.KindResourcePool, filter, standings.standing)
			want, wantAll := r.forListOneByOne(o2.KindResourcePool, filter, standings.standing)
			if !slices.Equal(got, want) || gotAll != wantAll {
				t.Fatalf("round %d: %v, filter %q: got %v %v, want %v %v", round, rules, text, got, gotAll, want, wantAll)
			}
			o := pool(o2.JSON(fmt.Sprintf(`{"a":%q,"b":{"c":%q},"b.c":%q}`, pick("1", "2", "3"), pick("1", "3"), pick("2", "3"))))
			o.Name = pick("1", "2", "3")
			if got, want := r.ForCreate(o, standings.standing), r.forCreateOneByOne(o, standings.standing); got != want {
				t.Fatalf("round %d: %v, %s %s: got %q, want %q", round, rules, o.Name, o.Extensions, got, want)
			}
			if !gotAll {
				decided++
			}
		}
	}
	if decided < 500 {
		t.Errorf("only %d of 6000 lists were decided by a rule: the test tests little", decided)
	}
}

// thousand are rules such as a large operator has: by site, vendor and kind of
// machine.
func thousand() []Rule {
	rules := make([]Rule, 0, 1000)
	for i := range 1000 {
		rule := Rule{
			ResourceType: "ResourcePool", Adapters: []string{fmt.Sprintf("adapter-%d", i%10)}, Priority: i % 7,
			Filter: map[string]any{"extensions.site": fmt.Sprintf("site-%d", i)},
		}
		switch i % 3 {
		case 1:
			rule.Filter["location"] = fmt.Sprintf("zone-%d", i%20)
		case 2:
			rule.Filter["extensions.type"] = "bare-metal"
		}
		rules = append(rules, rule)
	}
	return append(rules, Rule{ResourceType: "*", Adapters: []string{"adapter-0"}, Priority: -1})
}

var fresh = func(string) (attached, synced, fresh bool) { return true, true, true }

// BenchmarkDecision is of typical filters among 1,000 rules: docs/performance.md.
func BenchmarkDecision(b *testing.B) {
	r, err := New(thousand(), "adapter-0")
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"list/one":  "(eq,extensions/site,site-501)",
		"list/none": "(eq,name,workers)",
		"list/two":  "(eq,extensions/site,site-500);(eq,extensions/type,bare-metal)",
	} {
		filter, err := query.ParseFilter(poolSchema, []string{text}, query.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.ForList(o2.KindResourcePool, filter, fresh)
			}
		})
	}
	o := pool(`{"site":"site-501","type":"bare-metal","replicas":3}`)
	b.Run("create", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.ForCreate(o, fresh)
		}
	})
}
