package audit

import (
	"context"
	"time"

	"github.com/netweave/netweave/ports/store"
)

// purgeAtOnce is how many records are removed in one step.
const purgeAtOnce = 1000

// Purge removes records that are older than the retention, again and again until
// ctx ends. It is for the one process that leads: two would do the same work.
func (l *Log) Purge(ctx context.Context, _ store.Token) {
	if l.config.Retention == 0 {
		return
	}
	tick := time.NewTicker(l.config.PurgeEvery)
	defer tick.Stop()
	for {
		l.purge(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (l *Log) purge(ctx context.Context) {
	before := l.now().Add(-l.config.Retention)
	total := 0
	for ctx.Err() == nil {
		n, err := l.config.Store.Purge(ctx, before, purgeAtOnce)
		total += n
		if err != nil {
			if ctx.Err() == nil {
				l.config.Log.Warn("old audit entries could not be removed", "error", err)
			}
			break
		}
		if n < purgeAtOnce {
			break
		}
	}
	if total > 0 {
		l.config.Log.Info("audit entries past their retention were removed", "entries", total, "before", before.UTC())
	}
}
