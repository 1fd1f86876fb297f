package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/assignment/assignmenttest"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/webhook"
)

// endless has queues of 64 subscriptions that never run dry, so that what is
// measured is delivery and not a store.
type endless struct {
	eventlog.Deliveries
	due      []eventlog.Due
	state    o2.Object
	position atomic.Uint64
}

func (e *endless) Due(context.Context, []assignment.Held, time.Time, int) ([]eventlog.Due, error) {
	return e.due, nil
}

func (e *endless) Claim(_ context.Context, _ assignment.Held, _ o2.ID, most int) (eventlog.Claim, error) {
	c := eventlog.Claim{Epoch: "1", Incarnation: "i"}
	for range most {
		n := e.position.Add(1)
		c.Deliveries = append(c.Deliveries, eventlog.Delivery{
			Entry:     eventlog.Entry{Position: n, Sequence: n, Type: o2.EventCreated, Post: n, At: time.Now()},
			PostState: e.state,
		})
	}
	return c, nil
}

func (e *endless) Settle(context.Context, assignment.Held, o2.ID, eventlog.Settlement) (int, error) {
	return 1000, nil
}

type anySubscription struct{ callback string }

func (a anySubscription) Get(_ context.Context, id o2.ID) (*o2.Subscription, error) {
	return &o2.Subscription{ID: id, Surface: surface, Callback: a.callback}, nil
}

// poster is a webhook.Sender that POSTs without further ado, n times.
type poster struct {
	client *http.Client
	left   atomic.Int64
	done   func()
	once   sync.Once
}

func (p *poster) Check(context.Context, string) error { return nil }

func (p *poster) Send(ctx context.Context, n webhook.Notification) error {
	if p.left.Add(-1) < 0 {
		p.once.Do(p.done)
		<-ctx.Done()
		return ctx.Err()
	}
	return p.post(ctx, n.Callback, n.Body)
}

func (p *poster) post(ctx context.Context, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// BenchmarkSustained compares deliveries over 64 connections with a bare client
// that POSTs the same bodies over as many.
func BenchmarkSustained(b *testing.B) {
	const connections = 64
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
	}))
	defer receiver.Close()
	state := &o2.Resource{Header: o2.Header{ID: o2.NewID(), Name: "node", Extensions: o2.JSON(`{"x":"` + fmt.Sprintf("%0600d", 1) + `"}`)}}
	o2.Seal(state)
	body := o2.Encode(state)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()

	b.Run("bare client", func(b *testing.B) {
		p := &poster{client: client}
		p.left.Store(int64(b.N))
		var wg sync.WaitGroup
		for range connections {
			wg.Go(func() {
				for p.left.Add(-1) >= 0 {
					if err := p.post(b.Context(), receiver.URL, body); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
	b.Run("deliverer", func(b *testing.B) {
		queues := &endless{state: state}
		for i := range connections {
			queues.due = append(queues.due, eventlog.Due{Subscription: o2.DeriveID("s", fmt.Sprint(i))})
		}
		ctx, cancel := context.WithCancel(b.Context())
		p := &poster{client: client, done: cancel}
		p.left.Store(int64(b.N))
		d, err := New(Config{
			Member: "one", Assignment: &assignmenttest.Memory{}, Queues: queues,
			Subscriptions: anySubscription{receiver.URL}, Sender: p, Bus: &bustest.Memory{},
			Telemetry: &receivers{}, Grace: time.Millisecond,
			Families: []subscription.Family{{
				Surface: surface, Encode: func(*o2.Subscription, *o2.Event) ([]byte, error) { return o2.Encode(state), nil },
			}},
		})
		if err != nil {
			b.Fatal(err)
		}
		if err := d.Run(ctx); err != nil {
			b.Fatal(err)
		}
	})
}
