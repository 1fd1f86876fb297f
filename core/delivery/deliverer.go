package delivery

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/subscription"
)

// Deliverer delivers what is queued for its share of the subscriptions. Wake is
// safe for concurrent use; Run is called once.
type Deliverer struct {
	config   Config
	families map[string]subscription.Family
	copies   copies
	roster   *roster
	outage   *outage
	holds    *holds

	// due is the set of partitions to look at; woken yields when there are some.
	due   atomic.Uint64
	woken chan struct{}
	// freed yields when a slow turn has given its slot up.
	freed chan struct{}
	// joinNow yields when it is time to join again before long.
	joinNow chan struct{}

	// holdings and workers are those of Run.
	holdings *holdings
	workers  sync.WaitGroup
}

// New makes a Deliverer. It does nothing before Run.
func New(c Config) (*Deliverer, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.setDefaults()
	d := &Deliverer{
		config: c, families: map[string]subscription.Family{},
		copies: copies{source: c.Subscriptions, byID: map[o2.ID]dated{}},
		outage: &outage{log: c.Log}, holds: newHolds(c.Held),
		woken: make(chan struct{}, 1), freed: make(chan struct{}, 1), joinNow: make(chan struct{}, 1),
	}
	d.roster = newRoster(c.Workers, func() { d.wake(everyPartition) })
	for _, f := range c.Families {
		if _, twice := d.families[f.Surface]; twice || f.Encode == nil {
			return nil, fmt.Errorf("delivery: the API family %q is there twice or cannot encode", f.Surface)
		}
		d.families[f.Surface] = f
	}
	return d, nil
}

// Run delivers until ctx ends. Then it claims no more, lets attempts under way
// end within the grace period and breaks the rest off, settles, and gives its
// partitions back. The error is of giving them back: they pass on all the same
// when their time is over.
func (d *Deliverer) Run(ctx context.Context) error {
	last := context.WithoutCancel(ctx)
	sending, breakOff := context.WithCancel(last)
	defer breakOff()
	d.holdings = newHoldings(sending, d.config.Grace)

	var aside sync.WaitGroup
	aside.Go(func() { d.join(ctx) })
	aside.Go(func() { d.listen(ctx) })
	d.dispatch(ctx)

	grace := time.AfterFunc(d.config.Grace, breakOff)
	d.workers.Wait()
	grace.Stop()
	aside.Wait()
	d.holdings.close()
	d.config.Telemetry.Partitions(0)
	if err := d.leave(last); err != nil {
		return fmt.Errorf("delivery: giving the partitions back: %w", err)
	}
	return nil
}
