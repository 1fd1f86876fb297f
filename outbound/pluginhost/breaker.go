package pluginhost

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/sony/gobreaker/v2"

	"github.com/netweave/netweave/ports/backend"
)

// breaker stops calls to a backend that keeps failing. It starts anew with each
// process: what the last one did says little of the next.
type breaker struct {
	settings gobreaker.Settings
	changed  func(state string)
	current  atomic.Pointer[gobreaker.CircuitBreaker[struct{}]]
}

func newBreaker(policy Breaker, changed func(state string)) *breaker {
	b := &breaker{changed: changed}
	b.settings = gobreaker.Settings{
		Timeout:      policy.Open,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= uint32(policy.Failures) },
		IsSuccessful: func(err error) bool { return !isFault(err) },
		// A call that its caller gave up says nothing either way.
		IsExcluded:    func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(_ string, _, to gobreaker.State) { changed(to.String()) },
	}
	b.reset()
	return b
}

func (b *breaker) reset() {
	b.current.Store(gobreaker.NewCircuitBreaker[struct{}](b.settings))
	b.changed(gobreaker.StateClosed.String())
}

// state is "closed", "half-open" or "open".
func (b *breaker) state() string { return b.current.Load().State().String() }

// record lets the breaker know of an error that did not pass through it. A
// success counts only while it is looking for one: else a healthy feed would
// hide failing writes.
func (b *breaker) record(err error) {
	cb := b.current.Load()
	if !isFault(err) && cb.State() != gobreaker.StateHalfOpen {
		return
	}
	// It may refuse to listen while open; err is dealt with by whoever made it.
	_, _ = cb.Execute(func() (struct{}, error) { return struct{}{}, err })
}

// withBreaker makes calls only while the backend is worth trying.
func withBreaker(next invoke, b *breaker, errs translator) invoke {
	return func(ctx context.Context, c call) error {
		_, err := b.current.Load().Execute(func() (struct{}, error) { return struct{}{}, next(ctx, c) })
		if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
			return errs.errorOf(backend.SourceBackend, backend.ErrUnavailable, "the last calls failed; it is left alone for a moment")
		}
		return err
	}
}

// withRecord tells the breaker what came of a call that it does not stop.
func withRecord(next invoke, b *breaker) invoke {
	return func(ctx context.Context, c call) error {
		err := next(ctx, c)
		b.record(err)
		return err
	}
}
