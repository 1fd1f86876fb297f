package sdk

import (
	"context"

	"google.golang.org/grpc"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// ListAlarms streams an author's alarms in batches.
func (s *server) ListAlarms(_ *pluginv1.ListAlarmsRequest, stream grpc.ServerStreamingServer[pluginv1.ListAlarmsResponse]) error {
	const method = "ListAlarms"
	out := &batch[*pluginv1.Alarm]{send: func(alarms []*pluginv1.Alarm) error {
		return stream.Send(&pluginv1.ListAlarmsResponse{Alarms: alarms})
	}}
	return s.call(stream.Context(), method, func(ctx context.Context, b Backend) error {
		lister, ok := b.(AlarmLister)
		if !ok {
			return s.cannot("tell of alarms")
		}
		return drain(ctx, method, lister.ListAlarms(ctx), out, func(a *Alarm) (*pluginv1.Alarm, error) {
			p, err := encodeAlarm(a)
			if err != nil {
				return nil, lies(method, "%v", err)
			}
			return p, nil
		})
	})
}

// AcknowledgeAlarm tells the author's backend, where it wants to know.
func (s *server) AcknowledgeAlarm(ctx context.Context, req *pluginv1.AcknowledgeAlarmRequest) (*pluginv1.AcknowledgeAlarmResponse, error) {
	err := s.call(ctx, "AcknowledgeAlarm", func(ctx context.Context, b Backend) error {
		acknowledger, ok := b.(AlarmAcknowledger)
		if !ok {
			return s.cannot("acknowledge alarms")
		}
		if req.GetId() == "" {
			return Errorf(Invalid, "an acknowledgement needs an alarm's id")
		}
		return acknowledger.AcknowledgeAlarm(ctx, req.GetId())
	})
	if err != nil {
		return nil, err
	}
	return &pluginv1.AcknowledgeAlarmResponse{}, nil
}
