//go:build integration

package app

import (
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

// key draws an Idempotency-Key, from a few that all callers use.
func (w *world) key() string {
	return rapid.SampledFrom([]string{"", "", "", "key-1", "key-2", "key-3", "key-4", "key-5"}).Draw(w.T, "key")
}

// once sends a request that makes something. first is what the model says of it,
// if it is not the repetition of an earlier one.
func (w *world) once(a ask, want []int) (answer, bool) {
	w.Helper()
	if a.key == "" || slices.Equal(want, []int{http.StatusForbidden}) && w.m.extent(a.from, a.resource, a.action) == 0 {
		return w.do(a, want...), true
	}
	at := strings.Join([]string{a.from.home, a.from.user, a.path, a.key}, " ")
	sent := a.text()
	if before, ok := w.kept.answers[at]; ok {
		if before.sent != sent {
			w.do(a, http.StatusUnprocessableEntity)
			return answer{}, false
		}
		a.replay = true
		got := w.do(a, before.status)
		if string(got.body) != before.body {
			w.Fatalf("difference: %s: %s the second time, %s the first", sent, got.body, before.body)
		}
		return got, false
	}
	got := w.do(a, want...)
	if got.header.Get("Idempotency-Replayed") != "" {
		w.Fatalf("difference: %s: is sent the answer to somebody else: %s", sent, got.body)
	}
	if got.status < 500 && got.status != 403 && got.status != 429 {
		w.kept.answers[at] = kind201{got.status, string(got.body), sent}
	}
	return got, true
}

// repeated draws a body that has been sent under a key, whosever, or a new one.
func (w *world) repeated(a *ask, fresh func() map[string]any) map[string]any {
	if a.key != "" && rapid.Bool().Draw(w.T, "the same body") {
		return map[string]any{"name": "the same for all", "description": a.key}
	}
	return fresh()
}

// createPool makes a pool, for whoever may.
func (w *world) createPool() {
	c := w.caller("ResourcePool", "create")
	a := ask{from: c, method: http.MethodPost, path: w.versioned(pathsOf["ResourcePool"]), key: w.key(), resource: "ResourcePool", action: "create"}
	made := &asset{kind: "ResourcePool", backend: backends[0], owner: w.m.ownerOf(c.tenant())}
	if c.home == platformHome {
		made.owner = w.m.ownerOf("")
	}
	a.body = w.repeated(&a, func() map[string]any {
		w.reword(made)
		return map[string]any{"name": made.name, "description": "about " + made.description, "extensions": map[string]any{"secret": made.secret}}
	})
	want := []int{http.StatusCreated}
	e := w.m.extent(c, "ResourcePool", "create")
	if !e.covers(c.home, made.owner) {
		want = []int{http.StatusForbidden}
	}
	if rapid.IntRange(0, 9).Draw(w.T, "bad") == 0 {
		a.body = map[string]any{"name": "", "description": "nameless"}
		if e != 0 {
			want = []int{http.StatusBadRequest}
		}
	}
	got, first := w.once(a, want)
	if first && got.status == http.StatusCreated {
		w.made(made, got, a)
	}
}

// made has the model know what was made.
func (w *world) made(a *asset, got answer, asked ask) {
	if a.name == "" { // the body that all use
		a.name, a.description, a.secret = "the same for all", asked.key, without
		a.version++
	}
	a.id = got.member(idsOf[a.kind])
	if got.header.Get("Location") != asked.path+"/"+a.id {
		w.Fatalf("difference: %s: Location %q", asked.text(), got.header.Get("Location"))
	}
	w.m.assets[a.id] = a
	w.words.say(asked.from.home, a.id) // the audit log tells it of its own creations
	for _, e := range w.estates {
		if o, ok := e.found(o2.ID(a.id)); ok && w.m.ownerOf(o.Head().Tenant) != a.owner {
			w.Fatalf("difference: %s: the backend was told to make it for %q, not %q", asked.text(), o.Head().Tenant, a.owner)
		}
	}
}

// createResource makes a resource, with references to anything.
func (w *world) createResource() {
	c := w.caller("Resource", "create")
	a := ask{from: c, method: http.MethodPost, path: w.versioned(pathsOf["Resource"]), key: w.key(), resource: "Resource", action: "create"}
	made := &asset{kind: "Resource", pool: w.anyID("ResourcePool"), typ: w.anyID("ResourceType")}
	w.likely(c, "create", "Resource", "ResourcePool", &made.pool)
	w.likely(c, "read", "ResourceType", "ResourceType", &made.typ)
	if rapid.IntRange(0, 3).Draw(w.T, "with parent") == 0 {
		made.parent = w.anyID("Resource")
		w.likely(c, "read", "Resource", "Resource", &made.parent)
	}
	e := w.m.extent(c, "Resource", "create")
	pool, typ := w.m.assets[made.pool], w.m.sees(c, "ResourceType", "read", made.typ)
	if pool != nil && (pool.kind != "ResourcePool" || !e.covers(c.home, pool.owner)) {
		pool = nil
	}
	made.owner = c.tenant()
	want := []int{http.StatusCreated}
	switch parent := w.m.sees(c, "Resource", "read", made.parent); {
	case e == 0:
		want = []int{http.StatusForbidden}
	case pool == nil, typ == nil, typ.backend != pool.backend, made.parent != "" && (parent == nil || parent.backend != pool.backend):
		want = []int{http.StatusBadRequest}
	}
	if pool != nil {
		made.backend = pool.backend
		if c.home == platformHome {
			made.owner = pool.owner
		}
	}
	w.reword(made)
	body := map[string]any{
		"resourcePoolId": made.pool, "resourceTypeId": made.typ, "name": made.name, "description": "about " + made.description,
		"extensions": map[string]any{"secret": made.secret},
	}
	if made.parent != "" {
		body["parentId"] = made.parent
	}
	a.body = body
	got, first := w.once(a, want)
	if first && got.status == http.StatusCreated {
		w.made(made, got, a)
	}
}

// likely replaces an id, in most cases, by one of what an action extends to.
func (w *world) likely(c caller, action, resource, kind string, id *string) {
	if rapid.IntRange(0, 3).Draw(w.T, "likely") == 0 {
		return
	}
	e := w.m.extent(c, resource, action)
	var ids []string
	for _, a := range w.m.assets {
		if a.kind == kind && a.backend == backends[0] && e.covers(c.home, a.owner) {
			ids = append(ids, a.id)
		}
	}
	if len(ids) > 0 {
		slices.Sort(ids)
		*id = rapid.SampledFrom(ids).Draw(w.T, "likely "+kind)
	}
}

// updatePool changes a pool, whosever.
func (w *world) updatePool() {
	c, id := w.caller("ResourcePool", "update"), w.anyID("ResourcePool")
	w.likely(c, "update", "ResourcePool", "ResourcePool", &id)
	a := ask{from: c, method: http.MethodPut, path: w.versioned(pathsOf["ResourcePool"]) + "/" + id, resource: "ResourcePool", action: "update"}
	next := asset{kind: "ResourcePool"}
	seen := w.m.sees(c, "ResourcePool", "update", id)
	if seen != nil {
		next = *seen
	}
	w.reword(&next)
	body := map[string]any{"name": next.name, "description": "about " + next.description, "extensions": map[string]any{"secret": next.secret}}
	want := http.StatusOK
	if rapid.IntRange(0, 9).Draw(w.T, "another's id") == 0 {
		other := w.anyID("ResourcePool")
		body["resourcePoolId"] = other
		if other != id {
			want = http.StatusBadRequest
		}
	}
	a.body = body
	switch {
	case w.m.extent(c, "ResourcePool", "update") == 0:
		want = http.StatusForbidden
	case want == http.StatusOK && seen == nil:
		want = http.StatusNotFound
	}
	if got := w.do(a, want); got.status == http.StatusOK {
		*seen = next
	}
}

// deleteObject deletes a pool or a resource, whosever.
func (w *world) deleteObject() {
	kind := rapid.SampledFrom([]string{"ResourcePool", "Resource", "Resource", "Resource"}).Draw(w.T, "kind")
	c, id := w.caller(kind, "delete"), w.anyID(kind)
	a := ask{from: c, method: http.MethodDelete, path: w.versioned(pathsOf[kind]) + "/" + id, resource: kind, action: "delete"}
	want := http.StatusNoContent
	switch {
	case w.m.extent(c, kind, "delete") == 0:
		want = http.StatusForbidden
	case w.m.sees(c, kind, "delete", id) == nil:
		want = http.StatusNotFound
	}
	if w.do(a, want).status == http.StatusNoContent {
		w.vanish(id)
	}
}

// vanish has the model forget an object, and what is in it.
func (w *world) vanish(id string) {
	if a := w.m.assets[id]; a != nil {
		w.kept.gone = append(w.kept.gone, a)
	}
	delete(w.m.assets, id)
	w.kept.retired = append(w.kept.retired, id)
	for other, a := range w.m.assets {
		if a.pool == id {
			w.kept.gone = append(w.kept.gone, a)
			delete(w.m.assets, other)
		}
	}
}
