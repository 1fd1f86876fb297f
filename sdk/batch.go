package sdk

import (
	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// batch gathers objects until they are many or large enough to be worth a
// message. An object that would make the message too large starts the next.
type batch struct {
	// send must be done with the slice when it returns.
	send    func([]*pluginv1.Object) error
	objects []*pluginv1.Object
	bytes   int
}

func (b *batch) add(o *pluginv1.Object) error {
	size := proto.Size(o)
	if len(b.objects) > 0 && b.bytes+size > protocol.BatchBytes {
		if err := b.flush(); err != nil {
			return err
		}
	}
	b.objects = append(b.objects, o)
	b.bytes += size
	if len(b.objects) >= protocol.BatchObjects {
		return b.flush()
	}
	return nil
}

func (b *batch) flush() error {
	if len(b.objects) == 0 {
		return nil
	}
	err := b.send(b.objects)
	clear(b.objects)
	b.objects, b.bytes = b.objects[:0], 0
	return err
}
