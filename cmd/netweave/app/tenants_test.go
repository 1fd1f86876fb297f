package app

import (
	"errors"
	"testing"

	"github.com/netweave/netweave/core/tenancy"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/tenancystore"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

func TestNotificationsAreHeldUnlessTheTenantIsKnownToBeActive(t *testing.T) {
	store := &tenancystoretest.Memory{}
	for id, status := range map[string]string{"red": "active", "blue": "suspended", "gone": "deleted", "odd": "open"} {
		record := tenancystore.Record{
			Key: tenancystore.Key{Kind: tenancystore.KindTenant, Tenant: id}, Version: 1,
			Data: []byte(`{"tenantId":"` + id + `","name":"` + id + `","status":"` + status + `"}`),
		}
		if err := store.Put(t.Context(), record); err != nil {
			t.Fatal(err)
		}
	}
	directory, err := tenancy.NewDirectory(tenancy.DirectoryConfig{Store: store, Bus: &bustest.Memory{}})
	if err != nil {
		t.Fatal(err)
	}
	tenants := &tenants{directory: directory}
	away := errors.New("away")
	store.Fail = func(string) error { return away }
	if err := directory.Reload(t.Context()); !errors.Is(err, away) {
		t.Fatalf("the store answers: %v", err)
	}
	for _, id := range []string{"red", "blue", "gone", "odd", "nobody"} {
		if !tenants.held(id) {
			t.Errorf("%s's notifications go out, and the store of tenants has never answered", id)
		}
	}
	store.Fail = nil
	if err := directory.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{"red": false, "blue": true, "gone": true, "odd": true, "nobody": true} {
		if got := tenants.held(id); got != want {
			t.Errorf("%s's notifications are held: %v", id, got)
		}
	}
}
