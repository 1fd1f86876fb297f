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

// SubscriptionsConfig says how a version serves subscriptions.
type SubscriptionsConfig struct {
	// Surface is the family's name, Path where its subscriptions are served.
	Surface, Path string
	// Noun is the data type's name and ID that of what identifies it; as the inventory
	// has them where they are "".
	Noun, ID string
	// Duplicate is the status of a subscription that is there already, Deleted that
	// of one that was deleted.
	Duplicate, Deleted int
	// Deadline bounds what the store may take.
	Deadline time.Duration

	Reading *reading.Reading
	Service subscription.Subscriptions
	Body    *body.Reader
	// Once answers a create that is sent again under its Idempotency-Key.
	Once *idempotency.Once
}

// Subscriptions serves the subscriptions of a version of an API. It is safe for
// concurrent use.
type Subscriptions struct {
	config SubscriptionsConfig
	shown  reading.Collection[*subscription.Subscribed]
}

// NewSubscriptions makes what serves subscriptions.
func NewSubscriptions(c SubscriptionsConfig) *Subscriptions {
	if c.Noun == "" {
		c.Noun, c.ID = "Subscription", "subscriptionId"
	}
	return &Subscriptions{config: c, shown: subscribed(c.Noun, c.ID)}
}

// List answers with one page of the caller's subscriptions.
func (s *Subscriptions) List(w http.ResponseWriter, r *http.Request) {
	c := &s.config
	req, err := c.Reading.Parse(r, s.shown.Schema, nil)
	if err != nil {
		c.Reading.Fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.Deadline)
	defer cancel()
	all, err := c.Service.List(ctx, exchange.ScopeOf(ctx), c.Surface)
	if err != nil {
		c.Reading.Fail(w, r, err)
		return
	}
	list := make([]*subscription.Subscribed, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	reading.AnswerCollection(c.Reading, w, r, s.shown, req, list)
}

// Get answers with one subscription.
func (s *Subscriptions) Get(w http.ResponseWriter, r *http.Request, text string) {
	c := &s.config
	selector, byDefault, err := c.Reading.ParseObject(r, s.shown.Schema)
	if err != nil {
		c.Reading.Fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		c.Reading.Fail(w, r, reading.UnknownID(c.Noun, text))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.Deadline)
	defer cancel()
	found, err := c.Service.Get(ctx, exchange.ScopeOf(ctx), c.Surface, id)
	if err != nil {
		c.Reading.Fail(w, r, reading.Named(err, c.Noun, text))
		return
	}
	reading.AnswerOne(c.Reading, w, r, s.shown, &found, selector, byDefault)
}

// Create subscribes: 201 with the subscription's location.
func (s *Subscriptions) Create(w http.ResponseWriter, r *http.Request) {
	if err := reading.CheckWrite(r); err != nil {
		s.config.Reading.Fail(w, r, err)
		return
	}
	s.config.Once.Serve(w, r, s.create)
}

func (s *Subscriptions) create(w http.ResponseWriter, r *http.Request) {
	c := &s.config
	var in struct {
		Callback               string `json:"callback"`
		ConsumerSubscriptionID string `json:"consumerSubscriptionId"`
		Filter                 string `json:"filter"`
		// Secret is taken where the version's document has it.
		Secret *string `json:"secret"`
	}
	if err := c.Body.Read(r, &in); err != nil {
		c.Reading.Fail(w, r, err)
		return
	}
	spec := subscription.Spec{Callback: in.Callback, ConsumerSubscriptionID: in.ConsumerSubscriptionID, Filter: in.Filter}
	if in.Secret != nil {
		kept := o2.Secret(*in.Secret)
		spec.Secret = &kept
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.Deadline)
	defer cancel()
	made, err := c.Service.Create(ctx, exchange.ScopeOf(ctx), c.Surface, spec)
	if err != nil {
		c.Reading.Fail(w, r, s.refused(ctx, err))
		return
	}
	w.Header()["Location"] = []string{c.Reading.ExternalURL() + c.Path + "/" + string(made.ID)}
	c.Reading.SendWritten(w, http.StatusCreated, s.shown.Append(nil, &made))
}

// refused tells of a duplicate with the version's own status, and names the
// subscription that there is if the caller may see it.
func (s *Subscriptions) refused(ctx context.Context, err error) error {
	var twin *subscriptionstore.DuplicateError
	if !errors.As(err, &twin) {
		return err
	}
	p := problem.Problem{
		Status: s.config.Duplicate,
		Detail: "there is a subscription with the same callback, consumerSubscriptionId and filter",
	}
	if _, unseen := s.config.Service.Get(ctx, exchange.ScopeOf(ctx), s.config.Surface, twin.ID); unseen == nil {
		p.Detail = fmt.Sprintf("%v: read or delete that one", twin)
		p.Additional = map[string]any{s.config.ID: twin.ID}
	}
	return p
}

// Delete ends a subscription.
func (s *Subscriptions) Delete(w http.ResponseWriter, r *http.Request, text string) {
	c := &s.config
	if err := reading.CheckWrite(r); err != nil {
		c.Reading.Fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		c.Reading.Fail(w, r, reading.UnknownID(c.Noun, text))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.Deadline)
	defer cancel()
	if err := c.Service.Delete(ctx, exchange.ScopeOf(ctx), c.Surface, id); err != nil {
		c.Reading.Fail(w, r, reading.Named(err, c.Noun, text))
		return
	}
	w.WriteHeader(c.Deleted)
}
