//go:build integration

package app

import (
	"maps"
	"net/http"
	"slices"

	"pgregory.net/rapid"
)

var roleNames = []string{"night-shift", "keeper", "watcher", "auditor-2"}

// anyRank draws a role's name, of any source.
func (w *world) anyRank() string {
	names := append(slices.Sorted(maps.Keys(w.m.general)), roleNames...)
	return rapid.SampledFrom(append(names, "owner", "operator", "viewer", "never-made")).Draw(w.T, "role")
}

func (w *world) bind() {
	c := w.caller("User", "update")
	w.bindAs(c, w.target(c), w.anyUser(), w.anyRank())
}

func (w *world) bindAs(c caller, home, user, name string) {
	a := ask{from: c, method: http.MethodPost, path: usersPath(home) + "/" + user + "/roleBindings", resource: "User", action: "update"}
	a.body = map[string]any{"role": name}
	h := w.houseOf(c, "User", "update", home)
	want := status(w.m.extent(c, "User", "update") == 0, h == nil || h.members[user] == nil, http.StatusCreated)
	if want == http.StatusCreated {
		r := w.m.named(home, name)
		switch {
		case r == nil, r.system != (home == platformHome):
			want = http.StatusBadRequest
		case !w.m.grants(c, home, r.permits):
			want = http.StatusForbidden
		case slices.Contains(h.members[user].ranks, name):
			want = http.StatusConflict
		}
	}
	if w.do(a, want).status == http.StatusCreated {
		h.members[user].ranks = append(h.members[user].ranks, name)
	}
}

func (w *world) unbind() {
	c := w.caller("User", "update")
	home, user, name := w.target(c), w.anyUser(), w.anyRank()
	h := w.m.holdings[home]
	if h != nil && h.members[user] != nil && len(h.members[user].ranks) > 0 && rapid.Bool().Draw(w.T, "one that is held") {
		name = rapid.SampledFrom(h.members[user].ranks).Draw(w.T, "held")
	}
	a := ask{from: c, method: http.MethodDelete, path: usersPath(home) + "/" + user + "/roleBindings/" + name, resource: "User", action: "update"}
	h = w.houseOf(c, "User", "update", home)
	missing := h == nil || h.members[user] == nil || !slices.Contains(h.members[user].ranks, name)
	want := status(w.m.extent(c, "User", "update") == 0, missing, http.StatusNoContent)
	if want == http.StatusNoContent && name == "owner" && w.m.lastOwner(h, user) && w.m.extent(c, "User", "update")&ofAll == 0 {
		want = http.StatusConflict
	}
	if w.do(a, want).status == http.StatusNoContent {
		u := h.members[user]
		u.ranks = slices.DeleteFunc(u.ranks, func(r string) bool { return r == name })
	}
}

// rolePlace draws whose roles a request is about: text is what the request says.
func (w *world) rolePlace(c caller) (text, home string) {
	switch rapid.IntRange(0, 4).Draw(w.T, "whose") {
	case 0:
		return "", c.home
	case 1:
		return everyones, everyones
	}
	home = w.target(c)
	return home, home
}

// rolesAt returns the roles that are seen in a place, and the status for those who
// may not look there.
func (w *world) rolesAt(c caller, action, home string, good int) (ranks map[string]*rank, want int) {
	e := w.m.extent(c, "Role", action)
	if e == 0 || home == everyones && e&ofAll == 0 {
		return nil, http.StatusForbidden
	}
	if home == everyones {
		return w.m.general, good
	}
	h := w.houseOf(c, "Role", action, home)
	if h == nil {
		return nil, http.StatusNotFound
	}
	ranks = maps.Clone(h.ranks)
	for name, r := range w.m.general {
		if !r.system || home == platformHome {
			ranks[name] = r
		}
	}
	return ranks, good
}

func roleQuery(text string) string {
	if text == "" {
		return ""
	}
	return "?tenantId=" + text
}

func (w *world) listRoles() {
	c := w.caller("Role", "list")
	text, home := w.rolePlace(c)
	ranks, want := w.rolesAt(c, "list", home, http.StatusOK)
	a := ask{from: c, method: http.MethodGet, path: admin + "/roles" + roleQuery(text), resource: "Role", action: "list"}
	w.pages(a, want, "name", slices.Sorted(maps.Keys(ranks)))
}

func (w *world) getRole() {
	c, name := w.caller("Role", "read"), w.anyRank()
	text, home := w.rolePlace(c)
	ranks, want := w.rolesAt(c, "read", home, http.StatusOK)
	if want == http.StatusOK && ranks[name] == nil {
		want = http.StatusNotFound
	}
	a := ask{from: c, method: http.MethodGet, path: admin + "/roles/" + name + roleQuery(text), resource: "Role", action: "read"}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		_, err := w.get(g, a, credentials, want)
		return err
	})
}

// draft draws permissions, which may be more than a role of a home can have.
func (w *world) draft(home string) (list []permit, sound bool) {
	scopes := []string{"tenant", "tenant", "shared"}
	if home == platformHome || rapid.IntRange(0, 9).Draw(w.T, "wide") == 0 {
		scopes = append(scopes, "all")
	}
	sound = true
	for range rapid.IntRange(1, 4).Draw(w.T, "permissions") {
		p := permit{
			rapid.SampledFrom(append([]string{"*"}, nouns...)).Draw(w.T, "resource"),
			rapid.SampledFrom(append([]string{"manage"}, verbs...)).Draw(w.T, "action"),
			rapid.SampledFrom(scopes).Draw(w.T, "scope"),
		}
		if slices.Contains(list, p) {
			continue
		}
		list = append(list, p)
		sound = sound && (p.scope != "all" || home == platformHome)
	}
	return list, sound
}

func bodyOf(list []permit) (items []map[string]string) {
	for _, p := range list {
		items = append(items, map[string]string{"resource": p.resource, "action": p.action, "scope": p.scope})
	}
	return items
}

func (w *world) createRole() {
	c := w.caller("Role", "create")
	text, home := w.rolePlace(c)
	name := rapid.SampledFrom(append([]string{"viewer", "file-keeper"}, append(roleNames, roleNames...)...)).Draw(w.T, "name")
	list, sound := w.draft(home)
	a := ask{from: c, method: http.MethodPost, path: admin + "/roles", resource: "Role", action: "create"}
	body := map[string]any{"name": name, "description": w.words.fresh("Role", home), "permissions": bodyOf(list)}
	if text != "" {
		body["tenantId"] = text
	}
	a.body = body
	_, want := w.rolesAt(c, "create", home, http.StatusCreated)
	taken := w.m.general[name] != nil
	for _, h := range w.m.holdings {
		taken = taken || h.ranks[name] != nil && (h.id == home || home == everyones)
	}
	switch {
	case want != http.StatusCreated:
	case !sound:
		want = http.StatusBadRequest
	case !w.m.grants(c, home, list):
		want = http.StatusForbidden
	case taken:
		want = http.StatusConflict
	}
	if w.do(a, want).status != http.StatusCreated {
		return
	}
	r := &rank{owner: home, name: name, system: home == platformHome, permits: list}
	if home == everyones {
		w.m.general[name] = r
	} else {
		w.m.holdings[home].ranks[name] = r
	}
}

// changeRole replaces or deletes a role, whosever.
func (w *world) changeRole() {
	c, name := w.caller("Role", "update"), w.anyRank()
	text, home := w.rolePlace(c)
	list, sound := w.draft(home)
	action, good := "update", http.StatusOK
	a := ask{from: c, method: http.MethodPut, path: admin + "/roles/" + name + roleQuery(text), resource: "Role"}
	if rapid.Bool().Draw(w.T, "delete") {
		action, good, a.method = "delete", http.StatusNoContent, http.MethodDelete
	}
	ranks, want := w.rolesAt(c, action, home, good)
	r := ranks[name]
	a.action = action
	if action == "update" {
		of := home
		if r != nil {
			of = r.owner
		}
		a.body = map[string]any{"description": w.words.fresh("Role", of), "permissions": bodyOf(list)}
	}
	switch {
	case want != good:
	case r == nil:
		want = http.StatusNotFound
	case r.fixed, !w.m.extent(c, "Role", action).reaches(c.home, r.owner):
		want = http.StatusForbidden
	case action == "delete" && w.m.holders(r) > 0:
		want = http.StatusConflict
	case action == "delete":
	case r.owner != platformHome && slices.ContainsFunc(list, func(p permit) bool { return p.scope == "all" }):
		want = http.StatusBadRequest
	case !w.m.grants(c, r.owner, list):
		want = http.StatusForbidden
	}
	_ = sound
	switch got := w.do(a, want); {
	case got.status == http.StatusOK:
		r.permits = list
	case got.status == http.StatusNoContent && r.owner == everyones:
		delete(w.m.general, name)
	case got.status == http.StatusNoContent:
		delete(w.m.holdings[r.owner].ranks, name)
	}
}
