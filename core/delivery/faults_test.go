package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/webhook"
)

func TestWithoutConfirmedClaimNothingIsSent(t *testing.T) {
	for _, cause := range []error{store.ErrUnconfirmed, store.ErrUnavailable} {
		t.Run(cause.Error(), func(t *testing.T) {
			inBubble(t, func(r *rig) {
				var claims atomic.Int32
				r.log.Lose = func(op string) error {
					if op == "Claim" && time.Since(r.start) < 10*time.Second {
						claims.Add(1)
						return cause
					}
					return nil
				}
				a := r.subscribe("a")
				names := r.changes(3, a)
				r.run(r.config("one"))
				r.after(9999 * time.Millisecond)
				r.equal("attempts", r.receivers.timeline("a"), nil)
				if n := claims.Load(); n < 10 || n > 30 {
					t.Errorf("it claimed %d times in 10 s, want about one in half a second", n)
				}
				r.after(11 * time.Second)
				r.equal("received", r.receivers.bodies("a"), created(names))
			})
		})
	}
}

func TestSettlingIsRepeated(t *testing.T) {
	for name, tt := range map[string]struct{ before, behind bool }{
		"the store refuses":     {before: true},
		"the answer is lost":    {behind: true},
		"now this and now that": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(r *rig) {
				var n atomic.Int32
				fault := func(yes bool, parity int32) func(string) error {
					return func(op string) error {
						if op == "Settle" && yes && n.Add(1)%3 != parity {
							return store.ErrUnconfirmed
						}
						return nil
					}
				}
				r.log.Fail, r.log.Lose = fault(tt.before, 0), fault(tt.behind, 1)
				a := r.subscribe("a")
				names := r.changes(200, a)
				r.run(r.config("one"))
				r.after(20 * time.Second)
				r.equal("received, each once", r.receivers.bodies("a"), created(names))
				r.equal("left", r.standing(a).Length, 0)
			})
		})
	}
}

func TestStoreThatCannotLookIsAskedAgain(t *testing.T) {
	inBubble(t, func(r *rig) {
		r.log.Fail = func(op string) error {
			if op == "Due" && time.Since(r.start) < 3*time.Second {
				return store.ErrUnavailable
			}
			return nil
		}
		a := r.subscribe("a")
		r.change("x", a)
		c := r.config("one")
		c.Poll = time.Hour
		r.run(c)
		r.after(4 * time.Second)
		if got := r.receivers.to("a"); len(got) != 1 || got[0].at > 3500*time.Millisecond {
			t.Errorf("attempts %v, want one within half a second of the store's return", r.receivers.timeline("a"))
		}
	})
}

// TestEverythingArrivesInOrder has stores and receivers fail at random, and
// deliverers come and go.
func TestEverythingArrivesInOrder(t *testing.T) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, func(r *rig) {
				random := rand.New(rand.NewPCG(seed, 3))
				chances := &dice{random: rand.New(rand.NewPCG(seed, 4))}
				var calm atomic.Bool
				fault := func(err error, percent int) func(string) error {
					return func(op string) error {
						if !calm.Load() && (op == "Claim" || op == "Settle" || op == "Due") && chances.below(100) < percent {
							return err
						}
						return nil
					}
				}
				r.log.Fail, r.log.Lose = fault(store.ErrUnavailable, 10), fault(store.ErrUnconfirmed, 10)
				var ids []o2.ID
				for i := range 20 {
					callback := fmt.Sprint(i)
					ids = append(ids, r.subscribe(callback))
					r.receivers.answer(callback, moody(&calm, chances))
				}
				stops := map[int]func(){}
				var names []string
				for step := range 60 {
					switch n := random.IntN(3); {
					case stops[n] == nil:
						c := r.config(fmt.Sprint("member ", n, step))
						c.Workers, c.Batch = 3, 4
						_, stops[n] = r.run(c)
					case random.IntN(3) == 0:
						stops[n]()
						delete(stops, n)
					}
					for i := range random.IntN(5) {
						name := fmt.Sprintf("s%02d.%d", step, i)
						names = append(names, name)
						r.change(name, ids...)
					}
					r.after(time.Duration(step) * 700 * time.Millisecond)
				}
				calm.Store(true)
				r.run(r.config("the last"))
				r.after(10 * time.Minute)
				for i := range ids {
					callback := fmt.Sprint(i)
					r.equal("received by "+callback, unique(accepted(r.receivers.to(callback))), created(names))
				}
			})
		})
	}
}

// dice are random numbers for many goroutines.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}

// moody answers late, with errors or not at all, until calm.
func moody(calm *atomic.Bool, chances *dice) answer {
	return func(ctx context.Context, n webhook.Notification) error {
		if calm.Load() {
			return nil
		}
		switch chances.below(10) {
		case 0:
			return &webhook.Failure{Reason: "it answered 500", Status: 500}
		case 1:
			return &webhook.Failure{Reason: "its host is held", Held: true, RetryAfter: 300 * time.Millisecond}
		case 2:
			return taking(2*time.Second)(ctx, n)
		default:
			return taking(time.Duration(chances.below(20))*time.Millisecond)(ctx, n)
		}
	}
}

func accepted(list []post) (taken []post) {
	for _, p := range list {
		if p.took {
			taken = append(taken, p)
		}
	}
	return taken
}
