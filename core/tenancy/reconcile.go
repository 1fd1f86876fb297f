package tenancy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Counter counts what tenants have in the views of this process;
// *inventory.Service is one.
type Counter interface {
	// Count returns what each tenant has, by its id. Subscriptions are not counted.
	Count() map[string]o2.Amounts
	// Statuses tells how current the views are.
	Statuses() []inventory.BackendStatus
}

// KeeperConfig is what a Keeper is built from. Service and Counter are mandatory.
type KeeperConfig struct {
	Service *Service
	Counter Counter
	// Interval is how often the keeper looks; 30 s if 0.
	Interval time.Duration
	// Settle is for how long at least a count must differ before it is believed; 2
	// minutes if 0.
	Settle time.Duration
	// Log hears of what could not be done.
	Log *slog.Logger
}

// Keeper keeps order while this process leads: it corrects what the quota store
// takes tenants to have by what the views show, and removes what is left of
// deleted tenants.
//
// A correction must not lose a creation whose object is not in this process's view
// yet: the tenant could have one too many then. So it is made only if
//
//   - nothing is reserved, and the usage's version, which every reservation,
//     settlement and release renews, was the same for as long as Settle. So during
//     that time nothing was begun or ended;
//   - each view is known to have been current in the second half of that time: what
//     was created before it is in the views then. A backend that was never read to
//     its end, or not lately, holds up corrections;
//   - the count was the same all the while.
//
// A tenant of which the store knows nothing yet has begun nothing: it is given at
// once what is counted.
//
// A busy tenant would put that off for ever, and with it what it has and nobody
// counted: what others made for it, or what a store forgot in a failover. So what the
// views show beyond all that is used or reserved is added as soon as two looks have
// shown it: no creation is lost by that. What was deleted and is not gone from the
// views yet may be counted in, until the next correction.
//
// What is begun while we write renews the version, and the write changes nothing,
// for the version that it names was read before the count. A creation that
// outlives its own reservation is added when it settles: if the view had it already
// it counts twice until the next correction, which errs on the side of having less.
type Keeper struct {
	KeeperConfig
}

// eager is how often the keeper looks until every backend was read.
const eager = time.Second

// sighting is a count that differs from what the quota store has.
type sighting struct {
	version store.Token
	counted o2.Amounts
	since   time.Time
}

// NewKeeper makes a Keeper.
func NewKeeper(c KeeperConfig) (*Keeper, error) {
	if c.Service == nil || c.Counter == nil {
		return nil, errors.New("tenancy: a keeper needs the service and a counter")
	}
	if c.Interval <= 0 {
		c.Interval = 30 * time.Second
	}
	if c.Settle <= 0 {
		c.Settle = 2 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{c}, nil
}

// Lead keeps order until ctx ends. Two at once do no harm.
func (k *Keeper) Lead(ctx context.Context, _ store.Token) {
	tick := time.NewTicker(min(k.Interval, eager))
	defer tick.Stop()
	seen, beyond, cleared := map[string]sighting{}, map[string]o2.Amounts{}, map[string]bool{}
	for began := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, whole := k.age(); whole && !began {
			began = true
			tick.Reset(k.Interval)
		}
		if err := k.reconcile(ctx, seen, beyond); err != nil && ctx.Err() == nil {
			k.Log.Warn("what tenants have could not be compared with what is counted", "error", err)
		}
		if err := k.clear(ctx, cleared); err != nil && ctx.Err() == nil {
			k.Log.Warn("what is left of a deleted tenant could not be removed", "error", err)
		}
	}
}

// reconcile corrects what was seen to differ for long enough. beyond is what the look
// before found beyond what is used and reserved.
func (k *Keeper) reconcile(ctx context.Context, seen map[string]sighting, beyond map[string]o2.Amounts) error {
	quotas := k.Service.config.Quotas
	usages := map[string]quota.Usage{}
	for _, t := range k.Service.dir.now.Load().tenants {
		if t.Status == o2.TenantDeleted {
			continue
		}
		usage, err := quotas.Usage(ctx, t.ID)
		if err != nil {
			return err
		}
		usages[t.ID] = usage
	}
	// How current they are is asked first: by the count they are no less.
	age, whole := k.age()
	counts := k.Counter.Count()
	now := time.Now()
	for tenant, usage := range usages {
		counted := counts[tenant]
		counted.Subscriptions, usage.Used.Subscriptions = 0, 0
		if usage.Version == "" && usage.Used == (o2.Amounts{}) {
			if err := k.begin(ctx, tenant, counted, whole); err != nil {
				return err
			}
			continue
		}
		before, known := seen[tenant]
		added, err := k.add(ctx, tenant, counted.Minus(usage.Used).Minus(usage.Reserved), beyond)
		if err != nil {
			return err
		}
		switch {
		case added:
			delete(seen, tenant)
		case usage.Reserved != o2.Amounts{}, usage.Used == counted:
			delete(seen, tenant)
		case !known, before.version != usage.Version, before.counted != counted:
			seen[tenant] = sighting{usage.Version, counted, now}
		case whole && now.Sub(before.since) >= k.Settle && age < now.Sub(before.since)/2:
			delete(seen, tenant)
			if err := quotas.Reconcile(ctx, tenant, counted, usage.Version); err != nil && !errors.Is(err, store.ErrStale) {
				return err
			}
		}
	}
	return nil
}

// add adds to what a tenant has as much as two looks have found beyond it.
func (k *Keeper) add(ctx context.Context, tenant string, more o2.Amounts, beyond map[string]o2.Amounts) (added bool, err error) {
	now, both := more.Each(), beyond[tenant].Each()
	for i := range now {
		now[i] = max(now[i], 0)
		both[i] = min(both[i], now[i])
	}
	beyond[tenant] = o2.AmountsOf(now)
	if both == (o2.Amounts{}).Each() {
		return false, nil
	}
	delete(beyond, tenant)
	return true, k.Service.config.Quotas.Add(ctx, tenant, o2.AmountsOf(both))
}

// begin gives a tenant of which the store knows nothing what it has already.
func (k *Keeper) begin(ctx context.Context, tenant string, counted o2.Amounts, whole bool) error {
	if !whole || counted == (o2.Amounts{}) {
		return nil
	}
	err := k.Service.config.Quotas.Reconcile(ctx, tenant, counted, "")
	if errors.Is(err, store.ErrStale) {
		return nil // it has begun by itself
	}
	return err
}

// age returns how long ago it is that all views were current; whole is false if
// one has not been read to its end.
func (k *Keeper) age() (age time.Duration, whole bool) {
	for _, status := range k.Counter.Statuses() {
		if !status.Synced {
			return 0, false
		}
		age = max(age, status.Age)
	}
	return age, true
}

// countBefore has the quota store know what the backends already have of a tenant
// that is about to be made, so that this is shown from the first moment. Nobody of it
// could make anything yet; of whom the store knows is no new one.
func (s *Service) countBefore(ctx context.Context, tenant string) error {
	if _, known := s.dir.Tenant(tenant); known || s.config.Counted == nil {
		return nil
	}
	usage, err := s.config.Quotas.Usage(ctx, tenant)
	if err != nil {
		return fmt.Errorf("reading what tenant %q has: %w", tenant, err)
	}
	counted := s.config.Counted(tenant)
	counted.Subscriptions = 0
	if counted == (o2.Amounts{}) || usage.Version != "" || usage.Used != (o2.Amounts{}) {
		return nil
	}
	if err := s.config.Quotas.Reconcile(ctx, tenant, counted, usage.Version); err != nil && !errors.Is(err, store.ErrStale) {
		return fmt.Errorf("counting what tenant %q has: %w", tenant, err)
	}
	return nil
}

// clear removes what is left of deleted tenants: because a process ended in the
// midst of it, or because another one, that had not heard of it yet, wrote more.
func (k *Keeper) clear(ctx context.Context, cleared map[string]bool) error {
	const doubtful = time.Hour // for how long there may still be such a process
	for _, t := range k.Service.dir.now.Load().tenants {
		if t.Status != o2.TenantDeleted {
			continue
		}
		h := k.Service.dir.home(t.ID)
		empty := h.count(tenancystore.KindUser)+h.count(tenancystore.KindRole)+h.count(tenancystore.KindRoleBinding) == 0
		if cleared[t.ID] && empty && time.Since(t.UpdatedAt) > doubtful {
			continue
		}
		if err := k.Service.clear(ctx, t.ID); err != nil {
			return err
		}
		cleared[t.ID] = true
	}
	return nil
}
