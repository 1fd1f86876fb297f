//go:build integration

package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// estate is one backend's infrastructure, in memory. Each process has a door of
// its own to it.
type estate struct {
	name string

	mu      sync.Mutex
	objects map[o2.ID]o2.Object
	doors   []*door
	made    int
}

func newEstate(name string) *estate { return &estate{name: name, objects: map[o2.ID]o2.Object{}} }

// door is the backend as one process has it.
type door struct {
	*estate
	// news are changes that the process's watch has yet to tell.
	news chan notice
}

// notice is a change; told is closed once the process knows it.
type notice struct {
	put  o2.Object
	gone o2.Object
	told chan struct{}
}

func (e *estate) open() *door {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := &door{estate: e, news: make(chan notice)}
	e.doors = append(e.doors, d)
	return d
}

// seal gives an object the identity that the backend knows it by.
func (e *estate) seal(o o2.Object, native string) o2.Object {
	h := o.Head()
	h.Backend, h.NativeID, h.ID = e.name, native, o2.DeriveID(e.name, native)
	o2.Seal(o)
	return o
}

// keep stores an object.
func (e *estate) keep(o o2.Object) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.objects[o.Head().ID] = o
}

// found returns what the estate holds under an id.
func (e *estate) found(id o2.ID) (o2.Object, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	o, ok := e.objects[id]
	return o, ok
}

// tell has every process know a change that none of them made. It returns when
// they do.
func (e *estate) tell(ctx context.Context, n notice) {
	for _, d := range e.doors {
		each := n
		each.told = make(chan struct{})
		select {
		case d.news <- each:
		case <-ctx.Done():
			return
		}
		select {
		case <-each.told:
		case <-ctx.Done():
			return
		}
	}
}

// drop takes an object away, and with a pool what is in it.
func (e *estate) drop(native string) ([]o2.Object, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	id := o2.DeriveID(e.name, native)
	gone, ok := e.objects[id]
	if !ok {
		return nil, e.fail(backend.ErrNotFound)
	}
	list := []o2.Object{gone}
	for _, o := range e.objects {
		if r, ok := o.(*o2.Resource); ok && r.ResourcePoolID == id {
			list = append(list, o)
		}
	}
	for _, o := range list {
		delete(e.objects, o.Head().ID)
	}
	return list, nil
}

func (e *estate) fail(code error) error {
	return &backend.Error{Backend: e.name, Source: backend.SourceCaller, Code: code}
}

func (d *door) Name() string { return d.name }

func (d *door) Info() backend.Info {
	return backend.Info{Name: d.name, Type: "estate", State: backend.StateRunning, Capabilities: []string{
		backend.CapRealTimeEvents, backend.CapResourceCreate, backend.CapResourceDelete,
		backend.CapResourcePoolCreate, backend.CapResourcePoolDelete, backend.CapResourcePoolUpdate, backend.CapSubscriptions,
	}}
}

func (d *door) Snapshot(_ context.Context, sink backend.Sink) error {
	d.mu.Lock()
	var all []o2.Object
	for _, o := range d.objects {
		all = append(all, o)
	}
	d.mu.Unlock()
	return errors.Join(sink.Begin(o2.AllKinds), sink.Put(all), sink.Synced())
}

func (d *door) Watch(ctx context.Context, sink backend.Sink) error {
	if err := d.Snapshot(ctx, sink); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n := <-d.news:
			var err error
			if n.put != nil {
				err = sink.Put([]o2.Object{n.put})
			}
			if n.gone != nil {
				err = errors.Join(err, sink.Delete(n.gone.Kind(), []o2.ID{n.gone.Head().ID}))
			}
			close(n.told)
			if err != nil {
				return err
			}
		}
	}
}

func (*door) Health(context.Context) error { return nil }

func (d *door) native(what string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.made++
	return fmt.Sprintf("%s-made-%d", what, d.made)
}

func (d *door) CreateResourcePool(ctx context.Context, p *o2.ResourcePool) (*o2.ResourcePool, error) {
	made := *p
	made.OCloudID = "ocloud"
	d.seal(&made, d.native("pool"))
	d.keep(&made)
	d.others(ctx, notice{put: &made})
	return &made, nil
}

func (d *door) UpdateResourcePool(ctx context.Context, p *o2.ResourcePool) (*o2.ResourcePool, error) {
	if _, ok := d.found(p.ID); !ok {
		return nil, d.fail(backend.ErrNotFound)
	}
	made := *p
	d.seal(&made, p.NativeID)
	d.keep(&made)
	d.others(ctx, notice{put: &made})
	return &made, nil
}

func (d *door) DeleteResourcePool(ctx context.Context, native string) error {
	return d.take(ctx, native)
}

func (d *door) CreateResource(ctx context.Context, r *o2.Resource, _ backend.ResourceRefs) (*o2.Resource, error) {
	made := *r
	d.seal(&made, d.native("resource"))
	d.keep(&made)
	d.others(ctx, notice{put: &made})
	return &made, nil
}

func (d *door) DeleteResource(ctx context.Context, native string) error { return d.take(ctx, native) }

// take deletes an object. What goes with it is news to the process too.
func (d *door) take(ctx context.Context, native string) error {
	gone, err := d.drop(native)
	if err != nil {
		return err
	}
	for i, o := range gone {
		if i == 0 {
			d.others(ctx, notice{gone: o})
			continue
		}
		d.tell(ctx, notice{gone: o})
	}
	return nil
}

// others tells every process but the door's own.
func (d *door) others(ctx context.Context, n notice) {
	e := &estate{doors: slices.DeleteFunc(slices.Clone(d.doors), func(o *door) bool { return o == d })}
	e.tell(ctx, n)
}
