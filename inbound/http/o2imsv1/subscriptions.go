package o2imsv1

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/conditional"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/request"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

const pathSubscriptions = "/subscriptions/"

// ListSubscriptions answers with one page of the caller's subscriptions.
func (a *API) ListSubscriptions(w http.ResponseWriter, r *http.Request) {
	req, err := a.parseListOf(r, subscriptionSchema, nil)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	all, err := a.services.Subscriptions.List(ctx, exchange.ScopeOf(ctx), Surface)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	page, more := pageOf(all, &req.query)
	b := append(make([]byte, 0, 512*(len(page)+1)), `{"items":[`...)
	for i, s := range page {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSelected(b, s, req.selector)
	}
	b = append(b, ']', '}')
	if more {
		last := page[len(page)-1].ID
		w.Header()["Link"] = []string{request.NextLink(r, a.config.ExternalURL, paramMarker, query.EncodeMarker(req.markerKey, string(last)))}
	}
	answerUnlessHeld(w, r, b)
}

// GetSubscription answers with one subscription.
func (a *API) GetSubscription(w http.ResponseWriter, r *http.Request, text string) {
	selector, err := a.parseObject(r, subscriptionSchema)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, unknownID(nounSubscription, text))
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Get(ctx, exchange.ScopeOf(ctx), Surface, id)
	if err != nil {
		a.fail(w, r, named(err, nounSubscription, id))
		return
	}
	answerUnlessHeld(w, r, appendSelected(nil, &s, selector))
}

// CreateSubscription subscribes: 201 with the subscription's location.
func (a *API) CreateSubscription(w http.ResponseWriter, r *http.Request) {
	if a.begin(w, r) {
		a.services.Once.Serve(w, r, a.createSubscription)
	}
}

func (a *API) createSubscription(w http.ResponseWriter, r *http.Request) {
	var in SubscriptionCreate
	if !a.read(w, r, a.subscriptionCreate.Read, &in) {
		return
	}
	spec, err := specOf(in.Callback, in.ConsumerSubscriptionId, in.Filter, in.Secret)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	spec.InitialState = in.InitialState
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Create(ctx, exchange.ScopeOf(ctx), Surface, spec)
	if err != nil {
		a.fail(w, r, a.withTwin(r, err))
		return
	}
	w.Header()["Location"] = []string{a.config.ExternalURL + Base + pathSubscriptions + string(s.ID)}
	answerSubscription(w, http.StatusCreated, &s)
}

// UpdateSubscription replaces what may change of a subscription.
func (a *API) UpdateSubscription(w http.ResponseWriter, r *http.Request, text string) {
	var in SubscriptionUpdate
	if !a.begin(w, r) || !a.read(w, r, a.subscriptionUpdate.Read, &in) {
		return
	}
	spec, err := specOf(in.Callback, in.ConsumerSubscriptionId, in.Filter, in.Secret)
	if err == nil && in.InitialState {
		err = &o2.FieldError{Attribute: "initialState", Reason: "counts when a subscription is made; leave it out"}
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.fail(w, r, unknownID(nounSubscription, text))
		return
	}
	if in.SubscriptionId != "" && !strings.EqualFold(in.SubscriptionId, string(id)) {
		a.fail(w, r, &o2.FieldError{Attribute: "subscriptionId", Reason: "differs from the path's; leave it out"})
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	s, err := a.services.Subscriptions.Update(ctx, exchange.ScopeOf(ctx), Surface, id, spec)
	if err != nil {
		a.fail(w, r, a.withTwin(r, named(err, nounSubscription, id)))
		return
	}
	answerSubscription(w, http.StatusOK, &s)
}

// DeleteSubscription ends a subscription.
func (a *API) DeleteSubscription(w http.ResponseWriter, r *http.Request, text string) {
	id, ok := a.beginDelete(w, r, nounSubscription, text)
	if !ok {
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if err := a.services.Subscriptions.Delete(ctx, exchange.ScopeOf(ctx), Surface, id); err != nil {
		a.fail(w, r, named(err, nounSubscription, id))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func specOf(callback, consumerID string, filter json.RawMessage, secret *string) (subscription.Spec, error) {
	text, err := filterText(filter)
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
	if _, seen := a.services.Subscriptions.Get(ctx, exchange.ScopeOf(ctx), Surface, twin.ID); seen != nil {
		return err
	}
	return problem.Problem{
		Status:     http.StatusConflict,
		Detail:     fmt.Sprintf("%v: read, change or delete that one", twin),
		Additional: map[string]any{"subscriptionId": twin.ID},
	}
}

// pageOf returns the page that q asks for, and whether others follow. all is
// ordered by id.
func pageOf(all []subscription.Subscribed, q *inventory.Query) (page []*subscription.Subscribed, more bool) {
	start, _ := slices.BinarySearchFunc(all, q.After, func(s subscription.Subscribed, after o2.ID) int {
		if s.ID <= after {
			return -1
		}
		return 1
	})
	skip := q.Offset
	for i := start; i < len(all); i++ {
		s := &all[i]
		switch {
		case !q.Filter.Match(s):
		case skip > 0:
			skip--
		case len(page) == q.Limit:
			return page, true
		default:
			page = append(page, s)
		}
	}
	return page, false
}

func appendSelected(dst []byte, s *subscription.Subscribed, selector *query.Selector) []byte {
	if selector.Whole() {
		return appendSubscription(dst, s)
	}
	return selector.Apply(dst, appendSubscription(nil, s))
}

// answerUnlessHeld sends a body, or 304 if the caller holds the same.
func answerUnlessHeld(w http.ResponseWriter, r *http.Request, b []byte) {
	if notModified(w, r, tagOf(b)) {
		return
	}
	begin(w, len(b))
	send(w, b)
}

func answerSubscription(w http.ResponseWriter, status int, s *subscription.Subscribed) {
	b := appendSubscription(nil, s)
	h := w.Header()
	h["Cache-Control"] = cacheControl
	h["Etag"] = []string{tagOf(b)}
	h["Content-Type"] = contentType
	h["Content-Length"] = []string{strconv.Itoa(len(b))}
	w.WriteHeader(status)
	send(w, b)
}

// tagOf is the tag of a body that is put together for each answer.
func tagOf(b []byte) string {
	sum := sha256.Sum256(b)
	return conditional.Tag(version, o2.Digest(sum[:len(o2.Digest{})]))
}
