package pluginhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// toRun is what the next process is to run by.
func (in *instance) toRun() Adapter {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.wanted
}

// reconfigure changes what the adapter is to run by.
func (in *instance) reconfigure(a Adapter) {
	timeouts := a.Timeouts.or(in.cfg.Timeouts)
	in.timeouts.Store(&timeouts)
	in.mu.Lock()
	same := sameRun(in.wanted, a)
	in.wanted = a
	in.mu.Unlock()
	if same {
		return
	}
	in.errs.redact.add(a.Config)
	in.lookAgain()
}

// lookAgain has the supervisor see whether its process is still what is wanted.
func (in *instance) lookAgain() {
	select {
	case in.look <- struct{}{}:
	default: // it is about to
	}
}

// start starts a process by what is wanted or, if that is refused, by what the one
// before was opened for.
func (in *instance) start(ctx context.Context) (*process, error) {
	wanted := in.toRun()
	p, err := in.launcher.launch(ctx, wanted, in.outlets(), in.errs)
	failure, ok := errors.AsType[*startFailure](err)
	if !ok || !failure.refused || in.good == nil || sameRun(*in.good, wanted) {
		return p, err
	}
	if p, again := in.launcher.launch(ctx, *in.good, in.outlets(), in.errs); again == nil {
		in.set(func(i *backend.Info) { i.ReplaceError = in.errs.clean(err.Error()) })
		return p, nil
	}
	return nil, err
}

// sameRun reports whether two adapters are run by the same plugin and configuration.
func sameRun(a, b Adapter) bool { return a.Plugin == b.Plugin && bytes.Equal(a.Config, b.Config) }

// reign is the time of a process and of those that take its place without a gap.
// It belongs to the supervisor.
type reign struct {
	in    *instance
	force context.Context
	// process is the present one.
	process *process

	// coming yields what comes of the replacement that is under way; nil if none is.
	coming chan replacement
	giveUp context.CancelFunc
	// again: something else is wanted than what is under way.
	again bool
	// retry yields when a replacement that failed is to be tried again.
	retry    <-chan time.Time
	failures int
}

// replacement is a process that may take another's place. Without process and error
// there is nothing to replace.
type replacement struct {
	process *process
	err     error
}

// guard returns when the process has died, answers no more, or ctx has ended; until
// then others take its place where they are wanted.
func (r *reign) guard(ctx context.Context) error {
	ticker := time.NewTicker(r.in.cfg.ProbeInterval)
	defer ticker.Stop()
	defer r.abandon()
	missed := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.process.died():
			if !r.succeeded(ctx) {
				return nil
			}
			missed = 0
		case <-r.process.lost:
			if !r.succeeded(ctx) {
				return r.in.lostConnection(r.process)
			}
			missed = 0
		case <-r.in.look:
			r.failures = 0
			r.seek(ctx)
		case <-r.retry:
			r.seek(ctx)
		case c := <-r.coming:
			if r.arrived(ctx, c) {
				missed = 0
			}
		case <-ticker.C:
			if r.in.answers(ctx, r.process) {
				missed = 0
				continue
			}
			if missed++; missed < maxMissedProbes {
				continue
			}
			if r.succeeded(ctx) {
				missed = 0
			} else {
				return fmt.Errorf("the plugin's process answers no more: %d probes of %s failed", missed, r.in.cfg.ProbeInterval)
			}
		}
	}
}

// answers probes a process. What ctx ends says nothing.
func (in *instance) answers(ctx context.Context, p *process) bool {
	probeCtx, cancel := context.WithTimeout(ctx, in.cfg.ProbeInterval)
	defer cancel()
	return p.probe(probeCtx) == nil || ctx.Err() != nil
}

// seek begins a replacement, if one is wanted. One under way is given up: what is
// wanted may be another by now.
func (r *reign) seek(ctx context.Context) {
	r.retry = nil
	if r.coming != nil {
		r.again = true
		r.giveUp()
		return
	}
	ctx, r.giveUp = context.WithCancel(ctx)
	coming, present := make(chan replacement, 1), r.process
	go func() {
		p, err := r.in.replacementFor(ctx, present)
		coming <- replacement{p, err}
	}()
	r.coming = coming
}

// replacementFor starts what is wanted in place of present, and sees that it is
// healthy; it returns nil if present is what is wanted.
func (in *instance) replacementFor(ctx context.Context, present *process) (*process, error) {
	wanted := in.toRun()
	found, err := Check(in.cfg.Dir, wanted.Plugin)
	if err != nil {
		return nil, &startFailure{err: err, refused: true}
	}
	if found.SHA256 == present.sum && sameRun(wanted, present.adapter) {
		return nil, nil
	}
	p, err := in.launcher.launch(ctx, wanted, in.outlets(), in.errs)
	if err != nil {
		return nil, err
	}
	healthCtx, cancel := context.WithTimeoutCause(ctx, in.timeouts.Load().Health, errDeadline)
	defer cancel()
	if _, err := p.conn.Client.Health(healthCtx, &pluginv1.HealthRequest{}); err != nil {
		err = fmt.Errorf("it is not healthy: %w", in.errs.fault(healthCtx, err, p.conn.Done.Err() != nil))
		return nil, &startFailure{err: errors.Join(err, p.abort()), unready: true}
	}
	return p, nil
}

// arrived deals with what came of a replacement; it reports whether another process
// is there.
func (r *reign) arrived(ctx context.Context, c replacement) bool {
	r.coming = nil
	r.giveUp()
	if again := r.again; again || ctx.Err() != nil {
		r.again = false
		r.discard(c)
		if again {
			r.seek(ctx)
		}
		return false
	}
	switch {
	case c.err != nil:
		r.failed(c.err)
	case c.process == nil:
		r.in.set(func(i *backend.Info) { i.ReplaceError = "" })
	default:
		r.takeOver(c.process)
		return true
	}
	return false
}

// takeOver has everyone ask another process from now on, and drains the present one.
func (r *reign) takeOver(p *process) {
	old := r.process
	r.process, r.failures = p, 0
	old.replaced.Store(true)
	r.in.opened(p)
	r.in.set(func(i *backend.Info) {
		i.Replacements++
		i.ReplaceError = ""
	})
	r.in.metrics.replacement(outcomeReplaced)
	patience := r.in.timeouts.Load().longest()
	r.in.retiring.Go(func() {
		if err := old.stop(r.force, patience, r.in.cfg.CloseTimeout); err != nil {
			r.in.log.Warn("the plugin's former process did not stop in order", "error", r.in.errs.clean(err.Error()))
		}
	})
}

// failed notes why a replacement was not taken. What only an operator can mend is
// tried again when something changes, all else after a pause.
func (r *reign) failed(err error) {
	in := r.in
	text := in.errs.clean(err.Error())
	in.metrics.replacement(outcomeFailed)
	info, _ := in.snapshot()
	if info.ReplaceError != text {
		in.log.Error("plugin not replaced: the present process goes on", "error", text)
	}
	in.set(func(i *backend.Info) { i.ReplaceError = text })
	if failure, ok := errors.AsType[*startFailure](err); ok && failure.refused {
		return
	}
	r.failures++
	pause := in.cfg.Restart.MaxBackoff
	if doublings := r.failures - 1; doublings < 30 {
		pause = min(pause, in.cfg.Restart.MinBackoff<<doublings)
	}
	r.retry = time.After(pause)
}

// succeeded reports whether a replacement that is under way takes the place of a
// process that is gone. It waits for it.
func (r *reign) succeeded(ctx context.Context) bool {
	if r.coming == nil {
		return false
	}
	r.in.current.CompareAndSwap(r.process, nil)
	return r.arrived(ctx, <-r.coming)
}

// abandon ends what is under way, and waits for its end.
func (r *reign) abandon() {
	if r.coming == nil {
		return
	}
	r.giveUp()
	r.discard(<-r.coming)
	r.coming = nil
}

func (r *reign) discard(c replacement) {
	if c.process == nil {
		return
	}
	if err := c.process.abort(); err != nil {
		r.in.log.Warn("a process that is not wanted any more did not end in order", "error", r.in.errs.clean(err.Error()))
	}
}
