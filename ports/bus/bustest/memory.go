// Package bustest is the conformance suite of ports/bus, and an implementation
// in memory for the tests of those who use it.
package bustest

import (
	"context"
	"slices"
	"sync"

	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is a bus.Bus. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults

	mu        sync.Mutex
	listeners map[*listener]struct{}
}

// listener is one call of Listen.
type listener struct {
	topics []bus.Topic
	// news has a token while pending may have messages.
	news    chan struct{}
	pending []bus.Message
}

var _ bus.Bus = (*Memory)(nil)

// Publish is as in bus.Bus.
func (m *Memory) Publish(_ context.Context, message bus.Message) error {
	if err := m.Before("Publish"); err != nil {
		return err
	}
	m.tell(message)
	return m.After("Publish", nil)
}

// Miss tells every listener of a topic that messages were lost.
func (m *Memory) Miss(topic bus.Topic) { m.tell(bus.Message{Topic: topic, Missed: true}) }

func (m *Memory) tell(message bus.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for l := range m.listeners {
		if slices.Contains(l.topics, message.Topic) {
			l.pending = append(l.pending, message)
			l.wake()
		}
	}
}

func (l *listener) wake() {
	select {
	case l.news <- struct{}{}:
	default:
	}
}

// Listen is as in bus.Bus.
func (m *Memory) Listen(ctx context.Context, topics []bus.Topic, fn func(bus.Message)) error {
	if err := m.Before("Listen"); err != nil {
		return err
	}
	l := &listener{topics: topics, news: make(chan struct{}, 1)}
	for _, topic := range topics {
		l.pending = append(l.pending, bus.Message{Topic: topic, Missed: true})
	}
	l.wake()
	m.mu.Lock()
	if m.listeners == nil {
		m.listeners = map[*listener]struct{}{}
	}
	m.listeners[l] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, l)
	}()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.news:
		}
		for _, message := range m.take(l) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			fn(message)
		}
	}
}

func (m *Memory) take(l *listener) []bus.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	pending := l.pending
	l.pending = nil
	return pending
}
