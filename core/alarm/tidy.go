package alarm

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
)

// endRemoved ends what belongs to adapters that are no more.
func (k *Keeper) endRemoved(ctx context.Context) error {
	now := time.Now()
	var verdicts []verdict
	for _, a := range k.Book.all() {
		if isReceiver(a.Source) || k.Sources.has(a.Source) {
			continue
		}
		if v, ok := over(a, now); ok {
			verdicts = append(verdicts, v)
		}
	}
	_, err := k.carryOut(ctx, verdicts)
	return err
}

// follow has alarms belong to whom their resources belong to.
func (k *Keeper) follow(ctx context.Context) error {
	var verdicts []verdict
	for _, a := range k.Book.all() {
		r := resourceOf(k.Inventory, a.ResourceID)
		if r == nil || r.Tenant == a.Tenant {
			continue
		}
		next := *a
		next.Tenant = r.Tenant
		verdicts = append(verdicts, replace(a, &next))
	}
	_, err := k.carryOut(ctx, verdicts)
	return err
}

// retire removes the records whose retention is over. What an operator has cleared
// and an adapter goes on reporting stays, lest it be raised again; of a receiver
// nobody knows whether it does.
func (k *Keeper) retire(ctx context.Context) error {
	c, err := k.configured(ctx)
	if err != nil {
		return err
	}
	before := time.Now().AddDate(0, 0, -c.RetentionDays)
	var verdicts []verdict
	for _, a := range k.Book.all() {
		if a.Cleared() && a.ClearedAt.Before(before) && (!a.Held || isReceiver(a.Source)) {
			verdicts = append(verdicts, removal(a))
		}
	}
	_, err = k.carryOut(ctx, verdicts)
	return err
}

func removal(a *o2.Alarm) verdict {
	return verdict{Change: alarmstore.Change{Record: alarmstore.Record{Version: a.Revision, Alarm: a}, Delete: true}}
}
