package kube

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// pageSize is how many objects are asked for at once.
const pageSize = 500

// Get implements ports/subscriptionstore.Store.
func (s *Subscriptions) Get(ctx context.Context, id o2.ID) (*o2.Subscription, error) {
	_, found, err := s.stored(ctx, id)
	return found, err
}

// ListTenant implements ports/subscriptionstore.Store.
func (s *Subscriptions) ListTenant(ctx context.Context, tenant string) ([]*o2.Subscription, error) {
	return s.every(ctx, func(n *o2.Subscription) bool { return n.Tenant == tenant })
}

// All implements ports/subscriptionstore.Store.
func (s *Subscriptions) All(ctx context.Context) ([]*o2.Subscription, store.Token, error) {
	epoch, err := s.epochs.Epoch(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("read the epoch of subscriptions: %w", err)
	}
	all, err := s.every(ctx, func(*o2.Subscription) bool { return true })
	return all, epoch, err
}

// every returns those that are valid and that pass, by id.
func (s *Subscriptions) every(ctx context.Context, pass func(*o2.Subscription) bool) ([]*o2.Subscription, error) {
	objects, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	secrets, err := s.ownSecrets(ctx)
	if err != nil {
		return nil, err
	}
	var list []*o2.Subscription
	for _, r := range unique(objects) {
		n := r.subscription(s.cfg.Tenant)
		if !pass(n) {
			continue
		}
		known, ok := o2.Secret(""), r.Spec.SecretRef == nil
		if !ok {
			known, ok = secrets[r.Spec.SecretRef.Name]
			ok = ok && r.Spec.SecretRef.Key == secretKey && known != ""
		}
		if ok && r.ours() {
			n.Secret = known
			list = append(list, n)
			continue
		}
		// It is another's Secret, or was changed after the objects were listed.
		n, err := s.again(ctx, r)
		if err != nil {
			return nil, err
		}
		if n != nil && pass(n) {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *o2.Subscription) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// again reads one that a list has told too little of; nil if it is gone or not
// valid.
func (s *Subscriptions) again(ctx context.Context, r *resource) (*o2.Subscription, error) {
	if r.Spec.SecretRef != nil && strings.HasPrefix(r.Spec.SecretRef.Name, "netweave-"+string(r.id())+"-") {
		now, err := s.get(ctx, r.Name)
		if err != nil || now == nil {
			return nil, err
		}
		r = now
	}
	n, _, err := s.judge(ctx, r)
	if _, ok := errors.AsType[*invalid](err); ok {
		return nil, nil
	}
	return n, err
}

// invalid is the error of an object that is no subscription.
type invalid struct{ reason error }

func (i *invalid) Error() string { return i.reason.Error() }

// judge returns the subscription that r is, and the version of its Secret;
// *invalid if it is none.
func (s *Subscriptions) judge(ctx context.Context, r *resource) (*o2.Subscription, string, error) {
	n := r.subscription(s.cfg.Tenant)
	if !r.ours() {
		if err := s.cfg.Admit(n); err != nil {
			return nil, "", &invalid{err}
		}
	}
	secret, version, err := s.secretOf(ctx, r.Spec.SecretRef)
	if m, ok := errors.AsType[*missing](err); ok {
		return nil, "", &invalid{m}
	}
	if err != nil {
		return nil, "", err
	}
	n.Secret = secret
	return n, version, nil
}

// whole is judge for one that is expected to be valid.
func (s *Subscriptions) whole(ctx context.Context, r *resource) (*o2.Subscription, error) {
	n, _, err := s.judge(ctx, r)
	if _, ok := errors.AsType[*invalid](err); ok {
		return nil, fmt.Errorf("subscription %s: %w", r.id(), store.ErrNotFound)
	}
	return n, err
}

// stored returns an object and the subscription that it is; store.ErrNotFound.
func (s *Subscriptions) stored(ctx context.Context, id o2.ID) (*resource, *o2.Subscription, error) {
	for {
		r, err := s.find(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		if r == nil {
			return nil, nil, fmt.Errorf("subscription %s: %w", id, store.ErrNotFound)
		}
		n, err := s.whole(ctx, r)
		if !errors.Is(err, store.ErrNotFound) {
			return r, n, err
		}
		// Its Secret may have been replaced since the object was read.
		now, rerr := s.get(ctx, r.Name)
		if rerr != nil {
			return nil, nil, rerr
		}
		if now == nil || now.Generation == r.Generation {
			return nil, nil, err
		}
	}
}

// find returns the object with an id, nil if there is none.
func (s *Subscriptions) find(ctx context.Context, id o2.ID) (*resource, error) {
	// An object is named by its id, unless its uid is its id.
	name, complete := s.names.of(id)
	for _, name := range []string{name, string(id)} {
		if name == "" {
			continue
		}
		if r, err := s.get(ctx, name); err != nil || r != nil && r.id() == id {
			return r, err
		}
	}
	if complete {
		return nil, nil
	}
	all, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range unique(all) {
		if r.id() == id {
			return r, nil
		}
	}
	return nil, nil
}

// get returns the object with a name, nil if there is none.
func (s *Subscriptions) get(ctx context.Context, name string) (*resource, error) {
	u, err := s.objects.Get(ctx, name, metav1.GetOptions{})
	if notFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable("read a subscription", err)
	}
	return decode(u)
}

// list returns every object, by name. All pages are of one moment.
func (s *Subscriptions) list(ctx context.Context) ([]*resource, error) {
	var all []*resource
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := s.objects.List(ctx, options)
		if err != nil {
			return nil, unavailable("list subscriptions", err)
		}
		for i := range page.Items {
			r, err := decode(&page.Items[i])
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return all, nil
		}
	}
}

// unique leaves out an object that is named by the uid of another.
func unique(objects []*resource) []*resource {
	uids := make(map[string]bool, len(objects))
	for _, r := range objects {
		uids[string(r.UID)] = true
	}
	return slices.DeleteFunc(slices.Clone(objects), func(r *resource) bool {
		return uids[r.Name] && string(r.UID) != r.Name
	})
}
