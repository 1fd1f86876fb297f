package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/telemetry"
	"github.com/netweave/netweave/ports/webhook"
)

// Subscriptions is what is needed of a subscriptionstore.Store.
type Subscriptions interface {
	Get(ctx context.Context, id o2.ID) (*o2.Subscription, error)
}

// Config is what a Deliverer is built from. Everything down to Families is
// mandatory; a zero number has its default.
type Config struct {
	// Member names this process among the controllers; no two have the same name.
	Member        string
	Assignment    assignment.Assignment
	Queues        eventlog.Deliveries
	Subscriptions Subscriptions
	Sender        webhook.Sender
	Bus           bus.Bus
	Telemetry     telemetry.Events
	Families      []subscription.Family

	// Held, if set, tells whether the notifications of a tenant's subscriptions are
	// to wait, as while it is suspended: nothing is attempted, which costs no
	// attempts, and they go on within a second or two of the hold's end. It must not
	// block, and is called concurrently and before every attempt.
	Held func(tenant string) bool
	// Log hears of dead letters and of a store that fails.
	Log *slog.Logger
	// TTL is how long partitions stay with a member that has died: 5 s.
	TTL time.Duration
	// AttemptTimeout bounds one attempt: 10 s.
	AttemptTimeout time.Duration
	// Grace is how long Run lets attempts end when it is to stop: 500 ms.
	Grace time.Duration
	// Poll is how often to look for what is due without being woken: 500 ms.
	Poll time.Duration
	// Workers is how many subscriptions are served at once, not counting those
	// whose receiver is slow: 256.
	Workers int
	// Batch is how many entries are claimed at once: 64. Up to four times as many
	// are for a receiver that is very fast; fewer for one that is slow.
	Batch  int
	Policy Policy
	// Chance returns a number from 0 up to 1, for jitter; by default a random one.
	// It is called concurrently.
	Chance func() float64
}

func (c *Config) check() error {
	var missing string
	switch {
	case c.Member == "":
		missing = "member name"
	case c.Assignment == nil:
		missing = "assignment"
	case c.Queues == nil:
		missing = "event log"
	case c.Subscriptions == nil:
		missing = "subscription store"
	case c.Sender == nil:
		missing = "sender"
	case c.Bus == nil:
		missing = "bus"
	case c.Telemetry == nil:
		missing = "telemetry"
	case len(c.Families) == 0:
		missing = "API family"
	default:
		if c.TTL < 0 || c.AttemptTimeout < 0 || c.Grace < 0 || c.Poll < 0 || c.Workers < 0 || c.Batch < 0 {
			return errors.New("delivery: a duration or a number is negative")
		}
		return nil
	}
	return fmt.Errorf("delivery: no %s is configured", missing)
}

func (c *Config) setDefaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Chance == nil {
		c.Chance = rand.Float64
	}
	setDefault(&c.TTL, 5*time.Second)
	setDefault(&c.AttemptTimeout, 10*time.Second)
	setDefault(&c.Grace, 500*time.Millisecond)
	setDefault(&c.Poll, 500*time.Millisecond)
	setDefault(&c.Workers, 256)
	setDefault(&c.Batch, 64)
	c.Policy = c.Policy.withDefaults()
}
