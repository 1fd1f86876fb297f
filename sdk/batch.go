package sdk

import (
	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
)

// batch gathers objects, or alarms, until they are many or large enough to be
// worth a message. One that would make the message too large starts the next.
type batch[T proto.Message] struct {
	// send must be done with the slice when it returns.
	send    func([]T) error
	objects []T
	bytes   int
}

func (b *batch[T]) add(o T) error {
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

func (b *batch[T]) flush() error {
	if len(b.objects) == 0 {
		return nil
	}
	err := b.send(b.objects)
	clear(b.objects)
	b.objects, b.bytes = b.objects[:0], 0
	return err
}
