package embedded

import (
	"context"
	"slices"
	"sync"

	"github.com/netweave/netweave/ports/bus"
)

// backlog bounds how much news waits for one listener; one who is slower than
// that is told that some was lost.
const backlog = 4096

// news carries messages within the process.
type news struct {
	mu   sync.Mutex
	ears map[*ear]struct{}
}

// ear is one listener.
type ear struct {
	topics []bus.Topic
	// stirred has a token while pending may have messages.
	stirred chan struct{}
	pending []bus.Message
}

var _ bus.Bus = (*news)(nil)

// Publish is as in bus.Bus.
func (n *news) Publish(_ context.Context, m bus.Message) error {
	m.Body, m.Missed = slices.Clone(m.Body), false
	n.mu.Lock()
	defer n.mu.Unlock()
	for e := range n.ears {
		if slices.Contains(e.topics, m.Topic) {
			e.hear(m)
		}
	}
	return nil
}

// hear takes a message, and of too many makes one for each topic that says so.
func (e *ear) hear(m bus.Message) {
	if len(e.pending) >= backlog {
		e.pending = lost(e.topics)
	} else {
		e.pending = append(e.pending, m)
	}
	select {
	case e.stirred <- struct{}{}:
	default:
	}
}

func lost(topics []bus.Topic) []bus.Message {
	list := make([]bus.Message, len(topics))
	for i, topic := range topics {
		list[i] = bus.Message{Topic: topic, Missed: true}
	}
	return list
}

// Listen is as in bus.Bus.
func (n *news) Listen(ctx context.Context, topics []bus.Topic, fn func(bus.Message)) error {
	e := &ear{topics: topics, stirred: make(chan struct{}, 1), pending: lost(topics)}
	e.stirred <- struct{}{}
	n.mu.Lock()
	if n.ears == nil {
		n.ears = map[*ear]struct{}{}
	}
	n.ears[e] = struct{}{}
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		delete(n.ears, e)
		n.mu.Unlock()
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-e.stirred:
		}
		n.mu.Lock()
		messages := e.pending
		e.pending = nil
		n.mu.Unlock()
		for _, m := range messages {
			if err := ctx.Err(); err != nil {
				return err
			}
			fn(m)
		}
	}
}
