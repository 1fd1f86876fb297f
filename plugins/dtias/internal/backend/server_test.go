package backend

import (
	"reflect"
	"testing"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/testdata/dtias"
)

func TestAServerAsItIsShown(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	l.World.Change("srv-ham-dc1-003", func(m *dtias.Machine) {
		m.Metadata = map[string]string{
			"o2ims.oran.org/tenant": "south", "o2ims.oran.org/tags": "a, b", "o2ims.oran.org/description": "A core server",
			"o2ims.oran.org/global-asset-id": "urn:asset:1", "o2ims.oran.org/extensions": `{"mine":1,"dtias.state":"lie"}`, "ipmiToken": "x",
		}
	})
	got, err := b.GetResource(t.Context(), "srv-ham-dc1-003")
	if err != nil {
		t.Fatal(err)
	}
	wantJSON(t, got, `{
		"ID": "srv-ham-dc1-003", "Tenant": "south", "Revision": 0, "Name": "ham-dc1-host-03", "Description": "A core server",
		"ResourceTypeID": "st-r660-core", "ResourcePoolID": "rp-ham-dc1-compute", "ParentID": "", "GlobalAssetID": "urn:asset:1", "Tags": ["a", "b"],
		"Extensions": {
			"type": "bare-metal", "mine": 1, "dtias.state": "in-use", "dtias.powerState": "on", "dtias.healthState": "healthy", "dtias.createdAt": "2026-01-05T08:00:00Z",
			"dtias.cpu": {"vendor": "Intel", "model": "Xeon Gold 6454S", "architecture": "x86_64", "sockets": 2, "totalCores": 64, "totalThreads": 128, "frequencyMhz": 2200},
			"dtias.memory": {"totalGb": 1024, "type": "DDR5", "speedMhz": 4800},
			"dtias.storage": [
				{"id": "disk-0", "type": "SSD", "vendor": "Solidigm", "model": "P5520", "capacityGb": 1920, "interface": "PCIe", "health": "healthy"},
				{"id": "disk-1", "type": "SSD", "vendor": "Solidigm", "model": "P5520", "capacityGb": 1920, "interface": "PCIe", "health": "healthy"}
			],
			"dtias.network": [
				{"id": "nic-0", "name": "eth0", "macAddress": "02:00:01:00:02:00", "speedMbps": 25000, "type": "ethernet", "state": "up"},
				{"id": "nic-1", "name": "eth1", "macAddress": "02:00:01:00:02:01", "speedMbps": 25000, "type": "ethernet", "state": "up"}
			],
			"dtias.bios": {"vendor": "Dell Inc.", "version": "2.4.4"},
			"dtias.management": {"type": "iDRAC9", "version": "7.10.50", "ipAddress": "10.11.0.3"},
			"dtias.location": {"datacenter": "ham-dc1", "rack": "rack-01", "rackUnit": 9, "row": "row-1", "room": "R1", "building": "B1",
				"city": "Hamburg", "country": "Germany", "latitude": 53.5511, "longitude": 9.9937},
			"dtias.coordinates": {"latitude": 53.5511, "longitude": 9.9937}
		},
		"Volatile": {"dtias.updatedAt": "2026-03-01T12:00:00Z", "dtias.lastHealthCheck": "2026-03-01T12:00:00Z", "dtias.memoryAvailableGb": 1008}
	}`)
	kind, err := b.GetResourceType(t.Context(), "st-r660-core")
	if err != nil {
		t.Fatal(err)
	}
	if len(kind.Alarms) != 3 {
		t.Errorf("its alarms are %v", kind.Alarms)
	}
	kind.Alarms = nil
	wantJSON(t, kind, `{
		"ID": "st-r660-core", "Tenant": "", "Revision": 0, "Name": "R660 Core", "Description": "Two-socket rack server for core functions",
		"Vendor": "Dell", "Model": "PowerEdge R660", "Version": "16G", "ResourceKind": "PHYSICAL", "ResourceClass": "COMPUTE", "Volatile": null,
		"Extensions": {"type": "bare-metal", "dtias.generation": "16G", "dtias.formFactor": "1U", "dtias.cpuModel": "Xeon Gold 6454S", "dtias.cpuCores": 64,
			"dtias.memoryGb": 1024, "dtias.storageType": "SSD", "dtias.storageCapacityGb": 3840, "dtias.networkPorts": 2, "dtias.networkSpeed": "100Gbps",
			"dtias.powerWatts": 800, "dtias.rackUnits": 1},
		"AlarmDictionaryVersion": "1", "Alarms": null
	}`)
}

func TestAServerOfNoKnownType(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	for given, want := range map[string]struct{ id, shown any }{
		"R660 Core": {"st-r660-core", nil}, // its name will do
		"R999":      {"dtias-server", "R999"},
		"":          {"dtias-server", nil},
	} {
		l.World.Change("srv-ams-dc1-001", func(m *dtias.Machine) { m.Type = given })
		got, err := b.GetResource(t.Context(), "srv-ams-dc1-001")
		if err != nil || got.ResourceTypeID != want.id || got.Extensions["dtias.serverType"] != want.shown {
			t.Errorf("type %q: %s and %v, %v", given, got.ResourceTypeID, got.Extensions["dtias.serverType"], err)
		}
	}
}

func TestCreateResource(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	const pool, kind = "rp-ams-dc1-compute", "st-r760xa-gpu"
	l.World.ChangePool("rp-ham-dc1-compute", func(p *dtias.Pool) { p.Metadata = map[string]string{"o2ims.oran.org/tenant": "south"} })
	made, err := b.CreateResource(t.Context(), &sdk.Resource{
		Meta: sdk.Meta{Tenant: "north", Name: "edge-07.example.com", Description: "For the far edge", Extensions: map[string]any{
			"operatingSystem": "ubuntu-24.04", "networkConfig": map[string]any{"vlan": 7, "password": "hunter2"}, "owner": "me",
		}},
		ResourcePoolID: pool, ResourceTypeID: kind, Tags: []string{"a", "b"}, GlobalAssetID: "urn:asset:7",
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.GetResource(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, network := got.Extensions["networkConfig"]
	if got.Description != "For the far edge" || !reflect.DeepEqual(got.Tags, []string{"a", "b"}) || got.GlobalAssetID != "urn:asset:7" || got.Tenant != "north" ||
		got.Extensions["owner"] != "me" || got.Extensions["operatingSystem"] != "ubuntu-24.04" || network {
		t.Errorf("it is %+v", got)
	}

	refused := func(change func(*sdk.Resource), code sdk.Code, text string) {
		t.Helper()
		r := &sdk.Resource{Meta: sdk.Meta{Tenant: "north", Name: "host"}, ResourcePoolID: pool, ResourceTypeID: kind}
		change(r)
		before := l.Requests("POST /resources/allocate")
		_, err := b.CreateResource(t.Context(), r)
		wantError(t, err, code, text)
		if sent := l.Requests("POST /resources/allocate") > before; sent != (code != sdk.Invalid) {
			t.Errorf("sent: %v", sent)
		}
	}
	refused(func(r *sdk.Resource) { r.ResourcePoolID = "nowhere" }, sdk.Invalid, `there is no resource pool "nowhere" to allocate a server in`)
	refused(func(r *sdk.Resource) { r.ResourceTypeID = "toaster" }, sdk.Invalid, `there is no server type "toaster" to allocate: choose one that DTIAS lists`)
	refused(func(r *sdk.Resource) { r.ResourceTypeID = "dtias-server" }, sdk.Invalid, `there is no server type "dtias-server" to allocate: choose one that DTIAS lists`)
	refused(func(r *sdk.Resource) { r.ResourcePoolID = "rp-ham-dc1-compute" }, sdk.Invalid, "a resource belongs to the tenant of its pool")
	refused(func(r *sdk.Resource) { r.ParentID = "x" }, sdk.Invalid, "parentId cannot be set: a server is part of nothing")
	refused(func(r *sdk.Resource) { r.Name = "two words" }, sdk.Invalid, `name is "two words": it becomes the server's hostname, so use letters, digits, dashes and dots, such as edge-07.example.com`)
	refused(func(r *sdk.Resource) { r.Tags = []string{"a,b"} }, sdk.Invalid, `tags[0] is "a,b": tags must have no comma`)
	refused(func(r *sdk.Resource) { r.Extensions = map[string]any{"operatingSystem": 7} }, sdk.Invalid, "extensions.operatingSystem is 7: it must be a text")
	refused(func(r *sdk.Resource) { r.Extensions = map[string]any{"networkConfig": "dhcp"} }, sdk.Invalid, "extensions.networkConfig must be an object")
	refused(func(r *sdk.Resource) { r.Extensions = map[string]any{"dtias.state": "ready"} }, sdk.Invalid, `extensions.dtias.state cannot be set: keys that start with "dtias." are what DTIAS reports`)
	for range 2 { // three were free
		if _, err := b.CreateResource(t.Context(), &sdk.Resource{ResourcePoolID: pool, ResourceTypeID: kind}); err != nil {
			t.Fatal(err)
		}
	}
	refused(func(*sdk.Resource) {}, sdk.Exhausted, `allocating a server in the resource pool "rp-ams-dc1-compute": DTIAS answered 409, INSUFFICIENT_CAPACITY: no server of type st-r760xa-gpu is free in ams-dc1`)
}

// TestATenantIsNotedWhereAllocationForgot has metadata written again.
func TestATenantIsNotedWhereAllocationForgot(t *testing.T) {
	l := newLab(t)
	b := l.backend(t)
	l.fail(t, dtias.Fault{Kind: dtias.Forget})
	want := &sdk.Resource{Meta: sdk.Meta{Tenant: "north", Name: "host"}, ResourcePoolID: "rp-ams-dc1-compute", ResourceTypeID: "st-r660-core"}
	made, err := b.CreateResource(t.Context(), want)
	if err != nil || made.Tenant != "north" {
		t.Fatalf("made %+v, %v", made, err)
	}
	if got, err := b.GetResource(t.Context(), made.ID); err != nil || got.Tenant != "north" {
		t.Errorf("it is %+v, %v", got, err)
	}
	l.fail(t, dtias.Fault{Kind: dtias.Status, Method: "PUT", Status: 500, Message: "no"})
	_, err = b.CreateResource(t.Context(), want)
	wantError(t, err, sdk.Unavailable, `the server "srv-ams-dc1-027" was allocated, but whose it is could not be noted: release it in DTIAS, or note o2ims.oran.org/tenant in its metadata: `+
		`noting on the server "srv-ams-dc1-027": DTIAS answered 500, no`)
}
