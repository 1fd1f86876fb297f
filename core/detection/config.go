package detection

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/telemetry"
)

// Config is what a Leader needs. Changes, Log, Subscriptions, Families, Bus and
// Events are mandatory.
type Config struct {
	// Changes are those of the views of this process, to which every configured
	// backend is attached before Lead is called and until it has returned: what a
	// backend that is not attached had is told to be gone.
	Changes       inventory.Changes
	Log           eventlog.Log
	Subscriptions subscriptionstore.Store
	// Families read the filters of the subscriptions made under them.
	Families []subscription.Family
	Bus      bus.Bus
	Events   telemetry.Events
	// Logger is slog's default if nil.
	Logger *slog.Logger

	// Leading are called, each in a goroutine of its own, whenever this process
	// has become the leader. They return when ctx ends. fence proves that it leads.
	Leading []func(ctx context.Context, fence store.Token)
	// Wake, if not nil, is told which partitions have something new to deliver, for
	// the deliverers of this process. It does not block.
	Wake func(partitions []int)

	// CoalesceLength is the length from which on a queue is coalesced, and again
	// whenever it has doubled; 1000 if 0.
	CoalesceLength int
	// CoalesceAge is how old a queue's first entry is when the queue is coalesced
	// however short it is; 5 minutes if 0.
	CoalesceAge time.Duration
	// HardCap is the length past which a queue is given up: 100,000 if 0, and never
	// less than twice the number of objects, as an initial state must fit.
	HardCap int
	// BatchChanges and BatchTargets bound one commit; 500 and 20,000 if 0. A change
	// is never divided.
	BatchChanges, BatchTargets int
	// Refresh is how often the leader asks whether what it believes of the store
	// holds, while it writes nothing; 300 ms if 0.
	Refresh time.Duration
	// Timeout bounds one write, and one question; 10 s if 0. Reading everything
	// takes ten times as long at most.
	Timeout time.Duration
	// RetryMax bounds the pause, which doubles from a twentieth of it, before the
	// leader tries again what the store refused; 1 s if 0.
	RetryMax time.Duration
}

func (c Config) withDefaults() Config {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	orInt(&c.CoalesceLength, 1000)
	orInt(&c.HardCap, 100_000)
	orInt(&c.BatchChanges, 500)
	orInt(&c.BatchTargets, 20_000)
	orDuration(&c.CoalesceAge, 5*time.Minute)
	orDuration(&c.Refresh, 300*time.Millisecond)
	orDuration(&c.Timeout, 10*time.Second)
	orDuration(&c.RetryMax, time.Second)
	return c
}

func orInt(n *int, standard int) {
	if *n == 0 {
		*n = standard
	}
}

func orDuration(d *time.Duration, standard time.Duration) {
	if *d == 0 {
		*d = standard
	}
}

// Leader turns changes into events while it leads. Make one with New.
type Leader struct {
	Config
	families map[string]subscription.Family
}

// New makes a Leader. It does nothing until Lead is called.
func New(c Config) (*Leader, error) {
	switch {
	case c.Changes == nil:
		return nil, errors.New("detection: no changes to follow are configured")
	case c.Log == nil, c.Subscriptions == nil, c.Bus == nil, c.Events == nil:
		return nil, errors.New("detection: the event log, the subscriptions, the bus and the telemetry are all needed")
	case len(c.Families) == 0:
		return nil, errors.New("detection: no API family is configured")
	}
	for _, limit := range []int{c.CoalesceLength, c.HardCap, c.BatchChanges, c.BatchTargets} {
		if limit < 0 {
			return nil, fmt.Errorf("detection: a limit is negative: %d", limit)
		}
	}
	l := &Leader{Config: c.withDefaults(), families: map[string]subscription.Family{}}
	for _, f := range c.Families {
		if _, twice := l.families[f.Surface]; twice || f.Compile == nil {
			return nil, fmt.Errorf("detection: API family %q is configured twice, or cannot read filters", f.Surface)
		}
		l.families[f.Surface] = f
	}
	return l, nil
}

// compile reads a filter of a subscription made under a surface.
func (l *Leader) compile(surface, filter string) (*subscription.Selection, error) {
	f, ok := l.families[surface]
	if !ok {
		return nil, fmt.Errorf("the API family %q is unknown", surface)
	}
	return f.Compile(filter)
}
