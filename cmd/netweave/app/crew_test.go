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

func TestACrewEndsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		c := newCrew(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		var ended atomic.Int32
		for range 3 {
			c.start(task{"a task", func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(time.Second)
				ended.Add(1)
				return ctx.Err()
			}})
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		c.stop(t.Context())
		if ended.Load() != 3 || log.Len() > 0 {
			t.Errorf("%d ended, log %q", ended.Load(), &log)
		}
	})
}

func TestATaskThatEndsByItselfIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		c := newCrew(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		c.start(task{"the work", func(context.Context) error { return errors.New("broke") }})
		synctest.Wait()
		c.stop(t.Context())
		if got := log.String(); !strings.Contains(got, `part="the work" error=broke`) {
			t.Errorf("log %q", got)
		}
	})
}

func TestACrewIsNotWaitedForByForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrew(t.Context(), slog.New(slog.DiscardHandler))
		c.start(task{"a slow one", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(time.Hour)
			return ctx.Err()
		}})
		force, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		c.stop(force)
		if took := time.Since(began); took != time.Second {
			t.Errorf("it was waited for %v", took)
		}
		time.Sleep(2 * time.Hour)
	})
}
