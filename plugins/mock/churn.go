package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// churn changes the cloud at a rate a second until ctx ends. How it goes is
// decided by the seed, as far as nobody else writes.
func (c *cloud) churn(ctx context.Context, rate float64) {
	const shortest = 10 * time.Millisecond
	interval := time.Duration(float64(time.Second) / rate)
	if interval > time.Hour {
		interval = time.Hour
	}
	interval = max(interval, shortest)
	perTick := rate * interval.Seconds()

	dice := rand.New(rand.NewPCG(c.seed, 'c'))
	c.mu.RLock()
	usual := len(c.resources)
	c.mu.RUnlock()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	due := 0.0
	for {
		select {
		case <-ticker.C:
			for due += perTick; due >= 1; due-- {
				c.mu.Lock()
				c.changeLocked(dice, usual)
				if c.alarms.dice.IntN(20) == 0 {
					c.changeAlarmLocked(time.Now())
				}
				c.mu.Unlock()
			}
		case <-ctx.Done():
			return
		}
	}
}

// changeLocked makes one change: mostly a resource's state or firmware, now and
// then a server that comes or goes, so that there are about usual resources, and
// rarely a pool that is locked or unlocked.
func (c *cloud) changeLocked(dice *rand.Rand, usual int) {
	n := dice.Uint64()
	switch kind := dice.IntN(100); {
	case kind < 3:
		if p := c.pools[c.everyPool.draw(n)]; p != nil {
			next := *p
			next.admin, next.updated = (p.admin+1)%uint8(len(adminStates)), time.Now()
			c.putPoolLocked(&next)
		}
	case kind < 13 && len(c.resources) < usual+1:
		if p := c.pools[c.everyPool.draw(n)]; p != nil {
			c.putResourceLocked(c.makeUpLocked(p, modelServer))
		}
	case kind < 13:
		r := c.resources[c.everyRes.draw(n)]
		// The last server of a pool stays, and so does what carries others: a
		// change is a change of one object.
		if r != nil && r.model == modelServer && c.servers[r.pool] > 1 && !c.carriesLocked(r) {
			c.dropResourceLocked(r)
			return
		}
		c.serveLocked(r, dice)
	default:
		c.serveLocked(c.resources[c.everyRes.draw(n)], dice)
	}
}

// serveLocked changes a resource's state, or its firmware.
func (c *cloud) serveLocked(r *resource, dice *rand.Rand) {
	if r == nil {
		return
	}
	next := *r
	if dice.IntN(4) == 0 {
		next.firmware = (r.firmware + 1) % 100
	} else {
		next.state = uint8((int(r.state) + 1 + dice.IntN(len(serviceStates)-1)) % len(serviceStates))
	}
	c.putResourceLocked(&next)
}

func (c *cloud) carriesLocked(r *resource) bool {
	for _, id := range c.members[r.pool].ids {
		if c.resources[id].parent == r.id {
			return true
		}
	}
	return false
}
