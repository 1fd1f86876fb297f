package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/ports/backend"
)

// started is a runner of what this process itself starts, and never changes.
type started func(pluginhost.Adapter) (backend.Backend, error)

func (s started) Start(a pluginhost.Adapter) (backend.Backend, error) { return s(a) }

func (started) Reconfigure(pluginhost.Adapter) error {
	return errors.New("adapters are not configured anew here")
}

func (started) Stop(context.Context, string) error { return nil }

// shed is a runner of backends that have one pool each. It keeps what it was asked.
type shed struct {
	mu    sync.Mutex
	asked []string
	// hold keeps Stop from returning until it is closed; nil does not.
	hold chan struct{}
	// refuses are the plugins that cannot be had.
	refuses map[string]bool
	running map[string]bool
}

func newShed() *shed { return &shed{refuses: map[string]bool{}, running: map[string]bool{}} }

// took returns what it was asked since the last time.
func (s *shed) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func (s *shed) note(format string, args ...any) {
	s.asked = append(s.asked, fmt.Sprintf(format, args...))
}

func (s *shed) Start(a pluginhost.Adapter) (backend.Backend, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("start %s %s %s", a.Name, a.Plugin, a.Config)
	switch {
	case s.refuses[a.Plugin]:
		return nil, fmt.Errorf("%s cannot be had", a.Plugin)
	case s.running[a.Name]:
		return nil, fmt.Errorf("adapter %q is running already", a.Name)
	}
	s.running[a.Name] = true
	return &onePool{name: a.Name}, nil
}

func (s *shed) Reconfigure(a pluginhost.Adapter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note("reconfigure %s %s %s %s", a.Name, a.Plugin, a.Config, a.Timeouts.Read)
	if s.refuses[a.Plugin] {
		return fmt.Errorf("%s cannot be had", a.Plugin)
	}
	return nil
}

func (s *shed) Stop(_ context.Context, name string) error {
	s.mu.Lock()
	s.note("stop %s", name)
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, name)
	return nil
}

// onePool is a backend with one pool, by its own name, and a machine in it that has
// an alarm.
type onePool struct{ name string }

func (b *onePool) Name() string { return b.name }

func (b *onePool) Info() backend.Info {
	return backend.Info{Name: b.name, Type: "shed", State: backend.StateRunning}
}

func (b *onePool) Watch(ctx context.Context, sink backend.Sink) error {
	if err := b.Snapshot(ctx, sink); err != nil {
		return err
	}
	<-ctx.Done()
	return b.fail(ctx.Err())
}

func (b *onePool) Snapshot(_ context.Context, sink backend.Sink) error {
	p := &o2.ResourcePool{Header: o2.Header{
		ID: o2.DeriveID(b.name, "pool"), Backend: b.name, NativeID: "pool", Name: "pool of " + b.name,
	}}
	r := &o2.Resource{Header: o2.Header{ID: o2.DeriveID(b.name, "machine"), Backend: b.name, NativeID: "machine"}, ResourcePoolID: p.ID}
	o2.Seal(p)
	o2.Seal(r)
	return errors.Join(sink.Begin(o2.AllKinds), sink.Put([]o2.Object{p, r}), sink.Synced())
}

func (b *onePool) Alarms(context.Context) ([]backend.Alarm, error) {
	return []backend.Alarm{{NativeID: "1", Resource: "machine", Definition: "hot", Severity: o2.SeverityMajor, RaisedAt: time.Unix(1e9, 0)}}, nil
}

func (*onePool) AcknowledgeAlarm(context.Context, string) error { return nil }

func (*onePool) Health(context.Context) error { return nil }

func (b *onePool) CreateResourcePool(context.Context, *o2.ResourcePool) (*o2.ResourcePool, error) {
	return nil, b.fail(backend.ErrUnsupported)
}

func (b *onePool) UpdateResourcePool(context.Context, *o2.ResourcePool) (*o2.ResourcePool, error) {
	return nil, b.fail(backend.ErrUnsupported)
}

func (b *onePool) DeleteResourcePool(context.Context, string) error {
	return b.fail(backend.ErrUnsupported)
}

func (b *onePool) CreateResource(context.Context, *o2.Resource, backend.ResourceRefs) (*o2.Resource, error) {
	return nil, b.fail(backend.ErrUnsupported)
}

func (b *onePool) DeleteResource(context.Context, string) error {
	return b.fail(backend.ErrUnsupported)
}

func (b *onePool) fail(code error) error {
	return &backend.Error{Backend: b.name, Source: backend.SourceCaller, Code: code}
}
