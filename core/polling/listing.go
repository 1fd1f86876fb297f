package polling

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/netweave/netweave/core/inventory"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/store"
)

// batch is how many objects of a snapshot go to a view in one step.
const batch = 1000

// take returns a snapshot that another process has listed.
func (s *subject) take(snapshot snapshots.Snapshot) inventory.Poll {
	return inventory.Poll{Began: snapshot.Began, Feed: func(ctx context.Context, sink backend.Sink) error {
		if err := sink.Begin(snapshot.Kinds); err != nil {
			return err
		}
		for rest := snapshot.Objects; len(rest) > 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(batch, len(rest))
			if err := sink.Put(rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		if err := sink.Synced(); err != nil {
			return err
		}
		s.version = snapshot.Version
		return nil
	}}
}

// list returns a listing of our own, which is published once it is complete. One
// that fails is due again at once: the feed pauses.
func (p *Poller) list(s *subject, l *leadership, interval time.Duration) inventory.Poll {
	return inventory.Poll{Feed: func(ctx context.Context, sink backend.Sink) error {
		s.led, s.listed, s.due = l, time.Now(), time.Time{}
		copied := &tee{Sink: sink}
		if err := s.backend.Snapshot(ctx, copied); err != nil {
			return err
		}
		if !copied.whole {
			return errors.New("the snapshot ended without Synced")
		}
		s.due = s.listed.Add(jitter(interval))
		p.publish(ctx, s, l, copied)
		return nil
	}}
}

// publish shares a listing. That it fails is not the view's fault: the others go
// on with what they have, and the next one is tried.
func (p *Poller) publish(ctx context.Context, s *subject, l *leadership, t *tee) {
	name := s.backend.Name()
	err := p.config.Snapshots.Publish(ctx, l.fence, snapshots.Snapshot{Backend: name, Kinds: t.kinds, Began: s.listed, Objects: t.objects})
	if err == nil {
		s.version++
		err = p.config.Bus.Publish(ctx, bus.Message{Topic: bus.Snapshots, Body: []byte(name)})
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrFenced) {
		p.config.Log.Warn("a snapshot could not be shared with the other processes", slog.String("adapter", name), slog.String("error", err.Error()))
	}
}

// tee keeps what goes to a sink.
type tee struct {
	backend.Sink
	kinds   o2.KindSet
	objects []o2.Object
	whole   bool
}

func (t *tee) Begin(kinds o2.KindSet) error {
	t.kinds, t.objects, t.whole = kinds, nil, false
	return t.Sink.Begin(kinds)
}

func (t *tee) Put(objects []o2.Object) error {
	t.objects = append(t.objects, objects...)
	return t.Sink.Put(objects)
}

func (t *tee) Synced() error {
	t.whole = true
	return t.Sink.Synced()
}
