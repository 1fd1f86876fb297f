package wire

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/bridge"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// ListAlarms lists the plugin's alarms.
func (b *Backend) ListAlarms(ctx context.Context) iter.Seq2[*sdk.Alarm, error] {
	return func(yield func(*sdk.Alarm, error) bool) {
		stopped, stop := context.WithCancel(ctx)
		defer stop()
		stream, err := b.client.ListAlarms(stopped, &pluginv1.ListAlarmsRequest{})
		if err != nil {
			yield(nil, failed(ctx, err))
			return
		}
		for {
			res, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, failed(ctx, err))
				return
			}
			for _, p := range res.GetAlarms() {
				alarm, err := alarmOf(p)
				if !yield(alarm, err) || err != nil {
					return
				}
			}
		}
	}
}

// AcknowledgeAlarm tells the plugin that an operator knows of an alarm.
func (b *Backend) AcknowledgeAlarm(ctx context.Context, id string) error {
	_, err := b.client.AcknowledgeAlarm(ctx, &pluginv1.AcknowledgeAlarmRequest{Id: id})
	return failed(ctx, err)
}

func alarmOf(p *pluginv1.Alarm) (*sdk.Alarm, error) {
	decoded, err := bridge.DecodeAlarm(p)
	if err != nil {
		return nil, broken("%w", err)
	}
	alarm, ok := decoded.(*sdk.Alarm)
	if !ok {
		return nil, broken("the plugin sent a %T where an alarm was asked for", decoded)
	}
	return alarm, nil
}
