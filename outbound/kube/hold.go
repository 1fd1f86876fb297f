package kube

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// hold is a Lease in one term's hands. It knows better than the elector for how
// long the Lease is safely held: a renewal counts from when it was asked for,
// not from when kube-apiserver's answer came, since others count from when it
// was written.
type hold struct {
	resourcelock.Interface
	log   *slog.Logger
	lease string
	// bound is how long a renewal holds, every how often the Lease is written.
	bound, every time.Duration

	mu      sync.Mutex
	renewed time.Time
	failing bool
	lost    bool
	// taken is closed when somebody else was seen to hold the Lease.
	taken chan struct{}
}

// Get reads the Lease.
func (h *hold) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, h.bound/2)
	defer cancel()
	record, raw, err := h.Interface.Get(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.note(ctx, err)
	if err == nil && !h.renewed.IsZero() && record.HolderIdentity != h.Identity() && !h.lost {
		h.lost = true
		close(h.taken)
	}
	return record, raw, err
}

// Create makes the Lease.
func (h *hold) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return h.write(ctx, func(ctx context.Context) error { return h.Interface.Create(ctx, record) })
}

// Update writes the Lease, unless it was written a moment ago: the elector looks
// after it as often as candidates are to ask, which is more than is needed here.
func (h *hold) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	h.mu.Lock()
	fresh := !h.lost && !h.renewed.IsZero() && time.Since(h.renewed) < h.every
	h.mu.Unlock()
	if fresh && ctx.Err() == nil {
		return nil
	}
	return h.write(ctx, func(ctx context.Context) error { return h.Interface.Update(ctx, record) })
}

func (h *hold) write(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, h.bound/2)
	defer cancel()
	asked := time.Now()
	err := write(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.note(ctx, err)
	if err == nil {
		h.renewed = asked
	}
	return err
}

// note logs the first of several failures, and their end.
func (h *hold) note(ctx context.Context, err error) {
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) || errors.Is(context.Cause(ctx), context.Canceled) {
		return
	}
	switch {
	case err != nil && !h.failing:
		h.log.Warn("kube-apiserver does not serve the Lease", "lease", h.lease, "error", err)
	case err == nil && h.failing:
		h.log.Info("kube-apiserver serves the Lease again", "lease", h.lease)
	}
	h.failing = err != nil
}

// watch returns true once the Lease may be another's, and false when over is
// closed before. given is closed when the elector has given up.
func (h *hold) watch(over, given <-chan struct{}) bool {
	for {
		h.mu.Lock()
		left := h.bound - time.Since(h.renewed)
		h.mu.Unlock()
		if left <= 0 {
			return true
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-h.taken:
			timer.Stop()
			return true
		case <-given:
			timer.Stop()
			return true
		case <-over:
			timer.Stop()
			return false
		}
	}
}

// release gives the Lease back, if it is ours by any chance, so that another can
// take it at once. It tries for so long; then others wait for its end.
func (h *hold) release(limit time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for {
		done, err := h.releaseOnce(ctx)
		if done {
			return
		}
		select {
		case <-time.After(limit / 10):
		case <-ctx.Done():
			h.log.Warn("the Lease could not be given back; others wait for its end", "lease", h.lease, "error", err)
			return
		}
	}
}

func (h *hold) releaseOnce(ctx context.Context) (done bool, err error) {
	record, _, err := h.Interface.Get(ctx)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if record.HolderIdentity != h.Identity() {
		return true, nil
	}
	now := metav1.Now()
	err = h.Interface.Update(ctx, resourcelock.LeaderElectionRecord{
		LeaseDurationSeconds: 1, AcquireTime: now, RenewTime: now, LeaderTransitions: record.LeaderTransitions,
	})
	return err == nil, err
}
