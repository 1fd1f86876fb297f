package polled

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestReadersShare has the reading go on until all wait for it.
func TestReadersShare(t *testing.T) {
	const readers = 30
	var s *Shared[int]
	readings := 0
	s = NewShared(t.Context(), func(context.Context) (int, error) {
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
			if n, err := s.Get(t.Context()); err != nil || n != 7 {
				t.Errorf("got %d, %v", n, err)
			}
		})
	}
	all.Wait()
	s.Wait()
	if readings != 1 {
		t.Errorf("%d readings for %d readers", readings, readers)
	}
}

// TestAWriteEndsSharing has whoever asks after a write read anew.
func TestAWriteEndsSharing(t *testing.T) {
	begun, finish := make(chan int), make(chan struct{})
	n := 0
	s := NewShared(t.Context(), func(context.Context) (int, error) {
		n++
		mine := n
		begun <- mine
		<-finish
		return mine, nil
	})
	old, fresh := make(chan int, 1), make(chan int, 1)
	ask := func(into chan int) {
		v, err := s.Get(t.Context())
		if err != nil {
			t.Error(err)
		}
		into <- v
	}
	go ask(old)
	<-begun
	s.Outdate()
	go ask(fresh)
	<-begun
	close(finish)
	if a, b := <-old, <-fresh; a != 1 || b != 2 {
		t.Errorf("before the write reading %d answered, after it reading %d", a, b)
	}
	s.Wait()
}

// TestAReaderThatLeavesDoesNotEndTheOthers has the one that began a reading go.
func TestAReaderThatLeavesDoesNotEndTheOthers(t *testing.T) {
	started, finish := make(chan struct{}, 2), make(chan struct{})
	s := NewShared(t.Context(), func(ctx context.Context) (int, error) {
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
	go func() { _, err := s.Get(first); gone <- err }()
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
	s.Wait()
}

// TestNothingIsReadForNobody ends a reading when the last of its readers leaves.
func TestNothingIsReadForNobody(t *testing.T) {
	ended := make(chan error, 1)
	started := make(chan struct{})
	s := NewShared(context.Background(), func(ctx context.Context) (int, error) {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return 0, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _, _ = s.Get(ctx) }()
	<-started
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	s.Wait()
}

// TestOtherIdsForGood has an infrastructure set up anew: believed the second time, and told of.
func TestOtherIdsForGood(t *testing.T) {
	var log bytes.Buffer
	c := NewCensus("servers", "was it set up anew?", slog.New(slog.NewTextHandler(&log, nil)))
	reads := 0
	list := func(ids ...string) []string {
		t.Helper()
		got, err := Believed(t.Context(), c, func(s *string) string { return *s }, func(context.Context) ([]string, int, error) {
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
