package backend

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

// TestWhatMovesAllTheTimeIsNoChange compares two lists between which only clocks
// and counters moved.
func TestWhatMovesAllTheTimeIsNoChange(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	read := func() *sdk.Resource {
		r, err := b.GetResource(t.Context(), "srv-ams-dc1-001")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	before := read()
	l.clock.advance(7*time.Second + 3*time.Millisecond)
	l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) {
		slices.Reverse(m.Storage)
		slices.Reverse(m.Network)
	})
	after := read()
	if reflect.DeepEqual(before.Volatile, after.Volatile) {
		t.Errorf("the volatile part stays %v", after.Volatile)
	}
	before.Volatile, after.Volatile = nil, nil
	if !reflect.DeepEqual(before, after) {
		t.Errorf("a change:\n%+v\n%+v", before, after)
	}
	l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) { m.PowerState = "off" })
	if got := read().Extensions["dtias.powerState"]; got != "off" {
		t.Errorf("the power is %v", got)
	}
}

func TestAServerIsProvisionedAndThenReady(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	made, err := b.CreateResource(t.Context(), &sdk.Resource{
		Meta: sdk.Meta{Name: "edge-07", Tenant: "north"}, ResourcePoolID: "rp-ham-dc1-compute", ResourceTypeID: "st-r760xa-gpu",
	})
	if err != nil || made.Extensions["dtias.state"] != "provisioning" || made.Name != "edge-07" || made.Tenant != "north" {
		t.Fatalf("made %+v, %v", made, err)
	}
	for _, step := range []struct {
		after time.Duration
		state string
	}{{59 * time.Second, "provisioning"}, {time.Second, "ready"}} {
		l.clock.advance(step.after)
		got, err := b.GetResource(t.Context(), made.ID)
		if err != nil || got.Extensions["dtias.state"] != step.state {
			t.Errorf("after another %v it is %v, %v; want %s", step.after, got.Extensions["dtias.state"], err, step.state)
		}
	}
}

// TestWhatIsGoneIsSeenTwice counts the lists that it takes.
func TestWhatIsGoneIsSeenTwice(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	lists := func(want, servers int) {
		t.Helper()
		before := l.Requests(routeServers)
		if n := len(serverIDs(t, b)); n != servers {
			t.Errorf("%d servers, want %d", n, servers)
		}
		if n := l.Requests(routeServers) - before; n != want {
			t.Errorf("read %d times, want %d", n, want)
		}
	}
	lists(1, 40)
	lists(1, 40)
	if err := b.DeleteResource(t.Context(), "srv-ams-dc1-002"); err != nil {
		t.Fatal(err)
	}
	lists(1, 39) // it was released through us
	other := l.backend(t)
	if err := other.DeleteResource(t.Context(), "srv-ams-dc1-003"); err != nil {
		t.Fatal(err)
	}
	lists(2, 38) // by another
	lists(1, 38)
	l.fail(t, dtias.Fault{Kind: dtias.Half, Path: "/inventory/servers", Times: 1})
	lists(2, 38) // half, and whole
}

// TestReadersShare has the reading go on until all wait for it.
func TestReadersShare(t *testing.T) {
	const readers = 30
	var s *shared[int]
	readings := 0
	s = newShared(t.Context(), func(context.Context) (int, error) {
		readings++
		for {
			s.mu.Lock()
			waiting := s.current.waiting
			s.mu.Unlock()
			if waiting == readers {
				return 7, nil
			}
			runtime.Gosched()
		}
	})
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			if n, err := s.get(t.Context()); err != nil || n != 7 {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
	all.Wait()
	s.wait()
	if readings != 1 {
		t.Errorf("%d readings for %d readers", readings, readers)
	}
}

// TestAWriteEndsSharing has whoever asks after a write read anew.
func TestAWriteEndsSharing(t *testing.T) {
	begun, finish := make(chan int), make(chan struct{})
	n := 0
	s := newShared(t.Context(), func(context.Context) (int, error) {
		n++
		mine := n
		begun <- mine
		<-finish
		return mine, nil
	})
	old, fresh := make(chan int, 1), make(chan int, 1)
	ask := func(into chan int) {
		v, err := s.get(t.Context())
		if err != nil {
			t.Error(err)
		}
		into <- v
	}
	go ask(old)
	<-begun
	s.outdate()
	go ask(fresh)
	<-begun
	close(finish)
	if a, b := <-old, <-fresh; a != 1 || b != 2 {
		t.Errorf("before the write reading %d answered, after it reading %d", a, b)
	}
	s.wait()
}

// TestAReaderThatLeavesDoesNotEndTheOthers has the one that began a reading go.
func TestAReaderThatLeavesDoesNotEndTheOthers(t *testing.T) {
	started, finish := make(chan struct{}, 2), make(chan struct{})
	s := newShared(t.Context(), func(ctx context.Context) (int, error) {
		started <- struct{}{}
		select {
		case <-finish:
			return 7, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	first, leave := context.WithCancel(t.Context())
	gone, got := make(chan error, 1), make(chan int, 1)
	go func() { _, err := s.get(first); gone <- err }()
	<-started
	r, begun := s.join(t.Context())
	if begun {
		t.Fatal("a second reading began")
	}
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	go func() { <-r.done; got <- r.value; s.leave(r) }()
	close(finish)
	if n := <-got; n != 7 {
		t.Errorf("who stayed got %d", n)
	}
	s.wait()
}

// TestNothingIsReadForNobody ends a reading when the last of its readers leaves.
func TestNothingIsReadForNobody(t *testing.T) {
	ended := make(chan error, 1)
	started := make(chan struct{})
	s := newShared(context.Background(), func(ctx context.Context) (int, error) {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return 0, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _, _ = s.get(ctx) }()
	<-started
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	s.wait()
}

// TestOtherIdsForGood has DTIAS set up anew: believed the second time, and told of.
func TestOtherIdsForGood(t *testing.T) {
	var log bytes.Buffer
	c := census{what: "servers", log: slog.New(slog.NewTextHandler(&log, nil))}
	reads := 0
	list := func(ids ...string) []string {
		t.Helper()
		got, err := believed(t.Context(), &c, func(s *string) string { return *s }, func(context.Context) ([]string, int, error) {
			reads++
			return ids, 1, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	list("a", "b", "c")
	if got := list("x", "y"); !slices.Equal(got, []string{"x", "y"}) || reads != 3 {
		t.Errorf("listed %v in %d readings", got, reads)
	}
	if want := `of=servers before=3 gone=3 now=2`; !strings.Contains(log.String(), want) {
		t.Errorf("the log says %q, want %q in it", log.String(), want)
	}
	if got := list(); len(got) != 0 || reads != 5 {
		t.Errorf("listed %v in %d readings", got, reads)
	}
}
