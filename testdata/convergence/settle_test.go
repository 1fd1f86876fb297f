//go:build integration

package convergence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netweave/netweave/testdata/convergence/lab"
)

// quiet is how long nothing may arrive before the copies count as final.
const quiet = time.Second

// settle waits until every copy is right and nothing more arrives, and fails the
// test if that never comes, or if a promise was broken on the way.
func (w *world) settle(patience time.Duration) {
	w.t.Helper()
	if err := w.settled(w.t.Context(), patience); err != nil {
		w.t.Error(w.explain(err))
	}
	w.promises()
}

// settled is settle without a verdict.
func (w *world) settled(ctx context.Context, patience time.Duration) error {
	var last int
	var since time.Time
	return lab.Await(ctx, patience, "every copy to be right", func() error {
		if err := w.right(ctx); err != nil {
			since = time.Time{}
			return err
		}
		if n := w.arrived(); n != last || since.IsZero() {
			last, since = n, time.Now()
		}
		if left := quiet - time.Since(since); left > 0 {
			return fmt.Errorf("notifications keep coming; %s of silence are missing", left)
		}
		return nil
	})
}

// right tells how the first copy that is not differs from the truth.
func (w *world) right(ctx context.Context) error {
	nodes, err := nodesByID(ctx)
	if err != nil {
		return err
	}
	for _, s := range w.subscribers {
		if err := w.compare(ctx, s, nodes); err != nil {
			return err
		}
	}
	return nil
}

// arrived counts all notifications.
func (w *world) arrived() int {
	n := 0
	for _, s := range w.subscribers {
		s.mu.Lock()
		n += len(s.receiver.History(s.place))
		s.mu.Unlock()
	}
	return n
}

// promises fails the test if one was broken.
func (w *world) promises() {
	w.t.Helper()
	found := w.ledger.Violations()
	for i, violation := range found {
		if i == 5 {
			w.t.Errorf("and %d more broken promises", len(found)-i)
			break
		}
		w.t.Errorf("a broken promise: %s", violation)
	}
}

// explain adds the events of the object that a copy is wrong about.
func (w *world) explain(err error) string {
	var d *difference
	if !errors.As(err, &d) {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%v\nevents of %s at %s:\n", err, d.object, d.place)
	for _, s := range w.subscribers {
		s.mu.Lock()
		if s.place == d.place {
			for _, r := range s.receiver.History(s.place) {
				if n := r.Notification; n.Object() == d.object || n.Resync {
					fmt.Fprintf(&b, "  %s %s %s (%s, repeated %t)\n    prior %s\n    post  %s\n",
						r.At.Format("15:04:05.000"), n.EventID, n.EventType, r.Mood, r.Repeated, n.PriorState, n.PostState)
				}
			}
		}
		s.mu.Unlock()
	}
	return b.String()
}
