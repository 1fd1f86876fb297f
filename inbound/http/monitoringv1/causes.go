package monitoringv1

import (
	"net/http"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/alarms"
)

const nounCause = "ProbableCause"

// causes is the list of probable causes, by id.
var causes = reading.Collection[*alarms.Cause]{
	Schema: query.NewSchema(nounCause,
		nouns.Reference("probableCauseId", query.NoIndex, true, func(c *alarms.Cause) o2.ID { return c.ID }),
		nouns.Mandatory("name", func(c *alarms.Cause) string { return c.Name }),
		nouns.Mandatory("description", func(c *alarms.Cause) string { return c.Description }),
	),
	Key: func(c *alarms.Cause) string { return string(c.ID) },
	Append: func(b []byte, c *alarms.Cause) []byte {
		b = jsontext.Append(append(b, `{"probableCauseId":`...), string(c.ID))
		b = jsontext.Append(append(b, `,"name":`...), c.Name)
		return append(jsontext.Append(append(b, `,"description":`...), c.Description), '}')
	},
}

// ListProbableCauses answers with one page of probable causes.
func (a *API) ListProbableCauses(w http.ResponseWriter, r *http.Request) {
	req, err := a.reading.Parse(r, causes.Schema, nil)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	all, ok := a.allCauses(w, r)
	if ok {
		reading.AnswerCollection(a.reading, w, r, causes, req, pointers(all))
	}
}

// GetProbableCause answers with one probable cause.
func (a *API) GetProbableCause(w http.ResponseWriter, r *http.Request, text string) {
	selector, byDefault, err := a.reading.ParseObject(r, causes.Schema)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	all, ok := a.allCauses(w, r)
	if !ok {
		return
	}
	id, isID := o2.ParseID(text)
	i, found := slices.BinarySearchFunc(all, id, func(c alarms.Cause, id o2.ID) int {
		return strings.Compare(string(c.ID), string(id))
	})
	if !isID || !found {
		a.reading.Fail(w, r, reading.UnknownID(nounCause, text))
		return
	}
	reading.AnswerOne(a.reading, w, r, causes, &all[i], selector, byDefault)
}

func (a *API) allCauses(w http.ResponseWriter, r *http.Request) ([]alarms.Cause, bool) {
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	all, err := a.services.Causes.Causes(ctx, exchange.ScopeOf(ctx))
	if err != nil {
		a.reading.Fail(w, r, err)
	}
	return all, err == nil
}

func pointers[T any](all []T) []*T {
	list := make([]*T, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	return list
}
