package inventory

import (
	"context"
	"errors"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/routes"
)

// fake is a backend whose feed a test drives.
type fake struct {
	name  string
	mu    sync.Mutex
	info  backend.Info
	calls []string
	// watch and snapshot answer the feed; a nil watch is unsupported.
	watch    func(ctx context.Context, sink backend.Sink) error
	snapshot func(ctx context.Context, sink backend.Sink) error
	health   func(ctx context.Context) error
	// create, update and del answer writes.
	create func(o o2.Object, refs backend.ResourceRefs) (o2.Object, error)
	update func(p *o2.ResourcePool) (*o2.ResourcePool, error)
	del    func(nativeID string) error
}

func (f *fake) note(call string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, call)
}

func (f *fake) Name() string { return f.name }

func (f *fake) Info() backend.Info {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.info
}

func (f *fake) Watch(ctx context.Context, sink backend.Sink) error {
	if f.watch == nil {
		return &backend.Error{Backend: f.name, Source: backend.SourceCaller, Code: backend.ErrUnsupported}
	}
	return f.watch(ctx, sink)
}

func (f *fake) Snapshot(ctx context.Context, sink backend.Sink) error { return f.snapshot(ctx, sink) }

func (f *fake) Health(ctx context.Context) error {
	if f.health == nil {
		return nil
	}
	return f.health(ctx)
}

func (f *fake) CreateResourcePool(_ context.Context, p *o2.ResourcePool) (*o2.ResourcePool, error) {
	f.note("create pool " + p.Name)
	o, err := f.create(p, backend.ResourceRefs{})
	made, _ := o.(*o2.ResourcePool)
	return made, err
}

func (f *fake) UpdateResourcePool(_ context.Context, p *o2.ResourcePool) (*o2.ResourcePool, error) {
	f.note("update pool " + p.NativeID)
	return f.update(p)
}

func (f *fake) DeleteResourcePool(_ context.Context, nativeID string) error {
	f.note("delete pool " + nativeID)
	return f.del(nativeID)
}

func (f *fake) CreateResource(_ context.Context, r *o2.Resource, refs backend.ResourceRefs) (*o2.Resource, error) {
	f.note("create resource " + r.Name)
	o, err := f.create(r, refs)
	made, _ := o.(*o2.Resource)
	return made, err
}

func (f *fake) DeleteResource(_ context.Context, nativeID string) error {
	f.note("delete resource " + nativeID)
	return f.del(nativeID)
}

// watching is a backend with every capability whose watch sends objects as its
// first snapshot, hands the sink to the test and goes on until its context ends.
func watching(name string, objects ...o2.Object) (*fake, <-chan backend.Sink) {
	sinks := make(chan backend.Sink, 1)
	f := &fake{name: name, info: backend.Info{
		Name: name, State: backend.StateRunning, Capabilities: []string{
			backend.CapResourcePoolCreate, backend.CapResourcePoolUpdate, backend.CapResourcePoolDelete,
			backend.CapResourceCreate, backend.CapResourceDelete,
		},
	}}
	f.watch = func(ctx context.Context, sink backend.Sink) error {
		if err := sendSnapshot(sink, objects...); err != nil {
			return err
		}
		select {
		case sinks <- sink:
		case <-ctx.Done():
		}
		<-ctx.Done()
		return ctx.Err()
	}
	return f, sinks
}

func sendSnapshot(sink backend.Sink, objects ...o2.Object) error {
	return errors.Join(sink.Begin(o2.AllKinds), sink.Put(objects), sink.Synced())
}

// allow lets every valid scope do everything but the requests it lists.
type allow map[authz.Request]error

func (a allow) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if err := a[r]; err != nil {
		return scope.Scope{}, err
	}
	return sc.Within(reachOf(sc)), nil
}

// reachOf is the reach that tests give: a platform caller's is over everything.
func reachOf(sc scope.Scope) scope.Reach {
	if sc.Platform() {
		return scope.ReachAll
	}
	return scope.ReachTenant
}

// everywhere routes lists to all backends and creates to the one named.
type everywhere string

func (everywhere) ForList(o2.Kind, *query.Filter, func(string) (bool, bool, bool)) ([]string, bool) {
	return nil, true
}

func (everywhere) Explain(routes.Question, []string, func(string) (bool, bool, bool)) routes.Explanation {
	return routes.Explanation{}
}

func (e everywhere) ForCreate(o2.Object, func(string) (bool, bool, bool)) string { return string(e) }

// only routes lists to the backends named.
type only []string

func (o only) ForList(o2.Kind, *query.Filter, func(string) (bool, bool, bool)) ([]string, bool) {
	return o, false
}

func (only) Explain(routes.Question, []string, func(string) (bool, bool, bool)) routes.Explanation {
	return routes.Explanation{}
}

func (only) ForCreate(o2.Object, func(string) (bool, bool, bool)) string { return "" }

// service makes a Service in single-tenant mode; change may alter its Config.
func service(change ...func(*Config)) *Service {
	c := Config{
		Projections: []inventory.Projection{nameOnly, func(o o2.Object) []byte { return []byte(o.Head().ID) }},
		Tenancy:     Tenancy{SingleTenant: true}, Router: everywhere("b"), Authorizer: allow{},
	}
	for _, f := range change {
		f(&c)
	}
	s, err := New(c)
	if err != nil {
		panic(err)
	}
	return s
}

func multiTenant(c *Config) { c.Tenancy = Tenancy{} }

// stocked is a service over views that were filled directly, without feeds.
func stocked(s *Service, backendName string, objects ...o2.Object) *view {
	v := testView(s.shelf, backendName)
	v.feed.backend = &fake{name: backendName}
	if err := sendSnapshot(v.session(), objects...); err != nil {
		panic(err)
	}
	return v
}

func itemNames(page inventory.Page) []string {
	names := []string{}
	for _, item := range page.Items {
		names = append(names, item.Object().Head().Name)
	}
	return names
}
