//go:build integration

package app

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// creators make something at once, whole requests through the whole gateway.
const creators = 50

func TestQuotasUnderCreatorsEmbedded(t *testing.T) { crowd(t, newLab(t, ""), 1) }

func TestQuotasUnderCreatorsRedis(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	crowd(t, newLab(t, c.Addresses()[0]), 2)
}

// crowd has fifty creators of each tenant ask at once, of every process, for what
// quotas bound. As many are answered 201 as the quota says, the others 429, and
// the tenants take nothing from each other. What is deleted makes room again.
func crowd(t *testing.T, l *lab, processes int) {
	check(t, 1, func(rt *rapid.T) {
		w := newWorld(rt, l, setting{processes: processes, tenants: 2})
		defer w.end()
		w.people()
		root := caller{firstAdmin, platformHome}
		room := map[string]int{}
		limits := map[string]map[string]int{"resourcePools": {}, "resources": {}, "subscriptions": {}}
		for i, home := range sortedHomes(w.m) {
			if home == platformHome {
				continue
			}
			room[home] = 7 + 4*i
			for thing, kind := range map[string]string{"resourcePools": "ResourcePool", "resources": "Resource", "subscriptions": ""} {
				limits[thing][home] = room[home]
				for _, a := range w.m.assets { // what it has already counts
					if a.kind == kind && a.owner == home {
						limits[thing][home]++
					}
				}
			}
			w.do(ask{
				from: root, method: http.MethodPut, path: admin + "/tenants/" + home + "/quotas", resource: "Quota", action: "update",
				body: map[string]any{
					"maxResourcePools": limits["resourcePools"][home], "maxResources": limits["resources"][home], "maxSubscriptions": limits["subscriptions"][home],
				},
			}, http.StatusOK)
		}
		for _, thing := range []string{"resourcePools", "resources", "subscriptions"} {
			made := w.crowdOf(thing, limits[thing])
			for home, ids := range made {
				if len(ids) != room[home] {
					rt.Errorf("%s: %d were made for %s, which had room for %d", thing, len(ids), home, room[home])
				}
			}
			for home, ids := range made { // three leave, and three are let in
				for _, id := range ids[:min(3, len(ids))] {
					w.do(ask{from: caller{w.creator(home), home}, method: http.MethodDelete, path: o2ims + "/" + thing + "/" + id}, http.StatusNoContent)
				}
			}
			for home, ids := range w.crowdOf(thing, limits[thing]) {
				if len(ids) != 3 {
					rt.Errorf("%s: %d were made for %s where there was room for 3", thing, len(ids), home)
				}
			}
			for home := range room {
				used := w.do(ask{from: root, method: http.MethodGet, path: admin + "/tenants/" + home + "/quotas"}, http.StatusOK)
				if want := fmt.Sprintf("%q:%d", thing, limits[thing][home]); !strings.Contains(string(used.body), want) {
					rt.Errorf("%s has %s, want %s in it", home, used.body, want)
				}
			}
		}
	})
}

// creator returns a user of home's who may make things.
func (w *world) creator(home string) string {
	for _, user := range userNames {
		c := caller{user, home}
		if w.m.extent(c, "ResourcePool", "create") != 0 && w.m.extent(c, "Resource", "create") != 0 && w.m.extent(c, "Subscription", "create") != 0 &&
			w.m.extent(c, "ResourceType", "read") != 0 {
			return user
		}
	}
	w.Fatalf("nobody of %s may create", home)
	return ""
}

// crowdOf has the creators of each tenant ask for things at once. It returns the
// ids of what was made, by tenant.
func (w *world) crowdOf(thing string, limits map[string]int) map[string][]string {
	w.Helper()
	type outcome struct {
		home string
		code int
		id   string
		body string
	}
	member := map[string]string{"resourcePools": "resourcePoolId", "resources": "resourceId", "subscriptions": "subscriptionId"}[thing]
	results := make(chan outcome, creators*len(limits))
	var group sync.WaitGroup
	begin := make(chan struct{})
	for home := range limits {
		chain := w.lab.chain(w.creator(home) + "." + home)
		pool, typ := w.own(home, "ResourcePool"), w.own(home, "ResourceType")
		for n := range creators {
			w.words.last++
			body := fmt.Sprintf(`{"name":"crowd-%d","extensions":{}}`, n)
			switch thing {
			case "resources":
				body = fmt.Sprintf(`{"name":"crowd-%d","resourcePoolId":%q,"resourceTypeId":%q}`, n, pool, typ)
			case "subscriptions":
				body = fmt.Sprintf(`{"callback":%q}`, w.hooks.url(fmt.Sprint("crowd-", w.words.last)))
			}
			g := w.gateways[n%len(w.gateways)]
			group.Go(func() {
				<-begin
				got := g.post(w.ctx, chain, o2ims+"/"+thing, body)
				results <- outcome{home, got.status, got.member(member), string(got.body)}
			})
		}
	}
	close(begin)
	group.Wait()
	close(results)
	made := map[string][]string{}
	for home := range limits {
		made[home] = nil
	}
	for r := range results {
		switch {
		case r.code == http.StatusCreated:
			made[r.home] = append(made[r.home], r.id)
		case r.code != http.StatusTooManyRequests || !strings.Contains(r.body, fmt.Sprint(limits[r.home])):
			w.Fatalf("%s: %d %s", thing, r.code, r.body)
		}
	}
	return made
}

// own returns an object of a tenant's, in the estate that takes what is made.
func (w *world) own(home, kind string) string {
	for id, a := range w.m.assets {
		if a.kind == kind && a.owner == home && a.backend == backends[0] {
			return id
		}
	}
	w.Fatalf("%s has no %s", home, kind)
	return ""
}
