package alarm

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	core "github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarmstore/alarmstoretest"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is what the processes of one gateway share.
type site struct {
	store alarmstoretest.Memory
	bus   bustest.Memory
}

func newSite() *site {
	x := &site{}
	x.store.Bus = &x.bus
	return x
}

// process is one process of a gateway.
type process struct {
	t       *testing.T
	site    *site
	book    *Book
	views   *core.Service // of alarms
	things  *core.Service // of everything else
	sources *Sources
	keeper  *Keeper
	service *Service
	counts  *counts
	may     *rights
}

// start starts a process in a bubble, until the test ends.
func (x *site) start(t *testing.T, settings Settings, backends ...*lab) *process {
	t.Helper()
	p := &process{t: t, site: x, sources: &Sources{}, counts: newCounts(), may: &rights{}}
	var err error
	must := func(err error) {
		if t.Helper(); err != nil {
			t.Fatal(err)
		}
	}
	services := func() *core.Service {
		s, err := core.New(core.Config{
			Projections: []inventory.Projection{func(o2.Object) []byte { return nil }}, Router: Everywhere{}, Authorizer: p.may,
		})
		must(err)
		return s
	}
	p.views, p.things = services(), services()
	t.Cleanup(func() { p.views.Close(); p.things.Close(); p.sources.Close() })
	p.book, err = NewBook(BookConfig{Store: &x.store, Bus: &x.bus})
	must(err)
	p.book.Show(p.views)
	c := Config{Book: p.book, Sources: p.sources, Inventory: p.things, Telemetry: p.counts, Settings: settings}
	p.keeper, err = NewKeeper(c)
	must(err)
	p.service, err = NewService(ServiceConfig{Config: c, Alarms: p.views, Authorizer: p.may})
	must(err)
	must(p.views.Attach(p.book, core.FeedConfig{}))
	for _, b := range backends {
		must(p.things.Attach(b, core.FeedConfig{}))
		p.sources.Attach(b)
	}
	synctest.Wait()
	return p
}

// lead has the process lead until the test ends, or until what it returns is called.
func (p *process) lead() (end func()) {
	ctx, cancel := context.WithCancel(p.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.keeper.Lead(ctx, store.Token("f"))
	}()
	end = sync.OnceFunc(func() { cancel(); <-done })
	p.t.Cleanup(end)
	synctest.Wait()
	return end
}

// next lets the pause between two questions pass.
func (p *process) next() {
	time.Sleep(6 * time.Second)
	synctest.Wait()
}

// all returns the alarms that the process shows, by when they were raised and name.
func (p *process) all() []*o2.Alarm {
	p.t.Helper()
	page, err := p.views.List(p.t.Context(), root, inventory.Query{Kind: o2.KindAlarm, Limit: 1000})
	if err != nil {
		p.t.Fatal(err)
	}
	var list []*o2.Alarm
	for _, item := range page.Items {
		list = append(list, item.Object().(*o2.Alarm))
	}
	slices.SortFunc(list, func(a, b *o2.Alarm) int {
		if c := a.RaisedAt.Compare(b.RaisedAt); c != 0 {
			return c
		}
		if a.NativeID < b.NativeID {
			return -1
		}
		return 1
	})
	return list
}

// only returns the one alarm that there is.
func (p *process) only() *o2.Alarm {
	p.t.Helper()
	list := p.all()
	if len(list) != 1 {
		p.t.Fatalf("there are %d alarms, want one: %+v", len(list), list)
	}
	return list[0]
}

// lab is a backend with servers that a test drives.
type lab struct {
	name string
	mu   sync.Mutex
	sink backend.Sink
	// alarms and err answer the next question.
	alarms []backend.Alarm
	err    error
	asked  int
	told   []string
	mute   bool // is never read
	tell   func(ctx context.Context) error
	info   backend.Info
}

func newLab(name string) *lab {
	return &lab{name: name, info: backend.Info{Name: name, State: backend.StateRunning}}
}

func (l *lab) Name() string { return l.name }

func (l *lab) Info() backend.Info {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.info
}

func (l *lab) Health(context.Context) error { return nil }

func (l *lab) Watch(ctx context.Context, sink backend.Sink) error {
	l.mu.Lock()
	l.sink = sink
	mute := l.mute
	l.mu.Unlock()
	if mute {
		<-ctx.Done()
		return ctx.Err()
	}
	if err := errors.Join(sink.Begin(o2.AllKinds), sink.Put(l.servers()), sink.Synced()); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func (l *lab) Snapshot(context.Context, backend.Sink) error { return errors.ErrUnsupported }

func (l *lab) CreateResourcePool(context.Context, *o2.ResourcePool) (*o2.ResourcePool, error) {
	return nil, errors.ErrUnsupported
}

func (l *lab) UpdateResourcePool(context.Context, *o2.ResourcePool) (*o2.ResourcePool, error) {
	return nil, errors.ErrUnsupported
}

func (l *lab) DeleteResourcePool(context.Context, string) error { return errors.ErrUnsupported }

func (l *lab) CreateResource(context.Context, *o2.Resource, backend.ResourceRefs) (*o2.Resource, error) {
	return nil, errors.ErrUnsupported
}

func (l *lab) DeleteResource(context.Context, string) error { return errors.ErrUnsupported }

func (l *lab) Alarms(context.Context) ([]backend.Alarm, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	return slices.Clone(l.alarms), l.err
}

func (l *lab) AcknowledgeAlarm(ctx context.Context, nativeID string) error {
	l.mu.Lock()
	l.told = append(l.told, nativeID)
	tell := l.tell
	l.mu.Unlock()
	if tell != nil {
		return tell(ctx)
	}
	return nil
}

// says sets what the lab reports from now on.
func (l *lab) says(alarms ...backend.Alarm) { l.answer(nil, alarms...) }

func (l *lab) answer(err error, alarms ...backend.Alarm) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alarms, l.err = alarms, err
}

// put has the lab have an object, or another version of it.
func (l *lab) put(t *testing.T, o o2.Object) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.sink.Put([]o2.Object{o}); err != nil {
		t.Fatal(err)
	}
}

// servers are what each lab has: a type with definitions, and a server of acme's and
// one of blue's.
func (l *lab) servers() []o2.Object {
	typ := &o2.ResourceType{Header: l.head("server"), Alarms: []o2.AlarmDefinition{
		{NativeID: "fan", Name: "Fan failed", Description: "A fan stands still.", Clearing: o2.ClearingAutomatic, ProbableCause: "cooling-fan-failure"},
		{NativeID: "door", Name: "Door open", Clearing: o2.ClearingManual, ProbableCause: "Somebody was careless"},
	}}
	for i := range typ.Alarms {
		typ.Alarms[i].ID = o2.AlarmDefinitionID(typ.ID, typ.Alarms[i].NativeID)
	}
	o2.Seal(typ)
	return []o2.Object{typ, l.server("s1", "acme"), l.server("s2", "blue")}
}

func (l *lab) head(native string) o2.Header {
	return o2.Header{ID: o2.DeriveID(l.name, native), NativeID: native, Backend: l.name, Name: native + " of " + l.name}
}

func (l *lab) server(native, tenant string) *o2.Resource {
	r := &o2.Resource{Header: l.head(native), ResourceTypeID: o2.DeriveID(l.name, "server")}
	r.Tenant = tenant
	o2.Seal(r)
	return r
}

// fan and door are alarms of s1.
func fan(at time.Time) backend.Alarm {
	return backend.Alarm{NativeID: "fan-1", Resource: "s1", Definition: "fan", Severity: o2.SeverityMajor, RaisedAt: at}
}

func door(at time.Time) backend.Alarm {
	return backend.Alarm{NativeID: "door-1", Resource: "s1", Definition: "door", Severity: o2.SeverityMinor, RaisedAt: at}
}

var (
	root = scope.New(scope.Identity{User: "root", Platform: true})
	acme = scope.New(scope.Identity{User: "alice", Tenant: "acme"})
	blue = scope.New(scope.Identity{User: "bob", Tenant: "blue"})
)

// rights lets tenants do everything with what is theirs, and root everything, but
// for what is denied.
type rights struct {
	mu     sync.Mutex
	denied []authz.Request
}

func (r *rights) deny(q ...authz.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.denied = q
}

func (r *rights) Authorize(_ context.Context, sc scope.Scope, q authz.Request) (scope.Scope, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !sc.Valid(), slices.Contains(r.denied, q), authz.OfGateway(q.Resource) && !sc.Platform():
		return scope.Scope{}, authz.ErrDenied
	case sc.Platform():
		return sc.Within(scope.ReachAll), nil
	default:
		return sc.Within(scope.ReachTenant), nil
	}
}

// counts is a telemetry.Alarms.
type counts struct {
	mu sync.Mutex
	of map[string]int
}

func newCounts() *counts { return &counts{of: map[string]int{}} }

func (c *counts) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of[what] += n
}

func (c *counts) get(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of[what]
}

func (c *counts) Raised(source string)      { c.add("raised "+source, 1) }
func (c *counts) Cleared(source string)     { c.add("cleared "+source, 1) }
func (c *counts) PollFailed(adapter string) { c.add("failed "+adapter, 1) }
func (c *counts) Refused(alarms int)        { c.add("refused", alarms) }
