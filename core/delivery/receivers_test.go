package delivery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/webhook"
)

// answer is how a receiver takes a notification.
type answer func(ctx context.Context, n webhook.Notification) error

// post is one attempt that was begun.
type post struct {
	at       time.Duration
	callback string
	id       o2.ID
	body     string
	took     bool // the receiver accepted it
}

// receivers are a webhook.Sender and take what is counted.
type receivers struct {
	start time.Time

	mu      sync.Mutex
	posts   []post
	busy    map[string]int
	most    int // the most attempts at once for one callback
	answers map[string]answer

	delivered, failed, dead, fenced int
	partitions                      []int
}

func (r *receivers) answer(callback string, a answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[callback] = a
}

// Send makes an attempt; without an answer planted it is accepted at once.
func (r *receivers) Send(ctx context.Context, n webhook.Notification) error {
	r.mu.Lock()
	i := len(r.posts)
	r.posts = append(r.posts, post{at: time.Since(r.start), callback: n.Callback, id: n.EventID, body: string(n.Body)})
	r.busy[n.Callback]++
	r.most = max(r.most, r.busy[n.Callback])
	a := r.answers[n.Callback]
	r.mu.Unlock()
	var err error
	if a != nil {
		err = a(ctx, n)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy[n.Callback]--
	r.posts[i].took = err == nil
	return err
}

func (*receivers) Check(context.Context, string) error { return nil }

// to returns the attempts for a callback.
func (r *receivers) to(callback string) (list []post) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.posts {
		if p.callback == callback {
			list = append(list, p)
		}
	}
	return list
}

// bodies returns what was posted to a callback, attempts that failed included.
func (r *receivers) bodies(callback string) (list []string) {
	for _, p := range r.to(callback) {
		list = append(list, p.body)
	}
	return list
}

// timeline shows the attempts for a callback: "1s created a", with "no" behind
// those that were not accepted.
func (r *receivers) timeline(callback string) (list []string) {
	for _, p := range r.to(callback) {
		line := fmt.Sprintf("%v %s", p.at, p.body)
		if !p.took {
			line += " no"
		}
		list = append(list, line)
	}
	return list
}

func (r *receivers) counts() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("%d delivered, %d failed, %d dead, %d fenced", r.delivered, r.failed, r.dead, r.fenced)
}

func (r *receivers) count(n *int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*n++
}

func (r *receivers) Delivered(time.Duration)   { r.count(&r.delivered) }
func (r *receivers) Failed()                   { r.count(&r.failed) }
func (r *receivers) DeadLettered()             { r.count(&r.dead) }
func (r *receivers) Fenced()                   { r.count(&r.fenced) }
func (*receivers) Leading(bool)                {}
func (*receivers) Reloaded()                   {}
func (*receivers) Committed(o2.EventType, int) {}
func (*receivers) Coalesced(int)               {}
func (*receivers) Overflowed()                 {}
func (*receivers) Totals(eventlog.Totals)      {}
func (r *receivers) Partitions(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.partitions) == 0 || r.partitions[len(r.partitions)-1] != n {
		r.partitions = append(r.partitions, n)
	}
}

// failing answers that status so often, and then takes everything.
func failing(times, status int) answer {
	var mu sync.Mutex
	return func(context.Context, webhook.Notification) error {
		mu.Lock()
		defer mu.Unlock()
		if times == 0 {
			return nil
		}
		times--
		return &webhook.Failure{Reason: fmt.Sprintf("it answered %d", status), Status: status}
	}
}

// taking answers after so long.
func taking(d time.Duration) answer {
	return func(ctx context.Context, _ webhook.Notification) error {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("posting: %w", ctx.Err())
		}
	}
}
