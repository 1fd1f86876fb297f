package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/store"
)

// The hash is part of what is kept: another way to hash makes every old log wrong.
func TestHashesStayTheSame(t *testing.T) {
	c := chain{writer: "gw-1"}
	e := entryAt(0, "smo-alpha", "alice")
	first, second := c.link(&e), c.link(&e)
	const (
		data = `{"user":"alice","action":"create","resource":"ResourcePool","resourceId":"pool-1","result":"success",` +
			`"status":201,"method":"POST","path":"/o2ims/v1/resourcePools","address":"192.0.2.7","requestId":"r-1"}`
		hashOne = "56bf4330b19db1ac0303c05baba1137ba6c4777e0055f22ee816e8ac9434de14"
		hashTwo = "f39107d13b3c81412a3beca53a86a05e1edc6eac356f8d059744779d490ee270"
	)
	if string(first.Data) != data || first.Hash != hashOne || first.Previous != "" || first.Number != 1 {
		t.Errorf("%+v\n%s", first, first.Data)
	}
	if second.Hash != hashTwo || second.Previous != first.Hash || second.Number != 2 {
		t.Errorf("%+v", second)
	}
}

func TestEveryPartIsHashed(t *testing.T) {
	base := audit.Record{Writer: "w", Link: audit.Link{Number: 1}, Previous: "p", At: begin, Tenant: "t", Data: []byte("{}")}
	for name, change := range map[string]func(*audit.Record){
		"writer":      func(r *audit.Record) { r.Writer = "v" },
		"number":      func(r *audit.Record) { r.Number = 2 },
		"previous":    func(r *audit.Record) { r.Previous = "q" },
		"time":        func(r *audit.Record) { r.At = r.At.Add(time.Millisecond) },
		"tenant":      func(r *audit.Record) { r.Tenant = "u" },
		"data":        func(r *audit.Record) { r.Data = []byte("[]") },
		"moved bytes": func(r *audit.Record) { r.Writer, r.Previous = "wp", "" },
	} {
		changed := base
		change(&changed)
		if hashOf(&changed) == hashOf(&base) {
			t.Errorf("%s: the same hash", name)
		}
	}
}

func TestRecordReturnsOnceStored(t *testing.T) {
	s, c := newShelf(), &counts{}
	l, stop := running(t, s, func(config *Config) { config.Telemetry = c })
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			e := entryAt(0, "smo-alpha", fmt.Sprintf("user-%d", i))
			l.Record(context.Background(), e)
			if !slices.ContainsFunc(s.all("gw-1"), func(r audit.Record) bool { return decode(&r).User == e.User }) {
				t.Errorf("%s is not stored", e.User)
			}
		})
	}
	wg.Wait()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if r, err := Verify(context.Background(), s); err != nil || r.Total != 0 || r.Records != 200 || r.Chains != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if c.stored != 200 || c.waiting != 0 || c.lost != 0 {
		t.Errorf("stored %d, waiting %d, lost %d", c.stored, c.waiting, c.lost)
	}
	if s.appends > 200 {
		t.Errorf("%d appends for 200 entries", s.appends)
	}
}

func TestStoreThatIsAwayDelaysNobody(t *testing.T) {
	s := newShelf()
	s.fault = func([]audit.Record) (bool, error) { return false, store.ErrUnavailable }
	l, _ := running(t, s, func(c *Config) { c.Wait = time.Hour })
	for i := range 50 { // each would wait an hour
		l.Record(context.Background(), entryAt(i, "smo-alpha", "alice"))
	}
	s.set(func() { s.fault = nil })
	waitFor(t, "all are stored", func() bool { return len(s.all("gw-1")) == 50 })
	if r, err := Verify(context.Background(), s); err != nil || r.Total != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSlowStoreIsNotWaitedForPastTheBound(t *testing.T) {
	s := newShelf()
	entered, release := make(chan struct{}), make(chan struct{})
	s.fault = func([]audit.Record) (bool, error) {
		close(entered)
		<-release
		s.fault = nil // the shelf holds its lock
		return true, nil
	}
	l, _ := running(t, s, func(c *Config) { c.Wait = 10 * time.Millisecond })
	l.Record(context.Background(), entryAt(0, "smo-alpha", "alice"))
	<-entered
	l.Record(context.Background(), entryAt(1, "smo-alpha", "alice"))
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	l.Record(gone, entryAt(2, "smo-alpha", "alice"))
	close(release)
	waitFor(t, "all are stored", func() bool { return len(s.all("gw-1")) == 3 })
}

func TestWhatIsLostIsTold(t *testing.T) {
	s, c := newShelf(), &counts{}
	s.fault = func([]audit.Record) (bool, error) { return false, store.ErrUnavailable }
	l, stop := running(t, s, func(config *Config) { config.Buffer, config.Telemetry = 5, c })
	l.Record(context.Background(), entryAt(0, "smo-alpha", "in-hand"))
	waitFor(t, "it is in hand", func() bool { l.mu.Lock(); defer l.mu.Unlock(); return len(l.pending) == 0 && l.away })
	for i := range 12 {
		l.Record(context.Background(), entryAt(1+i, "smo-alpha", fmt.Sprintf("user-%d", i)))
	}
	s.set(func() { s.fault = nil })
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range s.all("gw-1") {
		e := decode(&r)
		got = append(got, e.Tenant+" "+e.User+e.ResourceID)
	}
	want := []string{
		"smo-alpha in-handpool-1", "platform 7 entries lost while the store was away", "smo-alpha user-7pool-1",
		"smo-alpha user-8pool-1", "smo-alpha user-9pool-1", "smo-alpha user-10pool-1", "smo-alpha user-11pool-1",
	}
	if !slices.Equal(got, want) || c.lost != 7 || c.stored != 7 {
		t.Errorf("got %q, lost %d, stored %d", got, c.lost, c.stored)
	}
}

func TestRunSaysWhatItCouldNotStore(t *testing.T) {
	s := newShelf()
	s.fault = func([]audit.Record) (bool, error) { return false, store.ErrUnavailable }
	l, err := New(Config{Store: s, Writer: "gw-1"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l.away = true
	l.Record(context.Background(), entryAt(0, "smo-alpha", "alice"))
	ended, end := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer end()
	var h hand
	l.take(&h)
	if l.try(ctx, &h) || l.rest(ended, time.Hour) {
		t.Error("stored, or rested past its context")
	}
	s.set(func() { s.fault = nil })
	if err := l.Run(ctx); err != nil {
		t.Error(err)
	}
}

// An append whose outcome is unknown may have happened or not, or be forgotten by
// a failover: the chain has each entry once in any case.
func TestDoubtfulAppends(t *testing.T) {
	forget := func(s *shelf, n int) {
		records := s.records["gw-1"]
		records = records[:len(records)-n]
		s.records["gw-1"] = records
		c := s.chains["gw-1"]
		if c.Head = (audit.Link{}); len(records) > 0 {
			c.Head = records[len(records)-1].Link
		}
		s.chains["gw-1"] = c
	}
	for name, trouble := range map[string]func(s *shelf) (do bool, err error){
		"unconfirmed and done":          func(*shelf) (bool, error) { return true, store.ErrUnconfirmed },
		"unconfirmed and not done":      func(*shelf) (bool, error) { return false, store.ErrUnconfirmed },
		"unavailable and done":          func(*shelf) (bool, error) { return true, store.ErrUnavailable },
		"stale, and nothing is wrong":   func(*shelf) (bool, error) { return false, store.ErrStale },
		"two are forgotten":             func(s *shelf) (bool, error) { forget(s, 2); return true, nil },
		"all are forgotten":             func(s *shelf) (bool, error) { forget(s, 3); return true, nil },
		"a failover forgets the latest": func(s *shelf) (bool, error) { forget(s, 1); return false, store.ErrUnconfirmed },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf()
			l, stop := running(t, s, nil)
			for i := range 3 {
				l.Record(context.Background(), entryAt(i, "smo-alpha", fmt.Sprint("user-", i)))
			}
			s.set(func() {
				s.fault = func([]audit.Record) (bool, error) { s.fault = nil; return trouble(s) }
			})
			for i := range 3 {
				l.Record(context.Background(), entryAt(3+i, "smo-alpha", fmt.Sprint("user-", 3+i)))
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			var users []string
			for _, r := range s.all("gw-1") {
				users = append(users, decode(&r).User)
			}
			if want := []string{"user-0", "user-1", "user-2", "user-3", "user-4", "user-5"}; !slices.Equal(users, want) {
				t.Errorf("got %q", users)
			}
			if r, err := Verify(context.Background(), s); err != nil || r.Total != 0 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func TestNameThatSomebodyElseUses(t *testing.T) {
	s := newShelf()
	other := chain{writer: "gw-1"}
	e := entryAt(0, "smo-beta", "mallory")
	if err := s.Append(context.Background(), []audit.Record{other.link(&e)}); err != nil {
		t.Fatal(err)
	}
	l, stop := running(t, s, nil)
	for i := range 3 {
		l.Record(context.Background(), entryAt(i, "smo-alpha", "alice"))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if one, two := len(s.all("gw-1")), len(s.all("gw-1.1")); one != 1 || two != 3 {
		t.Errorf("%d and %d records", one, two)
	}
	if r, err := Verify(context.Background(), s); err != nil || r.Total != 0 || r.Chains != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTimesNeverGoBack(t *testing.T) {
	s := newShelf()
	l, stop := running(t, s, nil)
	for _, n := range []int{5, 3, 9} {
		l.Record(context.Background(), entryAt(n, "smo-alpha", "alice"))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{5, 5, 9} {
		if got := s.all("gw-1")[i].At; !got.Equal(entryAt(want, "", "").At) {
			t.Errorf("%d: %s", i, got)
		}
	}
}

func TestWhatACallerChoseIsBounded(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	r := (&chain{writer: "w"}).link(&auditlog.Entry{
		At: begin, Tenant: long, User: long, Action: long, Resource: long, ResourceID: long + "\xff", ResourceTenant: long,
		Method: long, Path: long, RequestID: long,
	})
	if n := len(r.Data) + len(r.Tenant); n > 4096 {
		t.Errorf("%d bytes", n)
	}
	bad := auditlog.Entry{ResourceID: "a\xffb"}
	if got := decode(&audit.Record{Data: encode(&bad)}).ResourceID; got != "a\ufffdb" {
		t.Errorf("%q", got)
	}
}

func TestPurge(t *testing.T) {
	s := newShelf()
	l, stop := running(t, s, func(c *Config) { c.Retention, c.PurgeEvery = time.Hour, time.Millisecond })
	for i := range 10 {
		l.Record(context.Background(), entryAt(i, "smo-alpha", "alice"))
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	l.now = func() time.Time { return begin.Add(time.Hour + 4*time.Second) }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); l.Purge(ctx, "") }()
	waitFor(t, "four are gone", func() bool { return len(s.all("gw-1")) == 6 })
	cancel()
	<-done
	if r, err := Verify(context.Background(), s); err != nil || r.Total != 0 || r.Records != 6 {
		t.Errorf("%+v, %v", r, err)
	}
	l.config.Retention = 0
	l.Purge(context.Background(), "") // keeps all, and returns
}

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"no store":           {Writer: "w"},
		"no writer":          {Store: newShelf()},
		"negative retention": {Store: newShelf(), Writer: "w", Retention: -1},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, _, err := (&Log{config: Config{Authorizer: reach(0)}}).Entries(context.Background(), scope.Scope{}, auditlog.Query{}); err == nil {
		t.Error("somebody without the right to it reads the log")
	}
	if errors.Is(wrongPlace("x"), store.ErrStale) {
		t.Error("a wrong cursor is the caller's fault")
	}
}
