package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// A claim is a Lease that keeps a likeness for one subscription, so that
// kube-apiserver itself refuses the second of two that are made at once.

// settled is how old a claim is whose subscription should be there by now.
const settled = time.Minute

// patience bounds how long a subscription is waited for that another gateway
// seems to be making.
const patience, interval = 2 * time.Second, 100 * time.Millisecond

// errMaking is the error of a claim whose subscription is not there, and may
// come at any moment.
var errMaking = fmt.Errorf("%w: another gateway was making one like it a moment ago", store.ErrUnavailable)

// claim keeps the likeness for id. *DuplicateError if another one has it.
func (s *Subscriptions) claim(ctx context.Context, likeness string, id o2.ID) error {
	for waited := time.Duration(0); ; waited += interval {
		err := s.claimOnce(ctx, likeness, id)
		if !errors.Is(err, errMaking) || waited >= patience {
			return err
		}
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return err
		}
	}
}

func (s *Subscriptions) claimOnce(ctx context.Context, likeness string, id o2.ID) error {
	name, holder, now := claimName(likeness), string(id), metav1.NewMicroTime(s.now())
	wanted := coordinationv1.LeaseSpec{HolderIdentity: &holder, AcquireTime: &now}
	_, err := s.client.leases.Create(ctx, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: wanted}, metav1.CreateOptions{})
	if err == nil {
		return nil
	}
	if !apierrors.IsAlreadyExists(err) {
		return unavailable("claim what a subscription is to be like", err)
	}
	there, err := s.client.leases.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return unavailable("read who claims what a subscription is to be like", err)
	}
	other := holderOf(there)
	if other == id {
		return nil
	}
	stale, err := s.isStale(ctx, there, other, likeness)
	if err != nil {
		return err
	}
	if !stale {
		return &subscriptionstore.DuplicateError{ID: other}
	}
	there.Spec = wanted
	if _, err := s.client.leases.Update(ctx, there, metav1.UpdateOptions{}); err != nil {
		return unavailable("take over an old claim", err)
	}
	return nil
}

// isStale reports whether a claim's subscription is gone or unlike it by now.
// It is errMaking if that one is perhaps only being made.
func (s *Subscriptions) isStale(ctx context.Context, claim *coordinationv1.Lease, holder o2.ID, likeness string) (bool, error) {
	r, err := s.find(ctx, holder)
	if err != nil {
		return false, err
	}
	if r != nil && r.subscription(s.cfg.Tenant).Likeness() == likeness {
		return false, nil
	}
	if claim.Spec.AcquireTime != nil && s.now().Sub(claim.Spec.AcquireTime.Time) < settled {
		return false, errMaking
	}
	return true, nil
}

// keeps checks that a claim was not taken over meanwhile.
func (s *Subscriptions) keeps(ctx context.Context, likeness string, id o2.ID) error {
	there, err := s.client.leases.Get(ctx, claimName(likeness), metav1.GetOptions{})
	if err != nil {
		return unavailable("read who claims what a subscription is like", err)
	}
	if holder := holderOf(there); holder != id {
		return &subscriptionstore.DuplicateError{ID: holder}
	}
	return nil
}

// unclaim gives a likeness up, if id has it.
func (s *Subscriptions) unclaim(ctx context.Context, likeness string, id o2.ID) {
	name := claimName(likeness)
	there, err := s.client.leases.Get(ctx, name, metav1.GetOptions{})
	if err == nil {
		if holderOf(there) != id {
			return
		}
		err = s.client.leases.Delete(ctx, name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{ResourceVersion: &there.ResourceVersion}})
	}
	if err != nil && !notFound(err) && !apierrors.IsConflict(err) {
		s.log.Warn("the claim of a former subscription could not be removed; it is taken over when needed", "lease", name, "error", err)
	}
}

func holderOf(l *coordinationv1.Lease) o2.ID {
	if l.Spec.HolderIdentity == nil {
		return ""
	}
	return o2.ID(*l.Spec.HolderIdentity)
}
