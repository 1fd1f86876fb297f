//go:build integration

package app

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

const o2ims = "/o2ims/v1"

var (
	pathsOf = map[string]string{
		"ResourcePool": o2ims + "/resourcePools", "Resource": o2ims + "/resources",
		"ResourceType": o2ims + "/resourceTypes", "DeploymentManager": o2ims + "/deploymentManagers",
	}
	idsOf = map[string]string{
		"ResourcePool": "resourcePoolId", "Resource": "resourceId",
		"ResourceType": "resourceTypeId", "DeploymentManager": "deploymentManagerId",
	}
)

// without stands for the secret of an object that has none.
const without = "-"

// absent is an id of nothing.
const absent = "00000000-0000-4000-8000-000000000000"

// kept is what callers have been sent and others may send back.
type kept struct {
	tokens  map[caller]bool
	markers []marker
	tags    []tag
	cursors []marker
	answers map[string]kind201
	retired []string // ids of what is no more
	gone    []*asset
}

// marker leads to the next page of a list, for one home.
type marker struct {
	list, home, value, last string
	kind                    string
	all                     bool
}

// tag is an entity tag, of a path, and what it stood for. That of a list is good for
// one home.
type tag struct{ path, value, stood, home string }

// kind201 is the first answer under an Idempotency-Key.
type kind201 struct {
	status int
	body   string
	sent   string
}

// furnish fills the estates, before any process reads them, with objects of every
// tenant, of nobody, and of owners that are none.
func (w *world) furnish(tenants []string) {
	w.kept = kept{tokens: map[caller]bool{}, answers: map[string]kind201{}}
	for _, home := range append([]string{platformHome}, tenants...) {
		for _, user := range userNames {
			w.kept.tokens[caller{user, home}] = true
		}
	}
	w.kept.tokens[caller{firstAdmin, platformHome}] = true
	labels := append([]string{"", "", everyones, platformHome, "Not A Label", strings.ToUpper(tenants[0]), tenants[0] + " ", "default", "nobody-yet"}, tenants...)
	for _, e := range w.estates {
		for i, kind := range kinds {
			n := 6
			if kind == "Resource" {
				n = 14
			}
			for range n {
				w.place(e, kind, rapid.SampledFrom(labels).Draw(w.T, "label"), i)
			}
			if kind == "Resource" {
				continue
			}
			for _, home := range tenants { // so that each has something of each
				w.place(e, kind, home, i)
			}
		}
	}
}

// place puts a new object into an estate.
func (w *world) place(e *estate, kind, label string, _ int) *asset {
	a := &asset{kind: kind, backend: e.name, owner: w.m.ownerOf(label)}
	if kind == "Resource" {
		a.pool = w.pick("ResourcePool", e.name)
		a.typ = w.pick("ResourceType", e.name)
	}
	w.reword(a)
	o := w.object(a, label)
	e.made++
	e.seal(o, fmt.Sprintf("%s-%d", strings.ToLower(kind), e.made))
	e.keep(o)
	a.id = string(o.Head().ID)
	w.m.assets[a.id] = a
	return a
}

// pick draws one of an estate's objects of a kind, "" if it has none.
func (w *world) pick(kind, backend string) string {
	var ids []string
	for id, a := range w.m.assets {
		if a.kind == kind && a.backend == backend {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(w.T, kind)
}

// reword gives an object new words.
func (w *world) reword(a *asset) {
	a.name = w.words.fresh(a.kind, a.owner)
	a.description = w.words.fresh(a.kind, a.owner)
	a.secret = w.words.fresh(a.kind, a.owner)
	a.version++
}

// object makes what the backend has of an asset.
func (w *world) object(a *asset, label string) o2.Object {
	h := o2.Header{
		Tenant: label, Name: a.name, Description: "about " + a.description,
		Extensions: o2.JSON(fmt.Sprintf(`{"secret":%q}`, a.secret)), Revision: 0,
	}
	switch a.kind {
	case "ResourcePool":
		return &o2.ResourcePool{Header: h, OCloudID: "ocloud", Location: "at " + a.description}
	case "Resource":
		return &o2.Resource{Header: h, ResourcePoolID: o2.ID(a.pool), ResourceTypeID: o2.ID(a.typ), ParentID: o2.ID(a.parent)}
	case "ResourceType":
		return &o2.ResourceType{Header: h, Vendor: "acme", Model: "m1", Version: "1"}
	default:
		return &o2.DeploymentManager{Header: h, OCloudID: "ocloud"}
	}
}

// caller draws who asks: mostly somebody who may, else members, strangers, and
// callers of homes that are no more or never were.
func (w *world) caller(resource, action string) caller {
	if rapid.IntRange(0, 3).Draw(w.T, "anyone") > 0 {
		var able []caller
		for _, home := range slices.Sorted(maps.Keys(w.m.holdings)) {
			for _, user := range append([]string{firstAdmin}, userNames...) {
				if c := (caller{user, home}); w.m.extent(c, resource, action) != 0 {
					able = append(able, c)
				}
			}
		}
		if len(able) > 0 {
			return rapid.SampledFrom(able).Draw(w.T, "able")
		}
	}
	homes := slices.Sorted(maps.Keys(w.m.holdings))
	home := rapid.SampledFrom(append(homes, "never-was", "default")).Draw(w.T, "home")
	users := append([]string{"stranger"}, userNames...)
	users = append(users, userNames...)
	if home == platformHome {
		users = append(users, firstAdmin)
	}
	return caller{rapid.SampledFrom(users).Draw(w.T, "user"), home}
}

// anyID draws the id of an object of a kind, whosever, or of none.
func (w *world) anyID(kind string) string {
	ids := []string{absent}
	for id, a := range w.m.assets {
		if a.kind == kind {
			ids = append(ids, id)
		}
	}
	ids = append(ids, w.kept.retired...)
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(w.T, kind)
}

func (w *world) kind() string { return rapid.SampledFrom(kinds).Draw(w.T, "kind") }

// filterOf draws a filter over a kind and what it selects.
func (w *world) filterOf(kind string) (text string, matches func(*asset) bool) {
	of := w.m.assets[w.anyID(kind)]
	if of == nil {
		of = &asset{id: absent, name: "none", description: "none", secret: "none"}
	}
	switch rapid.IntRange(0, 6).Draw(w.T, "filter") {
	case 0:
		return "(eq,name," + of.name + ")", func(a *asset) bool { return a.name == of.name }
	case 1:
		return "(eq," + idsOf[kind] + "," + of.id + ")", func(a *asset) bool { return a.id == of.id }
	case 2:
		return "(cont,description," + of.description + ")", func(a *asset) bool { return a.description == of.description }
	case 3:
		not := of.secret
		if not == without {
			not = "nothing"
		}
		return "(neq,extensions/secret," + not + ")", func(a *asset) bool { return a.secret != not }
	case 4:
		if kind == "Resource" {
			pool := w.anyID("ResourcePool")
			return "(eq,resourcePoolId," + pool + ")", func(a *asset) bool { return a.pool == pool }
		}
	}
	return "", func(*asset) bool { return true }
}

func idsIn(list []*asset) []string {
	ids := make([]string, len(list))
	for i, a := range list {
		ids[i] = a.id
	}
	return ids
}

// stoodFor is what a list shows, for its tag.
func stoodFor(list []*asset) string {
	var b strings.Builder
	for _, a := range list {
		fmt.Fprintf(&b, "%s:%d ", a.id, a.version)
	}
	return b.String()
}

// listObjects lists objects, all at once or by pages, of a kind or of a pool.
func (w *world) listObjects() {
	kind := w.kind()
	c := w.caller(kind, "list")
	path, inPool := pathsOf[kind], ""
	if kind == "Resource" && rapid.Bool().Draw(w.T, "of a pool") {
		inPool = w.anyID("ResourcePool")
		path = pathsOf["ResourcePool"] + "/" + inPool + "/resources"
	}
	text, matches := w.filterOf(kind)
	limit := rapid.SampledFrom([]int{0, 0, 1, 2, 5}).Draw(w.T, "limit")
	want := http.StatusOK
	switch {
	case w.m.extent(c, kind, "list") == 0, inPool != "" && w.m.extent(c, "ResourcePool", "read") == 0:
		want = http.StatusForbidden
	case inPool != "" && w.m.sees(c, "ResourcePool", "read", inPool) == nil:
		want = http.StatusNotFound
	}
	expected := w.m.visible(c, kind, "list", func(a *asset) bool { return matches(a) && (inPool == "" || a.pool == inPool) })
	query := url.Values{}
	if text != "" {
		query.Set("filter", text)
	}
	if limit > 0 {
		query.Set("limit", fmt.Sprint(limit))
	}
	list := path + "?" + url.Values{"filter": {text}}.Encode()
	a := ask{from: c, method: http.MethodGet, path: path, resource: kind, action: "list"}
	if len(query) > 0 {
		a.path += "?" + query.Encode()
	}
	credentials := w.credentials(c)
	held := tag{}
	if limit == 0 && len(w.kept.tags) > 0 && rapid.Bool().Draw(w.T, "conditional") {
		held = rapid.SampledFrom(w.kept.tags).Draw(w.T, "tag")
		for _, t := range w.kept.tags { // rather one of the same list
			if t.path == a.path {
				held = t
			}
		}
		a.held = held.value
	}
	if rapid.IntRange(0, 2).Draw(w.T, "others") == 0 {
		defer w.others(a, matches, inPool)
	}
	if want == http.StatusOK && held.path == a.path && held.home == c.home && held.stood == stoodFor(expected) {
		want = http.StatusNotModified
	}
	again := limit == 0 && rapid.IntRange(0, 3).Draw(w.T, "again") == 0
	w.read(func(g *gateway) error {
		first, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		if again {
			same := a
			same.held = first.header.Get("Etag")
			if _, err := w.get(g, same, credentials, http.StatusNotModified); err != nil {
				return err
			}
		}
		if limit == 0 {
			w.kept.tags = append(w.kept.tags, tag{a.path, first.header.Get("Etag"), stoodFor(expected), c.home})
		}
		got := first.items(idsOf[kind])
		for page := first; page.next() != "" && len(got) <= len(w.m.assets); {
			m := marker{list: list, home: c.home, value: page.next(), last: got[len(got)-1], kind: kind}
			w.kept.markers = append(w.kept.markers, m)
			next := a
			next.path, next.held = page.next(), ""
			if page, err = w.get(g, next, credentials, http.StatusOK); err != nil {
				return err
			}
			got = append(got, page.items(idsOf[kind])...)
		}
		if ids := idsIn(expected); !slices.Equal(got, ids) {
			return fmt.Errorf("%s: is shown %q, want %q", a.text(), got, ids)
		}
		return nil
	})
}

// others asks for the same list, at once behind another.
func (w *world) others(a ask, matches func(*asset) bool, inPool string) {
	if w.Failed() || strings.Contains(a.path, "limit=") {
		return
	}
	a.held = ""
	for range 2 {
		a.from = w.caller(a.resource, "list")
		if w.m.extent(a.from, a.resource, "list") == 0 || inPool != "" && w.m.sees(a.from, "ResourcePool", "read", inPool) == nil {
			continue
		}
		got := w.do(a, http.StatusOK)
		expected := w.m.visible(a.from, a.resource, "list", func(a *asset) bool { return matches(a) && (inPool == "" || a.pool == inPool) })
		if shown := got.items(idsOf[a.resource]); !slices.Equal(shown, idsIn(expected)) {
			w.Fatalf("difference: %s: is shown %q, want %q", a.text(), shown, idsIn(expected))
		}
	}
}

// stolenMarker goes on with a list that somebody else has begun, or oneself.
func (w *world) stolenMarker() {
	if len(w.kept.markers) == 0 || rapid.IntRange(0, 4).Draw(w.T, "by number") == 0 {
		w.numberedPage()
		return
	}
	m := rapid.SampledFrom(w.kept.markers).Draw(w.T, "marker")
	c := w.caller(m.kind, "list")
	if rapid.Bool().Draw(w.T, "own") {
		c.home = m.home
	}
	want := http.StatusBadRequest
	if c.home == m.home {
		want = http.StatusOK
	}
	// Of a pool that is gone meanwhile there is no list.
	if pool, ok := strings.CutPrefix(m.value, pathsOf["ResourcePool"]+"/"); ok && want == http.StatusOK {
		id, _, _ := strings.Cut(pool, "/")
		if w.m.sees(c, "ResourcePool", "read", id) == nil {
			want = http.StatusNotFound
		}
		if w.m.extent(c, "ResourcePool", "read") == 0 {
			want = http.StatusForbidden
		}
	}
	if w.m.extent(c, m.kind, "list") == 0 {
		want = http.StatusForbidden
	}
	a := ask{from: c, method: http.MethodGet, path: m.value, resource: m.kind, action: "list"}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		for _, id := range got.items(idsOf[m.kind]) {
			if w.m.sees(c, m.kind, "list", id) == nil || id <= m.last {
				return fmt.Errorf("%s: is shown %s", a.text(), id)
			}
		}
		return nil
	})
}

// numberedPage asks for a page by its number, as older clients do.
func (w *world) numberedPage() {
	kind, n := w.kind(), rapid.IntRange(1, 4).Draw(w.T, "page")
	c := w.caller(kind, "list")
	a := ask{from: c, method: http.MethodGet, path: fmt.Sprintf("%s?limit=3&nextpage_opaque_marker=%d", pathsOf[kind], n), resource: kind, action: "list"}
	want := http.StatusOK
	if w.m.extent(c, kind, "list") == 0 {
		want = http.StatusForbidden
	}
	ids := idsIn(w.m.visible(c, kind, "list", nil))
	ids = ids[min(len(ids), 3*(n-1)):min(len(ids), 3*n)]
	if got := w.do(a, want); got.status == http.StatusOK && !slices.Equal(got.items(idsOf[kind]), ids) {
		w.Fatalf("difference: %s: is shown %q, want %q", a.text(), got.items(idsOf[kind]), ids)
	}
}

// getObject reads one object, perhaps under a tag that anyone was given of it.
func (w *world) getObject() {
	kind := w.kind()
	c, id := w.caller(kind, "read"), w.anyID(kind)
	if len(w.kept.tags) > 0 && rapid.Bool().Draw(w.T, "one that was seen") {
		of, seen, _ := strings.Cut(strings.TrimPrefix(rapid.SampledFrom(w.kept.tags).Draw(w.T, "tag").path, o2ims+"/"), "/")
		if pathsOf[kind] == o2ims+"/"+of && len(seen) == len(absent) {
			id = seen
		}
	}
	if rapid.IntRange(0, 9).Draw(w.T, "strange") == 0 {
		id = w.anyID(w.kind()) // perhaps of another kind
	}
	a := ask{from: c, method: http.MethodGet, path: pathsOf[kind] + "/" + id, resource: kind, action: "read"}
	if rapid.IntRange(0, 7).Draw(w.T, "head") == 0 {
		a.method = http.MethodHead
	}
	seen := w.m.sees(c, kind, "read", id)
	want := http.StatusOK
	switch {
	case w.m.extent(c, kind, "read") == 0:
		want = http.StatusForbidden
	case seen == nil:
		want = http.StatusNotFound
	}
	for _, t := range w.kept.tags {
		if t.path == a.path {
			a.held = t.value
			if want != http.StatusForbidden && want != http.StatusNotFound {
				want = http.StatusOK
				if t.stood == stoodFor([]*asset{seen}) {
					want = http.StatusNotModified
				}
			}
		}
	}
	if rapid.IntRange(0, 9).Draw(w.T, "whatever it is") == 0 {
		a.held = "*"
		if want == http.StatusOK {
			want = http.StatusNotModified
		}
	}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		w.kept.tags = append(w.kept.tags, tag{a.path, got.header.Get("Etag"), stoodFor([]*asset{seen}), ""})
		if a.method == http.MethodGet && !strings.Contains(string(got.body), seen.secret) {
			return fmt.Errorf("%s: %s, without %s", a.text(), got.body, seen.secret)
		}
		return nil
	})
}

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

// elsewhere has somebody change an object in its backend, past the gateway: its
// words, and perhaps whose it is.
func (w *world) elsewhere() {
	id := w.anyID(w.kind())
	a := w.m.assets[id]
	if a == nil {
		return
	}
	labels := []string{"", everyones, "Not A Label"}
	for id := range maps.Keys(w.m.holdings) {
		labels = append(labels, id)
	}
	slices.Sort(labels)
	label := rapid.SampledFrom(labels).Draw(w.T, "label")
	a.former = append(a.former, a.owner)
	a.owner = w.m.ownerOf(label)
	w.reword(a)
	for _, e := range w.estates {
		if e.name != a.backend {
			continue
		}
		before, _ := e.found(o2.ID(id))
		o := e.seal(w.object(a, label), before.Head().NativeID)
		e.keep(o)
		e.tell(w.ctx, notice{put: o})
	}
}

// appears puts something new into a backend, past the gateway.
func (w *world) appears() {
	if len(w.m.assets) > 250 {
		return
	}
	homes := slices.Sorted(maps.Keys(w.m.holdings))
	label := rapid.SampledFrom(append(homes, "", everyones)).Draw(w.T, "label")
	e := rapid.SampledFrom(w.estates).Draw(w.T, "estate")
	kind := rapid.SampledFrom([]string{"ResourcePool", "Resource", "Resource"}).Draw(w.T, "kind")
	a := w.place(e, kind, label, 0)
	o, _ := e.found(o2.ID(a.id))
	e.tell(w.ctx, notice{put: o})
}

// sortedHomes are the tenants' ids and the platform's.
func sortedHomes(m *model) []string { return slices.Sorted(maps.Keys(m.holdings)) }
