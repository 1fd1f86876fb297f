package pluginhost

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// feed is one run of Watch or Snapshot: it checks what comes and passes it on.
// It serves one goroutine.
type feed struct {
	in       *instance
	sink     backend.Sink
	mapper   *mapper
	census   *census
	begun    bool // a snapshot has begun at least once
	snapping bool // between Begin and Synced
	leftOut  bool // the snapshot had objects for which there was no room yet
}

// newFeed begins a feed, which must be closed. The count of what was told goes
// from feed to feed; a second feed at the same time has its own.
func newFeed(in *instance, sink backend.Sink) *feed {
	counted := in.census.Swap(nil)
	if counted == nil {
		counted = newCensus(burden{in.cfg.Limits.Objects, in.cfg.Limits.TotalBytes})
	}
	return &feed{
		in: in, sink: sink,
		mapper: newMapper(in.name, in.cfg.Limits.ObjectBytes),
		census: counted,
	}
}

func (f *feed) close() {
	f.census.abandon()
	f.in.census.Store(f.census)
}

// Watch feeds sink with the plugin's own stream.
func (b *Backend) Watch(ctx context.Context, sink backend.Sink) error {
	return b.watch(ctx, func(ctx context.Context, p *process) error {
		if able := p.can(backend.CapRealTimeEvents); !able {
			return b.in.errs.errorOf(backend.SourceCaller, backend.ErrUnsupported, "it cannot watch")
		}
		f := newFeed(b.in, sink)
		defer f.close()
		return f.watch(ctx, p)
	})
}

// Snapshot feeds sink with one list of every kind.
func (b *Backend) Snapshot(ctx context.Context, sink backend.Sink) error {
	return b.snapshot(ctx, func(ctx context.Context, p *process) error {
		f := newFeed(b.in, sink)
		defer f.close()
		return f.lists(ctx, p)
	})
}

// watch passes on a stream until it ends, which is always an error. A stream
// may be silent for as long as it likes, but not in the middle of a snapshot.
func (f *feed) watch(ctx context.Context, p *process) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := p.conn.Client.Watch(ctx, &pluginv1.WatchRequest{})
	if err != nil {
		return f.failed(ctx, err)
	}
	for {
		var idle time.Duration
		if f.snapping {
			idle = f.in.timeouts.Load().Read
		}
		res, err := receive(stream.Recv, idle, cancel)
		if errors.Is(err, io.EOF) {
			return f.ended()
		}
		if err != nil {
			return f.failed(ctx, err)
		}
		if err := f.events(res.GetEvents()); err != nil {
			return err
		}
	}
}

// failed tells the end that we put to a silent stream from every other, which
// is for the caller to explain.
func (f *feed) failed(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errDeadline) {
		return f.in.errs.fault(ctx, err, false)
	}
	return err
}

// ended is the error of a stream that the plugin ended as if all were well.
func (f *feed) ended() error {
	if f.snapping || !f.begun {
		return f.in.errs.broken("the plugin ended its watch in the middle of a snapshot")
	}
	return f.in.errs.unavailable("the plugin ended its watch")
}

// receive is recv, given up by cancel after idle; 0 waits for ever.
func receive[T any](recv func() (T, error), idle time.Duration, cancel context.CancelCauseFunc) (T, error) {
	if idle > 0 {
		timer := time.AfterFunc(idle, func() { cancel(errDeadline) })
		defer timer.Stop()
	}
	return recv()
}

// events passes a message on, puts that follow each other as one batch.
func (f *feed) events(events []*pluginv1.WatchEvent) error {
	var batch []o2.Object
	for i, event := range events {
		if put, ok := event.GetEvent().(*pluginv1.WatchEvent_Put); ok {
			if !f.begun {
				return f.in.errs.broken("the plugin's watch does not begin with a snapshot")
			}
			if batch == nil {
				batch = make([]o2.Object, 0, len(events)-i)
			}
			obj, err := f.take(put.Put)
			if err != nil {
				return err
			}
			if obj != nil {
				batch = append(batch, obj)
			}
			continue
		}
		if err := f.put(batch); err != nil {
			return err
		}
		batch = nil
		if err := f.mark(event); err != nil {
			return err
		}
	}
	return f.put(batch)
}

// mark handles every event but a put. One that this version does not know is
// passed over, as the wire's compatibility rule has it.
func (f *feed) mark(event *pluginv1.WatchEvent) error {
	switch e := event.GetEvent().(type) {
	case *pluginv1.WatchEvent_Begin:
		kinds, err := kindSet(e.Begin.GetKinds())
		if err != nil {
			return f.in.errs.broken(err.Error())
		}
		return f.begin(kinds)
	case *pluginv1.WatchEvent_Synced:
		if !f.snapping {
			return f.in.errs.broken("the plugin ended a snapshot that it never began")
		}
		return f.synced()
	case *pluginv1.WatchEvent_Delete:
		return f.remove(e.Delete)
	default:
		return nil
	}
}

func (f *feed) begin(kinds o2.KindSet) error {
	f.begun, f.snapping, f.leftOut = true, true, false
	f.census.begin(kinds)
	return f.sinkError(f.sink.Begin(kinds))
}

func (f *feed) synced() error {
	f.snapping = false
	f.census.synced()
	if err := f.sinkError(f.sink.Synced()); err != nil || !f.leftOut {
		return err
	}
	return f.in.errs.broken("earlier snapshots that never ended had left no room for all of this one: it is asked for again")
}

func (f *feed) put(objects []o2.Object) error {
	if len(objects) == 0 {
		return nil
	}
	return f.sinkError(f.sink.Put(objects))
}

func (f *feed) remove(d *pluginv1.ObjectDelete) error {
	if !f.begun {
		return f.in.errs.broken("the plugin's watch does not begin with a snapshot")
	}
	kind, known, err := kindOf(d.GetKind())
	if err != nil {
		return f.in.errs.broken(err.Error())
	}
	if !known || len(d.GetIds()) == 0 {
		return nil
	}
	ids := make([]o2.ID, 0, len(d.GetIds()))
	for _, native := range d.GetIds() {
		if native == "" {
			f.in.refused.report(kind.String(), "", refuseObject(becauseID, "a delete names no id"))
			continue
		}
		id := o2.DeriveID(f.in.name, native)
		if f.census.remove(kind, id) == overfull {
			return f.in.errs.broken(f.census.excess())
		}
		ids = append(ids, id)
	}
	return f.sinkError(f.sink.Delete(kind, ids))
}

// take maps one object. nil without an error is one that was refused.
func (f *feed) take(o *pluginv1.Object) (o2.Object, error) {
	obj, refused := f.mapper.object(o)
	if refused != nil {
		f.in.refused.report("object", o.GetId(), refused)
		return nil, nil
	}
	switch f.census.add(obj.Kind(), obj.Head().ID, weight(o)) {
	case overfull:
		return nil, f.in.errs.broken(f.census.excess())
	case noRoom:
		f.leftOut = true
		f.in.refused.report(obj.Kind().String(), o.GetId(), refuseObject(becauseRoom, "there is no room for it until the snapshot has ended"))
		return nil, nil
	case roomFor:
	}
	return obj, nil
}

// lists makes a snapshot of a list of every kind. Whatever fails, fails it whole.
func (f *feed) lists(ctx context.Context, p *process) error {
	if err := f.begin(o2.AllKinds); err != nil {
		return err
	}
	for _, kind := range o2.InventoryKinds() {
		if err := f.list(ctx, p, kind); err != nil {
			return err
		}
	}
	return f.synced()
}

func (f *feed) list(ctx context.Context, p *process, kind o2.Kind) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stream, err := p.conn.Client.List(ctx, &pluginv1.ListRequest{Kind: wireKinds[kind]})
	if err != nil {
		return f.failed(ctx, err)
	}
	for {
		res, err := receive(stream.Recv, f.in.timeouts.Load().Read, cancel)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return f.failed(ctx, err)
		}
		batch := make([]o2.Object, 0, len(res.GetObjects()))
		for _, o := range res.GetObjects() {
			obj, err := f.take(o)
			switch {
			case err != nil:
				return err
			case obj == nil:
			case obj.Kind() != kind:
				f.in.refused.report(obj.Kind().String(), o.GetId(), refuseObject(becauseKind, "it was in the list of kind %s", kind))
			default:
				batch = append(batch, obj)
			}
		}
		if err := f.put(batch); err != nil {
			return err
		}
	}
}

// sinkError is what the core itself ended the feed with.
func (f *feed) sinkError(err error) error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*backend.Error](err); ok {
		return own
	}
	if errors.Is(err, context.Canceled) {
		return f.in.errs.errorOf(backend.SourceCaller, context.Canceled, "")
	}
	return f.in.errs.errorOf(backend.SourceCaller, err, "")
}
