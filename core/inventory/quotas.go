package inventory

import (
	"context"
	"errors"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/quota"
	"github.com/netweave/netweave/ports/backend"
)

// Quotas keeps tenants within their quotas. *quota.Keeper is one. It is called
// from many goroutines at once.
type Quotas interface {
	// Reserve takes wanted from what is left of a tenant's, before the backend is
	// asked. Its error is told to the caller.
	Reserve(ctx context.Context, tenant string, wanted o2.Amounts) (quota.Reservation, error)
	// Adjust adds to what a tenant has without asking; negative amounts give back.
	Adjust(ctx context.Context, tenant string, delta o2.Amounts)
}

// charge is what a write takes of its tenant's quotas.
type charge struct {
	quotas   Quotas
	tenant   string
	reserved quota.Reservation // nil if nothing had to be
}

// charge reserves what a write wants for a tenant. What is the platform's or
// everyone's counts for nobody.
func (s *Service) charge(ctx context.Context, owner string, wants func() o2.Amounts) (charge, error) {
	if s.quotas == nil || !isTenant(owner) {
		return charge{}, nil
	}
	c := charge{quotas: s.quotas, tenant: owner}
	wanted := gain(wants())
	if wanted == (o2.Amounts{}) {
		return c, nil
	}
	var err error
	c.reserved, err = s.quotas.Reserve(ctx, owner, wanted)
	return c, err
}

// settle ends a charge with what the write really took, which may be less than
// nothing.
func (c charge) settle(ctx context.Context, took func() o2.Amounts) {
	if c.quotas == nil {
		return
	}
	taken := took()
	rest := taken
	if c.reserved != nil {
		c.reserved.Settle(ctx, gain(taken))
		rest = taken.Minus(gain(taken))
	}
	if rest != (o2.Amounts{}) {
		c.quotas.Adjust(ctx, c.tenant, rest)
	}
}

// fail ends a charge whose write failed. What may have happened all the same stays
// reserved until that ends by itself: by then the views show whether it did.
func (c charge) fail(ctx context.Context, err error) {
	if c.reserved != nil && !mayHaveHappened(err) {
		c.reserved.Release(ctx)
	}
}

// mayHaveHappened reports whether the backend may have done what failed.
func mayHaveHappened(err error) bool {
	for _, doubt := range []error{backend.ErrTimeout, backend.ErrBroken, context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, doubt) {
			return true
		}
	}
	return false
}

// gain is what of a difference is above nothing.
func gain(a o2.Amounts) o2.Amounts {
	each := a.Each()
	for i := range each {
		each[i] = max(each[i], 0)
	}
	return o2.AmountsOf(each)
}
