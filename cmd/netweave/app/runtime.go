package app

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/netweave/netweave/cmd/netweave/config"
)

const (
	// room is how much garbage may gather before it is collected, in bytes, if
	// the configured percentage of what lives is less. Without it a gateway with
	// a small inventory would collect dozens of times a second under load.
	room = 32 << 20
	// leastHeap is what the collector takes for a percentage of 100 at the least.
	leastHeap = 4 << 20
	// liveMetric is what the last collection found alive, in bytes.
	liveMetric = "/gc/heap/live:bytes"
)

// tune sets the collector's target, and again after each collection; GOGC, where
// set, has the last word.
func tune(c config.Runtime) {
	if os.Getenv("GOGC") != "" {
		return
	}
	t := &tuner{least: c.GCPercent}
	t.adjust()
	t.watch()
}

// tuner keeps the collector's percentage in step with what lives.
type tuner struct {
	// least is the configured percentage, now what is set.
	least, now int
}

// cycle becomes garbage at once, so that its finalizer runs after the next
// collection. It has a pointer, for objects without one may be freed together
// with others.
type cycle struct{ t *tuner }

func (t *tuner) watch() {
	runtime.SetFinalizer(&cycle{t}, func(c *cycle) {
		c.t.adjust()
		c.t.watch()
	})
}

func (t *tuner) adjust() {
	live := []metrics.Sample{{Name: liveMetric}}
	metrics.Read(live)
	if percent := percentFor(live[0].Value.Uint64(), t.least); percent != t.now {
		t.now = percent
		debug.SetGCPercent(percent)
	}
}

// percentFor returns the percentage that leaves room above live bytes, least at
// the least.
func percentFor(live uint64, least int) int {
	return max(least, int(room*100/max(live, leastHeap)))
}
