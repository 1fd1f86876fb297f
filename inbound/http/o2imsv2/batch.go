package o2imsv2

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/idempotency"
	"github.com/netweave/netweave/inbound/http/o2ims"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/inbound/http/recording"
)

const (
	// maxBatch bounds the changes of one batch.
	maxBatch = 100
	// maxItemID bounds an id in bytes, before anything is asked of it.
	maxItemID = 256
)

// batches does several changes for one request. Each goes through the router as the
// request that it would be by itself: behind the same guard, so that it needs its own
// permission, takes its own tokens, and is recorded by itself.
type batches struct {
	router   http.Handler
	once     *idempotency.Once
	deadline time.Duration
	readers  [2]*body.Reader // of pools and of subscriptions
}

// What a batch is about.
const (
	ofPools = iota
	ofSubscriptions
)

// batched are the collections, and what one of their objects is called in a result.
var batched = [2]struct{ path, noun string }{
	ofPools:         {Base + "/resourcePools", "resourcePool"},
	ofSubscriptions: {Base + "/subscriptions", "subscription"},
}

func newBatches(config o2ims.Config, once *idempotency.Once) (b batches, err error) {
	schemas, err := version.Bodies()
	if err != nil {
		return b, err
	}
	b.once, b.deadline = once, config.WriteDeadline
	for about, name := range [2]string{ofPools: "ResourcePoolBatch", ofSubscriptions: "SubscriptionBatch"} {
		schema, err := schemas.Get(name)
		if err != nil {
			return b, err
		}
		b.readers[about] = body.NewReader(schema.Unlisted(), config.BodyBytes)
	}
	return b, nil
}

// BatchResourcePools deletes and creates pools.
func (a *API) BatchResourcePools(w http.ResponseWriter, r *http.Request) { a.batch(w, r, ofPools) }

// BatchSubscriptions deletes and creates subscriptions.
func (a *API) BatchSubscriptions(w http.ResponseWriter, r *http.Request) {
	a.batch(w, r, ofSubscriptions)
}

func (a *API) batch(w http.ResponseWriter, r *http.Request, about int) {
	if err := reading.CheckPlain(r); err != nil {
		a.Reading().Fail(w, r, err)
		return
	}
	a.batches.once.Serve(w, r, func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Delete, Create []json.RawMessage }
		err := a.batches.readers[about].Read(r, &in)
		if n := len(in.Delete) + len(in.Create); err == nil && (n == 0 || n > maxBatch) {
			err = problem.Problem{
				Status: http.StatusBadRequest,
				Detail: fmt.Sprintf("want 1 to %d changes under delete and create together, not %d", maxBatch, n),
			}
		}
		if err != nil {
			a.Reading().Fail(w, r, err)
			return
		}
		a.batches.serve(w, r, about, in.Delete, in.Create)
	})
}

// results is the answer to a batch.
type results struct {
	Succeeded int      `json:"succeeded"`
	Failed    int      `json:"failed"`
	Delete    []result `json:"delete"`
	Create    []result `json:"create"`
}

// result is the answer to one change.
type result struct {
	Status       int             `json:"status"`
	ID           string          `json:"id,omitempty"`
	Location     string          `json:"location,omitempty"`
	ResourcePool json.RawMessage `json:"resourcePool,omitempty"`
	Subscription json.RawMessage `json:"subscription,omitempty"`
	Problem      json.RawMessage `json:"problem,omitempty"`
	RetryAfter   int             `json:"retryAfter,omitempty"`
}

// serve makes the changes, one after the other, within the time of one.
func (b *batches) serve(w http.ResponseWriter, r *http.Request, about int, deletes, creates []json.RawMessage) {
	ctx, cancel := context.WithTimeout(r.Context(), b.deadline)
	defer cancel()
	all := results{Delete: make([]result, len(deletes)), Create: make([]result, len(creates))}
	for i, raw := range deletes {
		all.Delete[i] = b.remove(ctx, r, about, i, raw)
		all.count(&all.Delete[i])
	}
	for i, raw := range creates {
		all.Create[i] = b.create(ctx, r, about, raw)
		all.count(&all.Create[i])
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(all); err != nil { // what handlers answer is JSON
		panic(fmt.Errorf("encoding the results of a batch: %w", err))
	}
	sent := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	if all.passing() {
		idempotency.Pass(w)
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(sent))}
	h["Cache-Control"] = []string{"private, no-cache"}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(sent) // an error here is the caller's connection
}

// passing reports whether nothing was done, and all of it may be done later.
func (all *results) passing() bool {
	for _, list := range [][]result{all.Delete, all.Create} {
		for i := range list {
			if !idempotency.Passing(list[i].Status) {
				return false
			}
		}
	}
	return true
}

func (all *results) count(one *result) {
	if one.Status < http.StatusBadRequest {
		all.Succeeded++
	} else {
		all.Failed++
	}
}

func (b *batches) remove(ctx context.Context, r *http.Request, about, i int, raw json.RawMessage) result {
	var id string
	if json.Unmarshal(raw, &id) != nil || raw[0] != '"' || id == "" || len(id) > maxItemID {
		return refused(problem.Problem{
			Status: http.StatusBadRequest, Detail: fmt.Sprintf("delete/%d must be the id of a %s", i, batched[about].noun),
		})
	}
	one := b.ask(ctx, r, http.MethodDelete, batched[about].path+"/"+url.PathEscape(id), nil)
	one.ID = id
	return one
}

func (b *batches) create(ctx context.Context, r *http.Request, about int, raw json.RawMessage) result {
	one := b.ask(ctx, r, http.MethodPost, batched[about].path, raw)
	if about == ofSubscriptions {
		one.Subscription, one.ResourcePool = one.ResourcePool, nil
	}
	return one
}

// ask makes one change as the caller's own request for it. What was made is under
// ResourcePool, whatever it is.
func (b *batches) ask(ctx context.Context, r *http.Request, method, path string, content []byte) result {
	if ctx.Err() != nil {
		return refused(problem.Problem{
			Status: http.StatusGatewayTimeout, Detail: "not begun: the time of the batch was over; nothing was done",
		})
	}
	target, err := url.Parse(path)
	if err != nil {
		return refused(problem.Problem{Status: http.StatusBadRequest, Detail: "this is no id"}) // we have escaped it
	}
	single := r.Clone(ctx)
	single.Method, single.URL, single.RequestURI = method, target, path
	single.Body, single.ContentLength, single.TransferEncoding = io.NopCloser(bytes.NewReader(content)), int64(len(content)), nil
	for _, name := range []string{idempotency.Header, "Content-Encoding", "Content-Length"} {
		single.Header.Del(name)
	}
	single.Header.Set("Content-Type", "application/json")

	outer, answer := exchange.From(r.Context()), recording.New()
	inner, single := exchange.Begin(answer, single, outer.RequestID)
	defer inner.End()
	inner.Scope = outer.Scope
	inner.Routing().RouteMethod, inner.Routing().RoutePath = method, cmp.Or(target.RawPath, target.Path)
	b.router.ServeHTTP(inner, single)

	one := result{Status: answer.Status(), Location: answer.Header().Get("Location")}
	switch {
	case one.Status >= http.StatusBadRequest:
		one.Problem = answer.Body()
	case len(answer.Body()) > 0:
		one.ResourcePool = answer.Body()
	}
	one.RetryAfter, _ = strconv.Atoi(answer.Header().Get("Retry-After")) // our own: a number, or not there
	return one
}

func refused(p problem.Problem) result {
	return result{Status: p.Status, Problem: p.Encode()}
}
