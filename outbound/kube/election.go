package kube

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/klog/v2"

	"github.com/netweave/netweave/ports/election"
)

// ElectionConfig names a Lease and how it is held.
type ElectionConfig struct {
	// Name is the Lease's. Mandatory.
	Name string
	// LeaseDuration is how long a leader that says nothing counts as leading, in
	// whole seconds; 5 s if 0.
	LeaseDuration time.Duration
	// RenewDeadline is how long after its last renewal a leader stops leading;
	// 0.7 of LeaseDuration if 0.
	RenewDeadline time.Duration
	// RetryPeriod is how often a candidate asks whether it can lead, up to 2.2
	// times as much by jitter; 200 ms if 0.
	RetryPeriod time.Duration
}

// Election implements ports/election.Election on a Lease. It is one candidate:
// two of them are two identities, also within one process.
type Election struct {
	cfg      ElectionConfig
	log      *slog.Logger
	identity string
	// lock makes a client of the Lease, for one term.
	lock func() resourcelock.Interface
}

var _ election.Election = (*Election)(nil)

// errLost is the cause of a leader's context that ended without its caller's.
var errLost = errors.New("leadership was lost")

// NewElection returns a candidate.
func (c *Client) NewElection(cfg ElectionConfig, log *slog.Logger) (*Election, error) {
	if cfg.LeaseDuration == 0 {
		cfg.LeaseDuration = 5 * time.Second
	}
	if cfg.RenewDeadline == 0 {
		cfg.RenewDeadline = cfg.LeaseDuration * 7 / 10
	}
	if cfg.RetryPeriod == 0 {
		cfg.RetryPeriod = 200 * time.Millisecond
	}
	switch {
	case cfg.Name == "":
		return nil, errors.New("kubernetes: the Lease must be named")
	case cfg.LeaseDuration < time.Second || cfg.LeaseDuration%time.Second != 0:
		return nil, fmt.Errorf("kubernetes: the Lease's duration is %v; it must be in whole seconds", cfg.LeaseDuration)
	case cfg.RenewDeadline >= cfg.LeaseDuration || cfg.RetryPeriod*2 >= cfg.RenewDeadline:
		return nil, errors.New("kubernetes: a Lease's duration must be longer than its renew deadline, and that longer than two retry periods")
	}
	host, err := os.Hostname()
	if err != nil {
		host = "netweave"
	}
	e := &Election{cfg: cfg, log: log, identity: host + "_" + rand.Text()}
	e.lock = func() resourcelock.Interface {
		return &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: c.namespace, Name: cfg.Name},
			Client:     c.getLeases,
			LockConfig: resourcelock.ResourceLockConfig{Identity: e.identity},
		}
	}
	return e, nil
}

// Campaign implements ports/election.Election.
func (e *Election) Campaign(ctx context.Context, lead func(ctx context.Context)) error {
	for ctx.Err() == nil {
		if err := e.term(ctx, lead); err != nil {
			return err
		}
		// Whoever waited is to have its turn.
		select {
		case <-ctx.Done():
		case <-time.After(3 * e.cfg.RetryPeriod):
		}
	}
	return ctx.Err()
}

// term seeks leadership, leads once and gives it back. The elector outlives ctx:
// it renews the Lease until lead has returned.
func (e *Election) term(ctx context.Context, lead func(ctx context.Context)) error {
	held := e.newHold()
	electing, stop := context.WithCancel(klog.NewContext(context.WithoutCancel(ctx), logr.Discard()))
	defer stop()
	won, done := make(chan struct{}), make(chan struct{})
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: held, Name: e.cfg.Name,
		LeaseDuration: e.cfg.LeaseDuration, RenewDeadline: e.cfg.RenewDeadline, RetryPeriod: e.cfg.RetryPeriod,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(won) },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("seek leadership: %w", err)
	}
	go func() {
		defer close(done)
		elector.Run(electing)
	}()
	select {
	case <-won:
		e.lead(ctx, held, done, lead)
	case <-ctx.Done():
	}
	stop()
	<-done
	held.release(e.cfg.RenewDeadline / 2)
	return nil
}

// lead calls lead with a context that ends once the Lease may be another's.
func (e *Election) lead(ctx context.Context, held *hold, given <-chan struct{}, lead func(ctx context.Context)) {
	leading, end := context.WithCancelCause(ctx)
	defer end(nil)
	over, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		if held.watch(over, given) {
			end(errLost)
		}
	}()
	e.log.Info("this process leads", "lease", e.cfg.Name)
	lead(leading)
	close(over)
	<-watched
	if errors.Is(context.Cause(leading), errLost) {
		e.log.Warn("leadership was lost", "lease", e.cfg.Name)
	} else {
		e.log.Info("this process leads no longer", "lease", e.cfg.Name)
	}
}

func (e *Election) newHold() *hold {
	return &hold{
		Interface: e.lock(), log: e.log, lease: e.cfg.Name,
		bound: e.cfg.RenewDeadline, every: e.cfg.LeaseDuration / 5, taken: make(chan struct{}),
	}
}
