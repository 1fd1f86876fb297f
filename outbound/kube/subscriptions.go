package kube

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// Epochs is the event log's epoch (see ports/eventlog.Guard), which every change
// of a subscription renews.
type Epochs interface {
	// Epoch returns the one in force.
	Epoch(ctx context.Context) (store.Token, error)
	// RenewEpoch makes it a new one.
	RenewEpoch(ctx context.Context) error
}

// SubscriptionsConfig says how custom resources become subscriptions.
type SubscriptionsConfig struct {
	// Tenant owns those that name none; "default" if "".
	Tenant string
	// Admit judges what was not written through the store: nil admits it, and its
	// filter may be made canonical. It is called for every reading, so it is to be
	// quick and to call nobody. Its error's text is shown in the object's status.
	Admit func(s *o2.Subscription) error
	// Announce makes Run renew the epoch for changes that were not made through
	// this store, and write the objects' status. One process needs it, more of them
	// do no harm: the controllers.
	Announce bool
}

// Subscriptions implements ports/subscriptionstore.Store on custom resources.
//
// A subscription that is made through it is an object named by its id. One that
// is applied with kubectl has its uid as its id, unless it is named by a UUID.
// Its Version is metadata.generation.
//
// Limits are counted before an object is created: two gateways that create at
// the same moment may pass a limit by one. What must not happen twice, two
// subscriptions that are alike, is refused by kube-apiserver (see claim).
type Subscriptions struct {
	cfg     SubscriptionsConfig
	client  *Client
	objects dynamic.ResourceInterface
	epochs  Epochs
	log     *slog.Logger
	now     func() time.Time
	// lookAgain is defaultLookAgain, but in tests.
	lookAgain time.Duration

	// writing is held by the one who writes, and by Run while it judges what it
	// has seen.
	writing sync.Mutex
	// own are the generations that this store wrote, by object.
	own map[types.UID]int64
	// owed says that a write was not followed by a new epoch.
	owed bool

	names names
}

var _ subscriptionstore.Store = (*Subscriptions)(nil)

// NewSubscriptions returns a store. Run is to be called beside it.
func (c *Client) NewSubscriptions(cfg SubscriptionsConfig, epochs Epochs, log *slog.Logger) *Subscriptions {
	if cfg.Tenant == "" {
		cfg.Tenant = "default"
	}
	if cfg.Admit == nil {
		cfg.Admit = func(*o2.Subscription) error { return nil }
	}
	return &Subscriptions{
		cfg: cfg, client: c, objects: c.dynamic.Resource(subscriptionsResource).Namespace(c.namespace),
		epochs: epochs, log: log, now: time.Now, lookAgain: defaultLookAgain, own: map[types.UID]int64{},
	}
}

// Create implements ports/subscriptionstore.Store.
func (s *Subscriptions) Create(ctx context.Context, n *o2.Subscription, l subscriptionstore.Limits) (*o2.Subscription, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	all, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	if like := s.alike(all, n); like != nil {
		if like.Annotations[unconfirmed] == "" {
			return nil, &subscriptionstore.DuplicateError{ID: like.id()}
		}
		return s.confirm(ctx, like, n.Secret)
	}
	if err := s.within(all, n.Tenant, l); err != nil {
		return nil, err
	}
	made, err := s.make(ctx, n)
	if err != nil {
		return nil, err
	}
	return s.confirm(ctx, made, n.Secret)
}

// make claims the likeness and creates the object.
func (s *Subscriptions) make(ctx context.Context, n *o2.Subscription) (*resource, error) {
	likeness := n.Likeness()
	if err := s.claim(ctx, likeness, n.ID); err != nil {
		return nil, err
	}
	u, err := fresh(n, newSecretRef(n)).encode()
	if err != nil {
		return nil, err
	}
	u, err = s.objects.Create(ctx, u, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return nil, &subscriptionstore.DuplicateError{ID: n.ID}
	}
	if err != nil {
		return nil, unavailable("create a subscription", err)
	}
	made, err := decode(u)
	if err != nil {
		return nil, err
	}
	s.wrote(made)
	if err := s.keeps(ctx, likeness, n.ID); err != nil {
		return nil, errors.Join(err, s.remove(ctx, made))
	}
	return made, nil
}

// confirm completes a creation: the secret, the epoch, and then the mark.
func (s *Subscriptions) confirm(ctx context.Context, r *resource, secret o2.Secret) (*o2.Subscription, error) {
	if r.Spec.SecretRef != nil && secret != "" {
		if err := s.putSecret(ctx, r, r.Spec.SecretRef, secret); err != nil {
			return nil, err
		}
	}
	if err := s.renew(ctx); err != nil {
		return nil, err
	}
	mark := []byte(`{"metadata":{"annotations":{"` + unconfirmed + `":null}}}`)
	if _, err := s.objects.Patch(ctx, r.Name, types.MergePatchType, mark, metav1.PatchOptions{}); err != nil {
		return nil, unavailable("confirm a subscription", err)
	}
	return s.whole(ctx, r)
}

// Update implements ports/subscriptionstore.Store.
func (s *Subscriptions) Update(ctx context.Context, n *o2.Subscription) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	r, old, err := s.stored(ctx, n.ID)
	if err != nil {
		return err
	}
	switch {
	case old.Version == n.Version && *old == *n:
		return s.renew(ctx)
	case old.Version+1 != n.Version:
		return subscriptionstore.ErrConflict
	}
	moves := old.Likeness() != n.Likeness()
	if moves {
		if err := s.move(ctx, n); err != nil {
			return err
		}
	}
	ref, err := s.nextSecret(ctx, r, old, n)
	if err != nil {
		return err
	}
	former := r.Spec.SecretRef
	if err := s.replace(ctx, r, n, ref); err != nil {
		// What was prepared is of no use; what is not known to have failed stays.
		if errors.Is(err, subscriptionstore.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			s.forget(ctx, n, ref, former, moves)
		}
		return err
	}
	if ref != former {
		s.dropSecret(ctx, n.ID, former)
	}
	if moves {
		s.unclaim(ctx, old.Likeness(), n.ID)
	}
	return s.renew(ctx)
}

// move claims another likeness for a subscription.
func (s *Subscriptions) move(ctx context.Context, n *o2.Subscription) error {
	all, err := s.list(ctx)
	if err != nil {
		return err
	}
	if like := s.alike(all, n); like != nil {
		return &subscriptionstore.DuplicateError{ID: like.id()}
	}
	return s.claim(ctx, n.Likeness(), n.ID)
}

// nextSecret returns where the secret of n is: where it was if it is the same.
func (s *Subscriptions) nextSecret(ctx context.Context, r *resource, old, n *o2.Subscription) (*secretRef, error) {
	if old.Secret == n.Secret {
		return r.Spec.SecretRef, nil
	}
	ref := newSecretRef(n)
	if ref == nil {
		return nil, nil
	}
	return ref, s.putSecret(ctx, r, ref, n.Secret)
}

// replace writes n over r, unless r was changed meanwhile.
func (s *Subscriptions) replace(ctx context.Context, r *resource, n *o2.Subscription, ref *secretRef) error {
	changed := *r
	changed.fill(n, ref)
	u, err := changed.encode()
	if err != nil {
		return err
	}
	u, err = s.objects.Update(ctx, u, metav1.UpdateOptions{})
	switch {
	case apierrors.IsConflict(err):
		return subscriptionstore.ErrConflict
	case notFound(err):
		return store.ErrNotFound
	case err != nil:
		return unavailable("update a subscription", err)
	}
	written, err := decode(u)
	if err != nil {
		return err
	}
	s.wrote(written)
	return nil
}

func (s *Subscriptions) forget(ctx context.Context, n *o2.Subscription, ref, former *secretRef, moved bool) {
	if ref != former {
		s.dropSecret(ctx, n.ID, ref)
	}
	if moved {
		s.unclaim(ctx, n.Likeness(), n.ID)
	}
}

// Delete implements ports/subscriptionstore.Store.
func (s *Subscriptions) Delete(ctx context.Context, id o2.ID) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	r, err := s.find(ctx, id)
	if err != nil {
		return err
	}
	if r == nil {
		if s.owed {
			if err := s.renew(ctx); err != nil {
				return err
			}
		}
		return fmt.Errorf("subscription %s: %w", id, store.ErrNotFound)
	}
	if err := s.remove(ctx, r); err != nil {
		return err
	}
	return s.renew(ctx)
}

// remove deletes an object and what belongs to it.
func (s *Subscriptions) remove(ctx context.Context, r *resource) error {
	err := s.objects.Delete(ctx, r.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &r.UID}})
	if err != nil && !notFound(err) && !apierrors.IsConflict(err) {
		return unavailable("delete a subscription", err)
	}
	s.did(r.UID, deleted)
	s.dropSecret(ctx, r.id(), r.Spec.SecretRef)
	s.unclaim(ctx, r.subscription(s.cfg.Tenant).Likeness(), r.id())
	return nil
}

// renew makes the epoch a new one after a write; what fails is owed.
func (s *Subscriptions) renew(ctx context.Context) error {
	s.owed = true
	if err := s.epochs.RenewEpoch(ctx); err != nil {
		return fmt.Errorf("tell the leader of a changed subscription: %w", err)
	}
	s.owed = false
	return nil
}

// alike returns another subscription that is like n.
func (s *Subscriptions) alike(all []*resource, n *o2.Subscription) *resource {
	likeness := n.Likeness()
	for _, r := range all {
		if r.id() != n.ID && r.subscription(s.cfg.Tenant).Likeness() == likeness || r.id() == n.ID && r.Annotations[unconfirmed] != "" {
			return r
		}
	}
	return nil
}

// within tells whether there may be one more.
func (s *Subscriptions) within(all []*resource, tenant string, l subscriptionstore.Limits) error {
	of := 0
	for _, r := range all {
		if r.subscription(s.cfg.Tenant).Tenant == tenant {
			of++
		}
	}
	if l.PerTenant > 0 && of >= l.PerTenant {
		return &subscriptionstore.LimitError{Tenant: true, Limit: l.PerTenant}
	}
	if l.Total > 0 && len(all) >= l.Total {
		return &subscriptionstore.LimitError{Limit: l.Total}
	}
	return nil
}
