//go:build integration

package app

import (
	"fmt"
	"maps"
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
