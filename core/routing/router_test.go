package routing

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// architecture holds the rules of the architecture's example.
var architecture = []Rule{
	{ResourceType: "ResourcePool", Filter: map[string]any{"extensions.type": "bare-metal"}, Adapters: []string{"dtias"}, Priority: 10},
	{ResourceType: "ResourcePool", Filter: map[string]any{"extensions.type": "cloud"}, Adapters: []string{"aws"}, Priority: 10},
	{ResourceType: "Resource", Filter: map[string]any{"extensions.hasGPU": true}, Adapters: []string{"kubernetes"}, Priority: 10},
	{ResourceType: "*", Adapters: []string{"kubernetes"}, Priority: 1},
}

// backends tells how backends stand: "-" attached, "s" synced, "f" fresh.
type backends map[string]string

func (b backends) standing(name string) (attached, synced, fresh bool) {
	s := b[name]
	return s != "", s == "s" || s == "f", s == "f"
}

var poolSchema = query.NewSchema("ResourcePool",
	query.Attribute{Name: "name", Type: query.Text, Get: func(o any) query.Value { return query.Value{Text: o.(o2.Object).Head().Name} }},
	query.Attribute{Name: "location", Type: query.Text, Get: func(o any) query.Value { return query.Value{Text: o.(*o2.ResourcePool).Location} }},
	query.Attribute{Name: "extensions", Type: query.JSON, Get: func(o any) query.Value { return query.Value{JSON: string(o.(o2.Object).Head().Extensions)} }},
)

func router(t *testing.T, fallback string, rules ...Rule) *Router {
	t.Helper()
	r, err := New(rules, fallback)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func pool(extensions o2.JSON) *o2.ResourcePool {
	return &o2.ResourcePool{Header: o2.Header{Name: "p", Extensions: extensions}, Location: "here"}
}

func TestForCreate(t *testing.T) {
	all := backends{"kubernetes": "f", "dtias": "f", "aws": "f"}
	several := func(strategy Strategy) []Rule {
		return []Rule{{ResourceType: "ResourcePool", Adapters: []string{"a", "b", "c"}, Strategy: strategy}}
	}
	tests := map[string]struct {
		rules    []Rule
		fallback string
		backends backends
		object   o2.Object
		want     string
	}{
		"the filter equals an extension":       {architecture, "kubernetes", all, pool(`{"type":"bare-metal"}`), "dtias"},
		"the next rule of equal priority":      {architecture, "kubernetes", all, pool(`{"type":"cloud"}`), "aws"},
		"everything else":                      {architecture, "kubernetes", all, pool(`{"type":"other"}`), "kubernetes"},
		"no extension":                         {architecture, "kubernetes", all, pool(""), "kubernetes"},
		"a boolean":                            {architecture, "x", all, &o2.Resource{Header: o2.Header{Extensions: `{"hasGPU":true}`}}, "kubernetes"},
		"a rule whose adapter is not attached": {architecture, "kubernetes", backends{"kubernetes": "f"}, pool(`{"type":"cloud"}`), "kubernetes"},
		"no rule: the default":                 {nil, "kubernetes", all, pool(""), "kubernetes"},
		"no rule, no default":                  {nil, "", all, pool(""), ""},
		"a rule of another kind":               {architecture[:3], "default", all, &o2.Resource{Header: o2.Header{Extensions: `{"type":"bare-metal"}`}}, "default"},
		"a literal key with dots": {
			[]Rule{{ResourceType: "*", Filter: map[string]any{"extensions.k8s.machineset.name": "workers"}, Adapters: []string{"aws"}}},
			"kubernetes", all, pool(`{"k8s.machineset.name":"workers"}`), "aws",
		},
		"a nested key": {
			[]Rule{{ResourceType: "*", Filter: map[string]any{"extensions.placement.rack": 4}, Adapters: []string{"aws"}}},
			"kubernetes", all, pool(`{"placement":{"rack":4}}`), "aws",
		},
		"every entry of the filter must hold": {
			[]Rule{{ResourceType: "*", Filter: map[string]any{"extensions.type": "x", "location": "there"}, Adapters: []string{"aws"}}},
			"kubernetes", all, pool(`{"type":"x"}`), "kubernetes",
		},
		"an attribute": {
			[]Rule{{ResourceType: "*", Filter: map[string]any{"location": "here"}, Adapters: []string{"aws"}}},
			"kubernetes", all, pool(""), "aws",
		},
		"the highest priority first": {
			[]Rule{{ResourceType: "*", Adapters: []string{"aws"}, Priority: 1}, {ResourceType: "*", Adapters: []string{"dtias"}, Priority: 7}, {ResourceType: "*", Adapters: []string{"kubernetes"}, Priority: 7}},
			"", all, pool(""), "dtias",
		},
		"merge: the first attached":        {several(Merge), "", backends{"b": "-", "c": "f"}, pool(""), "b"},
		"first: the first fresh":           {several(First), "", backends{"a": "s", "b": "-", "c": "f"}, pool(""), "c"},
		"first: none fresh":                {several(First), "", backends{"b": "s", "c": "-"}, pool(""), "b"},
		"fallback: in order":               {several(Fallback), "", backends{"a": "f", "b": "f"}, pool(""), "a"},
		"fallback: past one that is stale": {several(Fallback), "", backends{"a": "s", "b": "f"}, pool(""), "b"},
		"fallback: none attached":          {several(Fallback), "z", backends{}, pool(""), "z"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := router(t, tt.fallback, tt.rules...).ForCreate(tt.object, tt.backends.standing); got != tt.want {
				t.Errorf("ForCreate = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestForList(t *testing.T) {
	all := backends{"kubernetes": "f", "dtias": "f", "aws": "f"}
	several := func(strategy Strategy) []Rule {
		return []Rule{{ResourceType: "ResourcePool", Filter: map[string]any{"location": "x"}, Adapters: []string{"a", "b", "c"}, Strategy: strategy}}
	}
	const here = "(eq,location,x)"
	tests := map[string]struct {
		rules    []Rule
		backends backends
		filter   string
		want     []string // nil is all
	}{
		"no filter: all, the last rule notwithstanding": {architecture, all, "", nil},
		"the filter pins the rule's":                    {architecture, all, "(eq,extensions/type,bare-metal)", []string{"dtias"}},
		"and more":                                      {architecture, all, "(eq,extensions/type,cloud);(neq,name,x)", []string{"aws"}},
		"in with one value pins as well":                {architecture, all, "(in,extensions/type,cloud)", []string{"aws"}},
		"in with two does not":                          {architecture, all, "(in,extensions/type,cloud,bare-metal)", nil},
		"another value":                                 {architecture, all, "(eq,extensions/type,other)", nil},
		"another attribute":                             {architecture, all, "(eq,extensions/kind,cloud)", nil},
		"another operator":                              {architecture, all, "(neq,extensions/type,cloud)", nil},
		"an adapter that is not attached hides nothing": {architecture, backends{"kubernetes": "f"}, "(eq,extensions/type,cloud)", nil},
		"a rule of another kind":                        {architecture[2:3], all, "(eq,extensions/hasGPU,true)", nil},
		"a rule for all kinds":                          {[]Rule{{ResourceType: "*", Filter: map[string]any{"location": "x"}, Adapters: []string{"aws"}}}, all, here, []string{"aws"}},
		"a literal key with dots":                       {[]Rule{{ResourceType: "*", Filter: map[string]any{"extensions.a.b": 1}, Adapters: []string{"aws"}}}, all, "(eq,extensions/a.b,1)", []string{"aws"}},
		"a nested key":                                  {[]Rule{{ResourceType: "*", Filter: map[string]any{"extensions.a.b": 1}, Adapters: []string{"aws"}}}, all, "(eq,extensions/a/b,1)", []string{"aws"}},
		"merge: all that are attached":                  {several(Merge), backends{"a": "f", "c": "-"}, here, []string{"a", "c"}},
		"no strategy: merge":                            {several(""), backends{"a": "f", "b": "f"}, here, []string{"a", "b"}},
		"first: the first fresh":                        {several(First), backends{"a": "-", "b": "s", "c": "f"}, here, []string{"c"}},
		"first: none fresh, the first read":             {several(First), backends{"a": "-", "b": "s", "c": "s"}, here, []string{"b"}},
		"first: none read, the first attached":          {several(First), backends{"b": "-", "c": "-"}, here, []string{"b"}},
		"fallback: the first read, stale or not":        {several(Fallback), backends{"a": "-", "b": "s", "c": "f"}, here, []string{"b"}},
		"fallback: none attached hides nothing":         {several(Fallback), backends{"z": "f"}, here, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var f *query.Filter
			if tt.filter != "" {
				var err error
				if f, err = query.ParseFilter(poolSchema, []string{tt.filter}, query.Limits{}); err != nil {
					t.Fatal(err)
				}
			}
			got, everything := router(t, "kubernetes", tt.rules...).ForList(o2.KindResourcePool, f, tt.backends.standing)
			if !reflect.DeepEqual(got, tt.want) || everything != (tt.want == nil) {
				t.Errorf("ForList = %q, %v; want %q", got, everything, tt.want)
			}
		})
	}
}

func TestRuleErrors(t *testing.T) {
	rule := func(change func(*Rule)) Rule {
		r := Rule{ResourceType: "ResourcePool", Filter: map[string]any{}, Adapters: []string{"a"}}
		change(&r)
		return r
	}
	tests := map[string]struct {
		rule Rule
		want string
	}{
		"resource type": {rule(func(r *Rule) { r.ResourceType = "Pool" }),
			`resourceType: unknown object kind "Pool": want one of [DeploymentManager ResourcePool Resource ResourceType], or "*" for all`},
		"adapters": {rule(func(r *Rule) { r.Adapters = nil }), "adapters: at least one is needed"},
		"strategy": {rule(func(r *Rule) { r.Strategy = "random" }), `strategy: "random" is none; want merge, first or fallback`},
		"attribute": {rule(func(r *Rule) { r.Filter["colour"] = "red" }),
			`filter: "colour" is no attribute to route by; want one of description, extensions, globalLocationId, location, name, oCloudId, resourcePoolId, tenant`},
		"an attribute of another kind": {rule(func(r *Rule) { r.Filter["vendor"] = "x" }),
			`filter: "vendor" is no attribute to route by; want one of description, extensions, globalLocationId, location, name, oCloudId, resourcePoolId, tenant`},
		"an object": {rule(func(r *Rule) { r.Filter["extensions"] = "x" }), `filter: "extensions" is an object; name what is in it, for example extensions.key`},
		"a list":    {rule(func(r *Rule) { r.Filter["name"] = []any{"x"} }), `filter: "name" must have a string, a number or a boolean as its value`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			good := rule(func(*Rule) {})
			if _, err := New([]Rule{good, tt.rule}, ""); err == nil || err.Error() != "routing.rules[1]."+tt.want {
				t.Errorf("New gives %v\nwant routing.rules[1].%s", err, tt.want)
			}
		})
	}
}

func TestEveryAttributeIsRead(t *testing.T) {
	const id = "0000000a-0000-4000-8000-000000000000"
	head := o2.Header{ID: id, Name: "n", Description: "d", Tenant: "t", Extensions: `{"k":"v"}`}
	objects := map[o2.Object]map[string]any{
		&o2.ResourcePool{Header: head, OCloudID: "o", Location: "l", GlobalLocationID: "g"}: {
			"resourcePoolId": strings.ToUpper(id), "oCloudId": "o", "location": "l", "globalLocationId": "g",
		},
		&o2.Resource{Header: head, ResourceTypeID: "rt", ResourcePoolID: "rp", GlobalAssetID: "ga"}: {
			"resourceTypeId": "rt", "resourcePoolId": "rp", "globalAssetId": "ga",
		},
		&o2.ResourceType{Header: head, Vendor: "v", Model: "m", Version: "1", ResourceKind: o2.ResourceKindPhysical, ResourceClass: o2.ResourceClassCompute}: {
			"resourceTypeId": id, "vendor": "v", "model": "m", "version": "1", "resourceKind": "PHYSICAL", "resourceClass": "COMPUTE",
		},
		&o2.DeploymentManager{Header: head, OCloudID: "o", Capabilities: `{"c":{"d":1.5}}`}: {
			"oCloudId": "o", "capabilities.c.d": 1.5,
		},
	}
	for o, wanted := range objects {
		for key, value := range map[string]any{"name": "n", "description": "d", "tenant": "t", "extensions/k": "v"} {
			wanted[key] = value
		}
		for key, value := range wanted {
			t.Run(fmt.Sprintf("%s %s", o.Kind(), key), func(t *testing.T) {
				for v, want := range map[any]string{value: "a", "something else": "default"} {
					r := router(t, "default", Rule{ResourceType: o.Kind().String(), Filter: map[string]any{key: v}, Adapters: []string{"a"}})
					if got := r.ForCreate(o, backends{"a": "f"}.standing); got != want {
						t.Errorf("with %v ForCreate = %q, want %q", v, got, want)
					}
				}
			})
		}
	}
}

func TestScalar(t *testing.T) {
	for value, want := range map[any]string{
		"x": "x", true: "true", 4: "4", int64(-5): "-5", uint64(6): "6", 1.5: "1.5", 2.0: "2", json.Number("7e3"): "7e3",
	} {
		if got, ok := scalar(value); !ok || got != want {
			t.Errorf("scalar(%v) = %q, %v; want %q", value, got, ok, want)
		}
	}
	for _, value := range []any{nil, []any{}, map[string]any{}} {
		if got, ok := scalar(value); ok {
			t.Errorf("scalar(%v) = %q, want none", value, got)
		}
	}
}

func TestSpellings(t *testing.T) {
	got := spellings("a.b.c")
	want := map[string]bool{"a.b.c": true, "a/b.c": true, "a.b/c": true, "a/b/c": true}
	if got[0] != "a.b.c" || len(got) != len(want) {
		t.Errorf("spellings = %q", got)
	}
	for _, s := range got {
		if !want[s] {
			t.Errorf("spelling %q is not one of a.b.c", s)
		}
	}
	if n := len(spellings(strings.Repeat("x.", 100))); n != 1<<maxDots {
		t.Errorf("%d spellings of a hundred dots", n)
	}
}
