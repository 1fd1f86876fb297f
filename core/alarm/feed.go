package alarm

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus"
)

var _ backend.Backend = (*Book)(nil)

// Name is o2.AlarmBook.
func (*Book) Name() string { return o2.AlarmBook }

// Info says that it runs.
func (*Book) Info() backend.Info {
	return backend.Info{
		Name: o2.AlarmBook, Type: o2.AlarmBook, State: backend.StateRunning, Breaker: "closed",
		Capabilities: []string{backend.CapRealTimeEvents, backend.CapSubscriptions},
	}
}

// batch is how many alarms go to a sink in one step.
const batch = 1000

// Watch tells sink of every record, and then of every change.
func (b *Book) Watch(ctx context.Context, sink backend.Sink) error {
	ctx, cancel := context.WithCancel(ctx)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer cancel()
	// doubtful: the store may have gone back behind what is known here.
	var doubtful atomic.Bool
	listening.Go(func() { b.listen(ctx, &doubtful) })
	tick := time.NewTicker(b.config.Look)
	defer tick.Stop()
	for after := uint64(0); ; {
		if doubtful.Swap(false) {
			after = 0
		}
		if err := b.tell(ctx, sink, after); err != nil {
			return err
		}
		for {
			select {
			case <-ctx.Done():
				return unavailable(ctx.Err())
			case <-b.wake:
			case <-tick.C:
			}
			sequence, incarnation, err := b.config.Store.Sequence(ctx)
			if err != nil {
				return unavailable(err)
			}
			was, of := b.position()
			if after = was; of != incarnation {
				after = 0
			}
			if sequence != was || of != incarnation || doubtful.Load() {
				break
			}
		}
	}
}

// Snapshot tells sink of every record.
func (b *Book) Snapshot(ctx context.Context, sink backend.Sink) error { return b.tell(ctx, sink, 0) }

// listen has the Watch look when something was written.
func (b *Book) listen(ctx context.Context, doubtful *atomic.Bool) {
	for ctx.Err() == nil {
		err := b.config.Bus.Listen(ctx, []bus.Topic{bus.Alarms}, func(m bus.Message) {
			if m.Missed {
				doubtful.Store(true)
			}
			b.look()
		})
		if ctx.Err() != nil {
			return
		}
		b.config.Log.Debug("news of alarms cannot be heard; they are asked for instead", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(b.config.Look):
		}
	}
}

func (b *Book) look() {
	select {
	case b.wake <- struct{}{}:
	default: // it is awake
	}
}

// tell reads what has changed since after, 0 for everything, and has sink and book
// show it. A snapshot begins before the store is read, as what is written meanwhile
// is later than it.
func (b *Book) tell(ctx context.Context, sink backend.Sink, after uint64) error {
	begun := after == 0
	if begun {
		if err := sink.Begin(o2.SetOf(o2.KindAlarm)); err != nil {
			return err
		}
		b.mu.Lock()
		b.meanwhile = map[o2.ID]bool{}
		b.mu.Unlock()
	}
	c, err := b.config.Store.Read(ctx, after)
	if err != nil {
		return unavailable(err)
	}
	if _, of := b.position(); c.Whole != begun || !begun && c.Incarnation != of {
		return b.tell(ctx, sink, 0)
	}
	gone := b.take(&c)
	for some := range slices.Chunk(c.Records, batch) {
		objects := make([]o2.Object, len(some))
		for i, r := range some {
			objects[i] = r.Alarm
		}
		if err := sink.Put(objects); err != nil {
			return err
		}
	}
	if begun {
		err = sink.Synced()
	} else if len(gone) > 0 {
		err = sink.Delete(o2.KindAlarm, gone)
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence, b.incarnation = c.Sequence, c.Incarnation
	close(b.told)
	b.told = make(chan struct{})
	return nil
}

// take has the book show what was read, but for what it knows to be later, and
// returns what is gone. Of whole contents only what was written here since they
// began to be read is later: whatever else the book has may be lost.
func (b *Book) take(c *alarmstore.Contents) (gone []o2.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	later := func(id o2.ID, version uint64) bool {
		if c.Whole {
			return b.meanwhile[id]
		}
		known := b.alarms[id]
		return known != nil && known.Revision >= version
	}
	kept := make(map[o2.ID]bool, len(c.Records))
	for _, r := range c.Records {
		kept[r.Alarm.ID] = true
		if !later(r.Alarm.ID, r.Version) {
			b.put(r.Alarm)
		}
	}
	for _, id := range c.Gone {
		if !later(id, c.Sequence+1) {
			gone = append(gone, id)
			b.drop(id)
		}
	}
	if c.Whole {
		for id := range b.alarms {
			if !kept[id] && !b.meanwhile[id] {
				b.drop(id)
			}
		}
		b.meanwhile = nil
	}
	return gone
}

func (b *Book) position() (sequence uint64, incarnation o2.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sequence, b.incarnation
}

// Health waits until the Watch has told of all that the store had when it was
// called, and returns an error if that does not happen in time.
func (b *Book) Health(ctx context.Context) error {
	sequence, incarnation, err := b.config.Store.Sequence(ctx)
	if err != nil {
		return unavailable(err)
	}
	b.look()
	for {
		b.mu.Lock()
		current := b.incarnation == incarnation && b.sequence >= sequence
		told := b.told
		b.mu.Unlock()
		if current {
			return nil
		}
		select {
		case <-ctx.Done():
			return unavailable(fmt.Errorf("what the store holds is not told yet: %w", ctx.Err()))
		case <-told:
		}
	}
}

func unavailable(err error) error {
	return &backend.Error{Backend: o2.AlarmBook, Source: backend.SourceBackend, Code: backend.ErrUnavailable, Message: err.Error()}
}

// Alarms are no pools and no resources: whatever writes those is not supported.

func (*Book) unsupported() error {
	return &backend.Error{Backend: o2.AlarmBook, Source: backend.SourceCaller, Code: backend.ErrUnsupported}
}

// CreateResourcePool is not supported.
func (b *Book) CreateResourcePool(context.Context, *o2.ResourcePool) (*o2.ResourcePool, error) {
	return nil, b.unsupported()
}

// UpdateResourcePool is not supported.
func (b *Book) UpdateResourcePool(context.Context, *o2.ResourcePool) (*o2.ResourcePool, error) {
	return nil, b.unsupported()
}

// DeleteResourcePool is not supported.
func (b *Book) DeleteResourcePool(context.Context, string) error { return b.unsupported() }

// CreateResource is not supported.
func (b *Book) CreateResource(context.Context, *o2.Resource, backend.ResourceRefs) (*o2.Resource, error) {
	return nil, b.unsupported()
}

// DeleteResource is not supported.
func (b *Book) DeleteResource(context.Context, string) error { return b.unsupported() }
