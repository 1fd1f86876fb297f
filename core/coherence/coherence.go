// Package coherence lets every process of a gateway show at once what was written
// through one of them: it carries what writes returned over the bus.
//
// Nothing depends on it. An announcement that is lost is made good by the watch,
// or the next snapshot; one that comes late changes nothing that is newer.
package coherence

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/bus"
)

// Views are where announcements of other processes go.
type Views interface {
	Wrote(o o2.Object)
	Deleted(backend string, key o2.ObjectKey, revision uint64)
}

// waiting is how many announcements wait for the bus before more are dropped.
const waiting = 1024

// patience is how long one announcement may take.
const patience = 5 * time.Second

// Announcer announces writes, and hears of those of others. Wrote and Deleted do
// not block and are safe for concurrent use.
type Announcer struct {
	bus    bus.Bus
	origin string
	queue  chan bus.Message
	log    *slog.Logger
}

// New makes an Announcer. origin is this process's name, unlike any other's.
func New(b bus.Bus, origin string, log *slog.Logger) (*Announcer, error) {
	if b == nil || origin == "" {
		return nil, errors.New("coherence: a bus and a name of this process are needed")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Announcer{bus: b, origin: origin, queue: make(chan bus.Message, waiting), log: log}, nil
}

// Wrote announces what a backend returned of a create or update.
func (a *Announcer) Wrote(o o2.Object) {
	a.enqueue(o.Kind(), announcement{origin: a.origin, object: o})
}

// Deleted announces a delete.
func (a *Announcer) Deleted(backend string, key o2.ObjectKey, revision uint64) {
	a.enqueue(key.Kind, announcement{origin: a.origin, backend: backend, key: key, revision: revision})
}

func (a *Announcer) enqueue(kind o2.Kind, n announcement) {
	select {
	case a.queue <- bus.Message{Topic: bus.CacheInvalidate, Key: kind.String(), Body: n.encode()}:
	default:
		a.log.Debug("too many announcements wait: one is left out")
	}
}

// Announce passes announcements to the bus until ctx ends; it returns ctx.Err().
func (a *Announcer) Announce(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case m := <-a.queue:
			if err := a.publish(ctx, m); err != nil {
				a.log.Debug("an announcement is lost", slog.String("error", err.Error()))
			}
		}
	}
}

func (a *Announcer) publish(ctx context.Context, m bus.Message) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.bus.Publish(ctx, m)
}

// Listen puts what others announce into views until ctx ends; it returns
// ctx.Err(). missed, if set, is called when announcements were lost.
func (a *Announcer) Listen(ctx context.Context, views Views, missed func()) error {
	return a.bus.Listen(ctx, []bus.Topic{bus.CacheInvalidate}, func(m bus.Message) {
		if m.Missed && missed != nil {
			missed()
		}
		if len(m.Body) == 0 {
			return
		}
		n, err := decode(m.Body)
		switch {
		case err != nil:
			a.log.Warn("an announcement of another process cannot be read; is it of another version?", slog.String("error", err.Error()))
		case n.origin == a.origin:
		case n.object != nil:
			views.Wrote(n.object)
		default:
			views.Deleted(n.backend, n.key, n.revision)
		}
	})
}
