package inventoryv2

import (
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
)

// Dictionary is the projection that shows a resource type as its alarm dictionary.
var Dictionary = oran.Projection(func(b []byte, o o2.Object) []byte {
	if t, ok := o.(*o2.ResourceType); ok {
		return oran.AppendAlarmDictionary(b, t, true)
	}
	return b
})

// dictionaries are resource types as their alarm dictionaries.
var dictionaries = reading.Collection[*o2.ResourceType]{
	Schema: oran.AlarmDictionarySchema(),
	Key:    func(t *o2.ResourceType) string { return string(t.ID) },
	Append: func(b []byte, t *o2.ResourceType) []byte { return oran.AppendAlarmDictionary(b, t, true) },
}

// ListAlarmDictionaries answers with one page of alarm dictionaries.
func (a *API) ListAlarmDictionaries(w http.ResponseWriter, r *http.Request) {
	a.Reading.List(w, r, a.dictionaries)
}

// GetAlarmDictionary answers with one alarm dictionary.
func (a *API) GetAlarmDictionary(w http.ResponseWriter, r *http.Request, text string) {
	a.answerDictionary(w, r, func() (inventory.Item, inventory.Freshness, error) {
		unknown := reading.UnknownID(dictionaries.Schema.Name(), text)
		id, ok := o2.ParseID(text)
		if !ok {
			return nil, inventory.Freshness{}, unknown
		}
		its, err := query.NewFilter(dictionaries.Schema, "alarmDictionaryId", query.Equal, string(id))
		if err != nil {
			return nil, inventory.Freshness{}, err
		}
		ctx := r.Context()
		page, err := a.reader.List(ctx, exchange.ScopeOf(ctx), inventory.Query{Kind: o2.KindResourceType, Filter: its, Limit: 1})
		if err != nil {
			return nil, inventory.Freshness{}, err
		}
		if len(page.Items) == 0 {
			return nil, inventory.Freshness{}, unknown
		}
		return page.Items[0], page.Freshness, nil
	})
}

// GetResourceTypeAlarmDictionary answers with a resource type's alarm dictionary.
func (a *API) GetResourceTypeAlarmDictionary(w http.ResponseWriter, r *http.Request, typeID string) {
	a.answerDictionary(w, r, func() (inventory.Item, inventory.Freshness, error) {
		return a.Reading.Seen(r.Context(), r, a.Types[o2.KindResourceType], typeID)
	})
}

// answerDictionary answers with the dictionary of the resource type that find finds,
// once the query has been judged.
func (a *API) answerDictionary(w http.ResponseWriter, r *http.Request, find func() (inventory.Item, inventory.Freshness, error)) {
	selector, byDefault, err := a.Reading.ParseObject(r, dictionaries.Schema)
	if err != nil {
		a.Reading.Fail(w, r, err)
		return
	}
	item, freshness, err := find()
	if err != nil {
		a.Reading.Fail(w, r, err)
		return
	}
	reading.SetFreshness(w.Header(), freshness)
	t := item.Object().(*o2.ResourceType) // no other kind was asked for
	reading.AnswerOne(a.Reading, w, r, dictionaries, t, selector, byDefault)
}
