package quota

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
)

// settleWithin bounds what is still done once a request has its answer.
const settleWithin = 5 * time.Second

// Config is what a Keeper is built from. Store and Limits are mandatory.
type Config struct {
	Store quota.Store
	// Limits tells a tenant's quotas. It must not block.
	Limits func(tenant string) o2.Quotas
	// Count tells what a tenant has in the views; nil is nothing. A tenant of which
	// the store knows nothing begins with that, and none gets what goes beyond a quota
	// by it. It is asked whenever a quota bounds what is wanted.
	Count func(tenant string) o2.Amounts
	// Hold is how long a reservation lasts that is never settled, 2 min by default.
	// It is to be longer than a write may take.
	Hold time.Duration
	// Log hears of what could not be settled.
	Log *slog.Logger
}

// Keeper reserves. It is safe for concurrent use.
type Keeper struct {
	config Config
	// begun are the tenants, by id, of whom the store is known to know.
	begun sync.Map
}

// Reservation is what a write has taken from a tenant's quotas ahead of the
// backend's answer. One of its methods is called once, or none: then it ends by
// itself.
type Reservation interface {
	// Settle ends it with what was really taken.
	Settle(ctx context.Context, taken o2.Amounts)
	// Release ends it if nothing was taken.
	Release(ctx context.Context)
}

// New makes a Keeper.
func New(c Config) (*Keeper, error) {
	switch {
	case c.Store == nil:
		return nil, errors.New("quota: no store is configured")
	case c.Limits == nil:
		return nil, errors.New("quota: nothing that tells a tenant's quotas is configured")
	case c.Hold < 0:
		return nil, errors.New("quota: a reservation cannot last for a negative time")
	}
	if c.Hold == 0 {
		c.Hold = 2 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{config: c}, nil
}

// Reserve takes wanted from what is left of a tenant's quotas, or nothing: then the
// error is *quota.ExceededError, or one of package store. What the views show and
// nobody counted yet leaves no room either, such as what requests made that did not
// wait for it.
func (k *Keeper) Reserve(ctx context.Context, tenant string, wanted o2.Amounts) (Reservation, error) {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	if err := k.begin(ctx, tenant); err != nil {
		return nil, err
	}
	limits := k.config.Limits(tenant)
	if k.config.Count != nil && bounds(limits, wanted) {
		have := k.config.Count(tenant)
		if i, exceeded := limits.Exceeded(have, wanted); exceeded {
			return nil, &quota.ExceededError{
				Quota: o2.QuotaNames[i], Limit: o2.Amounts(limits).Each()[i], Used: have.Each()[i], Wanted: wanted.Each()[i],
			}
		}
	}
	token, err := k.config.Store.Reserve(ctx, tenant, wanted, limits, k.config.Hold)
	if err != nil {
		return nil, err
	}
	return &reservation{keeper: k, tenant: tenant, token: token}, nil
}

// bounds reports whether there is a quota on anything that is wanted.
func bounds(limits o2.Quotas, wanted o2.Amounts) bool {
	most := o2.Amounts(limits).Each()
	for i, n := range wanted.Each() {
		if n > 0 && most[i] != o2.Unlimited {
			return true
		}
	}
	return false
}

// begin has a tenant of which the store knows nothing begin with what it has
// already: objects may be older than the gateway, or than its store.
func (k *Keeper) begin(ctx context.Context, tenant string) error {
	if _, done := k.begun.Load(tenant); done || k.config.Count == nil {
		return nil
	}
	usage, err := k.config.Store.Usage(ctx, tenant)
	if err == nil && usage.Version == "" && usage.Used == (o2.Amounts{}) {
		has := k.config.Count(tenant)
		has.Subscriptions = 0 // counted by their own store
		if err = k.config.Store.Reconcile(ctx, tenant, has, usage.Version); errors.Is(err, store.ErrStale) {
			err = nil // somebody else was first
		}
	}
	if err == nil {
		k.begun.Store(tenant, true)
	}
	return err
}

// Adjust adds to what a tenant has without asking; negative amounts give back.
func (k *Keeper) Adjust(ctx context.Context, tenant string, delta o2.Amounts) {
	k.do(ctx, "counting what a tenant gained or gave back", tenant, func(ctx context.Context) error {
		return k.config.Store.Add(ctx, tenant, delta)
	})
}

// do does what has to be done though the caller may have gone. A failure is logged
// and no more: reconciliation puts it right.
func (k *Keeper) do(ctx context.Context, what, tenant string, call func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := call(ctx); err != nil {
		k.config.Log.Warn(what+" failed: the quota is off until it is reconciled", "tenant", tenant, "error", err)
	}
}

type reservation struct {
	keeper *Keeper
	tenant string
	token  store.Token
}

func (r *reservation) Settle(ctx context.Context, taken o2.Amounts) {
	r.keeper.do(ctx, "settling a reservation", r.tenant, func(ctx context.Context) error {
		return r.keeper.config.Store.Settle(ctx, r.tenant, r.token, taken)
	})
}

func (r *reservation) Release(ctx context.Context) {
	r.keeper.do(ctx, "releasing a reservation", r.tenant, func(ctx context.Context) error {
		return r.keeper.config.Store.Release(ctx, r.tenant, r.token)
	})
}
