package alarm

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
)

func TestAcknowledging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, x := newLab("lab"), newSite()
		p, other := x.start(t, Settings{}, l), x.start(t, Settings{})
		l.says(fan(at))
		p.lead()
		id := p.only().ID
		item, err := p.service.Acknowledge(t.Context(), acme, id)
		if err != nil {
			t.Fatal(err)
		}
		a := item.Object().(*o2.Alarm)
		if !a.Acknowledged || a.AcknowledgedAt != time.Now().UTC() || a.ChangedAt != (time.Time{}) || a != p.only() {
			t.Errorf("acknowledged is %+v", a)
		}
		time.Sleep(time.Minute)
		again, err := p.service.Acknowledge(t.Context(), acme, id)
		if err != nil || again.Object() != item.Object() {
			t.Errorf("again it is %+v, %v", again, err)
		}
		if seen := other.only(); !seen.Acknowledged || seen.Digest != a.Digest {
			t.Errorf("another process shows %+v", seen)
		}
		if !slices.Equal(l.told, []string{"fan-1"}) {
			t.Errorf("the backend was told of %v", l.told)
		}
		if _, err := p.service.Acknowledge(t.Context(), blue, id); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("of another tenant's: %v", err)
		}
		if _, err := p.service.Acknowledge(t.Context(), acme, o2.NewID()); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("of none: %v", err)
		}
	})
}

// TestANewProcessIsReminded, once, of what was acknowledged before.
func TestANewProcessIsReminded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(fan(at), door(at))
		p.lead()
		time.Sleep(time.Minute)
		for _, a := range p.book.of("lab")["fan-1"] {
			if _, err := p.service.Acknowledge(t.Context(), acme, a.ID); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		told := func(want ...string) {
			t.Helper()
			l.mu.Lock()
			defer l.mu.Unlock()
			if !slices.Equal(l.told, want) {
				t.Errorf("the backend was told of %v, want %v", l.told, want)
			}
		}
		told("fan-1")
		l.mu.Lock()
		l.info.Restarts++
		l.mu.Unlock()
		time.Sleep(time.Minute)
		told("fan-1", "fan-1")
		l.says(door(at))
		time.Sleep(time.Minute)
		told("fan-1", "fan-1")
	})
}

// TestABackendThatCannotBeTold, or takes its time, holds nobody up.
func TestABackendThatCannotBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(fan(at), door(at))
		p.lead()
		l.tell = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		began := time.Now()
		for _, a := range p.all() {
			if _, err := p.service.Acknowledge(t.Context(), acme, a.ID); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it took %v", took)
		}
		p.sources.Close()
		if took := time.Since(began); took != tellFor {
			t.Errorf("the backend was given %v", took)
		}
	})
}

func TestClearing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		l.says(fan(at), door(at))
		p.lead()
		var automatic, manual o2.ID
		for _, a := range p.all() {
			if a.Clearing == o2.ClearingManual {
				manual = a.ID
			} else {
				automatic = a.ID
			}
		}
		if _, err := p.service.Clear(t.Context(), acme, automatic); !errors.Is(err, alarms.ErrAutomatic) {
			t.Errorf("of one that clears itself: %v", err)
		}
		item, err := p.service.Clear(t.Context(), acme, manual)
		if err != nil {
			t.Fatal(err)
		}
		if a := item.Object().(*o2.Alarm); !a.Cleared() || a.ClearedAt != time.Now().UTC() || a.ChangedAt != a.ClearedAt || !a.Held {
			t.Errorf("cleared is %+v", a)
		}
		if synctest.Wait(); !slices.Equal(l.told, []string{"door-1"}) {
			t.Errorf("the backend was told of %v", l.told)
		}
		if p.counts.get("cleared lab") != 1 {
			t.Errorf("counted are %v", p.counts.of)
		}
		if _, err := p.service.Clear(t.Context(), acme, manual); !errors.Is(err, alarms.ErrCleared) {
			t.Errorf("again: %v", err)
		}
		if _, err := p.service.Clear(t.Context(), blue, manual); !errors.Is(err, inventory.ErrNotFound) {
			t.Errorf("of another tenant's: %v", err)
		}
		if item, err = p.service.Acknowledge(t.Context(), acme, manual); err != nil || !item.Object().(*o2.Alarm).Acknowledged {
			t.Errorf("what is cleared is acknowledged: %v", err)
		}
	})
}

// TestTwoProcessesAtOnce: what one changes the other does not undo.
func TestTwoProcessesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		here, there := x.start(t, Settings{}), x.start(t, Settings{})
		x.store.Bus = nil
		id := record(0, 0).ID
		if _, err := here.service.Acknowledge(t.Context(), acme, id); err != nil {
			t.Fatal(err)
		}
		if there.only().Acknowledged {
			t.Fatal("the other knows already")
		}
		if _, err := there.service.Clear(t.Context(), acme, id); err != nil {
			t.Fatal(err)
		}
		if a := there.only(); !a.Acknowledged || !a.Cleared() {
			t.Errorf("it is %+v", a)
		}
		time.Sleep(2 * time.Second)
		if a := here.only(); !a.Acknowledged || !a.Cleared() {
			t.Errorf("here it is %+v", a)
		}
	})
}

// TestAWriteThatIsNotConfirmed is an error, and the same again completes it.
func TestAWriteThatIsNotConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		var lossy atomic.Bool
		x.store.Lose = func(op string) error {
			if op == "Apply" && lossy.Load() {
				return store.ErrUnconfirmed
			}
			return nil
		}
		p := x.start(t, Settings{})
		lossy.Store(true)
		if _, err := p.service.Acknowledge(t.Context(), acme, record(0, 0).ID); !errors.Is(err, store.ErrUnconfirmed) {
			t.Errorf("unconfirmed: %v", err)
		}
		lossy.Store(false)
		synctest.Wait()
		if _, err := p.service.Acknowledge(t.Context(), acme, record(0, 0).ID); err != nil {
			t.Error(err)
		}
		if !p.only().Acknowledged {
			t.Error("it is not acknowledged")
		}
	})
}

func TestTheServicesConfiguration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		p, other := x.start(t, Settings{RetentionDays: 3}), x.start(t, Settings{RetentionDays: 4})
		want := func(p *process, c alarms.ServiceConfiguration) {
			t.Helper()
			if got, err := p.service.Configuration(t.Context(), acme); err != nil || got != c {
				t.Errorf("it is %+v, %v; want %+v", got, err, c)
			}
		}
		want(p, alarms.ServiceConfiguration{RetentionDays: 3})
		want(other, alarms.ServiceConfiguration{RetentionDays: 4})
		set := alarms.ServiceConfiguration{RetentionDays: 9, Extensions: `{"a":"<b>","n":1.50}`}
		if got, err := p.service.SetConfiguration(t.Context(), root, set); err != nil || got != set {
			t.Errorf("set is %+v, %v", got, err)
		}
		want(p, set)
		want(other, set)
		if _, err := other.service.SetConfiguration(t.Context(), root, alarms.ServiceConfiguration{RetentionDays: 1}); err != nil {
			t.Error(err)
		}
		want(p, alarms.ServiceConfiguration{RetentionDays: 1})
		for _, days := range []int{0, -1, 36_526} {
			_, err := p.service.SetConfiguration(t.Context(), root, alarms.ServiceConfiguration{RetentionDays: days})
			var field *o2.FieldError
			if !errors.As(err, &field) || field.Attribute != "retentionPeriod" {
				t.Errorf("%d days: %v", days, err)
			}
		}
		if _, err := p.service.SetConfiguration(t.Context(), acme, set); !errors.Is(err, authz.ErrDenied) {
			t.Errorf("by a tenant: %v", err)
		}
		want(p, alarms.ServiceConfiguration{RetentionDays: 1})
	})
}

func TestWhoMayNotIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSite()
		x.write(t, put(0, record(0, o2.SeverityMajor)))
		p := x.start(t, Settings{})
		id := record(0, 0).ID
		calls := map[authz.Request]func(scope.Scope) error{
			{Resource: "Alarm", Action: authz.ActionUpdate}: func(sc scope.Scope) error {
				_, err := p.service.Acknowledge(t.Context(), sc, id)
				_, other := p.service.Clear(t.Context(), sc, id)
				if (err == nil) != (other == nil) {
					t.Errorf("acknowledging: %v; clearing: %v", err, other)
				}
				return err
			},
			{Resource: "Alarm", Action: authz.ActionRead}: func(sc scope.Scope) error {
				_, err := p.service.Configuration(t.Context(), sc)
				return err
			},
			{Resource: authz.AlarmService, Action: authz.ActionUpdate}: func(sc scope.Scope) error {
				_, err := p.service.SetConfiguration(t.Context(), sc, alarms.ServiceConfiguration{RetentionDays: 1})
				return err
			},
			{Resource: "Alarm", Action: authz.ActionList}: func(sc scope.Scope) error {
				_, err := p.service.Causes(t.Context(), sc)
				return err
			},
			{Resource: "Alarm", Action: authz.ActionCreate}: func(sc scope.Scope) error {
				_, err := p.service.Report(t.Context(), sc, "am", nil)
				return err
			},
		}
		for request, call := range calls {
			p.may.deny(request)
			if err := call(root); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("without %v: %v", request, err)
			}
			p.may.deny()
			if err := call(scope.Scope{}); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("%v by nobody: %v", request, err)
			}
			if err := call(root); err != nil {
				t.Errorf("%v: %v", request, err)
			}
		}
	})
}

func TestCauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, x := newLab("lab"), newSite()
		p := x.start(t, Settings{}, l)
		l.says(fan(at))
		p.lead()
		own := record(5, o2.SeverityMinor)
		own.Tenant, own.ProbableCause = "blue", "Blue's own"
		o2.Seal(own)
		x.write(t, put(0, own))
		synctest.Wait()
		names := func(sc scope.Scope) map[string]o2.ID {
			t.Helper()
			list, err := p.service.Causes(t.Context(), sc)
			if err != nil {
				t.Fatal(err)
			}
			byName := map[string]o2.ID{}
			for i, c := range list {
				if byName[c.Name] = c.ID; i > 0 && list[i-1].ID >= c.ID {
					t.Errorf("%s comes behind %s", c.ID, list[i-1].ID)
				}
			}
			return byName
		}
		for _, c := range []struct {
			name string
			sc   scope.Scope
			deny []authz.Request
			want []string // beyond the standard's
		}{
			{"the platform", root, nil, []string{"Somebody was careless", "Blue's own"}},
			{"without types", root, []authz.Request{{Resource: "ResourceType", Action: authz.ActionList}}, []string{"Blue's own"}},
			{"one tenant", acme, nil, nil}, // the type is the platform's
			{"another tenant", blue, nil, []string{"Blue's own"}},
		} {
			p.may.deny(c.deny...)
			got := names(c.sc)
			for _, name := range append(c.want, "Cooling fan failure", "Indeterminate", "Threshold crossed") {
				if got[name] != o2.ProbableCauseID(name) {
					t.Errorf("%s: %q is %q", c.name, name, got[name])
				}
			}
			if len(got) != len(standardCauses)+len(c.want) {
				t.Errorf("%s: there are %d, want %d and %v", c.name, len(got), len(standardCauses), c.want)
			}
		}
		if id := p.all()[0].ProbableCauseID; names(root)["Cooling fan failure"] != id {
			t.Errorf("the fan's cause is %s, which nothing tells of", id)
		}
	})
}

func TestNamesOfCauses(t *testing.T) {
	for given, want := range map[string]string{
		"": "Indeterminate", "  ": "Indeterminate", "lossOfSignal": "Loss of signal", "LOSS-OF-SIGNAL": "Loss of signal",
		"Loss of signal": "Loss of signal", "CPU cycles limit exceeded": "CPU cycles limit exceeded", "inputOutputDeviceError": "Input/output device error",
		"Something else": "Something else", " Something ": "Something", "\u4e16": "\u4e16", "--": "--",
	} {
		if got := causeName(given); got != want {
			t.Errorf("%q goes by %q, want %q", given, got, want)
		}
	}
}
