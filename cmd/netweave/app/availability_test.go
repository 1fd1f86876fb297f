package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadinessBearsAFailoverAndNotALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("connection refused")
		var said atomic.Pointer[error]
		var log strings.Builder
		a := newAvailability(func(context.Context) error {
			if err := said.Load(); err != nil {
				return *err
			}
			return nil
		}, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()

		said.Store(&away)
		a.look(ctx)
		if err := a.Ready(); !errors.Is(err, away) {
			t.Errorf("a store that was never there: %v", err)
		}
		said.Store(nil)
		go func() { _ = a.watch(ctx) }()
		time.Sleep(lookEvery + time.Millisecond)
		if err := a.Ready(); err != nil {
			t.Errorf("a store that is there: %v", err)
		}
		said.Store(&away)
		time.Sleep(bearable)
		if err := a.Ready(); err != nil {
			t.Errorf("during a failover: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := a.Ready(); !errors.Is(err, away) {
			t.Errorf("a store that is gone: %v", err)
		}
		said.Store(nil)
		time.Sleep(lookEvery)
		synctest.Wait()
		if err := a.Ready(); err != nil {
			t.Errorf("a store that is back: %v", err)
		}
		cancel()
		synctest.Wait()
		if got := strings.Count(log.String(), "the store cannot be used;"); got != 1 {
			t.Errorf("the loss is logged %d times:\n%s", got, &log)
		}
	})
}

func TestALookThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAvailability(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}, slog.New(slog.DiscardHandler))
		began := time.Now()
		a.look(t.Context())
		if took := time.Since(began); took != lookFor || a.Ready() == nil {
			t.Errorf("after %v: %v", took, a.Ready())
		}
	})
}
