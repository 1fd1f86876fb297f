//go:build integration

package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// worldsOfEvents is how many worlds there are whose subscribers listen.
const worldsOfEvents = 3

func TestIsolationNotificationsEmbedded(t *testing.T) { listenIn(t, newLab(t, nil), 1) }

func TestIsolationNotificationsRedis(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	listenIn(t, newLab(t, c), 2)
}

// listenIn has subscribers of every tenant listen while all changes. Each is told
// of what the model lets it hear of, of all of it, and of nothing else.
func listenIn(t *testing.T, l *lab, processes int) {
	p := planned(t, 0)
	t.Logf("ISOLATION_SEED=%d does it again", p.seed)
	began := time.Now()
	for seed := p.seed; seed < p.seed+worldsOfEvents || time.Since(began) < p.duration; seed++ {
		check(t, seed, func(rt *rapid.T) {
			w := newWorld(rt, l, setting{shared: seed%2 == 0, processes: processes, tenants: 3, events: true})
			defer w.end()
			w.people()
			for _, c := range w.everyone() {
				if w.m.extent(c, "Subscription", "create").covers(c.home, c.tenant()) {
					w.subscribeAs(c)
				}
			}
			for range 12 {
				w.stir(rapid.IntRange(5, 25).Draw(rt, "changes"))
				w.settle()
			}
			w.lettersOfAll()
			w.alarmsOfAll()
		})
		if t.Failed() {
			t.Fatalf("ISOLATION_SEED=%d does it again", seed)
		}
	}
	t.Logf("%d requests, %d notifications", l.requests, l.notifications)
	if l.alarms == 0 {
		t.Error("nobody was to be told of an alarm")
	}
	if l.notifications < 100*worldsOfEvents {
		t.Errorf("%d notifications are too few to tell", l.notifications)
	}
}

// everyone are all users that are known.
func (w *world) everyone() (list []caller) {
	for _, home := range sortedHomes(w.m) {
		for _, user := range userNames {
			list = append(list, caller{user, home})
		}
	}
	return list
}

// stir changes objects, subscriptions and people, n times.
func (w *world) stir(n int) {
	changes := []func(){
		w.elsewhere, w.elsewhere, w.elsewhere, w.appears, w.createPool, w.createResource, w.updatePool, w.deleteObject,
		w.subscribe, w.updateHearing, w.deleteHearing, w.bind, w.unbind, w.updateTenant, w.revive, w.setQuotas,
	}
	for range n {
		rapid.SampledFrom(changes).Draw(w.T, "change")()
		w.judgeNotifications()
	}
}

// lettersOfAll has a receiver refuse what comes until it is given up on, and then
// everyone look at it.
func (w *world) lettersOfAll() {
	w.revive()
	for _, c := range w.everyone() {
		if c.home == platformHome || !w.m.extent(c, "Subscription", "create").covers(c.home, c.tenant()) || len(w.m.readable(c)) == 0 {
			continue
		}
		h := w.m.holdings[c.home]
		if h.most >= 0 {
			continue
		}
		s := &hearing{home: c.home, callback: w.hooks.url(w.words.fresh("Subscription", c.home) + "/refused"), hears: w.m.readable(c)}
		a := ask{from: c, method: http.MethodPost, path: subscriptionsPath, resource: "Subscription", action: "create"}
		a.body = map[string]any{"callback": s.callback, "initialState": true}
		s.id, s.made = w.do(a, http.StatusCreated).member("subscriptionId"), w.words.last
		w.m.hearings[s.id] = s
		w.hooks.expect(s)
		root := ask{from: caller{firstAdmin, platformHome}, method: http.MethodGet, path: lettersPath(s.id), resource: "Subscription", action: "read"}
		if len(w.m.visible(c, "ResourcePool", "read", nil)) == 0 {
			continue
		}
		w.until("what could not be delivered", func() error {
			if got := w.do(root, http.StatusOK); !strings.Contains(string(got.body), "position") {
				return fmt.Errorf("there are no dead letters of %s: %s", s.id, got.body)
			}
			return nil
		})
		for _, other := range w.everyone() {
			a := ask{from: other, method: http.MethodGet, path: lettersPath(s.id), resource: "Subscription", action: "read"}
			w.do(a, w.statusOf(other, "read", s.id, http.StatusOK))
		}
		return
	}
}

func lettersPath(id string) string { return "/admin/v1/subscriptions/" + id + "/deadLetters" }
