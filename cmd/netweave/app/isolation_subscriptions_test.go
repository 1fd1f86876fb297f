//go:build integration

package app

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

const subscriptionsPath = o2ims + "/subscriptions"

// common is the filter, so to say, of a subscription that all make alike.
const common = "common"

// anyHearing draws the id of a subscription, whosever, or of none.
func (w *world) anyHearing() string {
	ids := append(slices.Collect(maps.Keys(w.m.hearings)), absent)
	made := func(id string) int {
		if h := w.m.hearings[id]; h != nil {
			return h.made
		}
		return 0
	}
	slices.SortFunc(ids, func(a, b string) int { return made(a) - made(b) }) // ids are random
	return rapid.SampledFrom(ids).Draw(w.T, "subscription")
}

// selection draws what a subscription's filter selects.
func (w *world) selection() (filter, kind string) {
	kind = rapid.SampledFrom([]string{"", "", "ResourcePool", "Resource", "DeploymentManager"}).Draw(w.T, "selected")
	if kind != "" {
		filter = "(eq,objectType," + kind + ")"
	}
	return filter, kind
}

// callback draws where notifications go: somewhere new, or where others have
// theirs sent.
func (w *world) callback(home string) string {
	if len(w.m.hearings) > 0 && rapid.Bool().Draw(w.T, "as another's") {
		if h := w.m.hearings[w.anyHearing()]; h != nil {
			return h.callback
		}
	}
	return w.hooks.url(w.words.fresh("Subscription", home))
}

// wanted returns what a caller's subscription, new or changed, is to be.
func (w *world) wanted(c caller, h *hearing, keep bool) (body map[string]any, hears bool) {
	filter, kind := w.selection()
	h.callback, h.kind = w.callback(h.home), kind
	consumer := rapid.SampledFrom([]string{"smo-1", "smo-2"}).Draw(w.T, "consumer")
	if other := w.m.hearings[w.anyHearing()]; other != nil && other.filter != common && rapid.IntRange(0, 2).Draw(w.T, "alike") == 0 {
		h.callback, kind, consumer, filter = other.callback, other.kind, other.consumer, other.filter
		h.kind = kind
	}
	h.consumer, h.filter = consumer, filter
	h.key = strings.Join([]string{h.home, h.callback, consumer, filter}, " ")
	if !keep {
		h.hears = w.m.readable(c)
	}
	hears = len(h.hears) > 0 && (kind == "" || h.hears[kind] != 0)
	return map[string]any{"callback": h.callback, "consumerSubscriptionId": consumer, "filter": filter}, hears
}

// twin returns another subscription like h.
func (m *model) twin(h *hearing) *hearing {
	for _, other := range m.hearings {
		if other.id != h.id && other.key == h.key {
			return other
		}
	}
	return nil
}

// subscribe makes a subscription, for whoever may.
func (w *world) subscribe() { w.subscribeAs(w.caller("Subscription", "create")) }

func (w *world) subscribeAs(c caller) {
	a := ask{from: c, method: http.MethodPost, path: subscriptionsPath, resource: "Subscription", action: "create"}
	if !w.events {
		a.key = w.key()
	}
	h := &hearing{home: c.tenant()}
	body, hears := w.wanted(c, h, false)
	body["initialState"] = true
	if a.key != "" && rapid.Bool().Draw(w.T, "the same body") {
		h.callback, h.kind = w.hooks.url(common), ""
		h.key, h.filter = h.home+" common "+a.key, common
		body = map[string]any{"callback": h.callback, "consumerSubscriptionId": a.key, "initialState": true}
		hears = len(h.hears) > 0
	}
	a.body = body
	want := []int{http.StatusCreated}
	count := 0
	for _, other := range w.m.hearings {
		if other.home == h.home && h.home != "" {
			count++
		}
	}
	switch {
	case !w.m.extent(c, "Subscription", "create").covers(c.home, h.home), !hears:
		want = []int{http.StatusForbidden}
	default:
		twin := w.m.twin(h) != nil
		full := h.home != "" && w.m.holdings[h.home].most >= 0 && count >= w.m.holdings[h.home].most
		switch {
		case twin && full:
			want = []int{http.StatusConflict, http.StatusTooManyRequests}
		case twin:
			want = []int{http.StatusConflict}
		case full:
			want = []int{http.StatusTooManyRequests}
		}
	}
	got, first := w.once(a, want)
	if first && got.status == http.StatusCreated {
		h.id, h.made = got.member("subscriptionId"), w.words.last
		w.m.hearings[h.id] = h
		w.words.say(c.home, h.id)
		w.hooks.expect(h)
	}
}

// listHearings lists subscriptions, all at once or by pages.
func (w *world) listHearings() {
	c := w.caller("Subscription", "list")
	e := w.m.extent(c, "Subscription", "list")
	want := http.StatusOK
	if e == 0 {
		want = http.StatusForbidden
	}
	var ids []string
	for id, h := range w.m.hearings {
		if e.covers(c.home, h.home) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	a := ask{from: c, method: http.MethodGet, path: subscriptionsPath, resource: "Subscription", action: "list"}
	if rapid.Bool().Draw(w.T, "by pages") {
		a.path += "?limit=2"
	} else if other := w.m.hearings[w.anyHearing()]; other != nil {
		a.path += "?filter=(eq,callback,'" + other.callback + "')"
		ids = slices.DeleteFunc(ids, func(id string) bool { return w.m.hearings[id].callback != other.callback })
	}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		shown := got.items("subscriptionId")
		for next := a; got.next() != ""; {
			next.path = got.next()
			if got, err = w.get(g, next, credentials, want); err != nil {
				return err
			}
			shown = append(shown, got.items("subscriptionId")...)
		}
		if !slices.Equal(shown, ids) {
			return fmt.Errorf("%s: is shown %q, want %q", a.text(), shown, ids)
		}
		return nil
	})
}

// getHearing reads one subscription, or its dead letters.
func (w *world) getHearing() {
	c, id := w.caller("Subscription", "read"), w.anyHearing()
	a := ask{from: c, method: http.MethodGet, path: subscriptionsPath + "/" + id, resource: "Subscription", action: "read"}
	if rapid.Bool().Draw(w.T, "dead letters") {
		a.path = "/admin/v1/subscriptions/" + id + "/deadLetters"
	}
	want := w.statusOf(c, "read", id, http.StatusOK)
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		_, err := w.get(g, a, credentials, want)
		return err
	})
}

// statusOf is the status of a request about a subscription.
func (w *world) statusOf(c caller, action, id string, good int) int {
	switch {
	case w.m.extent(c, "Subscription", action) == 0:
		return http.StatusForbidden
	case w.m.subscribed(c, action, id) == nil:
		return http.StatusNotFound
	}
	return good
}

// updateHearing changes a subscription, whosever.
func (w *world) updateHearing() {
	c, id := w.caller("Subscription", "update"), w.anyHearing()
	a := ask{from: c, method: http.MethodPut, path: subscriptionsPath + "/" + id, resource: "Subscription", action: "update"}
	next := hearing{home: c.tenant()}
	seen := w.m.subscribed(c, "update", id)
	if seen != nil {
		next = *seen
	}
	body, hears := w.wanted(c, &next, seen != nil && seen.home != c.tenant())
	a.body = body
	want := w.statusOf(c, "update", id, http.StatusOK)
	if want == http.StatusOK && !hears {
		want = http.StatusForbidden
	}
	if want == http.StatusOK && w.m.twin(&next) != nil {
		want = http.StatusConflict
	}
	if got := w.do(a, want); got.status == http.StatusOK {
		*seen = next
		w.words.say(seen.home, a.text()) // all who see the subscription see what is in it
		w.hooks.expect(seen)
	}
}

// deleteHearing ends a subscription, whosever.
func (w *world) deleteHearing() {
	c, id := w.caller("Subscription", "delete"), w.anyHearing()
	a := ask{from: c, method: http.MethodDelete, path: subscriptionsPath + "/" + id, resource: "Subscription", action: "delete"}
	if w.do(a, w.statusOf(c, "delete", id, http.StatusNoContent)).status == http.StatusNoContent {
		delete(w.m.hearings, id)
	}
}

// letters redelivers or purges dead letters, whosever.
func (w *world) letters() {
	c, id := w.caller("Subscription", "update"), w.anyHearing()
	a := ask{from: c, method: http.MethodPost, path: "/admin/v1/subscriptions/" + id + "/deadLetters/redeliver", resource: "Subscription", action: "update"}
	good := http.StatusAccepted
	if rapid.Bool().Draw(w.T, "purge") {
		a.method, a.path, good = http.MethodDelete, "/admin/v1/subscriptions/"+id+"/deadLetters", http.StatusOK
	}
	w.do(a, w.statusOf(c, "update", id, good))
}
