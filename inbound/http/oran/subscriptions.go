package oran

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

const pathSubscriptions = "/subscriptions/"

// subscriptions serves the subscriptions of a version. It is safe for concurrent
// use.
type subscriptions struct {
	version *Version
	// deadline bounds what the store may take.
	deadline time.Duration
	reading  *reading.Reading
	service  subscription.Subscriptions
	body     *body.Reader
	once     *idempotency.Once
}

// list answers with one page of the caller's subscriptions.
func (s *subscriptions) list(w http.ResponseWriter, r *http.Request) {
	req, err := s.reading.Parse(r, subscribed.Schema, nil)
	if err != nil {
		s.reading.Fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.deadline)
	defer cancel()
	all, err := s.service.List(ctx, exchange.ScopeOf(ctx), s.version.Surface)
	if err != nil {
		s.reading.Fail(w, r, err)
		return
	}
	list := make([]*subscription.Subscribed, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	reading.AnswerCollection(s.reading, w, r, subscribed, req, list)
}

// get answers with one subscription.
func (s *subscriptions) get(w http.ResponseWriter, r *http.Request, text string) {
	selector, byDefault, err := s.reading.ParseObject(r, subscribed.Schema)
	if err != nil {
		s.reading.Fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		s.reading.Fail(w, r, reading.UnknownID(nounSubscription, text))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.deadline)
	defer cancel()
	found, err := s.service.Get(ctx, exchange.ScopeOf(ctx), s.version.Surface, id)
	if err != nil {
		s.reading.Fail(w, r, reading.Named(err, nounSubscription, text))
		return
	}
	reading.AnswerOne(s.reading, w, r, subscribed, &found, selector, byDefault)
}

// create subscribes: 201 with the subscription's location.
func (s *subscriptions) create(w http.ResponseWriter, r *http.Request) {
	if err := reading.CheckWrite(r); err != nil {
		s.reading.Fail(w, r, err)
		return
	}
	s.once.Serve(w, r, s.createOnce)
}

func (s *subscriptions) createOnce(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Callback               string `json:"callback"`
		ConsumerSubscriptionID string `json:"consumerSubscriptionId"`
		Filter                 string `json:"filter"`
	}
	if err := s.body.Read(r, &in); err != nil {
		s.reading.Fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.deadline)
	defer cancel()
	made, err := s.service.Create(ctx, exchange.ScopeOf(ctx), s.version.Surface, subscription.Spec{
		Callback: in.Callback, ConsumerSubscriptionID: in.ConsumerSubscriptionID, Filter: in.Filter,
	})
	if err != nil {
		s.reading.Fail(w, r, s.refused(ctx, err))
		return
	}
	w.Header()["Location"] = []string{s.reading.ExternalURL() + s.version.Base + pathSubscriptions + string(made.ID)}
	s.reading.SendWritten(w, http.StatusCreated, subscribed.Append(nil, &made))
}

// refused tells of a duplicate with the version's own status, and names the
// subscription that there is if the caller may see it.
func (s *subscriptions) refused(ctx context.Context, err error) error {
	var twin *subscriptionstore.DuplicateError
	if !errors.As(err, &twin) {
		return err
	}
	p := problem.Problem{
		Status: s.version.Duplicate,
		Detail: "there is a subscription with the same callback, consumerSubscriptionId and filter",
	}
	if _, unseen := s.service.Get(ctx, exchange.ScopeOf(ctx), s.version.Surface, twin.ID); unseen == nil {
		p.Detail = fmt.Sprintf("%v: read or delete that one", twin)
		p.Additional = map[string]any{"subscriptionId": twin.ID}
	}
	return p
}

// delete ends a subscription.
func (s *subscriptions) delete(w http.ResponseWriter, r *http.Request, text string) {
	if err := reading.CheckWrite(r); err != nil {
		s.reading.Fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		s.reading.Fail(w, r, reading.UnknownID(nounSubscription, text))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.deadline)
	defer cancel()
	if err := s.service.Delete(ctx, exchange.ScopeOf(ctx), s.version.Surface, id); err != nil {
		s.reading.Fail(w, r, reading.Named(err, nounSubscription, text))
		return
	}
	w.WriteHeader(s.version.Deleted)
}
