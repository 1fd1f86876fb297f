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

const admin = "/admin/v1"

// anyHome draws a tenant's id, of whichever standing, the platform's, or none.
func (w *world) anyHome() string {
	homes := append(slices.Sorted(maps.Keys(w.m.holdings)), "never-was")
	return rapid.SampledFrom(homes).Draw(w.T, "tenant")
}

// target draws the tenant that a caller's request is about: often its own.
func (w *world) target(c caller) string {
	if rapid.Bool().Draw(w.T, "own tenant") {
		return c.home
	}
	return w.anyHome()
}

// anyUser draws a user's name.
func (w *world) anyUser() string {
	return rapid.SampledFrom(append([]string{"nobody"}, userNames...)).Draw(w.T, "name")
}

// holdingOf returns a tenant that an action of a caller's extends to.
func (w *world) holdingOf(c caller, noun, action, id string) *holding {
	h := w.m.holdings[id]
	e := w.m.extent(c, noun, action)
	if h == nil || h.id == platformHome || !e.reaches(c.home, id) || h.status == "deleted" && e&ofAll == 0 {
		return nil
	}
	return h
}

// houseOf returns a tenant, or the platform, that can have users.
func (w *world) houseOf(c caller, noun, action, id string) *holding {
	h := w.m.holdings[id]
	if h == nil || h.status == "deleted" || !w.m.extent(c, noun, action).reaches(c.home, id) {
		return nil
	}
	return h
}

func status(forbidden, missing bool, good int) int {
	switch {
	case forbidden:
		return http.StatusForbidden
	case missing:
		return http.StatusNotFound
	}
	return good
}

// pages reads a list of the administration to its end, and compares it.
func (w *world) pages(a ask, want int, member string, expected []string) {
	w.Helper()
	if rapid.Bool().Draw(w.T, "by pages") {
		separator := "?"
		if strings.Contains(a.path, "?") {
			separator = "&"
		}
		a.path += separator + "limit=2"
	}
	credentials := w.credentials(a.from)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			return err
		}
		shown := got.items(member)
		for next := a; got.next() != ""; {
			next.path = got.next()
			if got, err = w.get(g, next, credentials, want); err != nil {
				return err
			}
			shown = append(shown, got.items(member)...)
		}
		if !slices.Equal(shown, expected) {
			return fmt.Errorf("%s: is shown %q, want %q", a.text(), shown, expected)
		}
		return nil
	})
}

func (w *world) listTenants() {
	c := w.caller("Tenant", "list")
	e := w.m.extent(c, "Tenant", "list")
	var ids []string
	for id := range w.m.holdings {
		if w.holdingOf(c, "Tenant", "list", id) != nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	a := ask{from: c, method: http.MethodGet, path: admin + "/tenants", resource: "Tenant", action: "list"}
	w.pages(a, status(e == 0, false, http.StatusOK), "tenantId", ids)
}

func (w *world) getTenant() {
	c := w.caller("Tenant", "read")
	id := w.target(c)
	a := ask{from: c, method: http.MethodGet, path: admin + "/tenants/" + id, resource: "Tenant", action: "read"}
	noun := "Tenant"
	if rapid.Bool().Draw(w.T, "quotas") {
		a.path, a.resource, noun = a.path+"/quotas", "Quota", "Quota"
	}
	want := status(w.m.extent(c, noun, "read") == 0, w.holdingOf(c, noun, "read", id) == nil, http.StatusOK)
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err == nil && want == http.StatusOK && got.member("tenantId") != id {
			err = fmt.Errorf("%s: %s", a.text(), got.body)
		}
		return err
	})
}

// tenantBody is what is said of a tenant, in new words.
func (w *world) tenantBody(id string) map[string]any {
	word := w.words.fresh("Tenant", id)
	return map[string]any{
		"displayName": word, "organization": w.words.fresh("Tenant", id), "contactEmail": word + "@example.com",
		"settings": map[string]string{"secret": w.words.fresh("Tenant", id)},
	}
}

func (w *world) createTenant() {
	if len(w.m.holdings) > 9 {
		return
	}
	c := w.caller("Tenant", "create")
	id := w.words.tenant()
	if rapid.IntRange(0, 3).Draw(w.T, "there already") == 0 {
		id = w.anyHome()
	}
	w.createTenantAs(c, id)
}

func (w *world) createTenantAs(c caller, id string) {
	a := ask{from: c, method: http.MethodPost, path: admin + "/tenants", resource: "Tenant", action: "create"}
	body := w.tenantBody(id)
	body["tenantId"] = id
	a.body = body
	want := http.StatusCreated
	switch {
	case w.m.extent(c, "Tenant", "create")&ofAll == 0:
		want = http.StatusForbidden
	case id == platformHome:
		want = http.StatusBadRequest
	case w.m.holdings[id] != nil:
		want = http.StatusConflict
	}
	if w.do(a, want).status == http.StatusCreated {
		h := w.m.found(id)
		h.name = id
	}
}

func (w *world) updateTenant() {
	c := w.caller("Tenant", "update")
	id := w.target(c)
	a := ask{from: c, method: http.MethodPut, path: admin + "/tenants/" + id, resource: "Tenant", action: "update"}
	body := w.tenantBody(id)
	if rapid.IntRange(0, 2).Draw(w.T, "with status") == 0 {
		body["status"] = rapid.SampledFrom([]string{"active", "active", "suspended"}).Draw(w.T, "status")
	}
	h := w.holdingOf(c, "Tenant", "update", id)
	wide := w.m.extent(c, "Tenant", "update")&ofAll != 0
	want := status(w.m.extent(c, "Tenant", "update") == 0, h == nil, http.StatusOK)
	switch {
	case want != http.StatusOK:
	case h.status == "deleted":
		want = http.StatusNotFound
	case !wide && body["status"] != nil && body["status"] != h.status:
		want = http.StatusForbidden
	}
	a.body = body
	if w.do(a, want).status == http.StatusOK && body["status"] != nil {
		h.status, _ = body["status"].(string)
	}
}

// revive makes suspended tenants active, so that not all of them end so.
func (w *world) revive() {
	for _, id := range slices.Sorted(maps.Keys(w.m.holdings)) {
		if h := w.m.holdings[id]; h.status == "suspended" {
			body := w.tenantBody(id)
			body["status"] = "active"
			w.do(ask{from: caller{firstAdmin, platformHome}, method: http.MethodPut, path: admin + "/tenants/" + id, body: body, resource: "Tenant", action: "update"}, http.StatusOK)
			h.status = "active"
		}
	}
}

func (w *world) deleteTenant() {
	c := w.caller("Tenant", "delete")
	id := w.anyHome()
	alive := 0
	for _, h := range w.m.holdings {
		if h.status != "deleted" {
			alive++
		}
	}
	if alive < 4 && c.home == platformHome { // keep some
		return
	}
	a := ask{from: c, method: http.MethodDelete, path: admin + "/tenants/" + id, resource: "Tenant", action: "delete"}
	h := w.holdingOf(c, "Tenant", "delete", id)
	want := status(w.m.extent(c, "Tenant", "delete") == 0, h == nil, http.StatusNoContent)
	if want == http.StatusNoContent && w.m.extent(c, "Tenant", "delete")&ofAll == 0 {
		want = http.StatusForbidden
	}
	if w.do(a, want).status == http.StatusNoContent {
		w.m.close(h)
	}
}

func (w *world) setQuotas() {
	c := w.caller("Quota", "update")
	id := w.target(c)
	if c.home == platformHome {
		id = w.anyHome()
	}
	a := ask{from: c, method: http.MethodPut, path: admin + "/tenants/" + id + "/quotas", resource: "Quota", action: "update"}
	h := w.holdingOf(c, "Quota", "update", id)
	want, most := http.StatusOK, rapid.SampledFrom([]int{0, 1, 2, 50}).Draw(w.T, "subscriptions")
	a.body = map[string]any{"maxSubscriptions": most}
	if rapid.IntRange(0, 2).Draw(w.T, "reset") == 0 {
		a.method, a.body, want, most = http.MethodDelete, nil, http.StatusNoContent, -1
	}
	good := want
	want = status(w.m.extent(c, "Quota", "update") == 0, h == nil, want)
	switch {
	case want != good:
	case w.m.extent(c, "Quota", "update")&ofAll == 0:
		want = http.StatusForbidden
	case h.status == "deleted":
		want = http.StatusNotFound
	}
	if w.do(a, want).status == good {
		h.most = most
	}
}

func usersPath(home string) string { return admin + "/tenants/" + home + "/users" }

func (w *world) listUsers() {
	c := w.caller("User", "list")
	home := w.target(c)
	h := w.houseOf(c, "User", "list", home)
	var ids []string
	if h != nil {
		ids = slices.Sorted(maps.Keys(h.members))
	}
	a := ask{from: c, method: http.MethodGet, path: usersPath(home), resource: "User", action: "list"}
	w.pages(a, status(w.m.extent(c, "User", "list") == 0, h == nil, http.StatusOK), "userId", ids)
}

func (w *world) getUser() {
	c := w.caller("User", "read")
	home, user := w.target(c), w.anyUser()
	h := w.houseOf(c, "User", "read", home)
	want := status(w.m.extent(c, "User", "read") == 0, h == nil || h.members[user] == nil, http.StatusOK)
	a := ask{from: c, method: http.MethodGet, path: usersPath(home) + "/" + user, resource: "User", action: "read"}
	bindings := rapid.Bool().Draw(w.T, "bindings")
	if bindings {
		a.path += "/roleBindings"
	}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK || !bindings {
			return err
		}
		ranks := slices.Sorted(slices.Values(h.members[user].ranks))
		if shown := got.items("role"); !slices.Equal(shown, ranks) {
			return fmt.Errorf("%s: is shown %q, want %q", a.text(), shown, ranks)
		}
		return nil
	})
}

func (w *world) createUser() {
	c := w.caller("User", "create")
	w.createUserAs(c, w.target(c), w.anyUser())
}

func (w *world) createUserAs(c caller, home, user string) {
	a := ask{from: c, method: http.MethodPost, path: usersPath(home), resource: "User", action: "create"}
	a.body = map[string]any{"userId": user, "displayName": w.words.fresh("User", home)}
	h := w.houseOf(c, "User", "create", home)
	want := status(w.m.extent(c, "User", "create") == 0, h == nil, http.StatusCreated)
	if want == http.StatusCreated && h.members[user] != nil {
		want = http.StatusConflict
	}
	if w.do(a, want).status == http.StatusCreated {
		h.members[user] = &member{}
	}
}

func (w *world) updateUser() {
	c := w.caller("User", "update")
	home, user := w.target(c), w.anyUser()
	a := ask{from: c, method: http.MethodPut, path: usersPath(home) + "/" + user, resource: "User", action: "update"}
	disabled := rapid.IntRange(0, 2).Draw(w.T, "disabled") == 0
	a.body = map[string]any{"displayName": w.words.fresh("User", home), "disabled": disabled}
	h := w.houseOf(c, "User", "update", home)
	want := status(w.m.extent(c, "User", "update") == 0, h == nil || h.members[user] == nil, http.StatusOK)
	if want == http.StatusOK && disabled && w.m.lastOwner(h, user) && w.m.extent(c, "User", "update")&ofAll == 0 {
		want = http.StatusConflict
	}
	if want == http.StatusOK && !disabled && h.members[user].disabled { // to enable is to give all that the user holds
		for _, name := range h.members[user].ranks {
			if r := w.m.named(home, name); r != nil && !w.m.grants(c, home, r.permits) {
				want = http.StatusForbidden
			}
		}
	}
	if w.do(a, want).status == http.StatusOK {
		h.members[user].disabled = disabled
	}
}

func (w *world) deleteUser() {
	c := w.caller("User", "delete")
	home, user := w.target(c), w.anyUser()
	a := ask{from: c, method: http.MethodDelete, path: usersPath(home) + "/" + user, resource: "User", action: "delete"}
	h := w.houseOf(c, "User", "delete", home)
	want := status(w.m.extent(c, "User", "delete") == 0, h == nil || h.members[user] == nil, http.StatusNoContent)
	if want == http.StatusNoContent && w.m.lastOwner(h, user) && w.m.extent(c, "User", "delete")&ofAll == 0 {
		want = http.StatusConflict
	}
	if w.do(a, want).status == http.StatusNoContent {
		delete(h.members, user)
	}
}

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

// audit searches the audit log, and goes on where somebody else has stopped.
func (w *world) audit() {
	c := w.caller("AuditLog", "list")
	e := w.m.extent(c, "AuditLog", "list")
	filters := []string{""}
	of, user := w.target(c), w.anyUser()
	filters = append(filters, "tenantId="+of, "userId="+user, "result=denied", "action=create")
	filter := rapid.SampledFrom(filters).Draw(w.T, "select")
	matches := func(r record) bool {
		switch {
		case strings.HasPrefix(filter, "tenantId"):
			return r.home == of
		case strings.HasPrefix(filter, "userId"):
			return r.user == user
		case strings.HasPrefix(filter, "result"):
			return r.result == "denied"
		case strings.HasPrefix(filter, "action"):
			return r.action == "create"
		}
		return true
	}
	const limit = 12
	a := ask{from: c, method: http.MethodGet, path: fmt.Sprintf("%s/audit?limit=%d&%s", admin, limit, filter), resource: "AuditLog", action: "list"}
	want := http.StatusOK
	var stolen marker
	if len(w.kept.cursors) > 0 && rapid.IntRange(0, 3).Draw(w.T, "go on") == 0 {
		stolen = rapid.SampledFrom(w.kept.cursors).Draw(w.T, "cursor")
		a.path = stolen.value
		if c.home != stolen.home || stolen.all != (e&ofAll != 0) {
			want = http.StatusBadRequest
		}
	}
	if e == 0 {
		want = http.StatusForbidden
	}
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		visible, entries := map[string]bool{}, 0
		for _, r := range w.m.records {
			if e.reaches(c.home, r.home) && (stolen.value != "" || matches(r)) {
				visible[r.request] = true
				entries++
			}
		}
		got, err := w.get(g, a, credentials, want)
		if err != nil || want != http.StatusOK {
			// Who may see nothing by any filter is not told that a cursor is wrong.
			return err
		}
		shown := got.items("requestId")
		for _, id := range shown {
			if !visible[id] {
				return fmt.Errorf("%s: is shown the entry of %s", a.text(), id)
			}
		}
		if stolen.value == "" && len(shown) != min(limit, entries) {
			return fmt.Errorf("%s: is shown %d entries, want %d", a.text(), len(shown), min(limit, entries))
		}
		if next := got.next(); next != "" {
			w.kept.cursors = append(w.kept.cursors, marker{home: c.home, value: next, all: e&ofAll != 0})
		}
		return nil
	})
}
