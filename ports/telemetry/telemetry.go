// Package telemetry is the driven port to what the event path counts. Calls are
// cheap, never block and never fail; all methods are safe for concurrent use.
package telemetry

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// Events counts what happens between a change and its delivery.
type Events interface {
	// Leading tells whether this process leads.
	Leading(leads bool)
	// Fenced counts a write that was refused since somebody else had taken over.
	Fenced()
	// Reloaded counts the times that the leader read everything anew.
	Reloaded()
	// Committed counts changes of objects that became events, and the entries
	// that they put into queues.
	Committed(t o2.EventType, entries int)
	// Coalesced counts entries that others took in.
	Coalesced(entries int)
	// Overflowed counts queues that went past the hard cap.
	Overflowed()
	// Partitions tells how many partitions this process delivers.
	Partitions(held int)
	// Delivered tells the time from a change's being seen to its acceptance by a
	// receiver.
	Delivered(latency time.Duration)
	// Failed counts an attempt that failed and will be made again.
	Failed()
	// DeadLettered counts an event that was given up on.
	DeadLettered()
	// Totals tells how all queues stand; only the leader calls it.
	Totals(eventlog.Totals)
}
