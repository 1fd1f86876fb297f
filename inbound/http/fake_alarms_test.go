package httpserver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/inventory"
)

// book is the driving ports of alarms as the core keeps them, in memory.
type book struct {
	*stock
	now           time.Time
	configuration alarms.ServiceConfiguration
	causes        []alarms.Cause
	// source and reports are what was last received; refused is what is then said.
	source  string
	reports []alarms.Report
	refused []alarms.Refused
}

func newBook() *book {
	b := &book{
		stock: newStock(), now: time.Date(2026, 1, 31, 13, 0, 0, 0, time.UTC),
		configuration: alarms.ServiceConfiguration{RetentionDays: 30, Extensions: `{"owner":"noc","tier":{"a":1}}`},
	}
	b.objects[o2.KindAlarm] = map[o2.ID]*entry{}
	for _, name := range []string{"Timeout", "Software Error", "Temperature Unacceptable"} {
		b.causes = append(b.causes, alarms.Cause{ID: o2.ProbableCauseID(name), Name: name, Description: "it is " + name})
	}
	slices.SortFunc(b.causes, func(x, y alarms.Cause) int { return strings.Compare(string(x.ID), string(y.ID)) })
	return b
}

// change lets with change a copy of an alarm.
func (b *book) change(ctx context.Context, sc scope.Scope, id o2.ID, with func(*o2.Alarm) error) (inventory.Item, error) {
	err := b.write(ctx, sc)
	defer b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	kept, ok := b.objects[o2.KindAlarm][id]
	if !ok || !sc.Within(scope.ReachTenant).Sees(kept.object.Head().Tenant) {
		return nil, inventory.ErrNotFound
	}
	next := *kept.object.(*o2.Alarm)
	if err := with(&next); err != nil {
		return nil, err
	}
	return b.put(&next), nil
}

func (b *book) Acknowledge(ctx context.Context, sc scope.Scope, id o2.ID) (inventory.Item, error) {
	return b.change(ctx, sc, id, func(a *o2.Alarm) error {
		if !a.Acknowledged {
			a.Acknowledged, a.AcknowledgedAt, a.ChangedAt = true, b.now, b.now
		}
		return nil
	})
}

func (b *book) Clear(ctx context.Context, sc scope.Scope, id o2.ID) (inventory.Item, error) {
	return b.change(ctx, sc, id, func(a *o2.Alarm) error {
		switch {
		case a.Cleared():
			return alarms.ErrCleared
		case a.Clearing != o2.ClearingManual:
			return fmt.Errorf("clearing alarm %s: %w", id, alarms.ErrAutomatic)
		}
		a.Severity, a.ClearedAt, a.ChangedAt = o2.SeverityCleared, b.now, b.now
		return nil
	})
}

func (b *book) Configuration(_ context.Context, sc scope.Scope) (alarms.ServiceConfiguration, error) {
	err := b.enter(sc)
	defer b.mu.Unlock()
	return b.configuration, err
}

func (b *book) SetConfiguration(_ context.Context, sc scope.Scope, c alarms.ServiceConfiguration) (alarms.ServiceConfiguration, error) {
	err := b.enter(sc)
	defer b.mu.Unlock()
	if err == nil {
		b.configuration = c
	}
	return b.configuration, err
}

func (b *book) Causes(_ context.Context, sc scope.Scope) ([]alarms.Cause, error) {
	err := b.enter(sc)
	defer b.mu.Unlock()
	return b.causes, err
}

func (b *book) Report(_ context.Context, sc scope.Scope, source string, reports []alarms.Report) ([]alarms.Refused, error) {
	err := b.enter(sc)
	defer b.mu.Unlock()
	b.source, b.reports = source, reports
	return b.refused, err
}

func alarmID(n int) o2.ID { return o2.ID(fmt.Sprintf("ffffffff-0000-4000-8000-%012d", n)) }

// alarm is one that is raised, the worse the less n is, and that an operator may
// clear where n is odd.
func alarm(n int) *o2.Alarm {
	a := &o2.Alarm{
		Header: o2.Header{
			ID: alarmID(n), NativeID: fmt.Sprintf("alert-%d", n), Backend: o2.AlarmBook, Tenant: scope.DefaultTenant,
			Name: "NodeNotReady", Description: "the kubelet is silent", Extensions: o2.JSON(fmt.Sprintf(`{"rank":%d}`, n)),
		},
		Source: "cluster-a", ResourceTypeID: typeA, ResourceID: resourceID(n),
		DefinitionID: o2.AlarmDefinitionID(typeA, "NodeNotReady"), ProbableCauseID: o2.ProbableCauseID("Timeout"),
		Severity: o2.Severity(n % 5), Clearing: o2.ClearingAutomatic,
		RaisedAt: time.Date(2026, 1, 31, 12, n, 0, 0, time.UTC),
	}
	if n%2 == 1 {
		a.Clearing = o2.ClearingManual
	}
	return a
}
