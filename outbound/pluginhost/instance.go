package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netweave/netweave/ports/backend"
)

// instance is the one owner of an adapter's plugin. Its goroutine alone starts,
// replaces and stops processes; everyone else only borrows the current one.
type instance struct {
	name     string
	cfg      Config
	timeouts atomic.Pointer[Timeouts]
	launcher *launcher
	log      hclog.Logger
	metrics  *adapterMetrics
	breaker  *breaker
	errs     translator
	crashes  *crashes
	refused  *refusals
	logLimit *rateLimit
	// census is of what the view was told, nil while a feed has it in hand.
	census atomic.Pointer[census]

	// current is the process to ask; nil while there is none. A replacement is stored
	// here, and then the old one stopped.
	current atomic.Pointer[process]
	// good is what the latest process was opened for. It belongs to the supervisor.
	good *Adapter
	// retiring are the processes that others took the place of, as long as they are
	// drained.
	retiring sync.WaitGroup

	mu sync.Mutex
	// wanted is what the adapter is to run by.
	wanted  Adapter
	info    backend.Info
	changed chan struct{} // closed and replaced with every change of info

	reset chan struct{}
	// look asks whether the process is still what is wanted.
	look  chan struct{}
	stop  context.CancelFunc // begins the drain
	force context.CancelFunc // ends it
	done  chan struct{}
}

// shutdown begins the drain and waits for its end, which comes at once when ctx
// ends.
func (in *instance) shutdown(ctx context.Context) error {
	in.stop()
	defer in.force()
	select {
	case <-in.done:
		return nil
	case <-ctx.Done():
	}
	in.force()
	<-in.done
	return fmt.Errorf("adapter %s: killed: %w", in.name, ctx.Err())
}

// outlets are where a new process's output goes: each stream has its own state,
// all share the adapter's rate.
func (in *instance) outlets() outlets {
	outlet := func(log hclog.Logger) *outputLog {
		return &outputLog{log: log, level: hclog.Info, redact: in.errs.redact, limit: in.logLimit, drop: in.metrics.dropped.Inc}
	}
	return outlets{
		log:    in.log.Named("go-plugin"),
		stdout: outlet(in.log.Named("stdout")), stderr: outlet(in.log.Named("stderr")),
		rawStderr: outlet(in.log), // where a plugin's logger writes
	}
}

// can reports whether the plugin was opened at all, and whether it then had the
// capability.
func (in *instance) can(capability string) (opened, able bool) {
	info, _ := in.snapshot()
	_, able = slices.BinarySearch(info.Capabilities, capability)
	return info.Capabilities != nil, able
}

func (in *instance) run(ctx, force context.Context) {
	defer close(in.done)
	for ctx.Err() == nil {
		in.supervise(ctx, force)
	}
	in.retiring.Wait()
	in.set(func(i *backend.Info) { i.State, i.Checksum = backend.StateStopped, "" })
	in.log.Info("adapter stopped")
}

// supervise is one life of a process and of those that take its place, from its
// start to the moment when the next may start.
func (in *instance) supervise(ctx, force context.Context) {
	p, err := in.start(ctx)
	if ctx.Err() != nil {
		if p != nil {
			in.end(force, p)
		}
		return
	}
	if err != nil {
		in.startFailed(ctx, err)
		return
	}
	started := time.Now()
	in.opened(p)
	r := reign{in: in, force: force, process: p}
	err = r.guard(ctx)
	in.current.Store(nil)
	if ctx.Err() != nil {
		in.end(force, r.process)
		return
	}
	in.crashes.ran(time.Since(started))
	err = errors.Join(in.ended(r.process, err), r.process.abort())
	in.crashed(ctx, fmt.Errorf("after %s: %w", time.Since(started).Round(time.Millisecond), err))
}

// opened has everyone ask p from now on.
func (in *instance) opened(p *process) {
	in.breaker.reset()
	in.good = &p.adapter
	in.errs.redact.runsBy(p.adapter.Config)
	in.current.Store(p)
	in.set(func(i *backend.Info) {
		i.Type, i.Version, i.Checksum = p.adapter.Plugin, in.errs.clean(p.opened.GetVersion()), p.sum
		i.Capabilities, i.State = p.capabilities(), backend.StateRunning
	})
	in.log.Info("plugin running", "plugin", p.adapter.Plugin, "version", in.errs.clean(p.opened.GetVersion()), "pid", p.runner.pidOf())
}

// maxMissedProbes in a row end a process that still exists but answers nothing.
const maxMissedProbes = 3

// lostConnection waits a moment for the end that a broken connection announces.
func (in *instance) lostConnection(p *process) error {
	timer := time.NewTimer(lastWords)
	defer timer.Stop()
	select {
	case <-p.died():
		return nil
	case <-timer.C:
		return errLost
	}
}

// ended says how a process ended that nobody asked to.
func (in *instance) ended(p *process, err error) error {
	if err != nil {
		return err
	}
	if p.runner.err == nil {
		return fmt.Errorf("%w with exit status 0", errDied)
	}
	return fmt.Errorf("%w: %w", errDied, p.runner.err)
}

// end drains and ends a process in order.
func (in *instance) end(force context.Context, p *process) {
	in.set(func(i *backend.Info) { i.State = backend.StateStopped })
	if err := p.stop(force, in.timeouts.Load().longest(), in.cfg.CloseTimeout); err != nil {
		in.log.Warn("plugin did not stop in order", "error", err)
	}
}

// startFailed waits until another start makes sense.
func (in *instance) startFailed(ctx context.Context, err error) {
	failure, ok := errors.AsType[*startFailure](err)
	switch {
	case ok && failure.refused:
		pause := in.cfg.Restart.RefusedBackoff
		in.note(err)
		in.log.Error("plugin not started", "error", err, "retry_in", pause.Round(time.Millisecond).String())
		in.pause(ctx, backend.StateRestarting, pause)
	case ok && failure.unready:
		pause := in.crashes.failed()
		in.note(err)
		in.log.Warn("plugin cannot open its backend", "error", err, "retry_in", pause.Round(time.Millisecond).String())
		in.pause(ctx, backend.StateRestarting, pause)
	default:
		in.crashed(ctx, err)
	}
}

func (in *instance) crashed(ctx context.Context, err error) {
	in.note(err)
	pause, quarantine := in.crashes.crashed(time.Now())
	if !quarantine {
		in.log.Error("plugin failed", "error", err, "retry_in", pause.Round(time.Millisecond).String())
		in.pause(ctx, backend.StateRestarting, pause)
		return
	}
	in.log.Error("plugin failed too often: quarantined", "error", err, "retry_in", pause.Round(time.Millisecond).String())
	in.pause(ctx, backend.StateQuarantined, pause)
}

// pause waits in state. A reset ends it early, and forgives.
func (in *instance) pause(ctx context.Context, state backend.State, d time.Duration) {
	select {
	case <-in.reset: // meant for an earlier pause
	default:
	}
	in.set(func(i *backend.Info) { i.State, i.Checksum = state, "" })
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-in.reset:
		in.crashes.forget()
	case <-in.look: // something else is wanted, or there
		in.crashes.forget()
	case <-timer.C:
	}
	in.set(func(i *backend.Info) {
		i.State = backend.StateRestarting
		i.Restarts++
	})
	in.metrics.restarts.Inc()
}

func (in *instance) note(err error) {
	in.set(func(i *backend.Info) { i.LastError = in.errs.clean(err.Error()) })
}

// set changes what is known of the backend and wakes who waits for it.
func (in *instance) set(change func(*backend.Info)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	before := in.info.State
	change(&in.info)
	if in.info.State != before {
		in.info.Since = time.Now()
		in.metrics.setState(in.info.State)
	}
	close(in.changed)
	in.changed = make(chan struct{})
}

func (in *instance) snapshot() (backend.Info, <-chan struct{}) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.info, in.changed
}

// process returns the process to ask now, or at once an error that says why
// there is none.
func (in *instance) process() (*process, error) {
	if p := in.current.Load(); p != nil {
		return p, nil
	}
	info, _ := in.snapshot()
	if info.State == backend.StateRunning {
		info.State = backend.StateRestarting // its process was just lost
	}
	message := "the plugin is " + string(info.State)
	if info.LastError != "" && info.State != backend.StateStopped {
		message += ": " + info.LastError
	}
	return nil, in.errs.unavailable(message)
}

// awaitProcess is process for feeds, which better wait a moment for a plugin
// that is just starting than come back later.
func (in *instance) awaitProcess(ctx context.Context) (*process, error) {
	ctx, cancel := context.WithTimeout(ctx, in.cfg.FeedPatience)
	defer cancel()
	for {
		info, changed := in.snapshot()
		p, err := in.process()
		if err == nil || info.State == backend.StateQuarantined || info.State == backend.StateStopped {
			return p, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// invoke asks the running process. One that is replaced at this moment is not asked:
// the other is.
func (in *instance) invoke(ctx context.Context, c call) error {
	for {
		p, err := in.process()
		if err != nil {
			return err
		}
		if p.gate.enter() {
			defer p.gate.leave()
			return in.ask(ctx, p, c)
		}
		if in.current.Load() == p {
			return in.errs.unavailable(errDraining.Error())
		}
	}
}

// invokeFeed asks for something without an end, which ends with the process and
// as soon as that is to be stopped.
func (in *instance) invokeFeed(ctx context.Context, c call) error {
	p, err := in.awaitProcess(ctx)
	if ctx.Err() != nil {
		return in.errs.fault(ctx, ctx.Err(), false)
	}
	if err != nil {
		return err
	}
	feedCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.gate.feeds, func() { cancel(errDraining) })()
	if !p.gate.enter() {
		err = in.errs.unavailable(errDraining.Error())
	} else {
		err = in.ask(feedCtx, p, c)
		p.gate.leave()
	}
	if err != nil && p.replaced.Load() && ctx.Err() == nil {
		return in.errs.errorOf(backend.SourcePlugin, backend.ErrReplaced, "another process feeds from now on")
	}
	return err
}

// ask makes one call to p, whose gate it has passed, and says what its error means.
func (in *instance) ask(ctx context.Context, p *process, c call) error {
	callCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.conn.Done, func() { cancel(errDied) })()
	err := c(callCtx, p)
	if !lostConnection(err) || callCtx.Err() != nil {
		return in.errs.fault(callCtx, err, p.conn.Done.Err() != nil)
	}
	if p.reachable(callCtx) {
		return in.errs.unaware(err)
	}
	if callCtx.Err() == nil && in.current.CompareAndSwap(p, nil) {
		// Nobody else is to try, and the supervisor need not wait for the exit.
		close(p.lost)
	}
	return in.errs.fault(callCtx, err, p.conn.Done.Err() != nil)
}
