package o2imsv1

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	attributeObjectType = "objectType"
	attributeCapacity   = "capacity"
	attributeExtensions = "extensions"

	// maxEventFilter bounds a subscription's filter in bytes, as sent and in
	// canonical form alike: what was accepted once is accepted for ever.
	maxEventFilter = 8192
)

// eventFilterLimits are not configurable: a filter that is stored must not become
// a wrong one by a change of configuration.
var eventFilterLimits = query.Limits{MaxLength: maxEventFilter, MaxConditions: 32, MaxValues: 100}

var (
	// eventSchemas are the data types as subscriptions' filters see them: canonical
	// state, and nothing else.
	eventSchemas = eventSchemasByKind()
	// anyEventSchema has the attributes of all data types and objectType.
	anyEventSchema = unionOfEventSchemas()
	// blanks are objects of which a condition on another kind's attribute, or on
	// objectType, can be asked: it holds of each object of the kind or of none.
	blanks = [o2.KindCount]o2.Object{
		o2.KindDeploymentManager: &o2.DeploymentManager{}, o2.KindResourcePool: &o2.ResourcePool{},
		o2.KindResource: &o2.Resource{}, o2.KindResourceType: &o2.ResourceType{},
	}
)

func eventSchemasByKind() [o2.KindCount]*query.Schema {
	var list [o2.KindCount]*query.Schema
	for _, kind := range o2.InventoryKinds() {
		attributes := slices.DeleteFunc(slices.Clone(schemas[kind].Attributes()), func(a query.Attribute) bool {
			return a.Name == attributeCapacity
		})
		for i := range attributes {
			if attributes[i].Name == attributeExtensions {
				attributes[i].Get = func(o any) query.Value { return query.Value{JSON: string(head(o).Extensions)} }
			}
		}
		list[kind] = query.NewSchema(kind.String(), attributes...)
	}
	return list
}

func unionOfEventSchemas() *query.Schema {
	all := []query.Attribute{{Name: attributeObjectType, Get: func(o any) query.Value {
		return query.Value{Text: as[o2.Object](o).Kind().String()}
	}}}
	for _, kind := range o2.InventoryKinds() {
		for _, a := range eventSchemas[kind].Attributes() {
			if slices.ContainsFunc(all, func(b query.Attribute) bool { return a.Name == b.Name }) {
				continue // of one type wherever it is
			}
			all = append(all, query.Attribute{Name: a.Name, Type: a.Type, Get: func(o any) query.Value {
				own, ok := eventSchemas[as[o2.Object](o).Kind()].Lookup(a.Name)
				if !ok {
					return query.Value{Absent: true}
				}
				return own.Get(o)
			}})
		}
	}
	return query.NewSchema("an object", all...)
}

// compileEventFilter is the family's Compile. The filter is over the attributes
// of all kinds; for each kind it leaves those conditions that are about the
// kind's own attributes, since the others hold of all its objects or of none.
func compileEventFilter(text string) (*subscription.Selection, error) {
	whole, err := query.ParseFilter(anyEventSchema, []string{text}, eventFilterLimits)
	if err != nil {
		return nil, err
	}
	s := &subscription.Selection{Text: whole.String()}
	if len(s.Text) > maxEventFilter {
		return nil, filterError("it is longer than %d bytes once its values are quoted", maxEventFilter)
	}
	conditions := whole.Conditions()
	for i := range conditions {
		if err := judgeEventCondition(&conditions[i]); err != nil {
			return nil, err
		}
	}
	for _, kind := range o2.InventoryKinds() {
		own, possible, err := narrow(conditions, kind)
		if err != nil {
			return nil, err
		}
		if possible {
			s.Kinds |= o2.SetOf(kind)
			s.Filters[kind] = own
		}
	}
	return s, nil
}

// judgeEventCondition refuses what core/query takes but what nobody can mean.
func judgeEventCondition(c *query.Condition) error {
	if strings.TrimSpace(c.Path) != c.Path {
		// Its canonical form would be read without the white space.
		return filterError("attribute %q begins or ends with white space", c.Path)
	}
	if c.Attribute.Name != attributeObjectType {
		return nil
	}
	switch c.Operator {
	case query.Equal, query.NotEqual, query.In, query.NotIn:
		for _, v := range c.Values {
			if _, err := o2.ParseKind(v); err != nil {
				return filterError("objectType: %v", err)
			}
		}
	case query.Greater, query.GreaterOrEqual, query.Less, query.LessOrEqual, query.Contains, query.ContainsNot:
	}
	return nil
}

// narrow returns the filter that conditions are for objects of one kind.
// possible is false if no such object can match.
func narrow(conditions []query.Condition, kind o2.Kind) (own *query.Filter, possible bool, err error) {
	for i := range conditions {
		c := &conditions[i]
		_, has := eventSchemas[kind].Lookup(c.Attribute.Name)
		schema := eventSchemas[kind]
		if !has {
			schema = anyEventSchema
		}
		one, err := query.NewFilter(schema, c.Path, c.Operator, c.Values...)
		switch {
		case err != nil:
			return nil, false, err
		case has:
			own = query.And(own, one)
		case !one.Match(blanks[kind]):
			return nil, false, nil
		}
	}
	for _, ix := range []query.Index{query.ByID, query.ByPool, query.ByType} {
		if values, pinned := own.Lookup(ix); pinned && len(values) == 0 {
			return nil, false, nil
		}
	}
	return own, true, nil
}

func filterError(format string, args ...any) error {
	return &query.Error{Parameter: paramFilter, Reason: fmt.Sprintf(format, args...)}
}
