package o2ims

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

const pathSubscriptions = "/subscriptions/"

// ListSubscriptions answers with one page of the caller's subscriptions.
func (a *API) ListSubscriptions(w http.ResponseWriter, r *http.Request) {
	req, err := a.reading.Parse(r, subscriptionSchema, nil)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	all, err := a.services.Subscriptions.List(ctx, exchange.ScopeOf(ctx), a.version.Surface)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	reading.AnswerCollection(a.reading, w, r, subscriptions, req, pointers(all))
}

// GetSubscription answers with one subscription.
func (a *API) GetSubscription(w http.ResponseWriter, r *http.Request, text string) {
	selector, byDefault, err := a.reading.ParseObject(r, subscriptionSchema)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, reading.UnknownID(nounSubscription, text))
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Get(ctx, exchange.ScopeOf(ctx), a.version.Surface, id)
	if err != nil {
		a.fail(w, r, reading.Named(err, nounSubscription, string(id)))
		return
	}
	reading.AnswerOne(a.reading, w, r, subscriptions, &s, selector, byDefault)
}

// CreateSubscription subscribes: 201 with the subscription's location.
func (a *API) CreateSubscription(w http.ResponseWriter, r *http.Request) {
	if a.begin(w, r) {
		a.services.Once.Serve(w, r, a.createSubscription)
	}
}

func (a *API) createSubscription(w http.ResponseWriter, r *http.Request) {
	var in subscriptionCreate
	if !a.read(w, r, a.subscriptionCreate.Read, &in) {
		return
	}
	spec, err := specOf(in.Callback, in.ConsumerSubscriptionID, in.Filter, in.Secret)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	spec.InitialState = in.InitialState
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Create(ctx, exchange.ScopeOf(ctx), a.version.Surface, spec)
	if err != nil {
		a.fail(w, r, a.withTwin(r, err))
		return
	}
	w.Header()["Location"] = []string{a.config.ExternalURL + a.version.Base + pathSubscriptions + string(s.ID)}
	a.reading.SendWritten(w, http.StatusCreated, appendSubscription(nil, &s))
}

// UpdateSubscription replaces what may change of a subscription.
func (a *API) UpdateSubscription(w http.ResponseWriter, r *http.Request, text string) {
	var in subscriptionUpdate
	if !a.begin(w, r) || !a.read(w, r, a.subscriptionUpdate.Read, &in) {
		return
	}
	spec, err := specOf(in.Callback, in.ConsumerSubscriptionID, in.Filter, in.Secret)
	if err == nil && in.InitialState {
		err = &o2.FieldError{Attribute: "initialState", Reason: "counts when a subscription is made; leave it out"}
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, reading.UnknownID(nounSubscription, text))
		return
	}
	if in.SubscriptionID != "" && !strings.EqualFold(in.SubscriptionID, string(id)) {
		a.fail(w, r, &o2.FieldError{Attribute: "subscriptionId", Reason: "differs from the path's; leave it out"})
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Update(ctx, exchange.ScopeOf(ctx), a.version.Surface, id, spec)
	if err != nil {
		a.fail(w, r, a.withTwin(r, reading.Named(err, nounSubscription, string(id))))
		return
	}
	a.reading.SendWritten(w, http.StatusOK, appendSubscription(nil, &s))
}

// DeleteSubscription ends a subscription.
func (a *API) DeleteSubscription(w http.ResponseWriter, r *http.Request, text string) {
	id, ok := a.beginDelete(w, r, nounSubscription, text)
	if !ok {
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if err := a.services.Subscriptions.Delete(ctx, exchange.ScopeOf(ctx), a.version.Surface, id); err != nil {
		a.fail(w, r, reading.Named(err, nounSubscription, string(id)))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func specOf(callback, consumerID string, filter json.RawMessage, secret *string) (subscription.Spec, error) {
	text, err := FilterText(filter)
	if err != nil {
		return subscription.Spec{}, err
	}
	spec := subscription.Spec{Callback: callback, ConsumerSubscriptionID: consumerID, Filter: text}
	if secret != nil {
		kept := o2.Secret(*secret)
		spec.Secret = &kept
	}
	return spec, nil
}

// withTwin names the subscription that a new one would be the duplicate of, if
// the caller may see it.
func (a *API) withTwin(r *http.Request, err error) error {
	var twin *subscriptionstore.DuplicateError
	if !errors.As(err, &twin) {
		return err
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if _, seen := a.services.Subscriptions.Get(ctx, exchange.ScopeOf(ctx), a.version.Surface, twin.ID); seen != nil {
		return err
	}
	return problem.Problem{
		Status:     http.StatusConflict,
		Detail:     fmt.Sprintf("%v: read, change or delete that one", twin),
		Additional: map[string]any{"subscriptionId": twin.ID},
	}
}

// subscriptions is the list of them, by id.
var subscriptions = reading.Collection[*subscription.Subscribed]{
	Schema: subscriptionSchema,
	Key:    func(s *subscription.Subscribed) string { return string(s.ID) },
	Append: appendSubscription,
}

func pointers(all []subscription.Subscribed) []*subscription.Subscribed {
	list := make([]*subscription.Subscribed, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	return list
}
