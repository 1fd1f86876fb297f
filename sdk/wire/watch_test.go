package wire_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
)

// events records what a watch tells.
type events struct {
	mu     sync.Mutex
	got    []any
	told   chan struct{}
	refuse error
}

func (e *events) add(what any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refuse != nil {
		return e.refuse
	}
	e.got = append(e.got, what)
	if e.told != nil {
		e.told <- struct{}{}
	}
	return nil
}

func (e *events) Begin(kinds ...sdk.Kind) error { return e.add(append([]sdk.Kind{}, kinds...)) }
func (e *events) Synced() error                 { return e.add("synced") }
func (e *events) Delete(kind sdk.Kind, ids ...string) error {
	return e.add(fmt.Sprint(kind, ids))
}

func (e *events) Put(objects ...sdk.Object) error {
	for _, o := range objects {
		if err := e.add(o); err != nil {
			return err
		}
	}
	return nil
}

func TestWatchRoundTrip(t *testing.T) {
	b := all()
	broke := sdk.Errorf(sdk.Unavailable, "lost the feed")
	b.watch = func(_ context.Context, e sdk.Events) error {
		return errors.Join(
			e.Begin(), e.Put(manager, resourceType), e.Put(pool), e.Put(resource), e.Synced(),
			e.Begin(sdk.KindResourcePool, sdk.KindResource), e.Synced(),
			e.Delete(sdk.KindResource, "r1", "r2"), e.Delete(sdk.KindResourcePool), e.Put(pool), broke)
	}
	var e events
	err := open(t, b).Watch(t.Context(), &e)
	if got, ok := errors.AsType[*sdk.Error](err); !ok || got.Code != sdk.Unavailable || got.Message != "lost the feed" {
		t.Errorf("ended with %v", err)
	}
	// What was told before the error arrives before it.
	want := []any{
		[]sdk.Kind{}, manager, resourceType, pool, resource, "synced",
		[]sdk.Kind{sdk.KindResourcePool, sdk.KindResource}, "synced", "Resource[r1 r2]", pool,
	}
	if !reflect.DeepEqual(e.got, want) {
		t.Errorf("got  %v\nwant %v", e.got, want)
	}
}

func TestWatchEndsWithItsContext(t *testing.T) {
	b := all()
	ended := make(chan error, 1)
	b.watch = func(ctx context.Context, e sdk.Events) error {
		err := errors.Join(e.Begin(), e.Synced())
		if err == nil {
			<-ctx.Done()
			err = ctx.Err()
		}
		ended <- err
		return err
	}
	w := open(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	e := &events{told: make(chan struct{}, 10)}
	result := make(chan error, 1)
	go func() { result <- w.Watch(ctx, e) }()
	<-e.told
	<-e.told
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("the host got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the author got %v", err)
	}
}

func TestWatchEndsWhenItsReceiverFails(t *testing.T) {
	b := all()
	ended := make(chan struct{})
	b.watch = func(_ context.Context, e sdk.Events) error {
		defer close(ended)
		err := e.Begin()
		for err == nil {
			err = e.Put(pool)
		}
		return err
	}
	full := errors.New("no room")
	if err := open(t, b).Watch(t.Context(), &events{refuse: full}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	<-ended
}

// A host that has given a watch up and asks for another must get it, although
// the plugin has not noticed yet.
func TestANewerWatchTakesThePlaceOfTheOlder(t *testing.T) {
	b := all()
	running := make(chan struct{}, 2)
	var mu sync.Mutex
	at := 0
	b.watch = func(ctx context.Context, e sdk.Events) error {
		mu.Lock()
		at++
		if at > 1 {
			t.Error("two watches at a time")
		}
		mu.Unlock()
		running <- struct{}{}
		<-ctx.Done()
		mu.Lock()
		at--
		mu.Unlock()
		return ctx.Err()
	}
	w := open(t, b)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- w.Watch(t.Context(), &events{}) }()
	<-running
	ctx, cancel := context.WithCancel(t.Context())
	go func() { second <- w.Watch(ctx, &events{}) }()
	<-running
	if e, ok := errors.AsType[*sdk.Error](<-first); !ok || e.Code != sdk.Conflict {
		t.Errorf("the older watch ended with %v", e)
	}
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("the newer watch ended with %v", err)
	}
}

func TestCloseEndsAWatch(t *testing.T) {
	b := all()
	running := make(chan struct{})
	closed := make(chan struct{})
	b.watch = func(ctx context.Context, e sdk.Events) error {
		close(running)
		<-ctx.Done()
		select {
		case <-closed:
			t.Error("closed with a watch in flight")
		default:
		}
		return ctx.Err()
	}
	b.close = func() error { close(closed); return nil }
	w := open(t, b)
	result := make(chan error, 1)
	go func() { result <- w.Watch(t.Context(), &events{}) }()
	<-running
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := w.CloseContext(ctx); err != nil {
		t.Fatal(err)
	}
	if e, ok := errors.AsType[*sdk.Error](<-result); !ok || e.Code != sdk.Unavailable || e.Message != "the plugin is closing" {
		t.Errorf("the watch ended with %+v", e)
	}
}
