package o2imsv2

import (
	"fmt"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/inventory"
)

// maxNamed bounds how many objects names may stand for.
const maxNamed = 1000

// nowhere is an id that no object has.
const nowhere = "00000000-0000-0000-0000-000000000000"

// byName are the parameters that ask for resources by the name of what they refer to.
var byName = []struct {
	parameter, reference string
	kind                 o2.Kind
}{
	{"resourcePoolName", "resourcePoolId", o2.KindResourcePool},
	{"resourceTypeName", "resourceTypeId", o2.KindResourceType},
}

// ListResources answers with one page of resources.
func (a *API) ListResources(w http.ResponseWriter, r *http.Request) {
	if asked, ok := a.askedByName(w, r); ok {
		a.Reading().ListAsked(w, r, a.Type(o2.KindResource), asked)
	}
}

// ListPoolResources answers with one page of a pool's resources, or 404 if the
// caller sees no such pool.
func (a *API) ListPoolResources(w http.ResponseWriter, r *http.Request, poolID string) {
	if asked, ok := a.askedByName(w, r); ok {
		a.Reading().ListWithinAsked(w, r, a.Type(o2.KindResource), asked, "resourcePoolId", a.Type(o2.KindResourcePool), poolID)
	}
}

// askedByName makes conditions on ids of the names in the query string, or answers
// the request if it cannot.
func (a *API) askedByName(w http.ResponseWriter, r *http.Request) (reading.Asked, bool) {
	asked := reading.Asked{Schema: a.Type(o2.KindResource).Schema}
	p, err := query.ParseParameters(r.URL.RawQuery)
	for _, one := range byName {
		asked.Also = append(asked.Also, one.parameter)
		if err != nil || len(p[one.parameter]) == 0 {
			continue
		}
		var ids []string
		if ids, err = a.named(r, one.kind, one.parameter, p[one.parameter]); err != nil {
			break
		}
		var within *query.Filter
		if within, err = query.NewFilter(asked.Schema, one.reference, query.In, ids...); err == nil {
			asked.Within = query.And(asked.Within, within)
		}
	}
	if err != nil {
		a.Reading().Fail(w, r, err)
	}
	return asked, err == nil
}

// named returns the ids of the objects of a kind that the caller sees and that have
// one of the names; if there are none, an id that nothing has.
func (a *API) named(r *http.Request, kind o2.Kind, parameter string, names []string) ([]string, error) {
	filter, err := query.NewFilter(a.Type(kind).Schema, "name", query.In, names...)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	page, err := a.reader.List(ctx, exchange.ScopeOf(ctx), inventory.Query{Kind: kind, Filter: filter, Limit: maxNamed})
	if err != nil {
		return nil, err
	}
	if page.More {
		return nil, &query.Error{Parameter: parameter, Reason: fmt.Sprintf("more than %d objects of type %s have such a name", maxNamed, kind)}
	}
	ids := make([]string, 0, len(page.Items)+1)
	for _, item := range page.Items {
		ids = append(ids, string(item.Object().Head().ID))
	}
	if len(ids) == 0 {
		ids = append(ids, nowhere)
	}
	return ids, nil
}
