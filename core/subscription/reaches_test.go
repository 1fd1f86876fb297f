package subscription

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// TestHearsWhatItsMakerMayRead, by kind, and what who changes it may read from then
// on; but not what the platform may read that changes a tenant's.
func TestHearsWhatItsMakerMayRead(t *testing.T) {
	r := newRig(t)
	r.policy.reads = map[string]scope.Reach{
		"Resource": scope.ReachTenant | scope.ReachShared, "ResourcePool": scope.ReachShared,
		"ResourceType": scope.ReachAll, "DeploymentManager": 0, "Alarm": scope.ReachTenant,
	}
	s := r.create(alice, subscription.Spec{Callback: "https://smo.example/1"})
	want := o2.Reaches{
		o2.KindResource: o2.ReachTenant | o2.ReachShared, o2.KindResourcePool: o2.ReachShared, o2.KindResourceType: o2.ReachAll,
		o2.KindAlarm: o2.ReachTenant,
	}
	if s.Reaches != want {
		t.Errorf("made, it hears of %v, want %v", s.Reaches, want)
	}
	r.policy.reads = map[string]scope.Reach{
		"Resource": scope.ReachTenant, "ResourcePool": 0, "ResourceType": 0, "DeploymentManager": 0, "Alarm": 0,
	}
	update := func(sc scope.Scope) {
		t.Helper()
		var err error
		if s, err = r.service.Update(t.Context(), sc, surface, s.ID, subscription.Spec{Callback: s.Callback}); err != nil {
			t.Fatal(err)
		}
		if want := (o2.Reaches{o2.KindResource: o2.ReachTenant}); s.Reaches != want {
			t.Errorf("changed, it hears of %v, want %v", s.Reaches, want)
		}
	}
	update(alice)
	r.policy.reads = nil
	update(operator)
	update(visitor)
}

// TestOneOfBeforeStaysWhatItIs when the platform changes it.
func TestOneOfBeforeStaysWhatItIs(t *testing.T) {
	r := newRig(t)
	before := &o2.Subscription{ID: o2.NewID(), Tenant: "red", Surface: surface, Callback: "https://smo.example/1", Version: 1}
	if _, err := r.store.Create(t.Context(), before, subscriptionstore.Limits{}); err != nil {
		t.Fatal(err)
	}
	s, err := r.service.Update(t.Context(), operator, surface, before.ID, subscription.Spec{Callback: "https://smo.example/2"})
	if want := (o2.Reaches{}).Over(false); err != nil || s.Reaches != want {
		t.Errorf("it hears of %v (%v), want %v", s.Reaches, err, want)
	}
}

func TestWhoMayReadNothing(t *testing.T) {
	away := errors.New("the policy is away")
	for name, tt := range map[string]struct {
		reads  map[string]scope.Reach
		fails  error
		filter string
		want   error
	}{
		"of all": {
			map[string]scope.Reach{"Resource": 0, "ResourcePool": 0, "ResourceType": 0, "DeploymentManager": 0, "Alarm": 0}, nil, "", authz.ErrDenied,
		},
		"of what the filter selects": {map[string]scope.Reach{"ResourcePool": 0}, nil, "pool", authz.ErrDenied},
		"of some that it selects":    {map[string]scope.Reach{"ResourcePool": 0, "Resource": 0}, nil, "", nil},
		"of what it does not select": {map[string]scope.Reach{"Resource": 0}, nil, "pool", nil},
		"nobody can tell":            {map[string]scope.Reach{"Resource": 0}, away, "", away},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			existing := r.create(alice, subscription.Spec{Callback: "https://smo.example/existing"})
			strangers := r.create(bob, subscription.Spec{Callback: "https://smo.example/strangers"})
			r.policy.reads, r.policy.fails = tt.reads, tt.fails
			spec := subscription.Spec{Callback: "https://smo.example/1", Filter: tt.filter}
			_, updated := r.service.Update(t.Context(), alice, surface, existing.ID, spec)
			spec.Callback = "https://smo.example/2"
			_, created := r.service.Create(t.Context(), alice, surface, spec)
			for what, err := range map[string]error{"Create": created, "Update": updated} {
				if !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", what, err, tt.want)
				}
			}
			if _, err := r.service.Update(t.Context(), alice, surface, strangers.ID, spec); !errors.Is(err, inventory.ErrNotFound) {
				t.Errorf("Update of a stranger's: %v, want that there is none", err)
			}
		})
	}
}

func TestTenantLimits(t *testing.T) {
	limits := map[string]int{"red": 1, "blue": -1}
	r := newRig(t, func(c *Config) {
		c.Limits = subscriptionstore.Limits{PerTenant: 2}
		c.TenantLimit = func(tenant string) int { return limits[tenant] }
	})
	create := func(sc scope.Scope, name string) *subscriptionstore.LimitError {
		t.Helper()
		_, err := r.service.Create(t.Context(), sc, surface, subscription.Spec{Callback: "https://smo.example/" + name})
		var limit *subscriptionstore.LimitError
		if err != nil && !errors.As(err, &limit) {
			t.Fatal(err)
		}
		return limit
	}
	refused := func(sc scope.Scope, want subscriptionstore.LimitError) {
		t.Helper()
		if got := create(sc, "more"); got == nil || *got != want {
			t.Errorf("%s: got %+v, want %+v", sc.Home(), got, want)
		}
	}
	for _, name := range []string{"1", "2", "3"} {
		if err := create(bob, name); err != nil {
			t.Errorf("a tenant without bound: %v", err)
		}
	}
	if err := create(alice, "1"); err != nil {
		t.Error(err)
	}
	refused(alice, subscriptionstore.LimitError{Tenant: true, Limit: 1, Used: 1})
	limits["blue"], limits["red"] = 2, 0
	refused(bob, subscriptionstore.LimitError{Tenant: true, Limit: 2, Used: 3})
	refused(alice, subscriptionstore.LimitError{Tenant: true, Used: 1})
	refused(scope.New(scope.Identity{Tenant: "green"}), subscriptionstore.LimitError{Tenant: true})
	for _, name := range []string{"1", "2"} {
		if err := create(operator, name); err != nil {
			t.Errorf("the platform's: %v", err)
		}
	}
	refused(operator, subscriptionstore.LimitError{Tenant: true, Limit: 2, Used: 2})
}

// reach is an authorizer that gives everyone the same one.
type reach scope.Reach

func (r reach) Authorize(_ context.Context, sc scope.Scope, _ authz.Request) (scope.Scope, error) {
	return sc.Within(scope.Reach(r)), nil
}

// TestWhoseSubscriptionsAPermissionExtendsTo: to see one, its queue's standing and
// its dead letters, or to change it.
func TestWhoseSubscriptionsAPermissionExtendsTo(t *testing.T) {
	for name, tt := range map[string]struct {
		reach scope.Reach
		scope scope.Scope
		sees  []string
	}{
		"its tenant's":           {scope.ReachTenant, alice, []string{"red"}},
		"shared, which none are": {scope.ReachShared, alice, nil},
		"both":                   {scope.ReachTenant | scope.ReachShared, bob, []string{"blue"}},
		"all":                    {scope.ReachAll, alice, []string{"", "blue", "red"}},
		"the platform's tenant":  {scope.ReachTenant, operator, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			of := map[string]o2.ID{}
			for tenant, sc := range map[string]scope.Scope{"red": alice, "blue": bob, "": operator} {
				s := r.create(sc, subscription.Spec{Callback: "https://smo.example/hook"})
				of[tenant] = s.ID
				r.kill(s.Subscription, "of "+tenant)
			}
			r.service.config.Authorizer = reach(tt.reach)
			_, err := r.service.Create(t.Context(), tt.scope, surface, subscription.Spec{Callback: "https://smo.example/new"})
			if made := len(tt.sees) > 0; made != (err == nil) || !made && !errors.Is(err, authz.ErrDenied) {
				t.Errorf("Create gives %v", err)
			}
			if err == nil {
				tt.sees = append(slices.Clone(tt.sees), tt.scope.Tenant())
				slices.Sort(tt.sees)
			}
			list, err := r.service.List(t.Context(), tt.scope, surface)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, s := range list {
				got = append(got, s.Tenant)
				if s.Callback == "https://smo.example/hook" && (s.Status == nil || s.Status.DeadLetters != 1) {
					t.Errorf("%q stands as %+v", s.Tenant, s.Status)
				}
			}
			if slices.Sort(got); !slices.Equal(got, append([]string{}, tt.sees...)) {
				t.Errorf("it lists those of %q, want of %q", got, tt.sees)
			}
			letters := r.service.DeadLetters()
			for tenant, id := range of {
				_, err := r.service.Get(t.Context(), tt.scope, surface, id)
				_, read := letters.List(t.Context(), tt.scope, id, 0, 10)
				_, redelivered := letters.Redeliver(t.Context(), tt.scope, id, nil)
				_, purged := letters.Purge(t.Context(), tt.scope, id, nil)
				for _, err := range []error{err, read, redelivered, purged} {
					if seen := slices.Contains(tt.sees, tenant); seen && err != nil || !seen && !errors.Is(err, inventory.ErrNotFound) {
						t.Errorf("of %q: %v, and it is seen: %v", tenant, err, seen)
					}
				}
			}
		})
	}
}
