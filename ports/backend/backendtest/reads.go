package backendtest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

func checkInfo(t *testing.T, c *checker) {
	info := c.Backend.Info()
	if info.Name != c.name {
		t.Errorf("Info names %q, Name says %q", info.Name, c.name)
	}
	if info.State != backend.StateRunning {
		t.Errorf("state is %q (%s), want %q", info.State, info.LastError, backend.StateRunning)
	}
	if info.Since.IsZero() {
		t.Error("Since is not set")
	}
	if !slices.Contains([]string{"closed", "half-open", "open"}, info.Breaker) {
		t.Errorf("breaker is %q, want closed, half-open or open", info.Breaker)
	}
	if !slices.IsSorted(info.Capabilities) {
		t.Errorf("capabilities %v are not sorted", info.Capabilities)
	}
	if c.can(backend.CapRealTimeEvents) != c.can(backend.CapSubscriptions) {
		t.Errorf("capabilities %v have one of %s and %s without the other", info.Capabilities, backend.CapRealTimeEvents, backend.CapSubscriptions)
	}
}

func checkSnapshot(t *testing.T, c *checker) {
	objects := c.snapshot()
	if len(objects) == 0 {
		t.Fatal("the snapshot is empty: the fixture must hold at least one object")
	}
	for k, o := range objects {
		checkObject(t, c.name, o)
		r, ok := o.(*o2.Resource)
		if !ok {
			continue
		}
		if _, known := objects[key{o2.KindResourceType, r.ResourceTypeID}]; !known {
			t.Errorf("resource %s (%s) refers to type %q, which the snapshot does not hold", k.id, r.NativeID, r.ResourceTypeID)
		}
		if _, known := objects[key{o2.KindResourcePool, r.ResourcePoolID}]; r.ResourcePoolID != "" && !known {
			t.Errorf("resource %s (%s) refers to pool %q, which the snapshot does not hold", k.id, r.NativeID, r.ResourcePoolID)
		}
	}
}

// checkObject holds one object to what every object must be.
func checkObject(t *testing.T, name string, o o2.Object) {
	t.Helper()
	h := o.Head()
	who := o.Kind().String() + " " + h.NativeID
	if h.NativeID == "" {
		t.Errorf("%s %s has no native id", o.Kind(), h.ID)
	}
	if h.Backend != name {
		t.Errorf("%s is of backend %q, want %q", who, h.Backend, name)
	}
	if want := o2.DeriveID(name, h.NativeID); h.ID != want {
		t.Errorf("%s has id %s, want %s as o2.DeriveID makes it", who, h.ID, want)
	}
	for what, raw := range map[string]o2.JSON{"extensions": h.Extensions, "volatile extensions": h.Volatile} {
		if canonical, err := o2.ParseJSON([]byte(raw)); err != nil || canonical != raw {
			t.Errorf("%s: %s %q are not canonical JSON (%v)", who, what, raw, err)
		}
	}
	shown, err := h.Extensions.Map()
	if err != nil || shown["nativeId"] != h.NativeID {
		t.Errorf("%s shows nativeId %v among its extensions, want %q", who, shown["nativeId"], h.NativeID)
	}
	if digest, state := h.Digest, h.StateDigest; digest == (o2.Digest{}) || state == (o2.Digest{}) {
		t.Errorf("%s is not sealed", who)
	}
}

func checkRepeatable(_ *testing.T, c *checker) {
	c.same("the second snapshot", c.snapshot(), c.snapshot())
}

func checkSinkError(_ *testing.T, c *checker) {
	for stop := 1; stop <= 3; stop++ { // at Begin, and at the first calls after it
		r := newRecorder()
		r.stopAt = stop
		c.wantCode("Snapshot into a failing sink", c.Backend.Snapshot(c.ctx(), r), errStop)
		c.silent(r)
	}
}

// silent fails if the sink was called after it had failed.
func (c *checker) silent(r *recorder) {
	c.t.Helper()
	_, synced, broken, _ := r.state()
	if len(broken) > 0 || synced > 0 {
		c.t.Errorf("after the sink's error: %v, %d snapshots synced; want no call", broken, synced)
	}
}

func checkCancelledSnapshot(_ *testing.T, c *checker) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.wantCode("Snapshot with a cancelled context", c.Backend.Snapshot(ctx, newRecorder()), context.Canceled)
}

func checkWatchSnapshot(t *testing.T, c *checker) {
	if !c.can(backend.CapRealTimeEvents) {
		c.wantCode("Watch of a backend that cannot", c.Backend.Watch(c.ctx(), newRecorder()), backend.ErrUnsupported)
		return
	}
	want := c.snapshot()
	r := newRecorder()
	stop := c.watching(r)
	c.until(r, "the watch's first snapshot", func(_ map[key]o2.Object, synced int) bool { return synced > 0 })
	got, _, _, _ := r.state()
	c.same("the watch's snapshot", got, want)
	for _, o := range got {
		checkObject(t, c.name, o)
	}
	c.wantCode("Watch after its context was cancelled", stop(), context.Canceled)
}

func checkCancelledWatch(t *testing.T, c *checker) {
	if !c.can(backend.CapRealTimeEvents) {
		t.Logf("%s cannot watch", c.name)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c.wantCode("Watch with a cancelled context", c.Backend.Watch(ctx, newRecorder()), context.Canceled)
}

func checkWatchSinkError(t *testing.T, c *checker) {
	if !c.can(backend.CapRealTimeEvents) {
		t.Logf("%s cannot watch", c.name)
		return
	}
	r := newRecorder()
	r.stopAt = 2
	result := make(chan error, 1)
	ctx := c.ctx()
	go func() { result <- c.Backend.Watch(ctx, r) }()
	c.wantCode("Watch into a failing sink", c.within(result, "Watch to end after its sink failed"), errStop)
	c.silent(r)
}

func checkHealth(t *testing.T, c *checker) {
	if err := c.Backend.Health(c.ctx()); err != nil {
		t.Errorf("Health: %v", err)
	}
}

func checkConcurrency(t *testing.T, c *checker) {
	want := c.snapshot()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			r := newRecorder()
			if err := c.Backend.Snapshot(c.ctx(), r); err != nil {
				t.Errorf("Snapshot beside others: %v", err)
			}
			got, _, _, _ := r.state()
			c.same("a snapshot beside others", got, want)
		})
		wg.Go(func() {
			if err := c.Backend.Health(c.ctx()); err != nil {
				t.Errorf("Health beside others: %v", err)
			}
			if c.Backend.Info().State != backend.StateRunning {
				t.Error("Info beside others: not running")
			}
		})
	}
	wg.Wait()
}
