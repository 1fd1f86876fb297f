package reading

import (
	"crypto/sha256"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/conditional"
	"github.com/netweave/netweave/ports/inventory"
)

// List answers with one page of objects of t.
func (a *Reading) List(w http.ResponseWriter, r *http.Request, t Type) {
	a.ListAsked(w, r, t, Asked{Schema: t.Schema})
}

// ListAsked is List for a list of which there is more to say.
func (a *Reading) ListAsked(w http.ResponseWriter, r *http.Request, t Type, asked Asked) {
	req, err := a.ParseAsked(r, asked)
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	a.Answer(w, r, t, req)
}

// ListWithin answers with one page of those objects of t whose attribute reference
// is the parent's id, or 404 if the caller sees no such parent.
func (a *Reading) ListWithin(w http.ResponseWriter, r *http.Request, t Type, reference string, parent Type, parentID string) {
	a.ListWithinAsked(w, r, t, Asked{Schema: t.Schema}, reference, parent, parentID)
}

// ListWithinAsked is ListWithin for a list of which there is more to say.
func (a *Reading) ListWithinAsked(w http.ResponseWriter, r *http.Request, t Type, asked Asked, reference string, parent Type, parentID string) {
	// The query is judged before the parent: 400 comes before 404, whatever the id.
	if id, isID := o2.ParseID(parentID); isID {
		within, err := a.within.within(t.Schema, reference, id)
		if err != nil {
			a.Fail(w, r, err)
			return
		}
		asked.Within = query.And(asked.Within, within)
	}
	req, err := a.ParseAsked(r, asked)
	if err == nil {
		_, _, err = a.Seen(r.Context(), r, parent, parentID)
	}
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	a.Answer(w, r, t, req)
}

// Answer answers a request that was parsed.
func (a *Reading) Answer(w http.ResponseWriter, r *http.Request, t Type, req Request) {
	req.Query.Kind = t.Kind
	page, err := a.reader.List(r.Context(), scopeOf(r), req.Query)
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	SetFreshness(w.Header(), page.Freshness)
	next := ""
	if page.More && len(page.Items) > 0 {
		last := page.Items[len(page.Items)-1].Object()
		next = a.nextPage(w, r, &req, string(last.Head().ID), last)
	}
	closing := a.closing(&req, page.Total, next)
	digest := listDigest(page.Digest, &req, closing)
	if a.notModified(w, r, digest) {
		return
	}
	if kept := a.pages.get(digest); kept != nil {
		begin(w, http.StatusOK, len(kept))
		send(w, kept)
		return
	}
	a.writeList(w, digest, page.Items, t, &req, closing)
}

// Get answers with the object of t whose id is text.
func (a *Reading) Get(w http.ResponseWriter, r *http.Request, t Type, text string) {
	a.answerObject(w, r, t, func() (inventory.Item, inventory.Freshness, error) {
		return a.Seen(r.Context(), r, t, text)
	})
}

// GetWithin answers with the object of t whose id is text, if the caller sees the
// parent and it is the parent's: parentOf tells whose it is.
func (a *Reading) GetWithin(w http.ResponseWriter, r *http.Request, t Type, text string, parent Type, parentID string, parentOf func(o2.Object) o2.ID) {
	a.answerObject(w, r, t, func() (item inventory.Item, f inventory.Freshness, err error) {
		within, _, err := a.Seen(r.Context(), r, parent, parentID)
		if err != nil {
			return nil, f, err
		}
		if item, f, err = a.Seen(r.Context(), r, t, text); err == nil && parentOf(item.Object()) != within.Object().Head().ID {
			err = UnknownID(t.Noun, text)
		}
		return item, f, err
	})
}

// answerObject answers with what find finds, once the query has been judged.
func (a *Reading) answerObject(w http.ResponseWriter, r *http.Request, t Type, find func() (inventory.Item, inventory.Freshness, error)) {
	selector, byDefault, err := a.ParseObject(r, t.Schema)
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	item, freshness, err := find()
	if err != nil {
		a.Fail(w, r, err)
		return
	}
	SetFreshness(w.Header(), freshness)
	if a.notModified(w, r, objectDigest(item.Object().Head().Digest, selector, byDefault)) {
		return
	}
	b := appendItem(make([]byte, 0, len(item.Encoded(t.Shape))), t, item, selector, byDefault)
	begin(w, http.StatusOK, len(b))
	send(w, b)
}

// Written answers a change with what the object is now, as if it had been asked for
// without selectors.
func (a *Reading) Written(w http.ResponseWriter, status int, t Type, item inventory.Item) {
	h := w.Header()
	h["Cache-Control"] = cacheControl
	h["Etag"] = []string{conditional.Tag(a.format.Version, item.Object().Head().Digest)}
	b := item.Encoded(t.Default)
	begin(w, status, len(b))
	send(w, b)
}

// Send answers a read with a body that was put together for it, or with 304 if the
// caller holds the same.
func (a *Reading) Send(w http.ResponseWriter, r *http.Request, body []byte) {
	if a.notModified(w, r, digestOf(body)) {
		return
	}
	begin(w, http.StatusOK, len(body))
	send(w, body)
}

// SendWritten answers a change with a body that was put together for it.
func (a *Reading) SendWritten(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h["Cache-Control"] = cacheControl
	h["Etag"] = []string{conditional.Tag(a.format.Version, digestOf(body))}
	begin(w, status, len(body))
	send(w, body)
}

func digestOf(body []byte) o2.Digest {
	sum := sha256.Sum256(body)
	return o2.Digest(sum[:len(o2.Digest{})])
}

// notModified sets the answer's tag, and answers 304 if the caller holds it.
func (a *Reading) notModified(w http.ResponseWriter, r *http.Request, digest o2.Digest) bool {
	tag := conditional.Tag(a.format.Version, digest)
	h := w.Header()
	h["Cache-Control"] = cacheControl
	if r.Header["If-None-Match"] != nil {
		if held, ok := conditional.Match(r, tag); ok {
			h["Etag"] = []string{held}
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	h["Etag"] = []string{tag}
	return false
}
