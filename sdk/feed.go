package sdk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// feedLength is how many events may wait for the stream before the author does.
const feedLength = 256

// maxDeleteIDs bounds one delete event.
const maxDeleteIDs = 1000

// feed is the Events that an author's Watch talks to. Events wait in a short
// queue while a message is under way and leave together in the next: a lone
// event is sent at once, a flood in batches.
type feed struct {
	// ctx is the author's: it ends with the watch, or when sending fails.
	ctx    context.Context
	cancel context.CancelCauseFunc

	queue    chan *pluginv1.WatchEvent
	finished chan struct{}
	sent     chan struct{}

	mu sync.Mutex
	// fault is the first thing that the author did wrong or that broke the
	// stream; the watch is over with it, whatever the author makes of it.
	fault error
	begun bool // a snapshot has begun at some time
	open  bool // a snapshot is under way
}

func newFeed(ctx context.Context, send func(*pluginv1.WatchResponse) error) *feed {
	f := &feed{
		queue:    make(chan *pluginv1.WatchEvent, feedLength),
		finished: make(chan struct{}),
		sent:     make(chan struct{}),
	}
	f.ctx, f.cancel = context.WithCancelCause(ctx)
	go f.run(send)
	return f
}

// Begin starts a snapshot.
func (f *feed) Begin(kinds ...Kind) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	begin := &pluginv1.SnapshotBegin{}
	for _, kind := range kinds {
		k := protocol.WireKind(kind)
		if k == pluginv1.Kind_KIND_UNSPECIFIED {
			return f.fail("Begin: %q is no kind of object", kind)
		}
		begin.Kinds = append(begin.Kinds, k)
	}
	f.begun, f.open = true, true
	return f.tell(&pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Begin{Begin: begin}})
}

// Put adds or replaces objects.
func (f *feed) Put(objects ...Object) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun {
		return f.fail("Put before Begin: a watch starts with a snapshot (Begin, every object, Synced)")
	}
	for _, o := range objects {
		p, err := encodeReturned(o)
		if err != nil {
			return f.fail("Put: %v", err)
		}
		if err := f.tell(&pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Put{Put: p}}); err != nil {
			return err
		}
	}
	return nil
}

// Delete removes objects.
func (f *feed) Delete(kind Kind, ids ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := protocol.WireKind(kind)
	if k == pluginv1.Kind_KIND_UNSPECIFIED {
		return f.fail("Delete: %q is no kind of object", kind)
	}
	if !f.begun {
		return f.fail("Delete before Begin: a watch starts with a snapshot (Begin, every object, Synced)")
	}
	for len(ids) > 0 {
		n := min(len(ids), maxDeleteIDs)
		// A copy: the event outlives this call, and the slice is the author's.
		gone := &pluginv1.ObjectDelete{Kind: k, Ids: append([]string(nil), ids[:n]...)}
		if err := f.tell(&pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Delete{Delete: gone}}); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// Synced ends the snapshot.
func (f *feed) Synced() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.open {
		return f.fail("Synced without Begin: no snapshot is under way")
	}
	f.open = false
	return f.tell(&pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Synced{Synced: &pluginv1.SnapshotSynced{}}})
}

// tell queues an event, waiting while the queue is full. The caller holds mu.
func (f *feed) tell(event *pluginv1.WatchEvent) error {
	if f.ctx.Err() != nil {
		return f.over()
	}
	select {
	case f.queue <- event:
		return nil
	case <-f.ctx.Done():
		return f.over()
	}
}

func (f *feed) over() error {
	if f.fault != nil {
		return f.fault
	}
	return fmt.Errorf("the watch is over: %w", context.Cause(f.ctx))
}

// fail ends the watch over a mistake of its author. The caller holds mu.
func (f *feed) fail(format string, args ...any) error {
	err := lies("Watch", format, args...)
	if f.fault == nil {
		f.fault = err
	}
	f.cancel(err)
	return err
}

// finish is called when the author's Watch has returned: it sends what is still
// queued and returns what broke the watch, if anything did.
func (f *feed) finish() error {
	close(f.finished)
	<-f.sent
	f.cancel(errWatchReturned)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fault
}

var errWatchReturned = errors.New("Watch has returned")

// run sends events until the feed is finished or its context ends.
func (f *feed) run(send func(*pluginv1.WatchResponse) error) {
	defer close(f.sent)
	for {
		select {
		case event := <-f.queue:
			if !f.send(send, event) {
				return
			}
		case <-f.ctx.Done():
			return
		case <-f.finished:
			for {
				select {
				case event := <-f.queue:
					if !f.send(send, event) {
						return
					}
				default:
					return
				}
			}
		}
	}
}

// send sends event and what waits behind it, within the limits of a message.
func (f *feed) send(send func(*pluginv1.WatchResponse) error, event *pluginv1.WatchEvent) bool {
	events, bytes := []*pluginv1.WatchEvent{event}, proto.Size(event)
	for len(events) < protocol.BatchObjects && bytes < protocol.BatchBytes {
		select {
		case next := <-f.queue:
			events, bytes = append(events, next), bytes+proto.Size(next)
			continue
		default:
		}
		break
	}
	if err := send(&pluginv1.WatchResponse{Events: events}); err != nil {
		f.cancel(err)
		return false
	}
	return true
}
