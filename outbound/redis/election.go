package redis

import (
	"context"
	"time"

	"github.com/netweave/netweave/ports/election"
)

// Lease says how leadership is held.
type Lease struct {
	// Duration is how long leadership lasts without being renewed; 0 is five
	// seconds.
	Duration time.Duration
	// Poll is how often those who wait look whether it is free; 0 is 150 ms.
	Poll time.Duration
}

// Election returns a candidate for the lease that the store keeps. Each
// candidate has a name of its own that never comes again.
func (s *Store) Election(l Lease) election.Election {
	return &candidate{
		Store: s, name: random() + random(), duration: or(l.Duration, 5*time.Second), poll: or(l.Poll, 150*time.Millisecond),
	}
}

// candidate holds the lease by writing its name, for a time. Both taking and
// prolonging it are confirmed by replicas: a failover does not give it to
// somebody else before it is over.
type candidate struct {
	*Store
	name           string
	duration, poll time.Duration
}

// Campaign is as in election.Election.
func (c *candidate) Campaign(ctx context.Context, lead func(ctx context.Context)) error {
	told := false // of the present trouble
	for {
		started := time.Now()
		won, err := c.acquire(ctx)
		if err != nil && !told && ctx.Err() == nil {
			c.log.Warn("leadership cannot be sought", "error", err)
		}
		told = err != nil
		if won {
			c.reign(ctx, started, lead)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(c.poll):
		}
	}
}

// acquire looks whether the lease is free before it tries, so that waiting costs
// the server little.
func (c *candidate) acquire(ctx context.Context) (bool, error) {
	const doing = "seeking leadership"
	holder, err := c.client.Get(ctx, c.key("lease:leader")).Result()
	if err == nil && holder != c.name {
		return false, nil
	}
	if err != nil && !missing(err) {
		return false, failed(ctx, doing, err)
	}
	got, err := c.confirmed(ctx, "acquire", doing, c.name, c.duration.Milliseconds())
	return err == nil && number(got) == 1, err
}

// reign leads until ctx ends or leadership is lost, which is by our own clock
// and before the lease can pass on: it was renewed no later than the renewal was
// sent.
func (c *candidate) reign(ctx context.Context, renewed time.Time, lead func(context.Context)) {
	leading, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lead(leading)
	}()
	c.renew(ctx, renewed, stop, ended)
	<-ended
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if _, err := c.run(ctx, "yield", "giving leadership back", c.name); err != nil {
		c.log.Warn("leadership passes on when its time is over", "error", err)
	}
}

// renew prolongs the lease until lead has ended, however long that takes it, or
// calls stop in time.
func (c *candidate) renew(ctx context.Context, renewed time.Time, stop func(), ended <-chan struct{}) {
	ctx = context.WithoutCancel(ctx)
	// What is left of the lease when we stop covers clocks that run unevenly.
	lasts := c.duration - c.duration/10
	over := time.AfterFunc(time.Until(renewed.Add(lasts)), stop)
	defer over.Stop()
	tick := time.NewTicker(c.duration / 5)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		sent := time.Now()
		got, err := c.prolong(ctx, renewed.Add(lasts))
		switch {
		case !time.Now().Before(renewed.Add(lasts)):
			c.log.Warn("leadership is lost: it was not prolonged in time", "error", err)
			stop()
			return
		case err != nil:
			c.log.Warn("leadership cannot be prolonged", "left", time.Until(renewed.Add(lasts)), "error", err)
		case !got:
			c.log.Warn("leadership is lost: the lease is not ours any more")
			stop()
			return
		default:
			renewed = sent
			over.Reset(time.Until(renewed.Add(lasts)))
		}
	}
}

// prolong renews the lease, or gives up when it is too late.
func (c *candidate) prolong(ctx context.Context, until time.Time) (bool, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	got, err := c.confirmed(ctx, "prolong", "prolonging leadership", c.name, c.duration.Milliseconds())
	return err == nil && number(got) == 1, err
}
