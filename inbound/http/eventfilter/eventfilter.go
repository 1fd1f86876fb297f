// Package eventfilter reads the filters of inventory subscriptions: over the
// attributes of all kinds of object as an API family spells them, and objectType.
package eventfilter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	attributeObjectType = "objectType"
	attributeExtensions = "extensions"

	// MaxLength bounds a subscription's filter in bytes, as sent and in
	// canonical form alike: what was accepted once is accepted for ever.
	MaxLength = 8192
)

// limits are not configurable: a filter that is stored must not become
// a wrong one by a change of configuration.
var limits = query.Limits{MaxLength: MaxLength, MaxConditions: 32, MaxValues: 100}

// blanks are objects of which a condition on another kind's attribute, or on
// objectType, can be asked: it holds of each object of the kind or of none.
var blanks = [o2.KindCount]o2.Object{
	o2.KindDeploymentManager: &o2.DeploymentManager{}, o2.KindResourcePool: &o2.ResourcePool{},
	o2.KindResource: &o2.Resource{}, o2.KindResourceType: &o2.ResourceType{},
}

// Compiler compiles the filters of one family. It is immutable.
type Compiler struct {
	// kinds are the data types as subscriptions' filters see them: canonical state,
	// and nothing else.
	kinds [o2.KindCount]*query.Schema
	// any has the attributes of all data types and objectType.
	any *query.Schema
}

// New makes the compiler of a family whose data types those are, by inventory kind.
// Attributes whose change is no event, and that are named in volatile, are left out.
func New(schemas [o2.KindCount]*query.Schema, volatile ...string) *Compiler {
	c := &Compiler{}
	for _, kind := range o2.InventoryKinds() {
		attributes := slices.DeleteFunc(slices.Clone(schemas[kind].Attributes()), func(a query.Attribute) bool {
			return slices.Contains(volatile, a.Name)
		})
		for i := range attributes {
			if attributes[i].Name == attributeExtensions {
				attributes[i].Get = func(o any) query.Value { return query.Value{JSON: string(nouns.Head(o).Extensions)} }
			}
		}
		c.kinds[kind] = query.NewSchema(kind.String(), attributes...)
	}
	c.any = c.union()
	return c
}

func (c *Compiler) union() *query.Schema {
	all := []query.Attribute{{Name: attributeObjectType, Get: func(o any) query.Value {
		return query.Value{Text: nouns.As[o2.Object](o).Kind().String()}
	}}}
	for _, kind := range o2.InventoryKinds() {
		for _, a := range c.kinds[kind].Attributes() {
			if slices.ContainsFunc(all, func(b query.Attribute) bool { return a.Name == b.Name }) {
				continue // of one type wherever it is
			}
			all = append(all, query.Attribute{Name: a.Name, Type: a.Type, Get: func(o any) query.Value {
				own, ok := c.kinds[nouns.As[o2.Object](o).Kind()].Lookup(a.Name)
				if !ok {
					return query.Value{Absent: true}
				}
				return own.Get(o)
			}})
		}
	}
	return query.NewSchema("an object", all...)
}

// Whole reads a filter as one over objects of any kind.
func (c *Compiler) Whole(text string) (*query.Filter, error) {
	return query.ParseFilter(c.any, []string{text}, limits)
}

// Compile is the family's Compile. The filter is over the attributes
// of all kinds; for each kind it leaves those conditions that are about the
// kind's own attributes, since the others hold of all its objects or of none.
func (c *Compiler) Compile(text string) (*subscription.Selection, error) {
	whole, err := c.Whole(text)
	if err != nil {
		return nil, err
	}
	s := &subscription.Selection{Text: whole.String()}
	if len(s.Text) > MaxLength {
		return nil, Error("it is longer than %d bytes once its values are quoted", MaxLength)
	}
	conditions := whole.Conditions()
	for i := range conditions {
		if err := judgeEventCondition(&conditions[i]); err != nil {
			return nil, err
		}
	}
	for _, kind := range o2.InventoryKinds() {
		own, possible, err := c.narrow(conditions, kind)
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
		return Error("attribute %q begins or ends with white space", c.Path)
	}
	if c.Attribute.Name != attributeObjectType {
		return nil
	}
	switch c.Operator {
	case query.Equal, query.NotEqual, query.In, query.NotIn:
		for _, v := range c.Values {
			if _, err := o2.ParseKind(v); err != nil {
				return Error("objectType: %v", err)
			}
		}
	case query.Greater, query.GreaterOrEqual, query.Less, query.LessOrEqual, query.Contains, query.ContainsNot:
	}
	return nil
}

// narrow returns the filter that conditions are for objects of one kind.
// possible is false if no such object can match.
func (c *Compiler) narrow(conditions []query.Condition, kind o2.Kind) (own *query.Filter, possible bool, err error) {
	for i := range conditions {
		condition := &conditions[i]
		schema := c.kinds[kind]
		_, has := schema.Lookup(condition.Attribute.Name)
		if !has {
			schema = c.any
		}
		one, err := query.NewFilter(schema, condition.Path, condition.Operator, condition.Values...)
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

// Error is a caller's mistake in a filter.
func Error(format string, args ...any) error {
	return &query.Error{Parameter: "filter", Reason: fmt.Sprintf(format, args...)}
}
