package monitoringv1

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

const (
	// nounSubscription is the data type of alarm subscriptions, as errors name it.
	nounSubscription = "AlarmSubscriptionInfo"
	// pathSubscriptions is where they are served, under Base.
	pathSubscriptions = "/alarmSubscriptions/"
)

// subscribed is a subscription with its status, which this API does not show.
type subscribed = *subscription.Subscribed

// subscriptions is the list of them, by id.
var subscriptions = reading.Collection[subscribed]{
	Schema: query.NewSchema(nounSubscription,
		nouns.Reference("alarmSubscriptionId", query.NoIndex, true, func(s subscribed) o2.ID { return s.ID }),
		nouns.Mandatory("callback", func(s subscribed) string { return s.Callback }),
		nouns.Optional("consumerSubscriptionId", func(s subscribed) string { return s.ConsumerSubscriptionID }),
		nouns.Optional("filter", func(s subscribed) string { return s.Filter }),
	),
	Key:    func(s subscribed) string { return string(s.ID) },
	Append: appendSubscription,
}

// appendSubscription encodes s as this API shows it: never its secret.
func appendSubscription(b []byte, s subscribed) []byte {
	b = jsontext.Append(append(b, `{"alarmSubscriptionId":`...), string(s.ID))
	b = jsontext.Append(append(b, `,"callback":`...), s.Callback)
	b = nouns.AppendOptional(b, `,"consumerSubscriptionId":`, s.ConsumerSubscriptionID)
	return append(nouns.AppendOptional(b, `,"filter":`, s.Filter), '}')
}

// ListAlarmSubscriptions answers with one page of the caller's subscriptions.
func (a *API) ListAlarmSubscriptions(w http.ResponseWriter, r *http.Request) {
	req, err := a.reading.Parse(r, subscriptions.Schema, nil)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	all, err := a.services.Subscriptions.List(ctx, exchange.ScopeOf(ctx), Surface)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	reading.AnswerCollection(a.reading, w, r, subscriptions, req, pointers(all))
}

// GetAlarmSubscription answers with one subscription.
func (a *API) GetAlarmSubscription(w http.ResponseWriter, r *http.Request, text string) {
	selector, byDefault, err := a.reading.ParseObject(r, subscriptions.Schema)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.reading.Fail(w, r, reading.UnknownID(nounSubscription, text))
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Get(ctx, exchange.ScopeOf(ctx), Surface, id)
	if err != nil {
		a.reading.Fail(w, r, reading.Named(err, nounSubscription, string(id)))
		return
	}
	reading.AnswerOne(a.reading, w, r, subscriptions, &s, selector, byDefault)
}

// CreateAlarmSubscription subscribes: 201 with the subscription's location.
func (a *API) CreateAlarmSubscription(w http.ResponseWriter, r *http.Request) {
	if a.begin(w, r) {
		a.services.Once.Serve(w, r, a.createSubscription)
	}
}

func (a *API) createSubscription(w http.ResponseWriter, r *http.Request) {
	var in AlarmSubscriptionCreate
	if err := a.subscriptionCreate.Read(r, &in); err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	spec := subscription.Spec{Callback: in.Callback, ConsumerSubscriptionID: in.ConsumerSubscriptionId, Filter: in.Filter}
	if in.Secret != nil {
		kept := o2.Secret(*in.Secret)
		spec.Secret = &kept
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Create(ctx, exchange.ScopeOf(ctx), Surface, spec)
	if err != nil {
		a.reading.Fail(w, r, a.withTwin(r, err))
		return
	}
	w.Header()["Location"] = []string{a.config.ExternalURL + Base + pathSubscriptions + string(s.ID)}
	a.reading.SendWritten(w, http.StatusCreated, appendSubscription(nil, &s))
}

// DeleteAlarmSubscription ends a subscription: 200 without a body, as the standard
// has it.
func (a *API) DeleteAlarmSubscription(w http.ResponseWriter, r *http.Request, text string) {
	if !a.begin(w, r) {
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.reading.Fail(w, r, reading.UnknownID(nounSubscription, text))
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if err := a.services.Subscriptions.Delete(ctx, exchange.ScopeOf(ctx), Surface, id); err != nil {
		a.reading.Fail(w, r, reading.Named(err, nounSubscription, string(id)))
		return
	}
	w.WriteHeader(http.StatusOK)
}

// withTwin tells a duplicate as the 400 that the standard's conformance has it be,
// and names the other if the caller may see it.
func (a *API) withTwin(r *http.Request, err error) error {
	var twin *subscriptionstore.DuplicateError
	if !errors.As(err, &twin) {
		return err
	}
	p := problem.Problem{
		Status: http.StatusBadRequest,
		Detail: "there is a subscription with the same callback, consumerSubscriptionId and filter",
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if _, unseen := a.services.Subscriptions.Get(ctx, exchange.ScopeOf(ctx), Surface, twin.ID); unseen == nil {
		p.Detail = fmt.Sprintf("%v: read or delete that one", twin)
		p.Additional = map[string]any{"alarmSubscriptionId": twin.ID}
	}
	return p
}
