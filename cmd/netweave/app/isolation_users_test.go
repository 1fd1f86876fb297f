//go:build integration

package app

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"pgregory.net/rapid"
)

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
