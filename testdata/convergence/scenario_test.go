//go:build integration

package convergence

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/testdata/convergence/lab"
	"github.com/netweave/netweave/testdata/convergence/smo"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// patience is how long a scenario waits for what netweave promises.
const patience = 20 * time.Second

// scenario breaks one thing at the worst moment and returns how a promise was
// broken, nil if none was. What goes wrong with the scenario itself fails the
// test.
type scenario func(t *testing.T, binary string) error

// verdict is the scenario's: what settled says, or else the first broken promise.
func (w *world) verdict() error {
	if err := w.settled(w.t.Context(), patience); err != nil {
		return errors.New(w.explain(err))
	}
	if found := w.ledger.Violations(); len(found) > 0 {
		return errors.New(found[0])
	}
	return nil
}

// seededZone is one of those that the cluster has from the start: a Node there
// changes nothing but itself. A zone that is new shows in the deployment manager,
// a while later.
const seededZone = "us-east-1a"

// node makes a Node of a name that no other test has, and returns that and the
// Node's resource id. It ends with the test.
func (w *world) node(suffix, description string) (name, id string) {
	w.t.Helper()
	name = strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(w.t.Name())) + "-" + suffix
	w.must(newNode(w.t.Context(), name, seededZone, description))
	w.t.Cleanup(func() {
		if err := deleteNode(context.WithoutCancel(w.t.Context()), name); err != nil {
			w.t.Error(err)
		}
	})
	node, err := kube.core.CoreV1().Nodes().Get(w.t.Context(), name, metav1.GetOptions{})
	w.must(err)
	return name, string(node.UID)
}

// heard returns what a subscriber was told of a resource, repeated events once.
func (s *subscriber) heard(id string) []*smo.Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*smo.Notification
	for _, r := range s.receiver.History(s.place) {
		if r.Notification.ObjectID == id && !r.Repeated && r.Mood == smo.Willing {
			list = append(list, r.Notification)
		}
	}
	return list
}

// hears waits until a subscriber was told so often of a resource.
func (w *world) hears(s *subscriber, id string, times int) {
	w.t.Helper()
	w.await(fmt.Sprintf("%s to hear %d times of %s", s.name, times, id), patience, func() error {
		if n := len(s.heard(id)); n < times {
			return fmt.Errorf("%d times so far", n)
		}
		return nil
	})
}

// resources is the filter of everything that the scenarios change.
var resources = filter{
	"(eq,objectType,Resource)", map[string]string{"Resource": ""}, func(nodeFacts) bool { return true },
}

// whileNobodyLooks: what changes while no controller runs is told by the next.
func whileNobodyLooks(t *testing.T, binary string) error {
	w := newWorld(t, setting{controllers: 2, gateways: 1, binary: binary})
	s := w.newSubscriber("smo", "127.0.0.1")
	w.must(s.join(t.Context(), resources, true))
	changed, _ := w.node("changed", "before")
	deleted, _ := w.node("deleted", "before")
	w.settle(patience)
	for _, c := range w.controllers {
		w.must(c.Kill())
	}
	w.must(describe(t.Context(), changed, "after"))
	w.must(deleteNode(t.Context(), deleted))
	w.node("created", "after")
	for _, c := range w.controllers {
		w.must(c.Start())
	}
	return w.verdict()
}

// lateCommit: what a leader has sent, and what arrives only after another leads,
// is told to nobody.
func lateCommit(t *testing.T, binary string) error {
	var gate *lab.Gate
	w := newWorld(t, setting{controllers: 2, gateways: 1, binary: binary, change: func(name string, c *lab.Config) {
		if name == "controller-0" {
			gate = gated(t, c)
		}
	}})
	w.leads(0)
	s := w.newSubscriber("smo", "127.0.0.1")
	w.must(s.join(t.Context(), resources, true))
	name, id := w.node("late", "true")
	w.settle(patience)
	w.hears(s, id, 1)

	gate.HoldAt("for-a-moment")
	w.must(describe(t.Context(), name, "for-a-moment"))
	w.await("the leader to send its commit", patience, func() error {
		if !gate.Holds("for-a-moment") {
			return errors.New("the gate does not hold it")
		}
		return nil
	})
	w.must(describe(t.Context(), name, "true"))
	w.await("another to lead", patience, func() error {
		if !w.controllers[1].Leads(t.Context()) {
			return errors.New("it does not yet")
		}
		return nil
	})
	refused, committed := w.refusals("FENCED"), w.sequence()
	gate.Release()
	w.await("the late commit to arrive", patience, func() error {
		if w.refusals("FENCED") == refused && w.sequence() == committed {
			return errors.New("Redis has neither refused nor taken it")
		}
		return nil
	})
	// Events come in order: once the subscriber hears of the next change, it has
	// heard of all before it.
	w.must(describe(t.Context(), name, "the-next"))
	w.await("the subscriber to hear of the next change", patience, func() error {
		told := s.heard(id)
		if last := told[len(told)-1]; !strings.Contains(string(last.PostState), `"the-next"`) {
			return fmt.Errorf("it was last told %s to %s", last.EventType, last.PostState)
		}
		return nil
	})
	if told := s.heard(id); len(told) != 2 {
		return fmt.Errorf("of what changed while another led %d events were told instead of one: the first is %s to %s",
			len(told)-1, told[1].EventType, told[1].PostState)
	}
	return w.verdict()
}

// lostCommit: what a failover loses was never delivered.
func lostCommit(t *testing.T, binary string) error {
	w := newWorld(t, setting{sentinels: true, controllers: 1, gateways: 1, binary: binary})
	s := w.newSubscriber("smo", "127.0.0.1")
	w.must(s.join(t.Context(), resources, true))
	name, id := w.node("lost", "true")
	w.settle(patience)
	w.hears(s, id, 1)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	master, err := w.redis.Master(ctx)
	w.must(err)
	w.must(w.redis.AwaitReplicas(ctx, 2))
	resume, err := w.detachReplicas(ctx, master)
	w.must(err)
	committed := func() float64 {
		n, err := w.controllers[0].Metric(ctx, "netweave_events_committed_total")
		w.must(err)
		return n
	}
	before := committed()
	w.must(describe(ctx, name, "for-a-moment"))
	w.await("the change to be committed", patience, func() error {
		if committed() == before {
			return errors.New("it is not")
		}
		return nil
	})
	// Time enough for a deliverer that does not wait for replicas.
	delivered := lab.Await(ctx, 2*time.Second, "the change to be delivered", func() error {
		if len(s.heard(id)) == 1 {
			return errors.New("it is not")
		}
		return nil
	}) == nil
	t.Logf("delivered before it was replicated: %t", delivered)
	w.must(master.Kill())
	w.must(describe(ctx, name, "true"))
	w.must(resume())
	_, err = w.redis.AwaitMaster(ctx, master)
	w.must(err)
	return w.verdict()
}

// unheardSubscription: what changes after a subscription is told to it, even if
// the leader has heard nothing of the subscription yet.
func unheardSubscription(t *testing.T, binary string) error {
	var gate *lab.Gate
	w := newWorld(t, setting{controllers: 1, gateways: 1, binary: binary, change: func(name string, c *lab.Config) {
		if name == "controller-0" {
			gate = gated(t, c)
		}
	}})
	busy, _ := w.node("busy", "0")
	gate.HoldNews()
	before := w.refusals("STALE")
	// A leader that commits all the time has no reason to ask.
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil; i++ {
			if err := describe(ctx, busy, fmt.Sprint(i)); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			lab.Pause(ctx, 50*time.Millisecond)
		}
	}()
	const rounds = 8
	ids := make([]string, rounds)
	for i := range rounds {
		s := w.newSubscriber(fmt.Sprintf("smo-%d", i), "127.0.0.1")
		name, id := w.node(fmt.Sprint(i), "before")
		ids[i] = id
		// The Node's creation is to be told before there is the subscription.
		lab.Pause(ctx, 200*time.Millisecond)
		w.must(s.join(ctx, resources, false))
		w.must(describe(ctx, name, "after"))
	}
	cancel()
	<-done
	gate.Release()
	for i, s := range w.subscribers {
		err := lab.Await(t.Context(), patience, s.name+" to hear of what changed after it had subscribed", func() error {
			told := s.heard(ids[i])
			if len(told) == 0 || !strings.Contains(string(told[len(told)-1].PostState), `"after"`) {
				return fmt.Errorf("it was told %d events", len(told))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if w.refusals("STALE") == before {
		t.Error("no commit was refused: the scenario shows nothing")
	}
	return w.verdict()
}

// gated puts a gate between a process and its Redis.
func gated(t *testing.T, c *lab.Config) *lab.Gate {
	t.Helper()
	gate, err := lab.NewGate("127.0.0.1:0", c.Redis[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gate.Close(); err != nil {
			t.Error(err)
		}
	})
	c.Redis = []string{gate.Address()}
	return gate
}

// leads makes sure that one controller leads: the others are restarted until it
// does.
func (w *world) leads(controller int) {
	w.t.Helper()
	w.await(w.controllers[controller].Name()+" to lead", time.Minute, func() error {
		leader := w.leader()
		if leader == w.controllers[controller] {
			return nil
		}
		w.must(leader.Stop(20 * time.Second))
		w.leader()
		w.must(leader.Start())
		return errors.New(leader.Name() + " led")
	})
	w.ready()
}

// refusals counts what Redis has refused with an error of that name.
func (w *world) refusals(name string) string {
	w.t.Helper()
	text, err := w.redis.Servers()[0].Client().Info(w.t.Context(), "errorstats").Result()
	w.must(err)
	for line := range strings.SplitSeq(text, "\r\n") {
		if rest, ok := strings.CutPrefix(line, "errorstat_"+name+":count="); ok {
			return rest
		}
	}
	return "0"
}

// sequence is the last number that Redis has given to an event.
func (w *world) sequence() string {
	w.t.Helper()
	number, err := w.redis.Servers()[0].Client().HGet(w.t.Context(), "netweave:meta", "sequence").Result()
	w.must(err)
	return number
}
