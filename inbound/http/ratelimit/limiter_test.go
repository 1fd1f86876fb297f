package ratelimit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	tokens "github.com/netweave/netweave/ports/ratelimit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	alice = scope.New(scope.Identity{Tenant: "smo-alpha", User: "alice"})
	carol = scope.New(scope.Identity{Tenant: "smo-alpha", User: "carol"})
	bob   = scope.New(scope.Identity{Tenant: "smo-beta", User: "bob"})
	root  = scope.New(scope.Identity{Platform: true, User: "root"})
	anon  = scope.New(scope.Identity{Tenant: "smo-alpha"})
)

// pot is a tokens.Store whose buckets never refill.
type pot struct {
	mu    sync.Mutex
	used  map[string]int
	calls int
	err   error
	// entered, if set, is called at the start of each Take.
	entered func()
}

func (p *pot) Take(ctx context.Context, key string, r tokens.Rate, want int) (got, left int, wait time.Duration, err error) {
	p.mu.Lock()
	entered := p.entered
	p.mu.Unlock()
	if entered != nil {
		entered()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if err := errors.Join(p.err, ctx.Err()); err != nil {
		return 0, 0, 0, err
	}
	if p.used == nil {
		p.used = map[string]int{}
	}
	got = min(want, r.Burst-p.used[key])
	p.used[key] += got
	if got == 0 {
		wait = time.Hour
	}
	return got, r.Burst - p.used[key], wait, nil
}

func (p *pot) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func limiter(t testing.TB, c Config) (*Limiter, *prometheus.Registry) {
	t.Helper()
	r := prometheus.NewRegistry()
	l, err := New(c, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l, r
}

// grants counts how many of n requests are allowed.
func grants(l *Limiter, sc scope.Scope, c Class, n int) int {
	count := 0
	for range n {
		if l.Take(context.Background(), sc, c).Allowed {
			count++
		}
	}
	return count
}

// slow is a rate that does not refill while a test runs.
func slow(burst int) Rate { return Rate{PerSecond: 1, Burst: burst} }

func TestLimits(t *testing.T) {
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprint("shared=", shared), func(t *testing.T) {
			c := Config{Rates: Rates{
				Tenant: PerClass{Read: Rate{PerSecond: 1, Burst: 30}},
				User:   PerClass{Read: slow(20), Write: slow(3)},
			}}
			if shared {
				c.Store = &pot{}
			}
			l, reg := limiter(t, c)
			start := time.Now()
			for _, step := range []struct {
				name  string
				sc    scope.Scope
				class Class
				want  int
			}{
				{"a user's own limit", alice, Write, 3},
				{"which is no other user's", carol, Write, 3},
				{"a class has its own", alice, Read, 20},
				{"the tenant's is reached first", carol, Read, 10},
				{"another tenant has its own", bob, Read, 20},
				{"so have those of the platform", root, Read, 20},
				{"a class without limits", alice, Admin, 50},
			} {
				got := grants(l, step.sc, step.class, 50)
				if refilled := int(time.Since(start).Seconds()) + 1; got < step.want || got > step.want+refilled {
					t.Errorf("%s: %d of 50, want %d", step.name, got, step.want)
				}
			}
			if got := grants(l, anon, Write, 50); got != 50 {
				t.Errorf("an anonymous caller is no user: %d of 50", got)
			}
			text, err := testutil.GatherAndCount(reg, "netweave_ratelimit_total")
			if err != nil || text != classes*outcomes {
				t.Errorf("%d series, %v", text, err)
			}
			if got := testutil.ToFloat64(l.results[Write][userLimited]); got < 90 {
				t.Errorf("%v writes were limited by their user's limit", got)
			}
			if got := testutil.ToFloat64(l.results[Read][tenantLimited]); got < 5 {
				t.Errorf("%v reads were limited by their tenant's limit", got)
			}
		})
	}
}

func TestWithoutLimits(t *testing.T) {
	l, _ := limiter(t, Config{})
	var none *Limiter
	for _, l := range []*Limiter{none, l} {
		v := l.Take(context.Background(), alice, Read)
		h := http.Header{}
		if v.SetHeader(h); !v.Allowed || len(h) != 0 {
			t.Errorf("%+v %v", v, h)
		}
	}
	l.Set(Rates{User: PerClass{Read: slow(1)}})
	if got := grants(l, alice, Read, 3); got != 1 {
		t.Errorf("limits that come later: %d", got)
	}
	if !l.Take(context.Background(), scope.Scope{}, Read).Allowed {
		t.Error("nobody is the business of authentication")
	}
	l.Set(Rates{})
	if got := grants(l, alice, Read, 3); got != 3 {
		t.Errorf("limits that go again: %d", got)
	}
}

func TestAnswers(t *testing.T) {
	l, _ := limiter(t, Config{Rates: Rates{
		User: PerClass{Read: Rate{PerSecond: 2, Burst: 4}}, Tenant: PerClass{Read: Rate{PerSecond: 100, Burst: 12_345}},
	}})
	for _, want := range []string{"4 3 1", "4 2 1", "4 1 2", "4 0 2"} {
		h := http.Header{}
		v := l.Take(context.Background(), alice, Read)
		v.SetHeader(h)
		if got := h.Get("RateLimit-Limit") + " " + h.Get("RateLimit-Remaining") + " " + h.Get("RateLimit-Reset"); got != want || !v.Allowed {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	v := l.Take(context.Background(), alice, Read)
	w := httptest.NewRecorder()
	v.Write(w)
	h := w.Header()
	if w.Code != http.StatusTooManyRequests || h.Get("Retry-After") != "1" || h.Get("RateLimit-Limit") != "4" ||
		h.Get("RateLimit-Remaining") != "0" || h.Get("RateLimit-Reset") != "2" {
		t.Errorf("%d %v", w.Code, h)
	}
	var p struct {
		Detail               string
		AdditionalAttributes map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	if p.Detail != "too many requests: the limit user.read is 2 a second and 4 at once; try again after 1 s" ||
		fmt.Sprint(p.AdditionalAttributes) != "map[burst:4 limit:user.read perSecond:2]" {
		t.Errorf("%+v", p)
	}
	l.Set(Rates{Tenant: PerClass{Read: Rate{PerSecond: 100, Burst: 12_345}}})
	v = l.Take(context.Background(), alice, Read)
	v.SetHeader(h)
	if h.Get("RateLimit-Limit") != "12345" || h.Get("RateLimit-Remaining") != "12000" || h.Get("RateLimit-Reset") != "1" {
		t.Errorf("%v", h)
	}
}

func TestRefusalsAreToldOnceASecond(t *testing.T) {
	l, _ := limiter(t, Config{Rates: Rates{User: PerClass{Read: slow(1)}}})
	start := time.Now()
	told := map[string]int{}
	for range 2000 {
		for _, sc := range []scope.Scope{alice, bob} {
			if v := l.Take(context.Background(), sc, Read); !v.Allowed && v.Telling {
				told[sc.User()]++
			}
		}
	}
	most := int(time.Since(start).Seconds()) + 2
	for _, user := range []string{"alice", "bob"} {
		if told[user] < 1 || told[user] > most {
			t.Errorf("%s: told %d times", user, told[user])
		}
	}
}

func TestSubjectsAreBounded(t *testing.T) {
	l, _ := limiter(t, Config{Subjects: 10 * shards, Rates: Rates{User: PerClass{Read: slow(1)}}})
	for i := range 5000 {
		l.Take(context.Background(), scope.New(scope.Identity{Tenant: "smo-alpha", User: strconv.Itoa(i)}), Read)
	}
	count := func() (n int) {
		for i := range l.shards {
			n += len(l.shards[i].subjects)
		}
		return n
	}
	if n := count(); n > 10*shards || n < 9*shards {
		t.Errorf("%d subjects", n)
	}
	// Whoever has not asked for long is forgotten when somebody new comes.
	later := time.Now().Add(time.Hour)
	for i := range 5000 {
		l.subject(key{"smo-beta", strconv.Itoa(i)}, l.plan.Load(), later)
	}
	for i := range l.shards {
		for k := range l.shards[i].subjects {
			if k.tenant == "smo-alpha" {
				t.Fatal("somebody who was idle is still there")
			}
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{
		-1: "0", 0: "0", 7: "7", 999: "999", 1000: "1000", 1001: "1000", 1099: "1000", 1100: "1100", 9999: "9900",
		10_000: "10000", 12_345: "12000", 99_999: "99000", 100_000: "100000", 123_456_789: "120000000",
		1_999_999_999: "1900000000", 1 << 60: "99000000000",
	} {
		if got := number(n); len(got) != 1 || got[0] != want {
			t.Errorf("%d: %v, want %s", n, got, want)
		}
	}
}

func TestClassOf(t *testing.T) {
	for action, want := range map[authz.Action]string{
		authz.ActionList: "read", authz.ActionRead: "read", authz.ActionCreate: "write", authz.ActionUpdate: "write", authz.ActionDelete: "write",
	} {
		if got := ClassOf(action).String(); got != want {
			t.Errorf("%s: %s", action, got)
		}
	}
}

// A decision about a user and its tenant is to cost less than 300 ns.
func BenchmarkTake(b *testing.B) {
	rates := Rates{
		Tenant: PerClass{Read: Rate{PerSecond: 1 << 29, Burst: 1 << 30}}, User: PerClass{Read: Rate{PerSecond: 1 << 29, Burst: 1 << 30}},
	}
	for name, s := range map[string]tokens.Store{"local": nil, "shared": endless{}} {
		b.Run(name, func(b *testing.B) {
			l, _ := limiter(b, Config{Rates: rates, Store: s})
			h := http.Header{"Ratelimit-Limit": nil, "Ratelimit-Remaining": nil, "Ratelimit-Reset": nil}
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				v := l.Take(ctx, alice, Read)
				v.SetHeader(h)
			}
		})
	}
}

type endless struct{}

func (endless) Take(_ context.Context, _ string, r tokens.Rate, want int) (int, int, time.Duration, error) {
	return want, r.Burst, 0, nil
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("it did not happen in time")
		}
	}
}
