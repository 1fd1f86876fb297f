package routing

import (
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
)

// objectAttributes are entered by a key: "extensions.type".
var objectAttributes = []string{"extensions", "capabilities"}

// attributes are what rules can route by, by the names of the API, and how each
// kind of object has it. What an object has not is "".
var attributes = map[string]func(o2.Object) string{
	"name":        func(o o2.Object) string { return o.Head().Name },
	"description": func(o o2.Object) string { return o.Head().Description },
	"tenant":      func(o o2.Object) string { return o.Head().Tenant },
	"oCloudId": func(o o2.Object) string {
		switch x := o.(type) {
		case *o2.ResourcePool:
			return x.OCloudID
		case *o2.DeploymentManager:
			return x.OCloudID
		}
		return ""
	},
	"location": func(o o2.Object) string {
		if p, ok := o.(*o2.ResourcePool); ok {
			return p.Location
		}
		return ""
	},
	"globalLocationId": func(o o2.Object) string {
		if p, ok := o.(*o2.ResourcePool); ok {
			return p.GlobalLocationID
		}
		return ""
	},
	"resourceTypeId": func(o o2.Object) string {
		switch x := o.(type) {
		case *o2.Resource:
			return string(x.ResourceTypeID)
		case *o2.ResourceType:
			return string(x.ID)
		}
		return ""
	},
	"resourcePoolId": func(o o2.Object) string {
		switch x := o.(type) {
		case *o2.Resource:
			return string(x.ResourcePoolID)
		case *o2.ResourcePool:
			return string(x.ID)
		}
		return ""
	},
	"globalAssetId": func(o o2.Object) string {
		if r, ok := o.(*o2.Resource); ok {
			return r.GlobalAssetID
		}
		return ""
	},
	"vendor":        typeAttribute(func(t *o2.ResourceType) string { return t.Vendor }),
	"model":         typeAttribute(func(t *o2.ResourceType) string { return t.Model }),
	"version":       typeAttribute(func(t *o2.ResourceType) string { return t.Version }),
	"resourceKind":  typeAttribute(func(t *o2.ResourceType) string { return string(t.ResourceKind) }),
	"resourceClass": typeAttribute(func(t *o2.ResourceType) string { return string(t.ResourceClass) }),
}

func typeAttribute(get func(*o2.ResourceType) string) func(o2.Object) string {
	return func(o o2.Object) string {
		if t, ok := o.(*o2.ResourceType); ok {
			return get(t)
		}
		return ""
	}
}

// kindAttributes are the attributes of each kind, besides those of all.
var kindAttributes = [o2.KindCount][]string{
	o2.KindDeploymentManager: {"oCloudId", "capabilities"},
	o2.KindResourcePool:      {"resourcePoolId", "oCloudId", "location", "globalLocationId"},
	o2.KindResource:          {"resourceTypeId", "resourcePoolId", "globalAssetId"},
	o2.KindResourceType:      {"resourceTypeId", "vendor", "model", "version", "resourceKind", "resourceClass"},
}

// knownAttributes lists what a rule may route by, sorted.
func knownAttributes(r rule) []string {
	known := []string{"description", "extensions", "name", "tenant"}
	for kind, list := range kindAttributes {
		if r.any || o2.Kind(kind) == r.kind {
			known = append(known, list...)
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}

// holds reports whether o's attribute has the entry's value.
func (e filterEntry) holds(o o2.Object) bool {
	found := false
	valuesOf(o, e.attribute, e.inner, func(value string) bool {
		found = value == e.value
		return !found
	})
	return found
}

// valuesOf visits the values of an attribute of o, or of what the dotted path inner
// leads to in it, until visit returns false. A key may hold dots itself.
func valuesOf(o o2.Object, attribute, inner string, visit func(value string) bool) {
	var inside o2.JSON
	switch attribute {
	case "extensions":
		inside = o.Head().Extensions
	case "capabilities":
		if d, ok := o.(*o2.DeploymentManager); ok {
			inside = d.Capabilities
		}
	default:
		visit(attributes[attribute](o))
		return
	}
	if inside == "" {
		return
	}
	for _, path := range spellings(inner) {
		again := true
		query.Leaves(string(inside), path, func(l query.Leaf) bool {
			again = visit(l.Text)
			return again
		})
		if !again {
			return
		}
	}
}

// maxDots bounds the readings of a dotted path, which double with each dot.
const maxDots = 6

// spellings are the readings of a dotted path: each dot is part of a key or
// stands between two. The literal key comes first.
func spellings(inner string) []string {
	paths := []string{""}
	dots := 0
	for i, part := range strings.Split(inner, ".") {
		if i == 0 {
			paths[0] = part
			continue
		}
		n := len(paths)
		if dots++; dots <= maxDots {
			for _, p := range paths[:n] {
				paths = append(paths, p+"/"+part)
			}
		}
		for k := range n {
			paths[k] += "." + part
		}
	}
	return paths
}
