package adminv1

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/subscription"
)

const (
	paramAfter    = "after"
	paramLimit    = "limit"
	paramPosition = "position"
)

// ListDeadLetters answers with one page of a subscription's dead letters.
func (a *API) ListDeadLetters(w http.ResponseWriter, r *http.Request, text string) {
	p, err := parameters(r, paramAfter, paramLimit)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	limit, err := request.Limit(p, paramLimit, a.config.DefaultPageSize, a.config.MaxPageSize)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	var after uint64
	if sent := p[paramAfter]; len(sent) > 0 {
		if after, err = position(paramAfter, sent[0]); err != nil {
			a.fail(w, r, err)
			return
		}
	}
	id, err := subscriptionID(text)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	letters, err := a.services.DeadLetters.List(ctx, exchange.ScopeOf(ctx), id, after, limit+1)
	if err != nil {
		a.fail(w, r, named(err, id))
		return
	}
	if len(letters) > limit {
		letters = letters[:limit]
		last := strconv.FormatUint(letters[limit-1].Position, 10)
		w.Header()["Link"] = []string{request.NextLink(r, a.config.ExternalURL, paramAfter, last)}
	}
	list := DeadLetterList{Items: make([]DeadLetter, len(letters))}
	for i := range letters {
		list.Items[i] = shown(&letters[i])
	}
	answer(w, http.StatusOK, list)
}

// RedeliverDeadLetters queues dead letters again.
func (a *API) RedeliverDeadLetters(w http.ResponseWriter, r *http.Request, text string) {
	_, err := parameters(r)
	var in Redelivery
	if err == nil && r.ContentLength != 0 { // without a body: all
		err = a.redelivery.Read(r, &in)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, err := subscriptionID(text)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	n, err := a.services.DeadLetters.Redeliver(ctx, exchange.ScopeOf(ctx), id, in.Positions)
	if err != nil {
		a.fail(w, r, named(err, id))
		return
	}
	answer(w, http.StatusAccepted, Count{Count: n})
}

// PurgeDeadLetters forgets dead letters.
func (a *API) PurgeDeadLetters(w http.ResponseWriter, r *http.Request, text string) {
	p, err := parameters(r, paramPosition)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	var positions []uint64 // nil for all
	for _, sent := range p[paramPosition] {
		at, err := position(paramPosition, sent)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		positions = append(positions, at)
	}
	id, err := subscriptionID(text)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	n, err := a.services.DeadLetters.Purge(ctx, exchange.ScopeOf(ctx), id, positions)
	if err != nil {
		a.fail(w, r, named(err, id))
		return
	}
	answer(w, http.StatusOK, Count{Count: n})
}

func position(parameter, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, &query.Error{Parameter: parameter, Reason: "want a dead letter's position, a whole number"}
	}
	return n, nil
}

func shown(l *subscription.DeadLetter) DeadLetter {
	d := DeadLetter{
		Position: l.Position, EventId: string(l.EventID), EventType: l.Type.String(),
		Timestamp: moment(l.At), DiedAt: moment(l.DiedAt), Attempts: l.Attempts, Reason: l.Reason,
		Redelivering: l.Redelivering, Notification: json.RawMessage(l.Notification),
	}
	if l.Type != o2.EventResync {
		d.ObjectType, d.ObjectId = l.Object.Kind.String(), string(l.Object.ID)
	}
	return d
}

// moment is a time as this API shows it: in UTC, in milliseconds.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// answer sends v, one of the types of the document.
func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a notification that is no JSON: contained and told by the server
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	h["Cache-Control"] = []string{"no-store"}
	w.WriteHeader(status)
	// An error here is the caller's connection: there is nobody left to tell.
	_, _ = w.Write(b)
}
