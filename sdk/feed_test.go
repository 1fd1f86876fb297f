package sdk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// heldStream receives the messages of a feed, each when it is let to.
type heldStream struct {
	mu       sync.Mutex
	messages []*pluginv1.WatchResponse
	got      chan struct{}
	gate     chan struct{} // each send takes one, unless nil
}

func newHeldStream(held bool) *heldStream {
	h := &heldStream{got: make(chan struct{}, 10_000)}
	if held {
		h.gate = make(chan struct{})
	}
	return h
}

func (h *heldStream) send(m *pluginv1.WatchResponse) error {
	if h.gate != nil {
		<-h.gate
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.messages = append(h.messages, m)
	h.got <- struct{}{}
	return nil
}

func (h *heldStream) all() []*pluginv1.WatchResponse {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.messages
}

func (h *heldStream) wait(t *testing.T) {
	t.Helper()
	select {
	case <-h.got:
	case <-time.After(5 * time.Second):
		t.Fatal("nothing was sent")
	}
}

func aPool(id string) *ResourcePool { return &ResourcePool{Meta: Meta{ID: id, Name: id}} }

func TestFeedSendsALoneEventAtOnce(t *testing.T) {
	h := newHeldStream(false)
	f := newFeed(t.Context(), h.send)
	for _, step := range []func() error{
		func() error { return f.Begin(KindResourcePool, KindResource) },
		func() error { return f.Put(aPool("a")) },
		func() error { return f.Synced() },
		func() error { return f.Delete(KindResourcePool, "a") },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		h.wait(t) // without another event behind it
	}
	if err := f.finish(); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, m := range h.all() {
		for _, e := range m.GetEvents() {
			kinds = append(kinds, strings.TrimPrefix(fmt.Sprintf("%T", e.GetEvent()), "*pluginv1.WatchEvent_"))
		}
	}
	if got, want := strings.Join(kinds, " "), "Begin Put Synced Delete"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := h.all()[0].GetEvents()[0].GetBegin().GetKinds(); len(got) != 2 ||
		got[0] != pluginv1.Kind_KIND_RESOURCE_POOL || got[1] != pluginv1.Kind_KIND_RESOURCE {
		t.Errorf("the snapshot's kinds are %v", got)
	}
}

func TestFeedBatchesWhatWaits(t *testing.T) {
	h := newHeldStream(true)
	f := newFeed(t.Context(), h.send)
	if err := f.Begin(); err != nil {
		t.Fatal(err)
	}
	// While the first message is held up the rest gathers, up to the queue.
	const waiting = feedLength - 2
	for i := range waiting {
		if err := f.Put(aPool(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	close(h.gate)
	if err := f.finish(); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, m := range h.all() {
		sent += len(m.GetEvents())
	}
	if sent != waiting+1 || len(h.all()) > 3 {
		t.Errorf("%d events in %d messages; want %d in at most 3", sent, len(h.all()), waiting+1)
	}
}

func TestFeedKeepsToTheSizeOfAMessage(t *testing.T) {
	h := newHeldStream(true)
	f := newFeed(t.Context(), h.send)
	if err := f.Begin(); err != nil {
		t.Fatal(err)
	}
	large := aPool("large")
	large.Description = strings.Repeat("x", protocol.BatchBytes/3)
	for range 20 {
		if err := f.Put(large); err != nil {
			t.Fatal(err)
		}
	}
	ids := make([]string, 2*maxDeleteIDs+1)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	if err := f.Delete(KindResource, ids...); err != nil {
		t.Fatal(err)
	}
	close(h.gate)
	if err := f.finish(); err != nil {
		t.Fatal(err)
	}
	deleted := 0
	for _, m := range h.all() {
		if size := proto.Size(m); size > protocol.BatchBytes+protocol.BatchBytes/2 {
			t.Errorf("a message has %d bytes", size)
		}
		for _, e := range m.GetEvents() {
			deleted += len(e.GetDelete().GetIds())
		}
	}
	if deleted != len(ids) {
		t.Errorf("%d deletions, want %d", deleted, len(ids))
	}
}

func TestFeedHoldsItsAuthorToTheContract(t *testing.T) {
	for name, tc := range map[string]struct {
		do   func(f *feed) error
		want string
	}{
		"put first":      {func(f *feed) error { return f.Put(aPool("a")) }, "Watch: Put before Begin: a watch starts with a snapshot (Begin, every object, Synced)"},
		"delete first":   {func(f *feed) error { return f.Delete(KindResource, "a") }, "Watch: Delete before Begin: a watch starts with a snapshot (Begin, every object, Synced)"},
		"synced first":   {func(f *feed) error { return f.Synced() }, "Watch: Synced without Begin: no snapshot is under way"},
		"no such kind":   {func(f *feed) error { return f.Begin("Rack") }, `Watch: Begin: "Rack" is no kind of object`},
		"deletes a rack": {func(f *feed) error { return errors.Join(f.Begin(), f.Delete("Rack", "a")) }, `Watch: Delete: "Rack" is no kind of object`},
		"bad object":     {func(f *feed) error { return errors.Join(f.Begin(), f.Put(aPool("a"), aPool(""))) }, "Watch: Put: a ResourcePool has no ID: set it to the backend's own, stable id"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFeed(t.Context(), newHeldStream(false).send)
			if err := tc.do(f); err == nil || err.Error() != tc.want {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if f.ctx.Err() == nil {
				t.Error("the watch goes on after its author's mistake")
			}
			// Whatever the author makes of the error, it is what the watch ends with.
			if err := f.finish(); err == nil || err.Error() != tc.want {
				t.Errorf("finished with %v, want %s", err, tc.want)
			}
		})
	}
}

func TestFeedReleasesItsAuthorWhenTheHostIsGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := newHeldStream(true)
	f := newFeed(ctx, h.send)
	result := make(chan error, 1)
	go func() {
		err := f.Begin()
		for err == nil {
			err = f.Put(aPool("a")) // blocks once the queue is full
		}
		result <- err
	}()
	cancel()
	select {
	case err := <-result:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Put blocks for ever")
	}
	close(h.gate)
	if err := f.finish(); err != nil {
		t.Error(err)
	}
	if err := f.Put(aPool("late")); err == nil {
		t.Error("a Put after the watch succeeded")
	}
}
