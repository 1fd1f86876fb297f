package monitoringv1

import (
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/eventfilter"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/ports/subscription"
)

// attributeEventType is what happens to an alarm, as filters name it.
const attributeEventType = "notificationEventType"

// wantFilter says what a filter of a subscription is.
const wantFilter = "want NEW, CHANGE, CLEAR or ACKNOWLEDGE, or (operator,attribute,value) over an alarm's attributes and " + attributeEventType

// filterLimits are not configurable: a filter that is stored must not become a
// wrong one by a change of configuration.
var filterLimits = query.Limits{MaxLength: eventfilter.MaxLength, MaxConditions: 32, MaxValues: 100}

// eventSchema is an event of an alarm as subscriptions' filters see it. Of an alarm
// they see the state alone; notificationEventType is an eventType's.
var eventSchema = func() *query.Schema {
	list := slices.Clone(alarmSchema.Attributes())
	for i := range list {
		if list[i].Name == attributeExtensions {
			list[i].Get = func(o any) query.Value {
				return query.Value{JSON: string(extensionsOf(nouns.As[*o2.Alarm](o)))}
			}
		}
	}
	return query.NewSchema("an alarm's event", append(list, query.Attribute{
		Name: attributeEventType,
		Get:  func(o any) query.Value { return query.Value{Text: nouns.As[eventType](o).String()} },
	})...)
}()

// compileEventFilter is the family's Compile. It selects the alarms; which events
// are told of them is for selects to say.
func compileEventFilter(text string) (*subscription.Selection, error) {
	alarm, _, canonical, err := readEventFilter(text)
	if err != nil {
		return nil, err
	}
	s := &subscription.Selection{Text: canonical, Kinds: o2.SetOf(o2.KindAlarm), Either: true}
	s.Filters[o2.KindAlarm] = alarm
	return s, nil
}

// readEventFilter reads a filter: what an alarm must match, and what an event; nil
// for all.
func readEventFilter(text string) (alarm, event *query.Filter, canonical string, err error) {
	text = strings.TrimSpace(text)
	if _, ok := parseEventType(text); ok {
		event, err = query.NewFilter(eventSchema, attributeEventType, query.Equal, text)
		return nil, event, text, err
	}
	if text != "" && text[0] != '(' {
		return nil, nil, "", eventfilter.Error("%.60q is no event; %s", text, wantFilter)
	}
	whole, err := query.ParseFilter(eventSchema, []string{text}, filterLimits)
	if err != nil {
		return nil, nil, "", err
	}
	canonical = whole.String()
	if len(canonical) > eventfilter.MaxLength {
		return nil, nil, "", eventfilter.Error("it is longer than %d bytes once its values are quoted", eventfilter.MaxLength)
	}
	conditions := whole.Conditions()
	for i := range conditions {
		c := &conditions[i]
		if strings.TrimSpace(c.Path) != c.Path {
			// Its canonical form would be read without the white space.
			return nil, nil, "", eventfilter.Error("attribute %q begins or ends with white space", c.Path)
		}
		one, err := query.NewFilter(eventSchema, c.Path, c.Operator, c.Values...)
		switch {
		case err != nil:
			return nil, nil, "", err
		case c.Attribute.Name != attributeEventType:
			alarm = query.And(alarm, one)
			continue
		}
		if err := judgeEventCondition(c); err != nil {
			return nil, nil, "", err
		}
		event = query.And(event, one)
	}
	return alarm, event, canonical, nil
}

// judgeEventCondition refuses a condition on the event that nobody can mean.
func judgeEventCondition(c *query.Condition) error {
	if c.Operator != query.Equal && c.Operator != query.NotEqual && c.Operator != query.In && c.Operator != query.NotIn {
		return eventfilter.Error("%s is one of %s, which eq, neq, in and nin compare", attributeEventType, strings.Join(eventNames, ", "))
	}
	for _, v := range c.Values {
		if _, ok := parseEventType(v); !ok {
			return eventfilter.Error("%.60q is no %s; want one of %s", v, attributeEventType, strings.Join(eventNames, ", "))
		}
	}
	return nil
}

// selects reports whether a subscription with that filter, in canonical form, hears
// of an event of that type of the alarms that it selects.
func selects(filter string, t eventType) (bool, error) {
	if filter == "" {
		return true, nil
	}
	if only, ok := parseEventType(filter); ok {
		return only == t, nil
	}
	if !strings.Contains(filter, attributeEventType) {
		return true, nil
	}
	_, event, _, err := readEventFilter(filter)
	if err != nil {
		return false, err
	}
	return event.Match(t), nil
}
