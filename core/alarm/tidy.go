package alarm

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
)

// tidy does what is to be done without a source: it ends what belongs to adapters
// that are no more, removes records whose retention is over, and has alarms belong
// to whom their resources belong to.
func (k *Keeper) tidy(ctx context.Context) error {
	c, err := k.configured(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	before := now.AddDate(0, 0, -c.RetentionDays)
	var verdicts []verdict
	for _, a := range k.Book.all() {
		if v, ok := k.tidied(a, now, before); ok {
			verdicts = append(verdicts, v)
		}
	}
	_, err = k.carryOut(ctx, verdicts)
	return err
}

func (k *Keeper) tidied(a *o2.Alarm, now, before time.Time) (v verdict, ok bool) {
	receiver := isReceiver(a.Source)
	if !receiver && !k.Sources.has(a.Source) {
		if v, ok = over(a, now); ok {
			return v, true
		}
	}
	// What an operator has cleared and an adapter goes on reporting stays, lest it be
	// raised again; of a receiver nobody knows whether it does.
	if a.Cleared() && a.ClearedAt.Before(before) && (!a.Held || receiver) {
		return verdict{Change: alarmstore.Change{Record: alarmstore.Record{Version: a.Revision, Alarm: a}, Delete: true}}, true
	}
	if r := resourceOf(k.Inventory, a.ResourceID); r != nil && r.Tenant != a.Tenant {
		next := *a
		next.Tenant = r.Tenant
		return replace(a, &next), true
	}
	return verdict{}, false
}
