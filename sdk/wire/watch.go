package wire

import (
	"context"
	"errors"
	"io"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Watch passes on what the plugin tells until ctx ends, the plugin gives up or
// events returns an error, which it returns as it is.
func (b *Backend) Watch(ctx context.Context, events sdk.Events) error {
	stopped, stop := context.WithCancel(ctx)
	defer stop()
	stream, err := b.client.Watch(stopped, &pluginv1.WatchRequest{})
	if err != nil {
		return failed(ctx, err)
	}
	for {
		res, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return broken("the plugin ended its watch without an error")
		}
		if err != nil {
			return failed(ctx, err)
		}
		if err := tell(events, res.GetEvents()); err != nil {
			return err
		}
	}
}

// tell passes on the events of one message, neighbouring objects together.
func tell(events sdk.Events, message []*pluginv1.WatchEvent) error {
	var objects []sdk.Object
	put := func() error {
		if len(objects) == 0 {
			return nil
		}
		err := events.Put(objects...)
		objects = nil
		return err
	}
	for _, event := range message {
		if p, ok := event.GetEvent().(*pluginv1.WatchEvent_Put); ok {
			if p.Put.GetNoun() == nil {
				continue // of a kind that this version does not know
			}
			o, err := object[sdk.Object](p.Put)
			if err != nil {
				return err
			}
			objects = append(objects, o)
			continue
		}
		if err := put(); err != nil {
			return err
		}
		if err := tellOne(events, event); err != nil {
			return err
		}
	}
	return put()
}

func tellOne(events sdk.Events, event *pluginv1.WatchEvent) error {
	switch e := event.GetEvent().(type) {
	case *pluginv1.WatchEvent_Begin:
		kinds := make([]sdk.Kind, 0, len(e.Begin.GetKinds()))
		for _, k := range e.Begin.GetKinds() {
			if kind := protocol.KindOf[sdk.Kind](k); kind != "" {
				kinds = append(kinds, kind)
			}
		}
		if len(e.Begin.GetKinds()) > 0 && len(kinds) == 0 {
			return broken("a snapshot covers only kinds that this version does not know")
		}
		return events.Begin(kinds...)
	case *pluginv1.WatchEvent_Delete:
		kind := protocol.KindOf[sdk.Kind](e.Delete.GetKind())
		if kind == "" {
			return nil // of a kind that this version never showed
		}
		return events.Delete(kind, e.Delete.GetIds()...)
	case *pluginv1.WatchEvent_Synced:
		return events.Synced()
	default:
		return nil // a newer plugin's event: the contract is to ignore it
	}
}
