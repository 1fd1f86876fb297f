package pluginhost

import (
	"context"
	"errors"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// call is one request to a plugin's process. Its error is gRPC's, or the port's.
type call func(ctx context.Context, p *process) error

// invoke makes a call; its error is nil or a *backend.Error.
type invoke func(ctx context.Context, c call) error

// request is what the decorators know of a call before it is made.
type request struct {
	method     method
	capability string // what the plugin must be able to do; "" for anything
	// timeout is the one in force; nil for a feed
	timeout func(Timeouts) time.Duration
}

// changing is the path of a call that changes the backend: counted, refused at
// once if the plugin cannot do it, if no process is there or if the backend
// failed too often; bounded in time. It is never repeated.
func (in *instance) changing(r request) invoke {
	next := invoke(in.invoke)
	next = withDoubt(next, in.errs)
	next = withDeadline(next, in, r.timeout)
	next = withBreaker(next, in.breaker, in.errs)
	next = withProcess(next, in)
	next = withCapability(next, in, r.capability)
	return withMetrics(next, in.metrics, r.method)
}

// reading is the path of a call that reads and is made on its own: as a change's,
// but that one whose plugin was lost can be made again.
func (in *instance) reading(r request) invoke {
	next := invoke(in.invoke)
	next = withDeadline(next, in, r.timeout)
	next = withBreaker(next, in.breaker, in.errs)
	next = withProcess(next, in)
	next = withCapability(next, in, r.capability)
	return withMetrics(next, in.metrics, r.method)
}

// asking is the path of a health call: it asks whatever the breaker says, and
// the breaker learns what came of it.
func (in *instance) asking(r request) invoke {
	next := invoke(in.invoke)
	next = withDeadline(next, in, r.timeout)
	next = withRecord(next, in.breaker)
	next = withProcess(next, in)
	return withMetrics(next, in.metrics, r.method)
}

// feeding is the path of Watch and Snapshot, which bound themselves.
func (in *instance) feeding(r request) invoke {
	next := invoke(in.invokeFeed)
	next = withRecord(next, in.breaker)
	return withMetrics(next, in.metrics, r.method)
}

// withDoubt tells a change whose plugin was lost under way from one that was
// never tried: it is no use to say that it can be tried again, since nobody
// knows whether it happened.
func withDoubt(next invoke, errs translator) invoke {
	return func(ctx context.Context, c call) error {
		tried := false
		err := next(ctx, func(ctx context.Context, p *process) error {
			tried = true
			return c(ctx, p)
		})
		e, ok := errors.AsType[*backend.Error](err)
		if tried && ok && e.Source == backend.SourcePlugin && errors.Is(e, backend.ErrUnavailable) {
			return errs.broken(e.Message + "; the change may have happened or not: look before trying again")
		}
		return err
	}
}

// withDeadline ends a call that takes longer than the adapter's timeout.
func withDeadline(next invoke, in *instance, timeout func(Timeouts) time.Duration) invoke {
	return func(ctx context.Context, c call) error {
		ctx, cancel := context.WithTimeoutCause(ctx, timeout(*in.timeouts.Load()), errDeadline)
		defer cancel()
		return next(ctx, c)
	}
}

// withProcess answers at once where no process is running, so that a plugin
// that is away does not count against its backend.
func withProcess(next invoke, in *instance) invoke {
	return func(ctx context.Context, c call) error {
		if _, err := in.process(); err != nil {
			return err
		}
		return next(ctx, c)
	}
}

// withCapability refuses what the plugin, when it was last opened, could not do.
func withCapability(next invoke, in *instance, capability string) invoke {
	return func(ctx context.Context, c call) error {
		if opened, able := in.can(capability); opened && !able {
			return in.errs.errorOf(backend.SourceCaller, backend.ErrUnsupported, "it lacks the capability "+capability)
		}
		return next(ctx, c)
	}
}

// withMetrics counts and times what comes of a call, refusals included.
func withMetrics(next invoke, m *adapterMetrics, name method) invoke {
	return func(ctx context.Context, c call) error {
		start := time.Now()
		err := next(ctx, c)
		m.observe(name, codeName(err), time.Since(start))
		return err
	}
}

// codeName is the metric's label for err: one of a handful of words.
func codeName(err error) string {
	if err == nil {
		return "ok"
	}
	if errors.Is(err, context.Canceled) {
		return "cancelled"
	}
	if errors.Is(err, backend.ErrBroken) {
		return "broken"
	}
	if errors.Is(err, backend.ErrReplaced) {
		return "replaced"
	}
	for code, sentinel := range sentinels {
		if errors.Is(err, sentinel) {
			return string(code)
		}
	}
	return "other"
}
