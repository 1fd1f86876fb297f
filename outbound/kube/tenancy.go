package kube

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Tenancy implements ports/tenancystore.Store on custom resources: Tenant,
// TenantUser, TenantRole and TenantRoleBinding.
//
// An object's spec has the members of Record.Data, and its name follows from
// them (see objectName); its Version is metadata.generation. An object whose
// spec is not right, or belongs under another name, is left out: it grants
// nothing. That is logged once.
//
// The epoch is in a Lease that each write renews. What others write, with
// kubectl for example, is noticed while Run runs.
type Tenancy struct {
	client *Client
	log    *slog.Logger
	// seen counts the changes that Run has seen; run tells this store from others.
	seen atomic.Uint64
	run  string

	mu sync.Mutex
	// wrong are the generations of objects that were left out, and logged.
	wrong map[types.UID]int64
}

var _ tenancystore.Store = (*Tenancy)(nil)

// NewTenancy returns a store. Run is to be called beside it.
func (c *Client) NewTenancy(log *slog.Logger) *Tenancy {
	return &Tenancy{client: c, log: log, run: strconv.FormatUint(rand.Uint64(), 36)}
}

// conflicts is how often a change is tried that somebody else's got in the way
// of, without being one of the record.
const conflicts = 5

// Put implements ports/tenancystore.Store.
func (s *Tenancy) Put(ctx context.Context, r tenancystore.Record) error {
	name, err := lawful(r)
	if err != nil {
		return fmt.Errorf("store %s: %w", describe(r.Key), err)
	}
	what := "store " + describe(r.Key)
	objects := s.objects(r.Kind)
	for tries := 1; ; tries++ {
		err := s.put(ctx, objects, name, what, r)
		if !apierrors.IsConflict(err) {
			return err
		}
		if tries == conflicts {
			return fmt.Errorf("%s: %w", what, tenancystore.ErrConflict)
		}
	}
}

// put tries once: a conflict of kube-apiserver's means that the object was
// touched since it was read.
func (s *Tenancy) put(ctx context.Context, objects dynamic.ResourceInterface, name, what string, r tenancystore.Record) error {
	there, err := s.find(ctx, objects, name)
	if err != nil {
		return err
	}
	spec, err := specOf(r)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	again := there != nil && there.GetAnnotations()[unconfirmed] != "" && uint64(there.GetGeneration()) == r.Version &&
		reflect.DeepEqual(there.Object["spec"], spec)
	switch {
	case again:
	case r.Version == 1 && there != nil:
		return fmt.Errorf("%s: %w", what, tenancystore.ErrExists)
	case r.Version == 1:
		_, err = objects.Create(ctx, tenancyObject(r.Kind, name, spec), metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
		if apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("%s: %w", what, tenancystore.ErrExists)
		}
	case there == nil:
		return fmt.Errorf("%s: %w", what, store.ErrNotFound)
	case uint64(there.GetGeneration())+1 != r.Version:
		return fmt.Errorf("%s: version %d is to follow on %d: %w", what, r.Version, there.GetGeneration(), tenancystore.ErrConflict)
	default:
		there.Object["spec"] = spec
		annotations := there.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[unconfirmed] = "true"
		there.SetAnnotations(annotations)
		_, err = objects.Update(ctx, there, metav1.UpdateOptions{FieldValidation: metav1.FieldValidationStrict})
	}
	switch {
	case apierrors.IsConflict(err):
		return err
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err):
		return fmt.Errorf("%s: kube-apiserver refuses it; is the definition in deploy/kubernetes/tenancy.netweave.io.yaml this version's? %w", what, err)
	case notFound(err):
		return fmt.Errorf("%s: %w", what, store.ErrNotFound)
	case err != nil:
		return lacking(what, err)
	}
	return s.confirm(ctx, objects, name, what)
}

// confirm completes a write: the epoch, and then the mark.
func (s *Tenancy) confirm(ctx context.Context, objects dynamic.ResourceInterface, name, what string) error {
	err := s.renew(ctx)
	if err == nil {
		mark := []byte(`{"metadata":{"annotations":{"` + unconfirmed + `":null}}}`)
		_, err = objects.Patch(ctx, name, types.MergePatchType, mark, metav1.PatchOptions{})
	}
	if err != nil && !notFound(err) { // it may be deleted already
		return fmt.Errorf("%s: %w: %w", what, store.ErrUnconfirmed, err)
	}
	return nil
}

// Delete implements ports/tenancystore.Store. It renews the epoch even if there
// is nothing: somebody may not have got so far.
func (s *Tenancy) Delete(ctx context.Context, k tenancystore.Key) error {
	what := "delete " + describe(k)
	name, err := objectName(k)
	if err != nil {
		return fmt.Errorf("%s: %w", what, store.ErrNotFound)
	}
	objects := s.objects(k.Kind)
	there, err := s.find(ctx, objects, name)
	if err != nil {
		return err
	}
	if there != nil {
		uid := there.GetUID()
		err := objects.Delete(ctx, name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
		switch {
		case notFound(err), apierrors.IsConflict(err):
			there = nil // another was quicker
		case err != nil:
			return lacking(what, err)
		}
	}
	if err := s.renew(ctx); err != nil {
		return fmt.Errorf("%s: %w: %w", what, store.ErrUnconfirmed, err)
	}
	if there == nil {
		return fmt.Errorf("%s: %w", what, store.ErrNotFound)
	}
	return nil
}

// Get implements ports/tenancystore.Store.
func (s *Tenancy) Get(ctx context.Context, k tenancystore.Key) (tenancystore.Record, error) {
	gone := fmt.Errorf("%s: %w", describe(k), store.ErrNotFound)
	name, err := objectName(k)
	if err != nil {
		return tenancystore.Record{}, gone
	}
	there, err := s.find(ctx, s.objects(k.Kind), name)
	if err != nil {
		return tenancystore.Record{}, err
	}
	if there == nil {
		return tenancystore.Record{}, gone
	}
	r, err := recordOf(k.Kind, there)
	if err != nil || r.Key != k {
		return tenancystore.Record{}, gone
	}
	return r, nil
}

// All implements ports/tenancystore.Store. Each kind's objects are of one moment,
// that is not before the epoch was read.
func (s *Tenancy) All(ctx context.Context) ([]tenancystore.Record, store.Token, error) {
	epoch, err := s.Epoch(ctx)
	if err != nil {
		return nil, "", err
	}
	var all []tenancystore.Record
	wrong := map[types.UID]int64{}
	for kind := range tenancyKinds {
		err := s.each(ctx, kind, func(u *unstructured.Unstructured) {
			r, err := recordOf(kind, u)
			if err != nil {
				wrong[u.GetUID()] = u.GetGeneration()
				s.complain(u, err)
				return
			}
			all = append(all, r)
		})
		if err != nil {
			return nil, "", err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = wrong
	return all, epoch, nil
}

// complain logs what is wrong with an object, once.
func (s *Tenancy) complain(u *unstructured.Unstructured, reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if told, ok := s.wrong[u.GetUID()]; !ok || told != u.GetGeneration() {
		s.log.Warn("an object of tenancy is not right and is left out", "kind", u.GetKind(), "name", u.GetName(), "error", reason)
	}
}

func (s *Tenancy) objects(kind tenancystore.Kind) dynamic.ResourceInterface {
	return s.client.dynamic.Resource(tenancyKinds[kind].resource).Namespace(s.client.namespace)
}

// find returns the object with a name, nil if there is none, or if it is only
// waiting for somebody's finalizer.
func (s *Tenancy) find(ctx context.Context, objects dynamic.ResourceInterface, name string) (*unstructured.Unstructured, error) {
	u, err := objects.Get(ctx, name, metav1.GetOptions{})
	switch {
	case notFound(err):
		return nil, nil
	case err != nil:
		return nil, lacking("read an object of tenancy", err)
	case u.GetDeletionTimestamp() != nil:
		return nil, nil
	}
	return u, nil
}

// each calls fn with every object of a kind, all being of one moment.
func (s *Tenancy) each(ctx context.Context, kind tenancystore.Kind, fn func(*unstructured.Unstructured)) error {
	options := metav1.ListOptions{Limit: pageSize}
	for {
		page, err := s.objects(kind).List(ctx, options)
		if err != nil {
			return lacking("list objects of tenancy", err)
		}
		for i := range page.Items {
			if page.Items[i].GetDeletionTimestamp() == nil {
				fn(&page.Items[i])
			}
		}
		if options.Continue = page.GetContinue(); options.Continue == "" {
			return nil
		}
	}
}

// errNoTenancy tells what to install.
var errNoTenancy = errors.New("kube-apiserver does not know tenants.netweave.io and what belongs to it; apply deploy/kubernetes/tenancy.netweave.io.yaml")

// lacking wraps an error of kube-apiserver as the store's.
func lacking(what string, err error) error {
	if noSuchResource(err) {
		err = errNoTenancy
	}
	return fmt.Errorf("%s: %w: %w", what, store.ErrUnavailable, err)
}
