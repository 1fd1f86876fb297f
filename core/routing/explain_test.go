package routing

import (
	"slices"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/routes"
)

func TestExplain(t *testing.T) {
	all := backends{"kubernetes": "f", "dtias": "f", "aws": "f"}
	several := func(strategy Strategy) []Rule {
		return []Rule{{ResourceType: "ResourcePool", Filter: map[string]any{"location": "here"}, Adapters: []string{"dtias", "aws"}, Strategy: strategy}}
	}
	const unasked = "rule 0 has decided"
	for name, tt := range map[string]struct {
		rules    []Rule
		backends backends
		object   o2.Object
		filter   string
		adapters []string
		rule     int
		reason   string
		reasons  []string
	}{
		"a create by its extension": {
			rules: architecture, backends: all, object: pool(`{"type":"bare-metal"}`), adapters: []string{"dtias"},
			reason:  "rule 0 applies: it goes to dtias",
			reasons: []string{"it goes to dtias", unasked, unasked, unasked},
		},
		"a create by the last rule": {
			rules: architecture, backends: all, object: pool(`{"type":"virtual"}`), adapters: []string{"kubernetes"}, rule: 3,
			reason: "rule 3 applies: it goes to kubernetes",
			reasons: []string{
				`extensions.type is not "bare-metal", but "virtual"`, `extensions.type is not "cloud", but "virtual"`, "it is for Resource", "it goes to kubernetes",
			},
		},
		"an adapter that is not there": {
			rules: architecture[:2], backends: backends{"kubernetes": "f"}, object: pool(`{"type":"cloud"}`), adapters: []string{"kubernetes"}, rule: routes.NoRule,
			reason:  "no rule applies: creates go to the default adapter",
			reasons: []string{`extensions.type is not "bare-metal", but "cloud"`, "it applies, but none of its adapters is enabled: aws"},
		},
		"no default": {
			backends: backends{"aws": "f"}, object: pool(""), rule: routes.NoRule,
			reason: "no rule applies, and the default adapter kubernetes is not there: nothing takes it",
		},
		"a list that a rule confines": {
			rules: architecture[:1], backends: all, filter: "(eq,extensions/type,bare-metal)", adapters: []string{"dtias"},
			reason: "rule 0 applies: it goes to dtias", reasons: []string{"it goes to dtias"},
		},
		"a list of all": {
			rules: architecture[2:], backends: all, adapters: []string{"aws", "dtias", "kubernetes"}, rule: routes.NoRule,
			reason:  "no rule applies: a list covers every enabled adapter",
			reasons: []string{"it is for Resource", "it has no filter: it says where creates go, and confines no list"},
		},
		"a filter that does not pin": {
			rules: architecture[:1], backends: all, filter: "(neq,extensions/type,cloud)", adapters: []string{"aws", "dtias", "kubernetes"}, rule: routes.NoRule,
			reason:  "no rule applies: a list covers every enabled adapter",
			reasons: []string{`the list's filter does not pin extensions.type to "bare-metal"`},
		},
		"merge": {
			rules: several(Merge), backends: all, filter: "(eq,location,here)", adapters: []string{"dtias", "aws"},
			reason: "rule 0 applies: its strategy merge covers dtias, aws", reasons: []string{"its strategy merge covers dtias, aws"},
		},
		"fallback": {
			rules: several(Fallback), backends: backends{"dtias": "-", "aws": "s"}, filter: "(eq,location,here)", adapters: []string{"aws"},
			reason:  "rule 0 applies: its strategy fallback chooses aws of dtias, aws",
			reasons: []string{"its strategy fallback chooses aws of dtias, aws"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := router(t, "kubernetes", tt.rules...)
			filter, err := query.ParseFilter(poolSchema, []string{tt.filter}, query.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			var attached []string
			for name := range tt.backends {
				attached = append(attached, name)
			}
			slices.Sort(attached)
			x := r.Explain(routes.Question{Kind: o2.KindResourcePool, Object: tt.object, Filter: filter}, attached, tt.backends.standing)
			if !slices.Equal(x.Adapters, tt.adapters) || x.Rule != tt.rule || x.Reason != tt.reason {
				t.Errorf("got %q by rule %d: %s\nwant %q by rule %d: %s", x.Adapters, x.Rule, x.Reason, tt.adapters, tt.rule, tt.reason)
			}
			var reasons []string
			for _, rule := range x.Rules {
				reasons = append(reasons, rule.Reason)
			}
			if !slices.Equal(reasons, tt.reasons) {
				t.Errorf("rules: got %q, want %q", reasons, tt.reasons)
			}
			if tt.object != nil {
				if got := r.ForCreate(tt.object, tt.backends.standing); len(x.Adapters) == 1 && got != x.Adapters[0] {
					t.Errorf("it is routed to %q", got)
				}
				return
			}
			names, every := r.ForList(o2.KindResourcePool, filter, tt.backends.standing)
			if every {
				names = attached
			}
			if !slices.Equal(names, x.Adapters) {
				t.Errorf("it is routed to %q", names)
			}
		})
	}
}

func TestRemarks(t *testing.T) {
	on := func(adapter string) bool { return adapter != "off" }
	bareMetal := map[string]any{"extensions.type": "bare-metal"}
	narrower := map[string]any{"extensions.type": "bare-metal", "location": "here"}
	for name, tt := range map[string]struct {
		rules []Rule
		want  []Remark
	}{
		"the architecture's": {architecture, nil},
		"the same filter again": {
			[]Rule{
				{ResourceType: "ResourcePool", Filter: bareMetal, Adapters: []string{"a"}},
				{ResourceType: "ResourcePool", Filter: bareMetal, Adapters: []string{"b"}},
			},
			[]Remark{{1, "can never decide: routing.rules[0] is tried first and applies wherever it does"}},
		},
		"a narrower one behind a wider": {
			[]Rule{
				{ResourceType: "ResourcePool", Filter: narrower, Adapters: []string{"a"}},
				{ResourceType: "*", Filter: bareMetal, Adapters: []string{"b"}, Priority: 1},
			},
			[]Remark{{0, "can never decide: routing.rules[1] is tried first and applies wherever it does"}},
		},
		"a wider one behind a narrower": {
			[]Rule{
				{ResourceType: "ResourcePool", Filter: narrower, Adapters: []string{"a"}},
				{ResourceType: "ResourcePool", Filter: bareMetal, Adapters: []string{"b"}},
			}, nil,
		},
		"one that is disabled hides nothing": {
			[]Rule{
				{ResourceType: "ResourcePool", Filter: bareMetal, Adapters: []string{"off"}},
				{ResourceType: "ResourcePool", Filter: bareMetal, Adapters: []string{"b"}},
			}, nil,
		},
		"one that takes every create": {
			[]Rule{
				{ResourceType: "*", Adapters: []string{"a"}, Priority: 5},
				{ResourceType: "ResourcePool", Filter: bareMetal, Adapters: []string{"b"}},
				{ResourceType: "*", Adapters: []string{"b"}},
			},
			[]Remark{
				{1, "decides lists alone: creates never come to it, since routing.rules[0] is tried first and takes them all"},
				{2, "can never decide: routing.rules[0] is tried first and applies wherever it does"},
			},
		},
		"what is never routed": {
			[]Rule{
				{ResourceType: "Resource", Adapters: []string{"a"}},
				{ResourceType: "DeploymentManager", Adapters: []string{"a"}},
			},
			[]Remark{
				{0, "has no effect: without a filter it confines no list, and a resource is created where its pool is"},
				{1, "has no effect: without a filter it confines no list, and a DeploymentManager is never created"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := router(t, "", tt.rules...).Remarks(on); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
