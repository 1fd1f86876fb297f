//go:build integration

package convergence

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
)

// subscriber is an SMO with one subscription at a time.
type subscriber struct {
	name     string
	receiver *smo.Receiver
	client   *smo.Client

	mu         sync.Mutex
	generation int
	id, place  string
	filter     filter
	initial    bool
	// since is when the subscription's creation was answered.
	since time.Time
}

// newSubscriber starts a receiver, which ends with the test.
func (w *world) newSubscriber(name, host string) *subscriber {
	w.t.Helper()
	address, err := lab.FreeAddress(host)
	w.must(err)
	receiver, err := smo.NewReceiver(name, address, w.ledger)
	w.must(err)
	w.t.Cleanup(func() {
		if err := receiver.Down(); err != nil {
			w.t.Error(err)
		}
	})
	s := &subscriber{name: name, receiver: receiver, client: w.client}
	w.subscribers = append(w.subscribers, s)
	return s
}

// join makes a subscription, in a place of its own.
func (s *subscriber) join(ctx context.Context, f filter, initial bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.place = fmt.Sprintf("%s-%d", s.name, s.generation)
	callback := s.receiver.Open(s.place, !initial)
	id, err := s.client.Subscribe(ctx, smo.Wish{Callback: callback, ConsumerSubscriptionID: s.name, Filter: f.text, InitialState: initial})
	if err != nil {
		return fmt.Errorf("%s joins: %w", s.name, err)
	}
	s.id, s.filter, s.initial, s.since = id, f, initial, time.Now()
	return nil
}

// refilter changes the subscription's filter.
func (s *subscriber) refilter(ctx context.Context, f filter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wish := smo.Wish{Callback: s.receiver.URL(s.place), ConsumerSubscriptionID: s.name, Filter: f.text}
	if err := s.client.Change(ctx, s.id, wish); err != nil {
		return fmt.Errorf("%s takes another filter: %w", s.name, err)
	}
	s.filter = f
	return nil
}

// leave deletes the subscription.
func (s *subscriber) leave(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.client.Unsubscribe(ctx, s.id); err != nil {
		return fmt.Errorf("%s leaves: %w", s.name, err)
	}
	s.receiver.End(s.place)
	s.id = ""
	return nil
}

// compare holds the copy against what a gateway lists and what the cluster has.
func (w *world) compare(ctx context.Context, s *subscriber, nodes map[string]nodeFacts) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id == "" {
		return nil
	}
	objects := s.receiver.Objects(s.place)
	for gateway := range w.gateways {
		listed, err := w.listed(ctx, gateway, s.filter)
		if err != nil {
			return err
		}
		if err := s.differs(objects, listed); err != nil {
			return fmt.Errorf("%s (filter %q) against gateway %d: %w", s.name, s.filter.text, gateway, err)
		}
	}
	err := checkNodes(objects, s.filter, nodes, func(n nodeFacts) bool {
		// The cluster's times are in whole seconds.
		return s.initial || n.created.After(s.since.Add(time.Second))
	})
	if err != nil {
		return fmt.Errorf("%s (filter %q) against the cluster: %w", s.name, s.filter.text, err)
	}
	return nil
}

// difference tells of an object about which a copy is wrong.
type difference struct {
	place      string
	object     smo.Key
	have, want string
}

// Error shows both states.
func (d *difference) Error() string {
	return fmt.Sprintf("%s\n  copy    %s\n  gateway %s", d.object, orNothing(d.have), orNothing(d.want))
}

func orNothing(state string) string {
	if state == "" {
		return "(nothing)"
	}
	return state
}

func (s *subscriber) differs(objects, listed map[smo.Key]string) error {
	for key, have := range objects {
		if want := listed[key]; have != want {
			return &difference{s.place, key, have, want}
		}
	}
	for key, want := range listed {
		// Without an initial state what has not changed since is unknown.
		if _, has := objects[key]; !has && s.initial {
			return &difference{s.place, key, "", want}
		}
	}
	return nil
}
