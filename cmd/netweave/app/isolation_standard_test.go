//go:build integration

package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

// The inventory as O-RAN's standard has it shows nobody more than the gateway's own
// does, and is asked for the same objects.

const standardPrefix = "/o2ims-infrastructureInventory"

// standardVersion is one of the inventory's, and the status of what was deleted there.
type standardVersion struct {
	base    string
	deleted int
}

var standardVersions = []standardVersion{{standardPrefix + "/v1", http.StatusOK}, {standardPrefix + "/v2", http.StatusNoContent}}

// array returns a member of each object of a plain list.
func (a answer) array(name string) (list []string) {
	var objects []map[string]any
	if json.Unmarshal(a.body, &objects) != nil {
		return []string{"no list"}
	}
	for _, object := range objects {
		text, _ := object[name].(string)
		list = append(list, text)
	}
	return list
}

func (w *world) standardVersion() standardVersion {
	return rapid.SampledFrom(standardVersions).Draw(w.T, "version")
}

// standardList lists objects of a kind, resources by their pool.
func (w *world) standardList() {
	kind := w.kind()
	c := w.caller(kind, "list")
	base := w.standardVersion().base
	path, inPool := base+strings.TrimPrefix(pathsOf[kind], o2ims), ""
	if kind == "Resource" {
		inPool = w.anyID("ResourcePool")
		path = base + "/resourcePools/" + inPool + "/resources"
	}
	query, matches := "", func(*asset) bool { return true }
	if of := w.m.assets[w.anyID(kind)]; of != nil && of.secret != without && rapid.Bool().Draw(w.T, "filtered") {
		query, matches = "?all_fields&filter=(eq,extensions/secret,"+of.secret+")", func(a *asset) bool { return a.secret == of.secret }
	}
	want := http.StatusOK
	switch {
	case w.m.extent(c, kind, "list") == 0, inPool != "" && w.m.extent(c, "ResourcePool", "read") == 0:
		want = http.StatusForbidden
	case inPool != "" && w.m.sees(c, "ResourcePool", "read", inPool) == nil:
		want = http.StatusNotFound
	}
	expected := idsIn(w.m.visible(c, kind, "list", func(a *asset) bool { return matches(a) && (inPool == "" || a.pool == inPool) }))
	w.standardIDs(ask{from: c, method: http.MethodGet, path: path + query, resource: kind, action: "list"}, want, idsOf[kind], expected)
}

// standardIDs asks for a list, page after page, which is to have these ids.
func (w *world) standardIDs(a ask, want int, id string, expected []string) {
	credentials := w.credentials(a.from)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		shown := got.array(id)
		for next := a; got.next() != ""; {
			next.path = got.next()
			if got, err = w.get(g, next, credentials, http.StatusOK); err != nil {
				return err
			}
			shown = append(shown, got.array(id)...)
		}
		if !slices.Equal(shown, expected) {
			return fmt.Errorf("%s: is shown %q, want %q", a.text(), shown, expected)
		}
		return nil
	})
}

// standardGet reads one object, a resource by any pool.
func (w *world) standardGet() {
	kind := w.kind()
	c, id := w.caller(kind, "read"), w.anyID(kind)
	base := w.standardVersion().base
	seen := w.m.sees(c, kind, "read", id)
	path, inPool := base+strings.TrimPrefix(pathsOf[kind], o2ims), ""
	if kind == "Resource" {
		inPool = w.anyID("ResourcePool")
		if seen != nil && seen.pool != "" && rapid.IntRange(0, 3).Draw(w.T, "its own pool") > 0 {
			inPool = seen.pool
		}
		path = base + "/resourcePools/" + inPool + "/resources"
	}
	a := ask{from: c, method: http.MethodGet, path: path + "/" + id + "?all_fields", resource: kind, action: "read"}
	want := http.StatusOK
	switch {
	case w.m.extent(c, kind, "read") == 0, inPool != "" && w.m.extent(c, "ResourcePool", "read") == 0:
		want = http.StatusForbidden
	case seen == nil, inPool != "" && (seen.pool != inPool || w.m.sees(c, "ResourcePool", "read", inPool) == nil):
		want = http.StatusNotFound
	}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err == nil && want == http.StatusOK && !strings.Contains(string(got.body), seen.secret) {
			return fmt.Errorf("%s: %s, without %s", a.text(), got.body, seen.secret)
		}
		return err
	})
}

// standardCloud asks what the O-Cloud is, and for its places: those of the pools that
// the caller sees, and no pool but those.
func (w *world) standardCloud() {
	c := w.caller("ResourcePool", "list")
	a := ask{from: c, method: http.MethodGet, resource: "ResourcePool", action: "list"}
	want := http.StatusOK
	if w.m.extent(c, "ResourcePool", "list") == 0 {
		want = http.StatusForbidden
	}
	plain := []string{standardPrefix + "/api_versions"}
	for _, v := range standardVersions {
		plain = append(plain, v.base, v.base+"/api_versions")
	}
	a.path = rapid.SampledFrom(plain).Draw(w.T, "path")
	w.do(a, want)
	pools := idsIn(w.m.visible(c, "ResourcePool", "list", nil))
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		places := a
		places.path = standardPrefix + "/v2/oCloudSites"
		got, err := w.get(g, places, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		var sites []struct {
			OCloudSiteID, GlobalLocationID string
			ResourcePools                  []string
		}
		if err := json.Unmarshal(got.body, &sites); err != nil {
			return fmt.Errorf("%w in %s", err, got.body)
		}
		var shown, locations []string
		for _, s := range sites {
			shown, locations = append(shown, s.ResourcePools...), append(locations, s.GlobalLocationID)
		}
		slices.Sort(shown)
		if !slices.Equal(shown, pools) {
			return fmt.Errorf("%s: sites have the pools %q, want %q", places.text(), shown, pools)
		}
		places.path = standardPrefix + "/v2/locations"
		if got, err = w.get(g, places, credentials, want); err != nil {
			return err
		}
		slices.Sort(locations)
		known := got.array("globalLocationId")
		slices.Sort(known)
		if locations = slices.Compact(locations); !slices.Equal(known, locations) {
			return fmt.Errorf("%s: is shown %q, want those of its sites %q", places.text(), known, locations)
		}
		if len(sites) > 0 {
			places.path = standardPrefix + "/v2/oCloudSites/" + sites[0].OCloudSiteID
			if _, err := w.get(g, places, credentials, want); err != nil {
				return err
			}
			places.path = standardPrefix + "/v2/locations/" + sites[0].GlobalLocationID
			_, err = w.get(g, places, credentials, want)
		}
		return err
	})
}

// standardDictionary asks for alarm dictionaries, which are as visible as their types.
func (w *world) standardDictionary() {
	c, id := w.caller("ResourceType", "list"), w.anyID("ResourceType")
	a := ask{from: c, method: http.MethodGet, path: standardPrefix + "/v2/resourceTypes/" + id + "/alarmDictionary", resource: "ResourceType", action: "read"}
	want := http.StatusOK
	switch {
	case w.m.extent(c, "ResourceType", "read") == 0:
		want = http.StatusForbidden
	case w.m.sees(c, "ResourceType", "read", id) == nil:
		want = http.StatusNotFound
	}
	w.do(a, want)
	want = http.StatusOK
	switch {
	case w.m.extent(c, "ResourceType", "list") == 0:
		want = http.StatusForbidden
	case w.m.sees(c, "ResourceType", "list", id) == nil:
		want = http.StatusNotFound
	}
	a.path, a.action = standardPrefix+"/v2/alarmDictionaries/"+string(o2.AlarmDictionaryID(o2.ID(id))), "list"
	w.do(a, want)
	if want == http.StatusNotFound {
		want = http.StatusOK
	}
	var expected []string
	for _, t := range w.m.visible(c, "ResourceType", "list", nil) {
		expected = append(expected, string(o2.AlarmDictionaryID(o2.ID(t.id))))
	}
	a.path = standardPrefix + "/v2/alarmDictionaries"
	w.standardIDs(a, want, "alarmDictionaryId", expected)
}

// standardHearing makes a subscription to nothing at all, has anyone look for it and
// try to end it, and ends it.
func (w *world) standardHearing() {
	v := w.standardVersion()
	w.silentHearing(v.base+"/subscriptions", "subscriptionId", "ResourcePool", "(eq,objectType,ResourcePool);(eq,extensions/secret,no-such)", v.deleted)
}

// silentHearing does that at a path, where the id has that name. The filter is about
// objects of a kind, and deleted is the status of a deletion.
func (w *world) silentHearing(path, idName, kind, filter string, deleted int) {
	c := w.caller("Subscription", "create")
	home := c.tenant()
	want := http.StatusCreated
	count := 0
	for _, other := range w.m.hearings {
		if other.home == home && home != "" {
			count++
		}
	}
	switch {
	case !w.m.extent(c, "Subscription", "create").covers(c.home, home), w.m.extent(c, kind, "read") == 0:
		want = http.StatusForbidden
	case home != "" && w.m.holdings[home].most >= 0 && count >= w.m.holdings[home].most:
		want = http.StatusTooManyRequests
	}
	made := w.do(ask{from: c, method: http.MethodPost, path: path, resource: "Subscription", action: "create", body: map[string]any{
		"callback": w.hooks.url(w.words.fresh("Subscription", home)), "filter": filter,
	}}, want)
	if want != http.StatusCreated {
		return
	}
	id := made.member(idName)
	w.m.hearings[id] = &hearing{id: id, home: home} // so that whoever is told of it must see it
	defer delete(w.m.hearings, id)
	w.words.say(c.home, id)

	other := w.caller("Subscription", "read")
	status := func(action string, good int) int { return w.statusOf(other, action, id, good) }
	w.do(ask{from: other, method: http.MethodGet, path: path + "/" + id, resource: "Subscription", action: "read"}, status("read", http.StatusOK))
	// Made under another API, it is nobody's there.
	w.do(ask{from: other, method: http.MethodGet, path: subscriptionsPath + "/" + id, resource: "Subscription", action: "read"}, status("read", http.StatusNotFound))
	want, expected := http.StatusOK, []string(nil)
	if w.m.extent(other, "Subscription", "list") == 0 {
		want = http.StatusForbidden
	}
	if w.m.subscribed(other, "list", id) != nil {
		expected = []string{id}
	}
	got := w.do(ask{from: other, method: http.MethodGet, path: path, resource: "Subscription", action: "list"}, want)
	if shown := got.array(idName); want == http.StatusOK && !slices.Equal(shown, expected) {
		w.Fatalf("difference: %s.%s %s: is shown %q, want %q", other.user, other.home, path, shown, expected)
	}
	end := ask{from: other, method: http.MethodDelete, path: path + "/" + id, resource: "Subscription", action: "delete"}
	if w.do(end, status("delete", deleted)).status != deleted {
		end.from = caller{firstAdmin, platformHome}
		w.do(end, deleted)
	}
}
