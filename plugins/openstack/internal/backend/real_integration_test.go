//go:build integration

package backend

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
	"github.com/netweave/netweave/plugins/openstack/internal/openstacktest"
	"github.com/netweave/netweave/sdk"
)

// TestWhatARealCloudShows looks at each kind of object of the seeded stack.
func TestWhatARealCloudShows(t *testing.T) {
	b := opened(t, realConfig())
	ctx := t.Context()
	pool, err := b.GetResourcePool(ctx, seeded.EdgePool)
	if err != nil || pool.Name != "edge-compute" || pool.Location != "edge-1" || pool.Tenant != "north" || pool.OCloudID != "ocloud-openstack-1" ||
		!reflect.DeepEqual(pool.Extensions[hostsExt], []string{"fake-1", "fake-2"}) || fmt.Sprint(pool.Extensions[metadataExt]) != "map[purpose:edge]" {
		t.Errorf("the pool is %+v, %v", pool, err)
	}
	vm, err := b.GetResource(ctx, seeded.CoreServer)
	if err != nil || vm.Name != "core-vm" || vm.ResourceTypeID != openstacktest.LargeFlavor || vm.ResourcePoolID != seeded.CorePool || vm.Tenant != "" ||
		vm.Extensions["openstack.status"] != "ACTIVE" || vm.Extensions[hostExt] != "fake-3" || vm.Extensions[imageExt] != openstacktest.Image {
		t.Errorf("the server is %+v, %v", vm, err)
	}
	host, err := b.GetResource(ctx, vm.ParentID)
	if err != nil || host.Name != "fake-3" || host.ResourcePoolID != seeded.CorePool || host.ResourceTypeID != hypervisorType {
		t.Fatalf("its hypervisor is %+v, %v", host, err)
	}
	vcpu := host.Extensions["openstack.inventory"].(map[string]any)["VCPU"]
	if want := map[string]any{"total": int64(10), "reserved": int64(0), "allocationRatio": 16.0, "capacity": int64(160)}; !reflect.DeepEqual(vcpu, want) {
		t.Errorf("it has %v, want %v", vcpu, want)
	}
	if used := host.Volatile["openstack.usage"].(map[string]any)["VCPU"]; used != int64(4) {
		t.Errorf("of which %v are used, want 4", used)
	}
	flavor, err := b.GetResourceType(ctx, openstacktest.SmallFlavor)
	if err != nil || flavor.Name != "m1.small" || flavor.Extensions["openstack.ramMb"] != int64(512) {
		t.Errorf("the flavor is %+v, %v", flavor, err)
	}
	region, err := b.GetDeploymentManager(ctx, "region:RegionOne")
	if err != nil || fmt.Sprint(region.SupportedLocations) != "[core-1 edge-1]" || region.Capacity["vcpus"] != int64(480) || region.Capacity["hypervisors"] != 3 {
		t.Errorf("the region is %+v, %v", region, err)
	}
}

// TestTheWholeLifeOfAPool moves a host in and out, and puts a server on it.
func TestTheWholeLifeOfAPool(t *testing.T) {
	cfg := realConfig()
	cfg.DeletePool = config.DeleteRemoveHosts
	b := opened(t, cfg)
	ctx := t.Context()
	// A second aggregate in the zone that fake-2 is in: servers must not land on fake-1.
	pool, err := b.CreateResourcePool(ctx, &sdk.ResourcePool{
		Meta:     sdk.Meta{Name: "half", Tenant: "north", Extensions: map[string]any{hostsExt: []any{"fake-2"}, metadataExt: map[string]any{"ssd": "true"}}},
		Location: "edge-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		made, err := b.CreateResource(ctx, &sdk.Resource{Meta: sdk.Meta{Name: "on-half", Tenant: "north", Description: "d"}, Tags: []string{"b", "a"}, ResourcePoolID: pool.ID, ResourceTypeID: openstacktest.SmallFlavor})
		if err != nil {
			t.Fatal(err)
		}
		active := becomes(t, b, made.ID, "ACTIVE")
		if active.Extensions[hostExt] != "fake-2" || active.ResourcePoolID != pool.ID || active.Description != "d" || !slices.Equal(active.Tags, []string{"a", "b"}) {
			t.Errorf("it became %+v", active)
		}
		if err := b.DeleteResource(ctx, made.ID); err != nil {
			t.Error(err)
		}
		isGone(t, b, made.ID)
	}
	_, err = b.CreateResourcePool(ctx, &sdk.ResourcePool{Meta: sdk.Meta{Name: "other", Extensions: map[string]any{hostsExt: []any{"fake-2"}}}, Location: "elsewhere"})
	wants(t, err, sdk.Conflict, "") // a host is in one zone
	other, err := b.CreateResourcePool(ctx, &sdk.ResourcePool{Meta: sdk.Meta{Name: "half", Tenant: "south"}})
	if err != nil || other.Name != "half" || other.Tenant != "south" {
		t.Fatalf("another tenant's pool of the same name: %+v, %v", other, err)
	}
	for _, id := range []string{pool.ID, other.ID} {
		if err := b.DeleteResourcePool(ctx, id); err != nil {
			t.Error(err)
		}
	}
	wants(t, b.DeleteResourcePool(ctx, pool.ID), sdk.NotFound, "")
	wants(t, opened(t, realConfig()).DeleteResourcePool(ctx, seeded.EdgePool), sdk.Conflict, "remove them first")
}

// becomes waits for a server's status.
func becomes(t *testing.T, b *Backend, id, status string) *sdk.Resource {
	t.Helper()
	var last *sdk.Resource
	until(t, func() error {
		var err error
		if last, err = b.GetResource(t.Context(), id); err == nil && last.Extensions["openstack.status"] != status {
			err = fmt.Errorf("the server is %v (%v), want %s", last.Extensions["openstack.status"], last.Extensions["openstack.fault"], status)
		}
		return err
	})
	return last
}

// isGone waits until Nova itself has forgotten a server.
func isGone(t *testing.T, b *Backend, id string) {
	t.Helper()
	until(t, func() error {
		if _, err := b.client.Server(t.Context(), id); !isNotFound(err) {
			return fmt.Errorf("the server is still there: %w", err)
		}
		return nil
	})
}

// until asks again until there is no error, within a time that no stack needs.
func until(t *testing.T, f func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		err := f()
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

// TestWhoMayNot logs in as a user without rights, and with a wrong password.
func TestWhoMayNot(t *testing.T) {
	cfg := realConfig()
	cfg.Username, cfg.ProjectName = "demo", "demo"
	b := opened(t, cfg)
	if err := b.Health(t.Context()); err != nil {
		t.Errorf("Nova is there for everyone: %v", err)
	}
	_, err := ids(b.ListResourcePools(t.Context(), sdk.ListOptions{}))
	wants(t, err, sdk.Denied, "needs the role admin in its project")
	cfg.Password = "wrong"
	wants(t, opened(t, cfg).Health(t.Context()), sdk.Denied, "Keystone refused the credentials of the adapter's configuration (401)")
}

// TestQuotaAndRefusals has the real services refuse.
func TestQuotaAndRefusals(t *testing.T) {
	b := opened(t, realConfig())
	ctx := t.Context()
	want := sdk.Resource{Meta: sdk.Meta{Name: "many", Tenant: "north"}, ResourcePoolID: seeded.EdgePool, ResourceTypeID: openstacktest.SmallFlavor}
	hundred := want
	hundred.Extensions = map[string]any{metadataExt: map[string]any{}}
	for i := range 130 { // Nova's quota of metadata items is 128
		hundred.Extensions[metadataExt].(map[string]any)[fmt.Sprintf("k%d", i)] = "v"
	}
	_, err := b.CreateResource(ctx, &hundred)
	wants(t, err, sdk.Invalid, "Maximum number of metadata items exceeds 128")
	if err := admin(t).Flavor(ctx, "huge", "huge", 1, 30_000, 1); err != nil {
		t.Fatal(err)
	}
	huge := want
	huge.ResourceTypeID = "huge"
	_, err = b.CreateResource(ctx, &huge)
	wants(t, err, sdk.Exhausted, "Quota exceeded for ram")
	slash := want
	slash.Extensions = map[string]any{metadataExt: map[string]any{"a/b": "c"}}
	_, err = b.CreateResource(ctx, &slash)
	wants(t, err, sdk.Invalid, "does not match any of the regexes")
	wants(t, b.DeleteResource(ctx, hypervisorOf(t, b)), sdk.Unsupported, "is a hypervisor")
}

func hypervisorOf(t *testing.T, b *Backend) string {
	t.Helper()
	r, err := b.GetResource(t.Context(), seeded.EdgeServer)
	if err != nil {
		t.Fatal(err)
	}
	return r.ParentID
}

// TestAPasswordThatIsChanged has Keystone revoke what tokens there are.
func TestAPasswordThatIsChanged(t *testing.T) {
	keystone, err := stack.Keystone(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := "rotating-" + strings.ToLower(rand.Text()[:8]) // another for each time
	id, err := keystone.User(t.Context(), name, "before")
	if err != nil {
		t.Fatal(err)
	}
	cfg := realConfig()
	cfg.Username, cfg.Password, cfg.PasswordFile = name, "", filepath.Join(t.TempDir(), "password")
	write := func(password string) {
		t.Helper()
		if err := os.WriteFile(cfg.PasswordFile, []byte(password), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before")
	b := opened(t, cfg)
	pools := func() error {
		_, err := ids(b.ListResourcePools(t.Context(), sdk.ListOptions{}))
		return err
	}
	if err := pools(); err != nil {
		t.Fatal(err)
	}
	if err := keystone.Call(t.Context(), "PATCH", "users/"+id, map[string]any{"user": map[string]any{"password": "after"}}, nil); err != nil {
		t.Fatal(err)
	}
	// The old token may be good for the rest of the second in which it was made.
	until(t, func() error {
		if err := pools(); err == nil {
			return errors.New("the old token still serves")
		}
		return nil
	})
	wants(t, pools(), sdk.Denied, "Keystone refused the credentials")
	write("after")
	// Keystone counts revocations in seconds: a token of the very second in which the
	// password was changed is refused as well.
	until(t, pools)
}
