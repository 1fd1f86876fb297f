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
