package polling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/bus/bustest"
	port "github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/routes"
	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/snapshots/snapshotstest"
	"github.com/netweave/netweave/ports/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cloud is what every process's backend shows: it cannot be watched.
type cloud struct {
	backend.Backend
	lists *atomic.Int32
	shown *atomic.Pointer[string]
	err   *atomic.Pointer[error]
}

func newCloud() cloud {
	c := cloud{lists: new(atomic.Int32), shown: new(atomic.Pointer[string]), err: new(atomic.Pointer[error])}
	c.show("a")
	return c
}

func (c cloud) show(name string)                        { c.shown.Store(&name) }
func (cloud) Name() string                              { return "metal" }
func (cloud) Info() backend.Info                        { return backend.Info{Name: "metal", State: backend.StateRunning} }
func (cloud) Health(context.Context) error              { return nil }
func (cloud) Watch(context.Context, backend.Sink) error { return backend.ErrUnsupported }
func (c cloud) Snapshot(_ context.Context, s backend.Sink) error {
	c.lists.Add(1)
	p := &o2.ResourcePool{Header: o2.Header{ID: "00000000-0000-4000-8000-000000000001", NativeID: "n", Backend: "metal", Name: *c.shown.Load()}}
	o2.Seal(p)
	if err := errors.Join(s.Begin(o2.AllKinds), s.Put([]o2.Object{p})); err != nil {
		return err
	}
	if err := c.err.Load(); err != nil {
		return *err
	}
	return s.Synced()
}

type anyone struct{}

func (anyone) Authorize(_ context.Context, sc scope.Scope, _ authz.Request) (scope.Scope, error) {
	return sc.Within(scope.ReachTenant), nil
}

func (anyone) ForList(o2.Kind, *query.Filter, func(string) (bool, bool, bool)) ([]string, bool) {
	return nil, true
}
func (anyone) Explain(routes.Question, []string, func(string) (bool, bool, bool)) routes.Explanation {
	return routes.Explanation{}
}

func (anyone) ForCreate(o2.Object, func(string) (bool, bool, bool)) string { return "metal" }

// restorable is a store of snapshots that can be replaced by an earlier one.
type restorable struct {
	atomic.Pointer[snapshotstest.Memory]
}

func (r *restorable) Publish(ctx context.Context, fence store.Token, s snapshots.Snapshot) error {
	return r.Load().Publish(ctx, fence, s)
}

func (r *restorable) Latest(ctx context.Context, backend string, version uint64) (snapshots.Snapshot, bool, error) {
	return r.Load().Latest(ctx, backend, version)
}

// gateway is the stores that processes share, and what they list.
type gateway struct {
	t         *testing.T
	snapshots restorable
	bus       *bustest.Memory
	fence     atomic.Pointer[store.Token]
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{t: t, bus: &bustest.Memory{}}
	g.snapshots.Store(&snapshotstest.Memory{Leads: func(fence store.Token) bool { f := g.fence.Load(); return f != nil && *f == fence }})
	return g
}

// process is one of the gateway's.
type process struct {
	g      *gateway
	poller *Poller
	views  *inventory.Service
}

const interval = time.Minute

func (g *gateway) process(c cloud) *process {
	g.t.Helper()
	poller, err := New(Config{Snapshots: &g.snapshots, Bus: g.bus})
	if err != nil {
		g.t.Fatal(err)
	}
	p := &process{g: g, poller: poller}
	p.views, err = inventory.New(inventory.Config{
		Projections: []port.Projection{func(o o2.Object) []byte { return []byte(o.Head().Name) }},
		Tenancy:     inventory.Tenancy{SingleTenant: true}, Router: anyone{}, Authorizer: anyone{}, Poller: poller,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	if err := p.views.Attach(c, inventory.FeedConfig{PollInterval: interval}); err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var listening sync.WaitGroup
	listening.Go(func() { _ = poller.Listen(ctx) })
	g.t.Cleanup(func() {
		cancel()
		listening.Wait()
		p.views.Close()
	})
	return p
}

// lead makes the process lead until stop is called.
func (p *process) lead(fence string) (stop func()) {
	token := store.Token(fence)
	p.g.fence.Store(&token)
	ctx, cancel := context.WithCancel(context.Background())
	var leading sync.WaitGroup
	leading.Go(func() { p.poller.Lead(ctx, token) })
	return func() {
		cancel()
		leading.Wait()
	}
}

// shows is the name of the only pool in view, and how old the view is.
func (p *process) shows() string {
	sc := scope.New(scope.Identity{Tenant: scope.DefaultTenant})
	page, err := p.views.List(context.Background(), sc, port.Query{Kind: o2.KindResourcePool, Limit: 10})
	if err != nil {
		return err.Error()
	}
	names := []string{}
	for _, item := range page.Items {
		names = append(names, string(item.Encoded(0)))
	}
	return fmt.Sprint(names, " ", page.Age.Round(time.Second))
}

func (g *gateway) want(when string, processes []*process, want ...string) {
	g.t.Helper()
	synctest.Wait()
	var got []string
	for _, p := range processes {
		got = append(got, p.shows())
	}
	if !slices.Equal(got, want) {
		g.t.Errorf("%s: got %q, want %q", when, got, want)
	}
}

func TestOneProcessListsForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		all := []*process{g.process(c), g.process(c), g.process(c)}
		time.Sleep(time.Hour)
		g.want("nobody leads", all, port.ErrNotSynced.Error(), port.ErrNotSynced.Error(), port.ErrNotSynced.Error())
		if n := c.lists.Load(); n != 0 {
			t.Errorf("%d listings while nobody leads", n)
		}
		stop := all[0].lead("1")
		g.want("one leads", all, "[a] 0s", "[a] 0s", "[a] 0s")
		c.show("b")
		time.Sleep(10 * interval)
		synctest.Wait()
		if n := c.lists.Load(); n < 10 || n > 12 {
			t.Errorf("%d listings in ten intervals and at the start", n)
		}
		stop()
		synctest.Wait()
		before := c.lists.Load()
		c.show("c")
		time.Sleep(5 * interval)
		if c.lists.Load() != before {
			t.Error("it listed after it had led")
		}
		defer all[1].lead("2")()
		g.want("another leads", all, "[c] 0s", "[c] 0s", "[c] 0s")
		late := g.process(c)
		g.want("a process that comes later", []*process{late}, "[c] 0s")
	})
}

// While no controller leads, a process that starts shows the last snapshot, at
// its true age.
func TestTheLastSnapshotIsShownWhileNobodyLeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		stop := g.process(c).lead("1")
		synctest.Wait()
		stop()
		time.Sleep(7 * time.Minute)
		g.want("started late", []*process{g.process(c)}, "[a] 7m0s")
	})
}

func TestAFormerLeaderPublishesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		old, other := g.process(c), newCloud()
		follower := g.process(c)
		defer old.lead("1")()
		synctest.Wait()
		other.show("new")
		defer g.process(other).lead("2")() // the first believes that it still leads
		c.show("stale")
		time.Sleep(2 * interval)
		synctest.Wait()
		if got := follower.shows(); got[:5] != "[new]" {
			t.Errorf("the follower shows %s", got)
		}
	})
}

func TestAListingThatFailsIsTriedAgainSoonAndNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		leader, follower := g.process(c), g.process(c)
		failure := errors.New("the cloud is away")
		c.err.Store(&failure)
		defer leader.lead("1")()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		g.want("while it fails", []*process{leader, follower}, port.ErrNotSynced.Error(), port.ErrNotSynced.Error())
		if n := c.lists.Load(); n < 4 {
			t.Errorf("%d attempts in ten seconds", n)
		}
		c.err.Store(nil)
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got := follower.shows(); got[:3] != "[a]" {
			t.Errorf("afterwards the follower shows %s", got)
		}
	})
}

// A leader's own view does not wait for the store.
func TestALeaderWhoseSnapshotsCannotBePublishedShowsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		g.snapshots.Load().Fail = func(op string) error {
			if op == "Publish" {
				return store.ErrUnavailable
			}
			return nil
		}
		leader := g.process(c)
		defer leader.lead("1")()
		g.want("not published", []*process{leader}, "[a] 0s")
	})
}

// TestAStoreThatWentBack: a store that was restored counts from the beginning;
// what it has is taken once news tell of a loss.
func TestAStoreThatWentBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		leader, follower := g.process(c), g.process(c)
		stop := leader.lead("1")
		time.Sleep(5 * interval)
		synctest.Wait()
		stop()
		g.snapshots.Store(&snapshotstest.Memory{})
		c.show("restored")
		defer leader.lead("2")()
		time.Sleep(time.Second)
		g.bus.Miss(bus.Snapshots)
		g.want("after the loss was told", []*process{follower}, "[restored] 1s")
	})
}

// A prompt has the leader list at once: a follower waits for that.
func TestAPromptIsNotKeptWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		leader := g.process(c)
		defer leader.lead("1")()
		time.Sleep(time.Second)
		c.show("b")
		f := leader.views.Follow(time.Now())
		defer f.Close()
		synctest.Wait()
		if told := f.Take(); len(told.Objects) != 1 || told.Objects[0].Object.Head().Name != "b" {
			t.Errorf("told %+v", told)
		}
	})
}

// A backend that is attached anew has an empty view.
func TestABackendAttachedAnewIsShownTheLatestSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, c := newGateway(t), newCloud()
		p := g.process(c)
		stop := g.process(c).lead("1")
		synctest.Wait()
		stop()
		if err := p.views.Detach("metal"); err != nil {
			t.Fatal(err)
		}
		again := c
		again.lists = new(atomic.Int32)
		if err := p.views.Attach(again, inventory.FeedConfig{}); err != nil {
			t.Fatal(err)
		}
		g.want("attached anew", []*process{p}, "[a] 0s")
	})
}

func TestNewWantsAStoreAndABus(t *testing.T) {
	for _, c := range []Config{{Bus: &bustest.Memory{}}, {Snapshots: &snapshotstest.Memory{}}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}
