package detection

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/netweave/netweave/ports/bus"
)

// announcer tells other processes which partitions have something new, without
// holding up the leader: what comes while it speaks is said in one go afterwards.
type announcer struct {
	bus     bus.Bus
	log     *slog.Logger
	timeout time.Duration

	partitions atomic.Uint64
	wake       chan struct{}
}

func newAnnouncer(b bus.Bus, log *slog.Logger, timeout time.Duration) *announcer {
	return &announcer{bus: b, log: log, timeout: timeout, wake: make(chan struct{}, 1)}
}

// announce adds a set of partitions to what is to be said.
func (a *announcer) announce(partitions uint64) {
	a.partitions.Or(partitions)
	select {
	case a.wake <- struct{}{}:
	default: // it is awake
	}
}

// run speaks until ctx ends. News may be lost: deliverers look by themselves too.
func (a *announcer) run(ctx context.Context) {
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		}
		var body []byte
		for _, p := range listed(a.partitions.Swap(0)) {
			body = append(body, byte(p))
		}
		if len(body) == 0 {
			continue
		}
		bounded, cancel := context.WithTimeout(ctx, a.timeout)
		err := a.bus.Publish(bounded, bus.Message{Topic: bus.Deliveries, Body: body})
		cancel()
		if err != nil && !failing && ctx.Err() == nil {
			a.log.Warn("deliverers cannot be told of new events; they look by themselves", "error", err)
		}
		failing = err != nil
	}
}
