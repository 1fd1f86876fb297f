//go:build integration

package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Everything in a world has words of its own, which nothing else has, so that
// wherever one of them turns up it is known what was told of.

// belonging is what a word is of: a kind of object, and whose it is.
type belonging struct{ kind, owner string }

type words struct {
	last int
	of   map[string]belonging
	// said are the words that callers of a home have sent themselves.
	said map[string]map[string]bool
}

var (
	wordForm = regexp.MustCompile(`zq[0-9]+qz`)
	idForm   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
)

// fresh returns a new word.
func (w *words) fresh(kind, owner string) string {
	w.last++
	word := fmt.Sprintf("zq%dqz", w.last)
	w.of[word] = belonging{kind, owner}
	return word
}

// tenant returns a new tenant's id, which is a word.
func (w *words) tenant() string {
	id := w.fresh("TenantID", "")
	w.of[id] = belonging{"TenantID", id}
	return id
}

// say notes what a caller of home has sent.
func (w *words) say(home, text string) {
	if w.said[home] == nil {
		w.said[home] = map[string]bool{}
	}
	for _, word := range append(wordForm.FindAllString(text, -1), idForm.FindAllString(text, -1)...) {
		w.said[home][word] = true
	}
}

// knows reports whether a caller may be told of a word.
func (m *model) knows(c caller, s belonging) bool {
	e := extent(0)
	switch s.kind {
	case "TenantID":
		if c.home == s.owner {
			return true
		}
		for _, noun := range nouns {
			for _, verb := range verbs {
				e |= m.extent(c, noun, verb)
			}
		}
		return e&ofAll != 0
	case "Request":
		return m.extent(c, "AuditLog", "list").reaches(c.home, s.owner)
	case "Tenant", "User":
		return m.manages(c, s.kind).reaches(c.home, s.owner)
	case "Role":
		if s.owner == everyones {
			return m.manages(c, s.kind) != 0
		}
		return m.manages(c, s.kind).reaches(c.home, s.owner)
	}
	return m.manages(c, s.kind).covers(c.home, s.owner)
}

// manages is to what a caller's permissions to be told of a kind extend.
func (m *model) manages(c caller, kind string) extent {
	return m.extent(c, kind, "list") | m.extent(c, kind, "read") | m.extent(c, kind, "update")
}

// leak returns a word or id in what a caller was sent that it must not know, "" if
// there is none. sent is what it had said in its request, own counts all that its
// home has ever said; of is the subscription whose dead letters are shown, if any.
func (w *world) leak(c caller, sent, got string, own bool, of string) string {
	for _, word := range wordForm.FindAllString(got, -1) {
		s, ok := w.words.of[word]
		if of != "" && w.hooks.mayHear(of, s) {
			continue // who sees a subscription sees what it could not be told
		}
		if ok && !w.m.knows(c, s) && !strings.Contains(sent, word) && (!own || !w.words.said[c.home][word]) {
			return fmt.Sprintf("%s, which is of a %s of %q", word, s.kind, s.owner)
		}
	}
	for _, id := range idForm.FindAllString(got, -1) {
		a := w.m.assets[id]
		if of != "" && a != nil && w.hooks.mayHear(of, belonging{a.kind, a.owner}) {
			continue
		}
		if !w.maySeeID(c, id) && !strings.Contains(sent, id) && (!own || !w.words.said[c.home][id]) {
			return "the id " + id
		}
	}
	return ""
}

// maySeeID reports whether an id is of something that a caller sees, or that what
// it sees is in or of; ids of nothing that is known are of no object.
func (w *world) maySeeID(c caller, id string) bool {
	if h := w.m.hearings[id]; h != nil {
		return w.m.manages(c, "Subscription").covers(c.home, h.home)
	}
	a := w.m.assets[id]
	if a == nil || w.m.manages(c, a.kind).covers(c.home, a.owner) {
		return true
	}
	e, alarms := w.m.manages(c, "Resource"), w.m.manages(c, "Alarm")
	for _, r := range w.m.assets {
		if r.kind == "Alarm" && (r.typ == id || r.parent == id) && alarms.covers(c.home, r.owner) {
			return true
		}
		if r.kind == "Resource" && (r.pool == id || r.typ == id || r.parent == id) && e.covers(c.home, r.owner) {
			return true
		}
	}
	return w.past && w.maySeePast(c, id)
}

// maySeePast reports whether an id is of something that a caller saw, or that what it
// saw was in or of.
func (w *world) maySeePast(c caller, id string) bool {
	all := slices.Clone(w.kept.gone)
	for _, a := range w.m.assets {
		all = append(all, a)
	}
	for _, a := range all {
		if a.id != id && a.pool != id && a.typ != id && a.parent != id {
			continue
		}
		for _, owner := range append(slices.Clone(a.former), a.owner) {
			if w.m.manages(c, a.kind).covers(c.home, owner) {
				return true
			}
		}
	}
	return false
}
