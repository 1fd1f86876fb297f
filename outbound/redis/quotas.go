package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/store"
)

// quotas counts what tenants have, by the server's clock. It does not wait for
// replicas: what a failover loses of it, counting the view's objects corrects.
type quotas struct{ *Store }

var _ quota.Store = (*quotas)(nil)

// Reserve is as in quota.Store.
func (q *quotas) Reserve(ctx context.Context, tenant string, wanted o2.Amounts, limits o2.Quotas, hold time.Duration) (store.Token, error) {
	const doing = "reserving of a quota"
	args := []any{tenant, random(), max(hold.Milliseconds(), 1), len(o2.QuotaNames)}
	args = each(args, wanted)
	args = each(args, o2.Amounts(limits))
	got, err := q.run(ctx, "quota-reserve", doing, args...)
	if err != nil {
		return "", err
	}
	if reservation := text(got); reservation != "" {
		return store.Token(reservation), nil
	}
	full := list(got)
	if len(full) != 2 || number(full[0]) < 1 || number(full[0]) > len(o2.QuotaNames) {
		return "", odd(doing, got)
	}
	i := number(full[0]) - 1
	used, err := strconv.ParseInt(text(full[1]), 10, 64)
	if err != nil {
		return "", odd(doing, got)
	}
	return "", fmt.Errorf("%s: %w", doing, &quota.ExceededError{
		Quota: o2.QuotaNames[i], Limit: o2.Amounts(limits).Each()[i], Used: used, Wanted: wanted.Each()[i],
	})
}

// Settle is as in quota.Store.
func (q *quotas) Settle(ctx context.Context, tenant string, reservation store.Token, taken o2.Amounts) error {
	_, err := q.run(ctx, "quota-settle", "settling a quota", each([]any{tenant, random(), string(reservation)}, taken)...)
	return err
}

// Release is as in quota.Store.
func (q *quotas) Release(ctx context.Context, tenant string, reservation store.Token) error {
	_, err := q.run(ctx, "quota-release", "releasing of a quota", tenant, random(), string(reservation))
	return err
}

// Add is as in quota.Store.
func (q *quotas) Add(ctx context.Context, tenant string, delta o2.Amounts) error {
	_, err := q.run(ctx, "quota-add", "counting for a quota", each([]any{tenant, random()}, delta)...)
	return err
}

// Usage is as in quota.Store.
func (q *quotas) Usage(ctx context.Context, tenant string) (quota.Usage, error) {
	const doing = "reading what a tenant has"
	got, err := q.run(ctx, "quota-usage", doing, tenant)
	if err != nil {
		return quota.Usage{}, err
	}
	fields := list(got)
	if len(fields) != 3 {
		return quota.Usage{}, odd(doing, got)
	}
	used, err := parseAmounts(text(fields[0]))
	if err != nil {
		return quota.Usage{}, failed(ctx, doing, err)
	}
	reserved, err := parseAmounts(text(fields[1]))
	if err != nil {
		return quota.Usage{}, failed(ctx, doing, err)
	}
	return quota.Usage{Used: used, Reserved: reserved, Version: store.Token(text(fields[2]))}, nil
}

// Reconcile is as in quota.Store.
func (q *quotas) Reconcile(ctx context.Context, tenant string, counted o2.Amounts, version store.Token) error {
	_, err := q.run(ctx, "quota-reconcile", "correcting what a tenant has", each([]any{tenant, string(version)}, counted)...)
	return err
}

// maxAmount is the greatest amount that the scripts keep.
const maxAmount = 1 << 62

// each appends amounts in the order of o2.QuotaNames.
func each(args []any, a o2.Amounts) []any {
	for _, n := range a.Each() {
		args = append(args, max(min(n, maxAmount), -maxAmount))
	}
	return args
}

// parseAmounts reads amounts as the scripts keep them; those that are not there
// are 0.
func parseAmounts(packed string) (o2.Amounts, error) {
	var all [len(o2.QuotaNames)]int64
	for i, word := range strings.Fields(packed) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || i >= len(all) {
			return o2.Amounts{}, fmt.Errorf("the stored amounts are %q", packed)
		}
		all[i] = n
	}
	return o2.AmountsOf(all), nil
}
