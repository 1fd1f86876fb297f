package o2imsv2

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
)

const (
	attributeTimestamp = "timestamp"
	paramFrom          = "from"
	paramUntil         = "until"

	headerSince = "X-Netweave-Events-Since"
)

// events is how changes are shown.
type events struct {
	reading.Collection[*inventory.Change]
	latestFirst *query.Order
}

// newEvents says how; ref tells where an object is served.
func newEvents(ref func(o2.ObjectKey) string) (events, error) {
	schema := eventSchema(ref)
	order, err := query.ParseOrder(schema, []string{"-" + attributeTimestamp})
	return events{latestFirst: order, Collection: reading.Collection[*inventory.Change]{
		Schema: schema,
		Key:    func(c *inventory.Change) string { return string(c.ID) },
		Append: func(b []byte, c *inventory.Change) []byte { return appendEvent(b, c, ref) },
	}}, err
}

// ListResourcePoolEvents answers with one page of what is remembered of a pool.
func (a *API) ListResourcePoolEvents(w http.ResponseWriter, r *http.Request, text string) {
	within, err := a.events.between(r)
	if err != nil {
		a.Reading().Fail(w, r, err)
		return
	}
	req, err := a.Reading().ParseAsked(r, reading.Asked{
		Schema: a.events.Schema, Within: within, Order: a.events.latestFirst, Also: []string{paramFrom, paramUntil},
	})
	if err != nil {
		a.Reading().Fail(w, r, err)
		return
	}
	noun := o2.KindResourcePool.String()
	id, ok := o2.ParseID(text)
	if !ok {
		a.Reading().Fail(w, r, reading.UnknownID(noun, text))
		return
	}
	ctx := r.Context()
	recent, err := a.history.Recent(ctx, exchange.ScopeOf(ctx), id)
	if err != nil {
		a.Reading().Fail(w, r, reading.Named(err, noun, text))
		return
	}
	w.Header()[headerSince] = []string{nouns.Time(recent.Since)}
	all := make([]*inventory.Change, len(recent.Changes))
	for i := range recent.Changes {
		all[i] = &recent.Changes[i]
	}
	reading.AnswerCollection(a.Reading(), w, r, a.events.Collection, req, all)
}

// between reads the times that the changes are to lie between.
func (e *events) between(r *http.Request) (*query.Filter, error) {
	p, err := query.ParseParameters(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	var within *query.Filter
	for _, bound := range []struct {
		parameter string
		op        query.Operator
	}{{paramFrom, query.GreaterOrEqual}, {paramUntil, query.Less}} {
		values := p[bound.parameter]
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return nil, &query.Error{Parameter: bound.parameter, Reason: "it is given more than once"}
		}
		one, err := query.NewFilter(e.Schema, attributeTimestamp, bound.op, values[0])
		if err != nil {
			return nil, &query.Error{Parameter: bound.parameter, Reason: `want a time such as 2026-01-31T12:00:00Z, with any "+" as %2B`}
		}
		within = query.And(within, one)
	}
	return within, nil
}

// eventSchema is a change as filters and selectors see it. Its objects are
// *inventory.Change.
func eventSchema(ref func(o2.ObjectKey) string) *query.Schema {
	type object = *inventory.Change
	return query.NewSchema("ResourcePoolEvent",
		uuid("eventId", func(c object) o2.ID { return c.ID }),
		nouns.Mandatory("eventType", func(c object) string { return c.Type.String() }),
		nouns.Mandatory("objectType", func(c object) string { return c.Object.Kind.String() }),
		uuid("objectId", func(c object) o2.ID { return c.Object.ID }),
		nouns.Optional("objectRef", func(c object) string { return refOf(c, ref) }),
		query.Attribute{Name: attributeTimestamp, Type: query.Time, Mandatory: true, Get: func(o any) query.Value {
			return query.Value{Text: nouns.Time(nouns.As[object](o).At)}
		}},
		nouns.Object("priorState", func(c object) o2.JSON { return stateOf(c.Prior) }),
		nouns.Object("postState", func(c object) o2.JSON { return stateOf(c.Post) }),
	)
}

// refOf is where the object is served, "" if it is no more.
func refOf(c *inventory.Change, ref func(o2.ObjectKey) string) string {
	if c.Post == nil {
		return ""
	}
	return ref(c.Object)
}

func uuid(name string, get func(*inventory.Change) o2.ID) query.Attribute {
	return query.Attribute{Name: name, Type: query.UUID, Mandatory: true, Get: func(o any) query.Value {
		return query.Value{Text: string(get(nouns.As[*inventory.Change](o)))}
	}}
}

func stateOf(o o2.Object) o2.JSON {
	if o == nil {
		return ""
	}
	return o2.JSON(version.State(o2.Canonical(o)))
}

// appendEvent encodes a change; ref tells where an object is served.
func appendEvent(b []byte, c *inventory.Change, ref func(o2.ObjectKey) string) []byte {
	b = jsontext.Append(append(b, `{"eventId":`...), string(c.ID))
	b = jsontext.Append(append(b, `,"eventType":`...), c.Type.String())
	b = jsontext.Append(append(b, `,"objectType":`...), c.Object.Kind.String())
	b = jsontext.Append(append(b, `,"objectId":`...), string(c.Object.ID))
	b = nouns.AppendOptional(b, `,"objectRef":`, refOf(c, ref))
	b = nouns.AppendTime(append(b, `,"timestamp":`...), c.At)
	if c.Prior != nil {
		b = append(append(b, `,"priorState":`...), stateOf(c.Prior)...)
	}
	if c.Post != nil {
		b = append(append(b, `,"postState":`...), stateOf(c.Post)...)
	}
	return append(b, '}')
}
