//go:build integration

package app

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// The promise that no tenant sees another is shown by random tenants, roles,
// objects and requests, on the gateway as it is composed, and by a model that
// says what each caller may see. ISOLATION_DURATION has it go on for so long for
// each store, and ISOLATION_SEED, a number or "random", begin elsewhere.

// fewest is how many requests there are to be, for each store.
const fewest = 11_000

// steps is about how many things happen in one world.
const steps = 900

func TestIsolationEmbedded(t *testing.T) { isolate(t, newLab(t, nil), 1) }

// TestIsolationRedis is of two processes, of which the second is asked as well.
func TestIsolationRedis(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	isolate(t, newLab(t, c), 2)
}

// isolationPlan is how long is tried, and where chance begins.
type isolationPlan struct {
	seed     uint64
	duration time.Duration
	requests int
}

func planned(t *testing.T, requests int) isolationPlan {
	t.Helper()
	p := isolationPlan{seed: 1, requests: requests}
	number := func(name string) (n uint64) {
		n, err := strconv.ParseUint(os.Getenv(name), 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	switch os.Getenv("ISOLATION_SEED") {
	case "":
	case "random":
		p.seed = 1 + rand.Uint64()>>1
	default:
		p.seed = number("ISOLATION_SEED")
	}
	if os.Getenv("ISOLATION_REQUESTS") != "" {
		p.requests = int(number("ISOLATION_REQUESTS"))
	}
	if text := os.Getenv("ISOLATION_DURATION"); text != "" {
		var err error
		if p.duration, err = time.ParseDuration(text); err != nil {
			t.Fatalf("ISOLATION_DURATION: %v", err)
		}
	}
	return p
}

// isolate tries world after world.
func isolate(t *testing.T, l *lab, processes int) {
	p := planned(t, l.fewest)
	t.Logf("ISOLATION_SEED=%d does it again", p.seed)
	began := time.Now()
	for seed := p.seed; l.requests < p.requests || time.Since(began) < p.duration; seed++ {
		check(t, seed, func(rt *rapid.T) {
			w := newWorld(rt, l, setting{shared: seed%2 == 0, processes: processes, tenants: 3})
			defer w.end()
			w.people()
			rt.Repeat(w.actions())
		})
		if t.Failed() {
			t.Fatalf("ISOLATION_SEED=%d does it again", seed)
		}
	}
	t.Logf("%d requests in %d worlds, %s; statuses %v", l.requests, l.made, time.Since(began).Round(time.Millisecond), l.statuses)
	if l.requests < p.requests {
		t.Errorf("%d requests, want %d at least", l.requests, p.requests)
	}
	if never := l.neverAsked(); len(never) > 0 {
		t.Errorf("nobody has asked for %q", never)
	}
	if l.requests < fewest {
		return // too few for what is rare
	}
	for _, status := range []int{200, 201, 204, 304, 400, 403, 404, 409, 422, 429} {
		if l.statuses[status] == 0 {
			t.Errorf("no request of so many was answered %d", status)
		}
	}
}

// check tries one world, by a seed.
func check(t *testing.T, seed uint64, property func(*rapid.T)) {
	t.Helper()
	for name, value := range map[string]string{
		"rapid.seed": fmt.Sprint(seed), "rapid.checks": "1", "rapid.steps": fmt.Sprint(steps), "rapid.nofailfile": "true", "rapid.shrinktime": "0s",
	} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, property)
}

// people makes the tenants that things belong to, users of theirs, and gives them
// roles.
func (w *world) people() {
	root := caller{firstAdmin, platformHome}
	tenants := []string{}
	for word, s := range w.words.of {
		if s.kind == "TenantID" {
			tenants = append(tenants, word)
		}
	}
	slices.Sort(tenants)
	for _, id := range tenants {
		w.createTenantAs(root, id)
	}
	ranks := [][]string{{"owner", "operator", "viewer"}, {"admin", "file-keeper", "viewer"}, {"owner", "owner", ""}}
	for i, home := range append([]string{platformHome}, tenants...) {
		for j, user := range userNames {
			w.createUserAs(root, home, user)
			rank := ranks[i%3][j]
			if home == platformHome {
				rank = []string{"tenant-admin", "auditor", "file-watch"}[j]
			}
			if rank != "" {
				w.bindAs(root, home, user, rank)
			}
		}
	}
}

// actions are all that can happen.
func (w *world) actions() map[string]func(*rapid.T) {
	all := map[string]func(){
		"list": w.listObjects, "list2": w.listObjects, "list3": w.listObjects, "marker": w.stolenMarker, "marker 2": w.stolenMarker, "get": w.getObject, "get2": w.getObject,
		"create pool": w.createPool, "create pool 2": w.createPool, "create resource": w.createResource, "create resource 2": w.createResource,
		"update pool": w.updatePool, "delete object": w.deleteObject, "elsewhere": w.elsewhere, "appears": w.appears,
		"subscribe": w.subscribe, "subscribe 2": w.subscribe, "subscribe 3": w.subscribe, "subscribe 4": w.subscribe, "list subscriptions": w.listHearings, "get subscription": w.getHearing,
		"update subscription": w.updateHearing, "delete subscription": w.deleteHearing, "dead letters": w.letters,
		"list tenants": w.listTenants, "get tenant": w.getTenant, "create tenant": w.createTenant, "update tenant": w.updateTenant,
		"revive": w.revive, "delete tenant": w.deleteTenant, "set quotas": w.setQuotas,
		"list users": w.listUsers, "get user": w.getUser, "create user": w.createUser, "update user": w.updateUser, "delete user": w.deleteUser,
		"bind": w.bind, "bind 2": w.bind, "unbind": w.unbind,
		"list roles": w.listRoles, "get role": w.getRole, "create role": w.createRole, "create role 2": w.createRole, "change role": w.changeRole,
		"standard list": w.standardList, "standard list 2": w.standardList, "standard get": w.standardGet, "standard get 2": w.standardGet, "standard cloud": w.standardCloud,
		"list v2": w.listV2, "list v2 2": w.listV2, "get v2": w.getV2, "get v2 2": w.getV2, "batch of pools": w.batchOfPools, "subscription v2": w.hearingV2,
		"standard dictionary": w.standardDictionary, "standard subscription": w.standardHearing,
		"alarm": w.alarm, "alarm 2": w.alarm, "alarm service": w.alarmService, "alarm subscription": w.alarmHearing,
		"audit": w.audit, "audit 2": w.audit, "steering": w.steering, "nobody": w.nobody, "operations": w.operations,
	}
	actions := map[string]func(*rapid.T){}
	for name, act := range all {
		actions[name] = func(t *rapid.T) {
			w.T = t
			act()
		}
	}
	return actions
}

// nobody asks without credentials that count, or as two at once.
func (w *world) nobody() {
	path := rapid.SampledFrom([]string{
		pathsOf["Resource"], pathsOf["ResourcePool"] + "/" + w.anyID("ResourcePool"), subscriptionsPath, admin + "/tenants", admin + "/audit", "/metrics", "/no/such/path",
	}).Draw(w.T, "path")
	c, other := w.caller("Resource", "list"), w.caller("Tenant", "list")
	how := rapid.IntRange(0, 2).Draw(w.T, "how")
	if c == other {
		how = 0
	}
	want := http.StatusUnauthorized
	a := ask{from: c, method: http.MethodGet, path: path}
	got, err := w.sendAs(a, how, other)
	if err != nil {
		w.Fatalf("difference: %s: %v", a.text(), err)
	}
	if got.status != want {
		w.Fatalf("difference: %s without credentials, %d: %d %s", a.text(), how, got.status, got.body)
	}
}

// operations asks how the gateway itself is, which is for those who run it, and what
// its APIs are, which is for everyone who is known.
func (w *world) operations() {
	c := w.caller("Resource", "list")
	paths := []string{
		"/metrics", "/version", "/readyz", "/healthz",
		"/o2ims", "/docs", "/docs/o2ims-v1", "/docs/openapi/o2ims-v1.yaml", "/docs/assets/docs.css",
	}
	path := paths[w.lab.turn("operations", len(paths))]
	want := http.StatusOK
	if (path == "/metrics" || path == "/version") && (c.home != platformHome || !w.m.admitted(c)) {
		want = http.StatusForbidden
	}
	r := httptest.NewRequestWithContext(w.ctx, http.MethodGet, "http://localhost"+path, nil)
	certified(r, w.lab.chain(c.user+"."+c.home))
	got := w.serve(w.gateways[0], r)
	if got.status != want {
		w.Fatalf("difference: %s.%s GET %s: %d %s, want %d", c.user, c.home, path, got.status, got.body, want)
	}
	if word := w.leak(c, "", string(got.body), false, ""); word != "" && c.home != platformHome {
		w.Fatalf("difference: %s.%s GET %s: is told %s", c.user, c.home, path, word)
	}
}
