package o2imsv1

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/eventfilter"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	idA = "aaaaaaaa-0000-4000-8000-000000000001"
	idB = "bbbbbbbb-0000-4000-8000-000000000002"
)

// written spells a selection: the filter of each kind that can match.
func written(s *subscription.Selection) string {
	var parts []string
	for _, k := range o2.InventoryKinds() {
		if s.Kinds.Has(k) {
			parts = append(parts, fmt.Sprintf("%s[%s]", k, s.Filters[k]))
		} else if s.Filters[k] != nil {
			parts = append(parts, fmt.Sprintf("%s has a filter and is no match", k))
		}
	}
	return strings.Join(parts, " ")
}

func TestCompileEventFilter(t *testing.T) {
	tests := []struct{ name, filter, text, kinds string }{
		{"all", "", "", "DeploymentManager[] ResourcePool[] Resource[] ResourceType[]"},
		{"blank", "  ", "", "DeploymentManager[] ResourcePool[] Resource[] ResourceType[]"},
		{"of every kind", "(eq,name,x)", "(eq,name,x)", "DeploymentManager[(eq,name,x)] ResourcePool[(eq,name,x)] Resource[(eq,name,x)] ResourceType[(eq,name,x)]"},
		{"of one kind", "(EQ,vendor,acme)", "(eq,vendor,acme)", "ResourceType[(eq,vendor,acme)]"},
		{"a pool and what is in it", "(eq,resourcePoolId," + strings.ToUpper(idA) + ")", "(eq,resourcePoolId," + idA + ")", "ResourcePool[(eq,resourcePoolId," + idA + ")] Resource[(eq,resourcePoolId," + idA + ")]"},
		{"order and repetition", "(eq,tags,x);(eq,name,'a b') ; (eq,tags,x)", "(eq,name,'a b');(eq,tags,x)", "Resource[(eq,name,'a b');(eq,tags,x)]"},
		{"values sorted", "(in,name,b,a,b)", "(in,name,a,b)", "DeploymentManager[(in,name,a,b)] ResourcePool[(in,name,a,b)] Resource[(in,name,a,b)] ResourceType[(in,name,a,b)]"},
		{"absent elsewhere", "(neq,vendor,acme)", "(neq,vendor,acme)", "DeploymentManager[] ResourcePool[] Resource[] ResourceType[(neq,vendor,acme)]"},
		{"absent, not in", "(nin,tags,x,y);(ncont,vendor,z)", "(ncont,vendor,z);(nin,tags,x,y)", "DeploymentManager[] ResourcePool[] Resource[(nin,tags,x,y)] ResourceType[(ncont,vendor,z)]"},
		{"absent, contains", "(cont,tags,x)", "(cont,tags,x)", "Resource[(cont,tags,x)]"},
		{"absent, compared", "(gte,version,2)", "(gte,version,2)", "ResourceType[(gte,version,2)]"},
		{"kind", "(eq,objectType,Resource)", "(eq,objectType,Resource)", "Resource[]"},
		{"kinds", "(in,objectType,ResourceType,DeploymentManager);(neq,name,x)", "(in,objectType,DeploymentManager,ResourceType);(neq,name,x)", "DeploymentManager[(neq,name,x)] ResourceType[(neq,name,x)]"},
		{"not a kind", "(neq,objectType,Resource)", "(neq,objectType,Resource)", "DeploymentManager[] ResourcePool[] ResourceType[]"},
		{"no kind of these", "(nin,objectType,Resource,ResourceType)", "(nin,objectType,Resource,ResourceType)", "DeploymentManager[] ResourcePool[]"},
		{"part of a kind", "(cont,objectType,Pool,Type)", "(cont,objectType,Pool,Type)", "ResourcePool[] ResourceType[]"},
		{"extensions", "(gt,extensions/replicas,3)", "(gt,extensions/replicas,3)", "DeploymentManager[(gt,extensions/replicas,3)] ResourcePool[(gt,extensions/replicas,3)] Resource[(gt,extensions/replicas,3)] ResourceType[(gt,extensions/replicas,3)]"},
		{"nothing has both", "(eq,vendor,x);(eq,tags,y)", "(eq,tags,y);(eq,vendor,x)", ""},
		{"nothing is two kinds", "(eq,objectType,Resource);(eq,objectType,ResourcePool)", "(eq,objectType,Resource);(eq,objectType,ResourcePool)", ""},
		{"nothing has two ids", "(eq,resourceId," + idA + ");(eq,resourceId," + idB + ")", "(eq,resourceId," + idA + ");(eq,resourceId," + idB + ")", ""},
		{"nothing is in two pools", "(eq,resourcePoolId," + idA + ");(in,resourcePoolId," + idB + ")", "(eq,resourcePoolId," + idA + ");(in,resourcePoolId," + idB + ")", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Family("").Compile(tt.filter)
			if err != nil {
				t.Fatal(err)
			}
			if s.Text != tt.text {
				t.Errorf("text %q, want %q", s.Text, tt.text)
			}
			if got := written(s); got != tt.kinds {
				t.Errorf("got  %s\nwant %s", got, tt.kinds)
			}
		})
	}
}

// What matching looks up by index is the kind's own.
func TestCompiledFiltersPinIndexes(t *testing.T) {
	s, err := version.Events().Compile("(in,resourcePoolId," + idA + "," + idB + ");(nin,name,x)")
	if err != nil {
		t.Fatal(err)
	}
	for kind, ix := range map[o2.Kind]query.Index{o2.KindResourcePool: query.ByID, o2.KindResource: query.ByPool} {
		if got, ok := s.Filters[kind].Lookup(ix); !ok || strings.Join(got, " ") != idA+" "+idB {
			t.Errorf("%s: %v %v", kind, got, ok)
		}
	}
}

func TestWrongEventFilters(t *testing.T) {
	const known = "an object has objectType, deploymentManagerId, name, description, oCloudId, serviceUri, supportedLocations, capabilities, " +
		"extensions, resourcePoolId, location, globalLocationId, resourceId, resourceTypeId, globalAssetId, parentId, tags, " +
		"vendor, model, version, resourceKind, resourceClass"
	long := strings.Repeat("a b,", 3000)
	for filter, want := range map[string]string{
		"(eq,label,x)":                     `filter: unknown attribute "label"; ` + known,
		"(eq,capacity/nodes,3)":            `filter: unknown attribute "capacity"; ` + known,
		"(eq,objectType,Node)":             `filter: objectType: unknown object kind "Node": want one of [DeploymentManager ResourcePool Resource ResourceType]`,
		"(in,objectType,Resource,pool)":    `filter: objectType: unknown object kind "pool": want one of [DeploymentManager ResourcePool Resource ResourceType]`,
		"(eq,resourcePoolId,pool-123)":     `filter: "pool-123" is not a UUID, as resourcePoolId needs: 8-4-4-4-12 hexadecimal digits`,
		"(eq,'extensions/a\t',x)":          `filter: attribute "extensions/a\t" begins or ends with white space`,
		"(in,name," + long + "x)":          `filter: it is longer than 8192 bytes`,
		`{"name":"x"}`:                     `filter: a condition is missing at "{\"name\":\"x\"}"; want (operator,attribute,value), several joined by ";"`,
		"(in,name," + long[:6000] + "x)":   `filter: a condition has more than 100 values`,
		"(eq,name,\xff)":                   `filter: it is not UTF-8`,
		strings.Repeat("(eq,name,x);", 33): `filter: it has more than 32 conditions`,
		"(eq,extensions,x)":                `filter: attribute extensions is an object; name what is in it, for example extensions/key`,
	} {
		_, err := version.Events().Compile(filter)
		var wrong *query.Error
		if !errors.As(err, &wrong) || err.Error() != want {
			t.Errorf("%.60s:\ngot  %v\nwant %s", filter, err, want)
		}
	}
}

// A filter whose values get quotes in the canonical form must still be one.
func TestFiltersThatGrowAreBounded(t *testing.T) {
	value := strings.Repeat("x", 79) + " y,"
	filter := "(in,name," + strings.Repeat(value, 98)
	filter += strings.Repeat("z", eventfilter.MaxLength-len(filter)-1) + ")"
	if _, err := version.Events().Compile(filter); err != nil {
		t.Fatalf("a filter of %d bytes: %v", len(filter), err)
	}
	values := make([]string, 98)
	for i := range values {
		values[i] = fmt.Sprintf("%02d %s", i, strings.Repeat("x", 78))
	}
	filter = "(in,name," + strings.Join(values, ",")
	filter += "," + strings.Repeat("z", eventfilter.MaxLength-len(filter)-2) + ")"
	_, err := version.Events().Compile(filter)
	if err == nil || err.Error() != "filter: it is longer than 8192 bytes once its values are quoted" {
		t.Errorf("a filter of %d bytes: %v", len(filter), err)
	}
}

func TestFilterText(t *testing.T) {
	for raw, want := range map[string]string{
		``:                                 "",
		`""`:                               "",
		`"(eq,name,x)"`:                    "(eq,name,x)",
		`{}`:                               "",
		`{"resourcePoolId":"` + idA + `"}`: "(eq,resourcePoolId," + idA + ")",
		`{"name":"a,'b","vendor":"(x)"}`:   "(eq,name,'a,''b');(eq,vendor,'(x)')",
		`{"extensions":{"replicas":3}}`:    "(eq,extensions/replicas,3)",
		`{"extensions":{"n":12345678901234567890.5e3,"ok":true,"no":false}}`: "(eq,extensions/n,12345678901234567890.5e3);(eq,extensions/no,false);(eq,extensions/ok,true)",
		`{"extensions":{"a":{"b/c":"x"}},"objectType":"Resource"}`:           "(eq,extensions/a/b/c,x);(eq,objectType,Resource)",
		`{"extensions":{"a b":""}}`:                                          "(eq,'extensions/a b','')",
		`{"name":"été ☃"}`:                                                   "(eq,name,'été ☃')",
	} {
		text, err := o2ims.FilterText([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		s, err := version.Events().Compile(text)
		if err != nil || s.Text != want {
			t.Errorf("%s: %v\ngot  %q\nwant %q", raw, err, s.Text, want)
		}
	}
	const several = ": want a text, a number, true, false or an object of these; for several values write the filter as a text, with in"
	for raw, want := range map[string]string{
		`{"name":null}`:                 "filter: name" + several,
		`{"name":["a"]}`:                "filter: name" + several,
		`{"extensions":{"a":[{}]}}`:     "filter: extensions/a" + several,
		`{"extensions":{}}`:             "filter: extensions is an empty object: name what is in it, or leave it out",
		`{"extensions":{"a":{"b":{}}}}`: "filter: extensions/a/b is an empty object: name what is in it, or leave it out",
	} {
		if _, err := o2ims.FilterText([]byte(raw)); err == nil || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", raw, err, want)
		}
	}
}
