package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

var _ backend.AlarmSource = (*Backend)(nil)

// Alarms lists the alarms that the plugin tells of, all or none.
func (b *Backend) Alarms(ctx context.Context) ([]backend.Alarm, error) {
	var alarms []backend.Alarm
	err := b.listAlarms(ctx, func(ctx context.Context, p *process) error {
		// The stream ends with this call, however that ends.
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := p.conn.Client.ListAlarms(ctx, &pluginv1.ListAlarmsRequest{})
		if err != nil {
			return err
		}
		list := alarmList{limits: b.in.cfg.Limits, seen: map[string]struct{}{}}
		for {
			res, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				alarms = list.alarms
				return nil
			}
			if err != nil {
				return err
			}
			for _, a := range res.GetAlarms() {
				if err := list.add(a); err != nil {
					return b.in.errs.broken(err.Error())
				}
			}
		}
	})
	return alarms, err
}

// AcknowledgeAlarm tells the plugin that an operator knows of an alarm.
func (b *Backend) AcknowledgeAlarm(ctx context.Context, nativeID string) error {
	return b.acknowledge(ctx, func(ctx context.Context, p *process) error {
		_, err := p.conn.Client.AcknowledgeAlarm(ctx, &pluginv1.AcknowledgeAlarmRequest{Id: nativeID})
		return err
	})
}

// alarmList gathers the alarms of one list, as long as they make sense and are not
// too many.
type alarmList struct {
	limits Limits
	alarms []backend.Alarm
	seen   map[string]struct{}
	bytes  int
}

func (l *alarmList) add(sent *pluginv1.Alarm) error {
	made, refused := alarm(sent, l.limits.ObjectBytes)
	if refused != nil {
		return fmt.Errorf("the plugin told of a malformed alarm, %.100q: %w: nothing of the list is believed", sent.GetId(), refused)
	}
	if _, twice := l.seen[made.NativeID]; twice {
		return fmt.Errorf("the plugin told of the alarm %.100q twice: nothing of the list is believed", made.NativeID)
	}
	if len(l.alarms) >= l.limits.Alarms {
		return fmt.Errorf("the plugin told of more than %d alarms: nothing of the list is believed", l.limits.Alarms)
	}
	if l.bytes += alarmWeight(sent); l.bytes > l.limits.AlarmBytes {
		return fmt.Errorf("the plugin's alarms take more than %d bytes: nothing of the list is believed", l.limits.AlarmBytes)
	}
	l.seen[made.NativeID] = struct{}{}
	l.alarms = append(l.alarms, made)
	return nil
}
