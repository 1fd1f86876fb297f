package subscription

import (
	"crypto/x509"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

func TestCreate(t *testing.T) {
	spec := subscription.Spec{
		Callback: "https://smo.example/hook", ConsumerSubscriptionID: "mine", Filter: " pool ",
		Secret: secret("sixteen bytes of"), InitialState: true,
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 1_000_000, time.UTC)
	want := o2.Subscription{
		Surface: surface, Callback: "https://smo.example/hook", ConsumerSubscriptionID: "mine", Filter: "pool",
		Secret: "sixteen bytes of", InitialState: true, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
	for name, tt := range map[string]struct {
		scope    scope.Scope
		tenant   string
		owner    string
		platform bool
		reach    o2.Reach
	}{
		"a tenant's":                     {alice, "red", "alice", false, o2.ReachTenant},
		"the platform's":                 {operator, "", "operator", true, o2.ReachAll},
		"the platform's, for one tenant": {visitor, "red", "visitor", false, o2.ReachTenant | o2.ReachShared},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			got := r.create(tt.scope, spec)
			want := want
			want.ID, want.Tenant, want.Owner, want.Platform = got.ID, tt.tenant, tt.owner, tt.platform
			want.Reaches = o2.Reaches{tt.reach, tt.reach, tt.reach, tt.reach, tt.reach}
			if !reflect.DeepEqual(*got.Subscription, want) {
				t.Errorf("created %+v\nwant    %+v", *got.Subscription, want)
			}
			if _, ok := o2.ParseID(string(got.ID)); !ok {
				t.Errorf("its id is %q", got.ID)
			}
			if got.Status == nil || got.Status.State != subscription.StateActive {
				t.Errorf("its status is %+v, want active", got.Status)
			}
			stored, err := r.store.Get(t.Context(), got.ID)
			if err != nil || !reflect.DeepEqual(*stored, want) {
				t.Errorf("stored %+v (%v)", stored, err)
			}
			if want := []string{"subscriptions created " + string(got.ID)}; !slices.Equal(r.news.published, want) {
				t.Errorf("published %q, want %q", r.news.published, want)
			}
		})
	}
}

func TestValidation(t *testing.T) {
	good := subscription.Spec{Callback: "https://smo.example/hook"}
	for name, tt := range map[string]struct {
		change func(*subscription.Spec)
		want   string // the error, "" for none
	}{
		"the least":           {func(*subscription.Spec) {}, ""},
		"no callback":         {func(s *subscription.Spec) { s.Callback = "" }, "callback is mandatory: the URL that notifications are sent to"},
		"the longest":         {func(s *subscription.Spec) { s.Callback = "https://" + strings.Repeat("x", 2040) }, ""},
		"too long a callback": {func(s *subscription.Spec) { s.Callback = "https://" + strings.Repeat("x", 2041) }, "callback has 2049 bytes: at most 2048 are allowed"},
		"a callback in parts": {func(s *subscription.Spec) { s.Callback = "https://a\r\nb" }, "callback has characters that a URL cannot have"},
		"a bad callback":      {func(s *subscription.Spec) { s.Callback = "https://bad" }, "callback cannot be used: its host is bad: use a good one"},
		"the longest id":      {func(s *subscription.Spec) { s.ConsumerSubscriptionID = strings.Repeat("é", 127) + "x" }, ""},
		"too long an id":      {func(s *subscription.Spec) { s.ConsumerSubscriptionID = strings.Repeat("x", 256) }, "consumerSubscriptionId has 256 bytes: at most 255 are allowed"},
		"an id with a bell":   {func(s *subscription.Spec) { s.ConsumerSubscriptionID = "\a" }, "consumerSubscriptionId has characters that cannot be printed"},
		"an id of no text":    {func(s *subscription.Spec) { s.ConsumerSubscriptionID = "\xff" }, "consumerSubscriptionId has characters that cannot be printed"},
		"a wrong filter":      {func(s *subscription.Spec) { s.Filter = "wrong" }, "filter: is wrong"},
		"an empty secret":     {func(s *subscription.Spec) { s.Secret = secret("") }, ""},
		"a short secret":      {func(s *subscription.Spec) { s.Secret = secret(strings.Repeat("x", 15)) }, "secret has 15 bytes: it is to have from 16 to 512, or none"},
		"the shortest":        {func(s *subscription.Spec) { s.Secret = secret(strings.Repeat("x", 16)) }, ""},
		"the longest secret":  {func(s *subscription.Spec) { s.Secret = secret(strings.Repeat("x", 512)) }, ""},
		"a long secret":       {func(s *subscription.Spec) { s.Secret = secret(strings.Repeat("x", 513)) }, "secret has 513 bytes: it is to have from 16 to 512, or none"},
		"a key":               {func(s *subscription.Spec) { s.Secret = secret("whsec_" + strings.Repeat("AAAA", 8)) }, ""},
		"a short key":         {func(s *subscription.Spec) { s.Secret = secret("whsec_" + strings.Repeat("AAAA", 7)) }, "secret is a key of 21 bytes: it is to have from 24 to 64"},
		"a long key":          {func(s *subscription.Spec) { s.Secret = secret("whsec_" + strings.Repeat("AAAA", 22)) }, "secret is a key of 66 bytes: it is to have from 24 to 64"},
		"no key at all":       {func(s *subscription.Spec) { s.Secret = secret("whsec_nonsense, surely") }, `secret is not base64 behind "whsec_"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			existing := r.create(alice, subscription.Spec{Callback: "https://smo.example/existing"})
			spec := good
			tt.change(&spec)
			_, created := r.service.Create(t.Context(), alice, surface, spec)
			_, updated := r.service.Update(t.Context(), bob, surface, existing.ID, spec)
			if !errors.Is(updated, inventory.ErrNotFound) {
				t.Errorf("Update by a stranger: %v, want that there is none", updated)
			}
			if _, updated = r.service.Update(t.Context(), alice, surface, existing.ID, spec); created == nil {
				var duplicate *subscriptionstore.DuplicateError
				if !errors.As(updated, &duplicate) {
					t.Errorf("Update: %v, want that it is a duplicate", updated)
				}
				updated = nil
			}
			for what, err := range map[string]error{"Create": created, "Update": updated} {
				if text := textOf(err); text != tt.want {
					t.Errorf("%s: %q, want %q", what, text, tt.want)
				}
			}
		})
	}
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestErrorsOfTheStorePass(t *testing.T) {
	spec := subscription.Spec{Callback: "https://smo.example/hook"}
	t.Run("a duplicate", func(t *testing.T) {
		r := newRig(t)
		first := r.create(alice, spec)
		var duplicate *subscriptionstore.DuplicateError
		if _, err := r.service.Create(t.Context(), alice, surface, spec); !errors.As(err, &duplicate) || duplicate.ID != first.ID {
			t.Errorf("the same again: %v, want a duplicate of %s", err, first.ID)
		}
		r.create(bob, spec)
	})
	t.Run("limits", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.Limits = subscriptionstore.Limits{PerTenant: 1, Total: 2} })
		r.create(alice, spec)
		_, own := r.service.Create(t.Context(), alice, surface, subscription.Spec{Callback: "https://smo.example/2"})
		r.create(bob, spec)
		_, whole := r.service.Create(t.Context(), operator, surface, spec)
		var limit *subscriptionstore.LimitError
		if !errors.As(own, &limit) || *limit != (subscriptionstore.LimitError{Tenant: true, Limit: 1, Used: 1}) {
			t.Errorf("the tenant's second: %v", own)
		}
		if !errors.As(whole, &limit) || *limit != (subscriptionstore.LimitError{Limit: 2}) {
			t.Errorf("the gateway's third: %v", whole)
		}
	})
	t.Run("unconfirmed", func(t *testing.T) {
		r := newRig(t)
		r.store.Lose = func(string) error { return store.ErrUnconfirmed }
		if _, err := r.service.Create(t.Context(), alice, surface, spec); !errors.Is(err, store.ErrUnconfirmed) {
			t.Errorf("Create: %v, want unconfirmed", err)
		}
		if len(r.news.published) != 1 {
			t.Errorf("published %q, want that the others are told: it may have happened", r.news.published)
		}
	})
	for _, cause := range []error{store.ErrUnavailable, store.ErrUnconfirmed} {
		t.Run(cause.Error(), func(t *testing.T) {
			r := newRig(t)
			id := r.create(alice, spec).ID
			r.store.Fail = func(string) error { return cause }
			_, created := r.service.Create(t.Context(), alice, surface, spec)
			_, got := r.service.Get(t.Context(), alice, surface, id)
			_, listed := r.service.List(t.Context(), alice, surface)
			_, listedAll := r.service.List(t.Context(), operator, surface)
			_, updated := r.service.Update(t.Context(), alice, surface, id, spec)
			deleted := r.service.Delete(t.Context(), alice, surface, id)
			for i, err := range []error{created, got, listed, listedAll, updated, deleted} {
				if !errors.Is(err, cause) {
					t.Errorf("call %d: %v, want %v", i, err, cause)
				}
			}
		})
	}
}

func TestVisibility(t *testing.T) {
	r := newRig(t)
	spec := subscription.Spec{Callback: "https://smo.example/hook"}
	ids := map[string]o2.ID{
		"red": r.create(alice, spec).ID, "blue": r.create(bob, spec).ID, "platform": r.create(operator, spec).ID,
	}
	elsewhere, err := r.service.Create(t.Context(), alice, other, spec)
	if err != nil {
		t.Fatal(err)
	}
	ids["elsewhere"] = elsewhere.ID
	for name, tt := range map[string]struct {
		scope scope.Scope
		sees  []string
	}{
		"a tenant's user":           {alice, []string{"red"}},
		"another tenant's":          {bob, []string{"blue"}},
		"the platform":              {operator, []string{"red", "blue", "platform"}},
		"the platform, as a tenant": {visitor, []string{"red", "blue", "platform"}},
		"a tenant without any":      {scope.New(scope.Identity{Tenant: "green"}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			list, err := r.service.List(t.Context(), tt.scope, surface)
			if err != nil {
				t.Fatal(err)
			}
			var want []o2.ID
			for _, owner := range tt.sees {
				want = append(want, ids[owner])
			}
			slices.Sort(want)
			var got []o2.ID
			for _, s := range list {
				got = append(got, s.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("it lists %v, want %v", got, want)
			}
			for owner, id := range ids {
				_, err := r.service.Get(t.Context(), tt.scope, surface, id)
				if seen := slices.Contains(tt.sees, owner); seen && err != nil || !seen && !errors.Is(err, inventory.ErrNotFound) {
					t.Errorf("Get of %s: %v, and it is seen: %v", owner, err, seen)
				}
				if !slices.Contains(tt.sees, owner) {
					if err := r.service.Delete(t.Context(), tt.scope, surface, id); !errors.Is(err, inventory.ErrNotFound) {
						t.Errorf("Delete of %s: %v, want that there is none", owner, err)
					}
					if _, err := r.store.Get(t.Context(), id); err != nil {
						t.Errorf("%s is gone: %v", owner, err)
					}
				}
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	spec := subscription.Spec{Callback: "https://smo.example/hook"}
	calls := map[authz.Action]func(r *rig, sc scope.Scope, id o2.ID) error{
		authz.ActionCreate: func(r *rig, sc scope.Scope, _ o2.ID) error {
			_, err := r.service.Create(r.t.Context(), sc, surface, subscription.Spec{Callback: "https://smo.example/2"})
			return err
		},
		authz.ActionList: func(r *rig, sc scope.Scope, _ o2.ID) error {
			_, err := r.service.List(r.t.Context(), sc, surface)
			return err
		},
		authz.ActionRead: func(r *rig, sc scope.Scope, id o2.ID) error {
			_, err := r.service.Get(r.t.Context(), sc, surface, id)
			return err
		},
		authz.ActionUpdate: func(r *rig, sc scope.Scope, id o2.ID) error {
			_, err := r.service.Update(r.t.Context(), sc, surface, id, spec)
			return err
		},
		authz.ActionDelete: func(r *rig, sc scope.Scope, id o2.ID) error {
			return r.service.Delete(r.t.Context(), sc, surface, id)
		},
	}
	for action, call := range calls {
		t.Run(string(action), func(t *testing.T) {
			r := newRig(t)
			id := r.create(alice, spec).ID
			if err := call(r, scope.Scope{}, id); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("nobody: %v, want denied", err)
			}
			r.policy.forbidden, r.policy.asked = action, nil
			if err := call(r, alice, id); !errors.Is(err, authz.ErrDenied) {
				t.Errorf("forbidden: %v, want denied", err)
			}
			if want := (authz.Request{Resource: "Subscription", Action: action}); len(r.policy.asked) != 1 || r.policy.asked[0] != want {
				t.Errorf("asked %v, want %v", r.policy.asked, want)
			}
			r.policy.forbidden = ""
			if err := call(r, alice, id); err != nil {
				t.Errorf("allowed: %v", err)
			}
		})
	}
}

// Where the operator wants it, a callback's host has to be in the certificate of
// whoever subscribes or changes a subscription.
func TestHostInCertificate(t *testing.T) {
	r := newRig(t, func(c *Config) { c.HostInCertificate = true })
	named := scope.New(scope.Identity{Tenant: "red", User: "alice", Certificate: &x509.Certificate{DNSNames: []string{"smo.example"}}})
	refused := func(what string, err error) {
		t.Helper()
		var field *o2.FieldError
		if !errors.As(err, &field) || field.Attribute != "callback" || !strings.Contains(field.Reason, "alternative names") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := r.service.Create(t.Context(), alice, surface, subscription.Spec{Callback: "https://smo.example/1"})
	refused("without a certificate", err)
	_, err = r.service.Create(t.Context(), named, surface, subscription.Spec{Callback: "https://smo.example.evil.example/1"})
	refused("another host", err)
	s := r.create(named, subscription.Spec{Callback: "https://smo.example:8443/1"})
	_, err = r.service.Update(t.Context(), named, surface, s.ID, subscription.Spec{Callback: "https://smo.example@evil.example/1"})
	refused("changed to another host", err)
	if _, err := r.service.Update(t.Context(), named, surface, s.ID, subscription.Spec{Callback: "https://smo.example/2"}); err != nil {
		t.Errorf("changed to the same host: %v", err)
	}
}
