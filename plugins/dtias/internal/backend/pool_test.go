package backend

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

func TestAPoolAsItIsShown(t *testing.T) {
	l := newLab(t)
	cfg := l.config()
	cfg.SiteIDs = []string{"site-ams"}
	b := l.open(t, cfg)
	defer b.Close()
	l.World.ChangePool("rp-ams-dc1-compute", func(p *dtias.Pool) {
		p.Metadata = map[string]string{"o2ims.oran.org/tenant": "north", "owner": "edge team", "bmc-password": "hunter2"}
	})
	got, err := b.GetResourcePool(t.Context(), "rp-ams-dc1-compute")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
		"ID": "rp-ams-dc1-compute", "Tenant": "north", "Revision": 0, "Name": "ams-dc1-compute",
		"Description": "Compute servers in Amsterdam West", "OCloudID": "ocloud-dtias-1",
		"Location": "Amsterdam, ams-dc1", "GlobalLocationID": "geo:52.3676;4.9041",
		"Extensions": {
			"type": "bare-metal", "dtias.resourceGroupType": "compute", "dtias.provisioningState": "active",
			"dtias.datacenter": "ams-dc1", "dtias.siteId": "site-ams", "dtias.createdAt": "2026-01-05T08:00:00Z",
			"dtias.coordinates": {"latitude": 52.3676, "longitude": 4.9041}, "dtias.metadata": {"owner": "edge team"},
			"dtias.location": {"datacenter": "ams-dc1", "building": "B1", "city": "Amsterdam", "country": "Netherlands",
				"rackUnit": 0, "latitude": 52.3676, "longitude": 4.9041}
		},
		"Volatile": {"dtias.bareMetalCount": 20, "dtias.availableServers": 12, "dtias.updatedAt": "2026-03-01T12:00:00Z"},
		"Tags": null, "CreatedAt": "2026-01-05T08:00:00Z", "UpdatedAt": "2026-03-01T12:00:00Z",
		"Health": {"Status": "healthy", "AvailableCapacity": 37.5, "Utilization": 62.5}, "Metrics": null,
		"Site": {"ID": "site-ams/ams-dc1/geo:52.3676;4.9041", "Name": "Amsterdam West, ams-dc1", "Description": "Amsterdam, Netherlands",
			"Location": {"GlobalID": "geo:52.3676;4.9041", "Name": "geo:52.3676;4.9041", "Description": "", "Address": "",
				"Coordinate": {"Longitude": 4.9041, "Latitude": 52.3676, "Altitude": null}, "CivicAddress": null, "Extensions": null}}
	}`
	wantJSON(t, got, want)

	managers, err := idsOf(b.ListDeploymentManagers(t.Context(), sdk.ListOptions{}))
	if err != nil || !reflect.DeepEqual(managers, []string{"site-ams"}) {
		t.Errorf("the managers are %v, %v", managers, err)
	}
	dm, err := b.GetDeploymentManager(t.Context(), "site-ams")
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, dm, `{
		"ID": "site-ams", "Tenant": "", "Revision": 0, "Name": "Amsterdam West",
		"Description": "Bare metal at Amsterdam, Netherlands, managed by Dell DTIAS", "OCloudID": "ocloud-dtias-1",
		"ServiceURI": "`+l.url+`", "SupportedLocations": ["Amsterdam, ams-dc1"],
		"Capabilities": {"bareMetal": true}, "Capacity": {"pools": 1, "servers": 20}, "Volatile": null,
		"Extensions": {"type": "bare-metal", "dtias.city": "Amsterdam", "dtias.country": "Netherlands",
			"dtias.coordinates": {"latitude": 52.3676, "longitude": 4.9041}}
	}`)
}

func wantJSON(t *testing.T, got any, want string) {
	t.Helper()
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var wanted any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(plain(got), wanted) {
		t.Errorf("got\n%s\nwant\n%s", raw, want)
	}
}

func TestPoolsOfOneSite(t *testing.T) {
	l := newLab(t)
	cfg := l.config()
	cfg.SiteIDs = []string{"site-ham"}
	b := l.open(t, cfg)
	defer b.Close()
	pools, err := idsOf(b.ListResourcePools(t.Context(), sdk.ListOptions{}))
	if err != nil || !reflect.DeepEqual(pools, []string{"rp-ham-dc1-compute"}) {
		t.Errorf("the pools are %v, %v", pools, err)
	}
	if n := len(serverIDs(t, b)); n != 20 {
		t.Errorf("%d servers, want 20", n)
	}
	_, err = b.GetResourcePool(t.Context(), "rp-ams-dc1-compute")
	wantError(t, err, sdk.NotFound, `DTIAS has no resource pool "rp-ams-dc1-compute"`)
	wantError(t, b.DeleteResourcePool(t.Context(), "rp-ams-dc1-compute"), sdk.NotFound, `DTIAS has no resource pool "rp-ams-dc1-compute"`)
	wantError(t, b.DeleteResource(t.Context(), "srv-ams-dc1-001"), sdk.NotFound, `DTIAS has no server "srv-ams-dc1-001"`)
	_, err = b.CreateResourcePool(t.Context(), &sdk.ResourcePool{Meta: sdk.Meta{Name: "x"}})
	wantError(t, err, sdk.Invalid, `location "ams-dc1" is in none of this adapter's sites: choose one of ham-dc1`)
	if n := l.Requests("POST /resourcepools"); n != 0 {
		t.Errorf("%d pools were created", n)
	}

	cfg.SiteIDs = []string{"site-ham", "site-gone"}
	lost := l.open(t, cfg)
	defer lost.Close()
	_, err = idsOf(lost.ListResourcePools(t.Context(), sdk.ListOptions{}))
	wantError(t, err, sdk.Unavailable, `siteIds: DTIAS has no site "site-gone": correct the adapter's configuration`)
}

func TestCreatePool(t *testing.T) {
	for name, c := range map[string]struct {
		want        sdk.ResourcePool
		code        sdk.Code // "" if it is created
		text, place string
	}{
		"a name alone":     {want: pool("a", nil), place: "Amsterdam, ams-dc1"},
		"a datacenter":     {want: at(pool("a", nil), "ham-dc1"), place: "Hamburg, ham-dc1"},
		"city, datacenter": {want: at(pool("a", nil), "Hamburg, ham-dc1"), place: "Hamburg, ham-dc1"},
		"of type bare-metal, as routing wants": {
			want: pool("a", map[string]any{"type": "bare-metal", "dtias.resourceGroupType": "storage"}), place: "Amsterdam, ams-dc1",
		},
		"no name":       {pool("", nil), sdk.Invalid, "name is missing: give the pool a name", ""},
		"no such place": {at(pool("a", nil), "nowhere"), sdk.Invalid, `creating the resource pool "a": DTIAS answered 400, INVALID_REQUEST: there is no datacenter "nowhere"`, ""},
		"another type":  {pool("a", map[string]any{"type": "cloud"}), sdk.Invalid, `extensions.type is cloud: leave it out or set it to "bare-metal" (what a pool is for goes into dtias.resourceGroupType)`, ""},
		"another group": {pool("a", map[string]any{"dtias.resourceGroupType": "toys"}), sdk.Invalid, "extensions.dtias.resourceGroupType is toys: it must be compute, storage, network", ""},
		"what is DTIAS's": {
			pool("a", map[string]any{"dtias.bareMetalCount": 5}), sdk.Invalid,
			`extensions.dtias.bareMetalCount cannot be set: keys that start with "dtias." are what DTIAS reports`, "",
		},
		"replicas": {
			pool("a", map[string]any{"replicas": 5}), sdk.Invalid,
			"extensions.replicas cannot be set: a bare metal pool grows by the resources that are created in it", "",
		},
		"another O-Cloud": {
			sdk.ResourcePool{Meta: sdk.Meta{Name: "a"}, OCloudID: "theirs"}, sdk.Invalid,
			`oCloudId is "theirs": leave it out or set it to "ocloud-dtias-1"`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newLab(t).backend(t)
			made, err := b.CreateResourcePool(t.Context(), &c.want)
			if c.code != "" {
				wantError(t, err, c.code, c.text)
				return
			}
			if err != nil || made.Location != c.place {
				t.Errorf("made %+v, %v", made, err)
			}
		})
	}
	t.Run("nowhere configured", func(t *testing.T) {
		l := newLab(t)
		cfg := l.config()
		cfg.Datacenter = ""
		b := l.open(t, cfg)
		defer b.Close()
		want := pool("a", nil)
		_, err := b.CreateResourcePool(t.Context(), &want)
		wantError(t, err, sdk.Invalid, `location is missing: give it as "city, datacenter" or as the datacenter alone; an adapter whose configuration has a datacenter needs none`)
	})
	t.Run("metadata lost", func(t *testing.T) {
		l := newLab(t)
		b := l.backend(t)
		l.fail(t, dtias.Fault{Kind: dtias.Forget})
		want := pool("a", nil)
		want.Tenant = "north"
		_, err := b.CreateResourcePool(t.Context(), &want)
		wantError(t, err, sdk.Unavailable, `DTIAS created the resource pool "rp-ams-dc1-0001" but did not note whose it is: delete it there, or note o2ims.oran.org/tenant in its metadata`)
	})
}

func pool(name string, extensions map[string]any) sdk.ResourcePool {
	return sdk.ResourcePool{Meta: sdk.Meta{Name: name, Extensions: extensions}}
}

func at(p sdk.ResourcePool, place string) sdk.ResourcePool {
	p.Location = place
	return p
}

// TestExtensionsComeBack has a caller's own extensions kept and changed, and what
// others noted left alone.
func TestExtensionsComeBack(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	want := pool("mine", map[string]any{"owner": "me", "nested": map[string]any{"a": json.Number("1.50"), "b": []any{true, nil}}})
	want.Tenant, want.GlobalLocationID = "north", "geo:1;2"
	made, err := b.CreateResourcePool(t.Context(), &want)
	if err != nil {
		t.Fatal(err)
	}
	l.World.ChangePool(made.ID, func(p *dtias.Pool) { p.Metadata["noted"] = "elsewhere" })
	current, err := b.GetResourcePool(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !same(current.Extensions["nested"], want.Extensions["nested"]) || current.GlobalLocationID != "geo:1;2" {
		t.Errorf("it is %+v", current)
	}
	delete(current.Extensions, "nested")
	current.Extensions["owner"] = "you"
	current.Extensions["dtias.provisioningState"] = "provisioning" // as it may have been when it was read
	changed, err := b.UpdateResourcePool(t.Context(), current)
	if err != nil {
		t.Fatal(err)
	}
	_, nested := changed.Extensions["nested"]
	if nested || changed.Extensions["owner"] != "you" || changed.Tenant != "north" || changed.GlobalLocationID != "geo:1;2" ||
		!same(changed.Extensions["dtias.metadata"], map[string]any{"noted": "elsewhere"}) || changed.Extensions["dtias.provisioningState"] != "active" {
		t.Errorf("it is %+v", changed)
	}
	current.Location = "Hamburg, ham-dc1"
	_, err = b.UpdateResourcePool(t.Context(), current)
	wantError(t, err, sdk.Invalid, `location cannot be changed from "Amsterdam, ams-dc1": create a pool elsewhere`)
	current.Location, current.Tenant = "", "south"
	_, err = b.UpdateResourcePool(t.Context(), current)
	wantError(t, err, sdk.Invalid, "the tenant of a pool cannot be changed")
	current.Tenant, current.Extensions["dtias.datacenter"] = "north", "ham-dc1"
	_, err = b.UpdateResourcePool(t.Context(), current)
	wantError(t, err, sdk.Invalid, `extensions.dtias.datacenter cannot be set: keys that start with "dtias." are what DTIAS reports`)
}

func TestAPoolWithServersStays(t *testing.T) {
	b := newLab(t).backend(t)
	wantError(t, b.DeleteResourcePool(t.Context(), "rp-ams-dc1-compute"), sdk.Conflict,
		`deleting the resource pool "rp-ams-dc1-compute": DTIAS answered 409, RESOURCE_IN_USE: the pool has 20 servers: release them first`)
}
