package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/bus"
)

// Store is what the suite tests.
type Store struct {
	// Bus is one process's end.
	Bus bus.Bus
	// Other is another process's end of the same bus; nil if there can be none.
	Other bus.Bus
	// Lose makes the listeners of Bus lose what is published meanwhile, or lose
	// touch with the bus; nil if nothing can be lost.
	Lose func(t *testing.T, during func())
}

// patience bounds each wait.
const patience = 20 * time.Second

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"the beginning is told once for each topic", tellsBeginning},
		{"every listener hears what is published", tellsAll},
		{"a listener hears its own topics alone", tellsTopics},
		{"messages keep their order", keepsOrder},
		{"one message comes at a time", tellsOneAtATime},
		{"another process hears and is heard", tellsAcross},
		{"what is lost is told of", tellsLoss},
		{"a slow listener holds up nobody", slowListener},
		{"listening ends with its context", endsWithContext},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// ear is one listener.
type ear struct {
	t      *testing.T
	heard  chan bus.Message
	cancel context.CancelFunc
	result chan error
}

// listen starts to listen, and returns when the beginning of each topic was told.
func listen(t *testing.T, b bus.Bus, topics ...bus.Topic) *ear {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	e := &ear{t: t, heard: make(chan bus.Message, 4096), cancel: cancel, result: make(chan error, 1)}
	var listening sync.WaitGroup
	listening.Go(func() { e.result <- b.Listen(ctx, topics, func(m bus.Message) { e.heard <- m }) })
	t.Cleanup(func() {
		cancel()
		listening.Wait()
	})
	begun := map[bus.Topic]bool{}
	for range topics {
		m := e.next("the beginning")
		if !m.Missed || begun[m.Topic] || !slices.Contains(topics, m.Topic) {
			t.Fatalf("at the beginning there came %+v, after %v", m, begun)
		}
		begun[m.Topic] = true
	}
	return e
}

func (e *ear) next(what string) bus.Message {
	e.t.Helper()
	select {
	case m := <-e.heard:
		return m
	case err := <-e.result:
		e.t.Fatalf("Listen returned %v while waiting for %s", err, what)
	case <-time.After(patience):
		e.t.Fatalf("waited %s for %s", patience, what)
	}
	return bus.Message{}
}

// want hears the messages given, in order.
func (e *ear) want(list ...bus.Message) {
	e.t.Helper()
	for _, want := range list {
		got := e.next(fmt.Sprintf("%q", want.Body))
		if got.Topic != want.Topic || got.Key != want.Key || string(got.Body) != string(want.Body) || got.Missed != want.Missed {
			e.t.Fatalf("heard %+v, want %+v", got, want)
		}
	}
}

func publish(t *testing.T, b bus.Bus, list ...bus.Message) {
	t.Helper()
	for _, m := range list {
		if err := b.Publish(t.Context(), m); err != nil {
			t.Fatalf("Publish: %v", err)
		}
	}
}

var (
	changed   = bus.Message{Topic: bus.CacheInvalidate, Key: "Resource", Body: []byte("\x00\xffbody")}
	created   = bus.Message{Topic: bus.Subscriptions, Key: "created", Body: []byte("an id")}
	delivers  = bus.Message{Topic: bus.Deliveries, Body: []byte{0, 7, 63}}
	snapshot  = bus.Message{Topic: bus.Snapshots, Body: []byte("dtias")}
	allTopics = []bus.Topic{bus.CacheInvalidate, bus.Subscriptions, bus.Deliveries, bus.Snapshots}
)

func tellsBeginning(t *testing.T, s Store) {
	publish(t, s.Bus, changed) // before anyone listens
	e := listen(t, s.Bus, allTopics...)
	publish(t, s.Bus, delivers)
	e.want(delivers)
}

func tellsAll(t *testing.T, s Store) {
	one, two := listen(t, s.Bus, allTopics...), listen(t, s.Bus, allTopics...)
	for _, m := range []bus.Message{changed, created, delivers, snapshot} {
		publish(t, s.Bus, m)
		one.want(m)
		two.want(m)
	}
}

func tellsTopics(t *testing.T, s Store) {
	e := listen(t, s.Bus, bus.Deliveries)
	publish(t, s.Bus, changed, created, snapshot, delivers)
	e.want(delivers)
}

func numbered(topic bus.Topic, n int) (list []bus.Message) {
	for i := range n {
		list = append(list, bus.Message{Topic: topic, Body: []byte(fmt.Sprint(i))})
	}
	return list
}

func keepsOrder(t *testing.T, s Store) {
	e := listen(t, s.Bus, bus.Deliveries)
	list := numbered(bus.Deliveries, 300)
	publish(t, s.Bus, list...)
	e.want(list...)
}

func tellsOneAtATime(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running, heard, begun := make(chan struct{}, 1), make(chan struct{}, 64), make(chan struct{}, 1)
	result := make(chan error, 1)
	go func() {
		result <- s.Bus.Listen(ctx, []bus.Topic{bus.Deliveries, bus.Snapshots}, func(m bus.Message) {
			select {
			case running <- struct{}{}:
			default:
				t.Error("two messages came at once")
			}
			if m.Missed && m.Topic == bus.Deliveries {
				begun <- struct{}{}
			} else if !m.Missed {
				heard <- struct{}{}
			}
			<-running
		})
	}()
	await(t, "the beginning", begun)
	for range 20 {
		publish(t, s.Bus, delivers, snapshot)
	}
	for range 20 {
		await(t, "a message", heard)
	}
	cancel()
	if err := await(t, "Listen to return", result); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen returned %v, want %v", err, context.Canceled)
	}
}

func await[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %s for %s", patience, what)
		panic("unreachable")
	}
}

func tellsAcross(t *testing.T, s Store) {
	if s.Other == nil {
		return
	}
	here, there := listen(t, s.Bus, allTopics...), listen(t, s.Other, allTopics...)
	publish(t, s.Bus, changed)
	here.want(changed)
	there.want(changed)
	publish(t, s.Other, created)
	here.want(created)
	there.want(created)
}

func tellsLoss(t *testing.T, s Store) {
	if s.Lose == nil {
		return
	}
	e := listen(t, s.Bus, bus.Deliveries)
	s.Lose(t, func() {
		if s.Other != nil {
			publish(t, s.Other, delivers)
		}
	})
	for !e.next("word that something was lost").Missed {
	}
}

func slowListener(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	hold, result := make(chan struct{}), make(chan error, 1)
	go func() {
		result <- s.Bus.Listen(ctx, []bus.Topic{bus.Deliveries}, func(bus.Message) { <-hold })
	}()
	quick := listen(t, s.Bus, bus.Deliveries)
	list := numbered(bus.Deliveries, 50)
	publish(t, s.Bus, list...)
	quick.want(list...)
	cancel()
	close(hold)
	if err := await(t, "Listen to return", result); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen returned %v, want %v", err, context.Canceled)
	}
}

func endsWithContext(t *testing.T, s Store) {
	e := listen(t, s.Bus, bus.Deliveries)
	e.cancel()
	if err := await(t, "Listen to return", e.result); !errors.Is(err, context.Canceled) {
		t.Errorf("Listen returned %v, want %v", err, context.Canceled)
	}
	publish(t, s.Bus, delivers) // to nobody
}
