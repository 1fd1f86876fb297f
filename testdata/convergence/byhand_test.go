//go:build integration

package convergence

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/netweave/netweave/testdata/convergence/smo"
)

// TestByHand is what an SMO tries first: subscribe, change a Node, see the POST;
// stop the receiver, change the Node again and again, start the receiver, and see
// what it has missed, in order.
func TestByHand(t *testing.T) {
	for name, s := range map[string]setting{
		"one process":    {embedded: true},
		"many processes": {controllers: 2, gateways: 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, s)
			node, id := w.node("one", "first")
			s := w.newSubscriber("smo", "127.0.0.1")
			w.must(s.join(t.Context(), resources, true))
			w.hears(s, id, 1)
			w.must(describe(t.Context(), node, "second"))
			w.hears(s, id, 2)

			w.must(s.receiver.Down())
			missed := []string{"third", "fourth", "fifth"}
			for _, d := range missed {
				w.must(describe(t.Context(), node, d))
				w.await("the gateway to show "+d, patience, func() error {
					r, err := w.client.Get(t.Context(), "/o2ims/v1/resources/"+id)
					if err == nil && r["description"] != d {
						err = fmt.Errorf("it shows %v", r["description"])
					}
					return err
				})
			}
			w.await("the subscription to say that it is being retried", patience, func() error {
				return w.status(s, "retrying")
			})
			w.must(s.receiver.Up())
			w.hears(s, id, 2+len(missed))
			for i, n := range s.heard(id) {
				want := append([]string{"first", "second"}, missed...)[i]
				if got := description(t, n); got != want {
					t.Errorf("event %d tells of %q, want %q", i, got, want)
				}
			}
			w.settle(patience)
			w.await("the subscription to say that all is well", patience, func() error { return w.status(s, "active") })
			w.must(s.leave(t.Context()))
			w.promises()
		})
	}
}

func description(t *testing.T, n *smo.Notification) string {
	t.Helper()
	var state shown
	if err := json.Unmarshal(n.PostState, &state); err != nil {
		t.Fatal(err)
	}
	return state.Description
}

// status compares what the subscription says of itself.
func (w *world) status(s *subscriber, want string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	subscription, err := w.client.Get(w.t.Context(), "/o2ims/v1/subscriptions/"+s.id)
	if err != nil {
		return err
	}
	status, _ := subscription["status"].(map[string]any)
	if status["state"] != want {
		return fmt.Errorf("its status is %v", status)
	}
	return nil
}
