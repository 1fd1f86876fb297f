package kube

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strconv"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/netweave/netweave/ports/store"
)

// tenancyLease is the Lease that has the epoch where others have their holder.
const tenancyLease = "netweave-tenancy"

// Epoch implements ports/tenancystore.Store: it reads one Lease, and adds what
// Run has seen.
func (s *Tenancy) Epoch(ctx context.Context) (store.Token, error) {
	seen := s.seen.Load()
	epoch, err := s.epoch(ctx)
	if err != nil {
		return "", lacking("look whether tenants, users or roles have changed", err)
	}
	if seen > 0 {
		epoch += "/" + s.run + "-" + strconv.FormatUint(seen, 10)
	}
	return store.Token(epoch), nil
}

// epoch reads the Lease, and makes it where there is none: whoever deletes it
// has everybody read everything again.
func (s *Tenancy) epoch(ctx context.Context) (string, error) {
	for {
		there, err := s.client.leases.Get(ctx, tenancyLease, metav1.GetOptions{})
		if err == nil {
			// Whoever empties it makes a new one of it all the same.
			return cmp.Or(string(holderOf(there)), there.ResourceVersion), nil
		}
		if !notFound(err) {
			return "", err
		}
		token := rand.Text()
		_, err = s.client.leases.Create(ctx, &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: tenancyLease}, Spec: coordinationv1.LeaseSpec{HolderIdentity: &token},
		}, metav1.CreateOptions{})
		if err == nil {
			return token, nil
		}
		if !apierrors.IsAlreadyExists(err) {
			return "", err
		}
	}
}

// renew makes the epoch a new one.
func (s *Tenancy) renew(ctx context.Context) error {
	patch := fmt.Appendf(nil, `{"spec":{"holderIdentity":%q}}`, rand.Text())
	_, err := s.client.leases.Patch(ctx, tenancyLease, types.MergePatchType, patch, metav1.PatchOptions{})
	if notFound(err) {
		_, err = s.epoch(ctx) // a new one
	}
	if err != nil {
		return fmt.Errorf("renew the epoch of tenancy: %w", err)
	}
	return nil
}
