//go:build integration

package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

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
