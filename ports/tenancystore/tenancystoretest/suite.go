package tenancystoretest

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
)

// Store is what the suite tests: one empty store.
type Store struct {
	Records tenancystore.Store
	// Other is the same store as another process has it; nil for one that one
	// process alone has.
	Other tenancystore.Store
	// Lawful says that the store keeps nothing but what the core could make: the
	// suite leaves out names that package o2 would refuse.
	Lawful bool
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t, ctx: t.Context()}
			if f.Other == nil {
				f.Other = f.Records
			}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t   *testing.T
	ctx context.Context
}

// made is when the suite's records were made.
var made = time.Date(2026, 3, 1, 12, 0, 0, 123_000_000, time.UTC)

// What follows makes the first version of a record.

func (f *fixture) tenant(id string) tenancystore.Record {
	raw, err := o2.EncodeTenant(&o2.Tenant{
		ID: id, Name: "name of " + id, DisplayName: "d\u00e9 \u4e16 <&>", Organization: "o", ContactEmail: "x@example.org",
		Status: o2.TenantActive, Settings: map[string]string{"a/b.c": "\u00e9"}, CreatedBy: "root.platform", CreatedAt: made, UpdatedAt: made,
		Quotas: &o2.Quotas{ResourcePools: 3, Resources: o2.Unlimited, Subscriptions: 0, CPUMillis: 1500, MemoryBytes: 1 << 33, StorageBytes: 1 << 40},
	})
	f.must("EncodeTenant", err)
	return tenancystore.Record{Key: tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: id}, Version: 1, Data: raw}
}

func (f *fixture) user(tenant, id string) tenancystore.Record {
	raw, err := o2.EncodeUser(&o2.User{TenantID: tenant, ID: id, DisplayName: "User " + id, Email: "u@example.org", CreatedAt: made, UpdatedAt: made})
	f.must("EncodeUser", err)
	return tenancystore.Record{Key: tenancystore.Key{Kind: tenancystore.KindUser, Tenant: tenant, Name: id}, Version: 1, Data: raw}
}

func (f *fixture) role(tenant, name string) tenancystore.Record {
	raw, err := o2.EncodeRole(&o2.Role{
		TenantID: tenant, Name: name, Description: "of " + tenant, Source: o2.RoleFromStore, CreatedAt: made, UpdatedAt: made,
		Permissions: []o2.Permission{{Resource: "ResourcePool", Action: "read", Scope: "tenant"}, {Resource: "*", Action: "list", Scope: "shared"}},
	})
	f.must("EncodeRole", err)
	return tenancystore.Record{Key: tenancystore.Key{Kind: tenancystore.KindRole, Tenant: tenant, Name: name}, Version: 1, Data: raw}
}

func (f *fixture) binding(tenant, user, role string) tenancystore.Record {
	raw, err := o2.EncodeRoleBinding(&o2.RoleBinding{TenantID: tenant, UserID: user, Role: role, CreatedBy: "root.platform", CreatedAt: made})
	f.must("EncodeRoleBinding", err)
	return tenancystore.Record{Key: tenancystore.Key{Kind: tenancystore.KindRoleBinding, Tenant: tenant, Name: user + "/" + role}, Version: 1, Data: raw}
}

// next returns the next version of a user's record, which differs by name.
func (f *fixture) next(r tenancystore.Record, name string) tenancystore.Record {
	u, err := o2.DecodeUser(r.Data)
	f.must("DecodeUser", err)
	u.DisplayName, u.UpdatedAt = name, u.UpdatedAt.Add(time.Second)
	r.Version++
	r.Data, err = o2.EncodeUser(u)
	f.must("EncodeUser", err)
	return r
}

func (f *fixture) put(list ...tenancystore.Record) {
	f.t.Helper()
	for _, r := range list {
		if err := f.Records.Put(f.ctx, r); err != nil {
			f.t.Fatalf("Put of %+v, version %d: %v", r.Key, r.Version, err)
		}
	}
}

func (f *fixture) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

func (f *fixture) wantError(what string, err, want error) {
	f.t.Helper()
	if !errors.Is(err, want) {
		f.t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

// wantStored compares one record, as both processes see it.
func (f *fixture) wantStored(want tenancystore.Record) {
	f.t.Helper()
	for _, s := range []tenancystore.Store{f.Records, f.Other} {
		got, err := s.Get(f.ctx, want.Key)
		f.must("Get", err)
		f.same(got, want)
	}
}

func (f *fixture) wantAbsent(k tenancystore.Key) {
	f.t.Helper()
	for _, s := range []tenancystore.Store{f.Records, f.Other} {
		got, err := s.Get(f.ctx, k)
		if !errors.Is(err, store.ErrNotFound) {
			f.t.Errorf("Get of %+v gave %+v, %v; want %v", k, got, err, store.ErrNotFound)
		}
	}
}

// wantAll compares every record, in whatever order.
func (f *fixture) wantAll(want ...tenancystore.Record) {
	f.t.Helper()
	for _, s := range []tenancystore.Store{f.Records, f.Other} {
		got, epoch, err := s.All(f.ctx)
		f.must("All", err)
		if now := f.epoch(s); epoch != now {
			f.t.Errorf("the epoch of all records is %q, and that in force %q", epoch, now)
		}
		byKey := map[tenancystore.Key]tenancystore.Record{}
		for _, r := range got {
			byKey[r.Key] = r
		}
		if len(got) != len(want) || len(byKey) != len(want) {
			f.t.Errorf("there are %d records under %d keys, want %d", len(got), len(byKey), len(want))
		}
		for _, r := range want {
			f.same(byKey[r.Key], r)
		}
	}
}

// same compares records; of two JSON objects what they say is compared.
func (f *fixture) same(got, want tenancystore.Record) {
	f.t.Helper()
	if got.Key != want.Key || got.Version != want.Version || !reflect.DeepEqual(f.meaning(got.Data), f.meaning(want.Data)) {
		f.t.Errorf("the record is\n  %+v version %d %s, want\n  %+v version %d %s",
			got.Key, got.Version, got.Data, want.Key, want.Version, want.Data)
	}
}

func (f *fixture) meaning(raw []byte) (m map[string]any) {
	f.t.Helper()
	if err := json.Unmarshal(raw, &m); err != nil {
		f.t.Errorf("the data is %q: %v", raw, err)
	}
	return m
}

func (f *fixture) epoch(s tenancystore.Store) store.Token {
	f.t.Helper()
	epoch, err := s.Epoch(f.ctx)
	f.must("Epoch", err)
	if epoch == "" {
		f.t.Error("the epoch is empty")
	}
	return epoch
}

func count(errs []error) (succeeded int) {
	for _, err := range errs {
		if err == nil {
			succeeded++
		}
	}
	return succeeded
}

// plain is a record of which the core would not make the like.
func plain(kind tenancystore.Kind, tenant, name string) tenancystore.Record {
	raw, err := json.Marshal(map[string]string{"kind": string(kind), "tenant": tenant, "name": name})
	if err != nil {
		panic(err)
	}
	return tenancystore.Record{Key: tenancystore.Key{Kind: kind, Tenant: tenant, Name: name}, Version: 1, Data: raw}
}
