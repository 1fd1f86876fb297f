//go:build integration

package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// The second version of the gateway's own API shows nobody more than the first does:
// not in a total, not in an order, not in what is remembered, not in a batch.

const o2imsV2 = "/o2ims/v2"

// versioned draws the version under which a path of the first is asked for.
func (w *world) versioned(path string) string {
	if rapid.Bool().Draw(w.T, "v2") {
		return inV2(path)
	}
	return path
}

func inV2(path string) string { return o2imsV2 + strings.TrimPrefix(path, o2ims) }

// total returns how long an answer says that its list is.
func (a answer) total() int {
	var list struct{ Pagination struct{ TotalCount int } }
	if json.Unmarshal(a.body, &list) != nil {
		return -1
	}
	return list.Pagination.TotalCount
}

// listV2 lists objects sorted, searched and counted, resources perhaps by the name of
// their pool, whosever.
func (w *world) listV2() {
	kind := w.kind()
	c := w.caller(kind, "list")
	list := url.Values{"pageSize": {rapid.SampledFrom([]string{"1", "3", "100"}).Draw(w.T, "size")}}
	matches := func(*asset) bool { return true }
	want := http.StatusOK
	of := w.m.assets[w.anyID(kind)]
	if of == nil {
		of = &asset{name: "none", description: "none", secret: "none"}
	}
	switch rapid.IntRange(0, 4).Draw(w.T, "select") {
	case 0:
		list.Set("name", of.name)
		matches = func(a *asset) bool { return a.name == of.name }
	case 1:
		list.Set("q", strings.ToUpper(of.secret))
		matches = func(a *asset) bool { return strings.Contains(a.secret, of.secret) }
		if of.secret == without {
			list.Set("q", of.name)
			matches = func(a *asset) bool { return strings.Contains(a.name, of.name) }
		}
	case 2:
		if kind != "Resource" {
			break
		}
		pool := w.m.assets[w.anyID("ResourcePool")]
		if pool == nil {
			break
		}
		list.Set("resourcePoolName", pool.name)
		in := w.m.visible(c, "ResourcePool", "list", func(a *asset) bool { return a.name == pool.name })
		matches = func(a *asset) bool { return slices.Contains(idsIn(in), a.pool) }
		if w.m.extent(c, "ResourcePool", "list") == 0 {
			want = http.StatusForbidden
		}
	}
	if w.m.extent(c, kind, "list") == 0 {
		want = http.StatusForbidden
	}
	expected := w.m.visible(c, kind, "list", matches)
	if rapid.Bool().Draw(w.T, "sorted") {
		list.Set("sort", "-name")
		slices.SortStableFunc(expected, func(a, b *asset) int { return strings.Compare(b.name, a.name) })
	}
	a := ask{from: c, method: http.MethodGet, path: inV2(pathsOf[kind]) + "?" + list.Encode(), resource: kind, action: "list"}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		shown := got.items(idsOf[kind])
		for next := a; ; {
			if got.total() != len(expected) {
				return fmt.Errorf("%s: is told of %d in all, want %d", next.text(), got.total(), len(expected))
			}
			if got.next() == "" {
				break
			}
			next.path = got.next()
			if !list.Has("sort") && !list.Has("resourcePoolName") { // others may go on with it, if they may
				w.kept.markers = append(w.kept.markers, marker{list: a.path, home: c.home, value: next.path, last: shown[len(shown)-1], kind: kind})
			}
			if got, err = w.get(g, next, credentials, http.StatusOK); err != nil {
				return err
			}
			shown = append(shown, got.items(idsOf[kind])...)
		}
		if ids := idsIn(expected); !slices.Equal(shown, ids) {
			return fmt.Errorf("%s: is shown %q, want %q", a.text(), shown, ids)
		}
		return nil
	})
}

// getV2 reads one object, or of a pool its figures, its resources or what is remembered.
func (w *world) getV2() {
	kind := w.kind()
	c, id := w.caller(kind, "read"), w.anyID(kind)
	a := ask{from: c, method: http.MethodGet, path: inV2(pathsOf[kind]) + "/" + id, resource: kind, action: "read"}
	want := http.StatusOK
	switch {
	case w.m.extent(c, kind, "read") == 0:
		want = http.StatusForbidden
	case w.m.sees(c, kind, "read", id) == nil:
		want = http.StatusNotFound
	}
	if kind == "ResourcePool" {
		switch part := rapid.SampledFrom([]string{"", "/metrics", "/events", "/events", "/resources"}).Draw(w.T, "part"); part {
		case "/resources":
			a.resource, a.action = "Resource", "list"
			if w.m.extent(c, "Resource", "list") == 0 {
				want = http.StatusForbidden
			}
			fallthrough
		default:
			a.path += part
		}
	}
	// What was whose is told to whom it was told of before.
	w.past = strings.HasSuffix(a.path, "/events")
	defer func() { w.past = false }()
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		_, err := w.get(g, a, credentials, want)
		return err
	})
}

// batchResults is the answer to a batch.
type batchResults struct {
	Delete, Create []struct {
		Status                     int
		ResourcePool, Subscription map[string]any
	}
}

// batched sends a batch, which is to have these results, and notes what is recorded of
// each: first of what was to be deleted.
func (w *world) batched(a ask, deleted, created []int) (answer, batchResults) {
	w.Helper()
	want := http.StatusOK
	if w.m.extent(a.from, a.resource, "list") == 0 {
		want = http.StatusForbidden
	}
	got := w.do(a, want)
	var results batchResults
	if want != http.StatusOK {
		return got, results
	}
	w.must(json.Unmarshal(got.body, &results))
	var statuses []int
	for _, r := range append(slices.Clone(results.Delete), results.Create...) {
		statuses = append(statuses, r.Status)
	}
	if !slices.Equal(statuses, append(slices.Clone(deleted), created...)) {
		w.Fatalf("difference: %s: %s, want %v and %v", a.text(), got.body, deleted, created)
	}
	for i, status := range statuses {
		one := a
		one.method, one.action = http.MethodDelete, "delete"
		if i >= len(deleted) {
			one.method, one.action = http.MethodPost, "create"
		}
		w.recorded(one, got.header.Get("X-Request-Id"), status)
	}
	return got, results
}

// batchOfPools deletes a pool, whosever, and makes another.
func (w *world) batchOfPools() {
	c, id := w.caller("ResourcePool", "create"), w.anyID("ResourcePool")
	made := &asset{kind: "ResourcePool", backend: backends[0], owner: w.m.ownerOf(c.tenant())}
	if c.home == platformHome {
		made.owner = w.m.ownerOf("")
	}
	w.reword(made)
	a := ask{from: c, method: http.MethodPost, path: inV2(pathsOf["ResourcePool"]) + "/batch", resource: "ResourcePool", action: "list"}
	a.body = map[string]any{"delete": []string{id}, "create": []any{
		map[string]any{"name": made.name, "description": "about " + made.description, "extensions": map[string]any{"secret": made.secret}},
	}}
	deleted, created := http.StatusNoContent, http.StatusCreated
	switch {
	case w.m.extent(c, "ResourcePool", "delete") == 0:
		deleted = http.StatusForbidden
	case w.m.sees(c, "ResourcePool", "delete", id) == nil:
		deleted = http.StatusNotFound
	}
	if !w.m.extent(c, "ResourcePool", "create").covers(c.home, made.owner) {
		created = http.StatusForbidden
	}
	_, results := w.batched(a, []int{deleted}, []int{created})
	if len(results.Create) == 0 {
		return
	}
	if deleted == http.StatusNoContent {
		w.vanish(id)
	}
	if created == http.StatusCreated {
		made.id, _ = results.Create[0].ResourcePool["resourcePoolId"].(string)
		w.m.assets[made.id] = made
		w.words.say(c.home, made.id)
	}
}

// hearingV2 makes a subscription to nothing at all, alone or in a batch, has anyone look
// for it, change it and end it.
func (w *world) hearingV2() {
	path, c := o2imsV2+"/subscriptions", w.caller("Subscription", "create")
	home := c.tenant()
	created, count := http.StatusCreated, 0
	for _, other := range w.m.hearings {
		if other.home == home && home != "" {
			count++
		}
	}
	switch {
	case !w.m.extent(c, "Subscription", "create").covers(c.home, home), w.m.readable(c)["ResourcePool"] == 0:
		created = http.StatusForbidden
	case home != "" && w.m.holdings[home].most >= 0 && count >= w.m.holdings[home].most:
		created = http.StatusTooManyRequests
	}
	const nothing = "(eq,objectType,ResourcePool);(eq,extensions/secret,no-such)"
	body := map[string]any{"callback": w.hooks.url(w.words.fresh("Subscription", home)), "filter": nothing}
	a := ask{from: c, method: http.MethodPost, path: path, resource: "Subscription", action: "create", body: body}
	id := ""
	if rapid.Bool().Draw(w.T, "in a batch") {
		other := w.anyHearing() // of another version of the API: there is none such here
		a.path, a.action, a.body = path+"/batch", "list", map[string]any{"create": []any{body}, "delete": []string{other}}
		deleted := http.StatusNotFound
		if w.m.extent(c, "Subscription", "delete") == 0 {
			deleted = http.StatusForbidden
		}
		_, results := w.batched(a, []int{deleted}, []int{created})
		if len(results.Create) > 0 {
			id, _ = results.Create[0].Subscription["subscriptionId"].(string)
		}
	} else {
		id = w.do(a, created).member("subscriptionId")
	}
	if id == "" {
		return
	}
	w.m.hearings[id] = &hearing{id: id, home: home} // so that whoever is told of it must see it
	defer delete(w.m.hearings, id)
	w.words.say(c.home, id)

	other := w.caller("Subscription", "read")
	status := func(action string, good int) int { return w.statusOf(other, action, id, good) }
	w.do(ask{from: other, method: http.MethodGet, path: path + "/" + id, resource: "Subscription", action: "read"}, status("read", http.StatusOK))
	want, total := http.StatusOK, 0
	if w.m.extent(other, "Subscription", "list") == 0 {
		want = http.StatusForbidden
	}
	if w.m.subscribed(other, "list", id) != nil {
		total = 1
	}
	got := w.do(ask{from: other, method: http.MethodGet, path: path + "?sort=-createdAt", resource: "Subscription", action: "list"}, want)
	if want == http.StatusOK && (got.total() != total || len(got.items("subscriptionId")) != total) {
		w.Fatalf("difference: %s.%s %s: %s, want %d", other.user, other.home, path, got.body, total)
	}
	changed := map[string]any{"callback": body["callback"], "consumerSubscriptionId": "changed", "filter": nothing}
	want = status("update", http.StatusOK)
	if want == http.StatusOK && home == other.tenant() && w.m.readable(other)["ResourcePool"] == 0 {
		want = http.StatusForbidden
	}
	w.do(ask{from: other, method: http.MethodPut, path: path + "/" + id, resource: "Subscription", action: "update", body: changed}, want)
	end := ask{from: other, method: http.MethodDelete, path: path + "/" + id, resource: "Subscription", action: "delete"}
	if w.do(end, status("delete", http.StatusNoContent)).status != http.StatusNoContent {
		end.from = caller{firstAdmin, platformHome}
		w.do(end, http.StatusNoContent)
	}
}
