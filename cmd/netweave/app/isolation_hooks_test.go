//go:build integration

package app

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// hooks take the notifications of all subscriptions.
type hooks struct {
	server *httptest.Server

	mu sync.Mutex
	// copies are the objects that each subscription has been told of, by its id.
	copies map[string]map[string]bool
	// allowed are what a subscription may hear of, at any time so far.
	hears map[string][]*hearing
	got   []notification
}

// notification is one that came.
type notification struct{ subscription, text string }

func newHooks() *hooks {
	h := &hooks{copies: map[string]map[string]bool{}, hears: map[string][]*hearing{}}
	h.server = httptest.NewServer(h)
	return h
}

func (h *hooks) close() error {
	h.server.Close()
	return nil
}

func (h *hooks) url(word string) string { return h.server.URL + "/" + word }

// expect notes what a subscription may hear of from now on.
func (h *hooks) expect(s *hearing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := *s
	now.hears = maps.Clone(s.hears)
	h.hears[s.id] = append(h.hears[s.id], &now)
}

// ServeHTTP takes a notification. Those to a path of "refused" it takes not.
func (h *hooks) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var n struct {
		SubscriptionID, EventType, ObjectID string
		Resync                              bool
		// Of an alarm, whose subscriptions have ids of their own for this.
		ConsumerSubscriptionID, AlarmEventRecordID string
	}
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	text := string(body)
	if err != nil {
		text = fmt.Sprintf("%q cannot be read: %v", body, err)
	}
	if n.AlarmEventRecordID != "" {
		n.SubscriptionID, n.ObjectID = n.ConsumerSubscriptionID, n.AlarmEventRecordID
	}
	h.got = append(h.got, notification{n.SubscriptionID, text})
	if strings.HasSuffix(r.URL.Path, "refused") {
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	seen := h.copies[n.SubscriptionID]
	if seen == nil || n.Resync {
		seen = map[string]bool{}
		h.copies[n.SubscriptionID] = seen
	}
	if n.EventType == "deleted" {
		delete(seen, n.ObjectID)
	} else if !n.Resync {
		seen[n.ObjectID] = true
	}
	rw.WriteHeader(http.StatusNoContent)
}

// copyOf returns the ids of the objects that a subscription has been told of.
func (h *hooks) copyOf(id string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Sorted(maps.Keys(h.copies[id]))
}

// taken returns what has come since it was last asked.
func (h *hooks) taken() []notification {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.got
	h.got = nil
	return got
}

// mayHear reports whether a subscription may have been told of a thing.
func (h *hooks) mayHear(subscription string, s belonging) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, was := range h.hears[subscription] {
		if was.covers(s.kind, s.owner) {
			return true
		}
	}
	return false
}

// judgeNotifications looks at all that has come: no subscription is told of what
// it may not hear of.
func (w *world) judgeNotifications() {
	w.Helper()
	for _, n := range w.hooks.taken() {
		w.lab.notifications++
		for _, word := range wordForm.FindAllString(n.text, -1) {
			if s, ok := w.words.of[word]; ok && s.kind != "Subscription" && !w.hooks.mayHear(n.subscription, s) {
				w.Fatalf("difference: subscription %s is told %s, which is of a %s of %q: %s", n.subscription, word, s.kind, s.owner, n.text)
			}
		}
	}
}

// settle waits until each subscription has been told of what it may hear of, and
// of nothing else.
func (w *world) settle() {
	w.Helper()
	w.until("what subscribers were told", func() error {
		for id, h := range w.m.hearings {
			if strings.HasSuffix(h.callback, "/refused") {
				continue
			}
			if t := w.m.holdings[h.home]; t != nil && t.status != "active" {
				continue // its notifications wait
			}
			want := []string{}
			for _, a := range w.m.assets {
				if (h.kind == "" || h.kind == a.kind) && h.covers(a.kind, a.owner) {
					want = append(want, a.id)
				}
			}
			slices.Sort(want)
			if got := w.hooks.copyOf(id); !slices.Equal(got, want) {
				return fmt.Errorf("subscription %s of %q was told of %q, want %q", id, h.home, got, want)
			}
		}
		return nil
	})
	w.judgeNotifications()
}
