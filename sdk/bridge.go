package sdk

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"

	"github.com/netweave/netweave/sdk/internal/bridge"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

func init() {
	bridge.Encode = func(o any) (*pluginv1.Object, error) {
		object, ok := o.(Object)
		if !ok {
			return nil, fmt.Errorf("%T is no object", o)
		}
		return encode(object)
	}
	bridge.Check = func(o any) error {
		object, _ := o.(Object)
		_, err := encodeReturned(object)
		return err
	}
	bridge.CheckAlarm = func(a any) error {
		alarm, _ := a.(*Alarm)
		_, err := encodeAlarm(alarm)
		return err
	}
	bridge.DecodeAlarm = func(p *pluginv1.Alarm) (any, error) { return decodeAlarm(p) }
	bridge.Decode = func(p *pluginv1.Object) (any, error) { return decode(p) }
	bridge.Register = func(s *grpc.Server, backend any) {
		open := func(context.Context, Host, []byte) (Backend, error) {
			b, ok := backend.(Backend)
			if !ok {
				return nil, fmt.Errorf("%T is no Backend", backend)
			}
			return b, nil
		}
		pluginv1.RegisterPluginServer(s, newServer(Info{Name: "in-process", Version: "test"}, open, slog.New(slog.DiscardHandler)))
	}
}
