package backend

import (
	"context"
	"iter"

	"github.com/netweave/netweave/sdk"
)

// ListAlarms yields what the conditions of Nodes and the phases of Machines raise.
func (b *Backend) ListAlarms(ctx context.Context) iter.Seq2[*sdk.Alarm, error] {
	return func(yield func(*sdk.Alarm, error) bool) {
		if err := b.readable(ctx, sdk.KindResource); err != nil {
			yield(nil, err)
			return
		}
		for _, alarm := range b.model.Alarms() {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(alarm, nil) {
				return
			}
		}
	}
}

// ReportsPoolMetrics says that pools have health and metrics.
func (b *Backend) ReportsPoolMetrics() {}

// ReportsSites says that pools have the sites of their zones.
func (b *Backend) ReportsSites() {}
