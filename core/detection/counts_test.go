package detection

import (
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// counts is a telemetry.Events that a test can read.
type counts struct {
	mu sync.Mutex
	// committed and entries are by what happened to the object.
	committed, entries                     map[o2.EventType]int
	fenced, reloaded, coalesced, overflows int
	leads                                  []bool
	totals                                 []eventlog.Totals
}

func (c *counts) do(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.committed == nil {
		c.committed, c.entries = map[o2.EventType]int{}, map[o2.EventType]int{}
	}
	fn()
}

func (c *counts) Leading(leads bool) { c.do(func() { c.leads = append(c.leads, leads) }) }
func (c *counts) Fenced()            { c.do(func() { c.fenced++ }) }
func (c *counts) Reloaded()          { c.do(func() { c.reloaded++ }) }
func (c *counts) Committed(t o2.EventType, entries int) {
	c.do(func() {
		c.committed[t]++
		c.entries[t] += entries
	})
}
func (c *counts) Coalesced(entries int)    { c.do(func() { c.coalesced += entries }) }
func (c *counts) Overflowed()              { c.do(func() { c.overflows++ }) }
func (c *counts) Totals(t eventlog.Totals) { c.do(func() { c.totals = append(c.totals, t) }) }
func (*counts) Partitions(int)             {}
func (*counts) Delivered(time.Duration)    {}
func (*counts) Failed()                    {}
func (*counts) DeadLettered()              {}
