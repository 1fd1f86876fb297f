package backend

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/sdk"
)

// mapper makes netweave's nouns of OpenStack's. The way back is in tonova.go.
type mapper struct{ oCloudID string }

func (m mapper) manager(region, endpoint string, f *fabric, hypervisors []api.Hypervisor, stocks map[string]map[string]stock) *sdk.DeploymentManager {
	zones := map[string]bool{}
	for _, s := range f.services {
		zones[s.Zone] = true
	}
	capacity := map[string]any{"hypervisors": len(hypervisors)}
	sums := map[string]int64{}
	for _, h := range hypervisors {
		for class, s := range stocks[h.ID] {
			sums[class] += s.Capacity
		}
	}
	for class, key := range map[string]string{"VCPU": "vcpus", "MEMORY_MB": "memoryMb", "DISK_GB": "diskGb"} {
		if sum, ok := sums[class]; ok {
			capacity[key] = sum
		}
	}
	return &sdk.DeploymentManager{
		Meta: sdk.Meta{
			ID: regionPrefix + region, Name: region, Description: "OpenStack region " + region,
			Extensions: map[string]any{typeExt: privateCloud, "openstack.region": region, "openstack.computeMicroversion": api.ComputeVersion},
		},
		OCloudID: m.oCloudID, ServiceURI: endpoint, SupportedLocations: slices.Sorted(maps.Keys(zones)), Capacity: capacity,
	}
}

func (m mapper) pools(f *fabric) []*sdk.ResourcePool {
	var pools []*sdk.ResourcePool
	for i := range f.aggregates {
		pools = append(pools, m.pool(&f.aggregates[i]))
	}
	for _, zone := range slices.Sorted(maps.Keys(f.loose)) {
		pools = append(pools, &sdk.ResourcePool{
			Meta: sdk.Meta{
				ID: zonePrefix + zone, Name: zone, Description: "hosts of the availability zone " + zone + " that are in no host aggregate",
				Extensions: map[string]any{typeExt: privateCloud, hostsExt: f.loose[zone], zoneExt: zone},
			},
			OCloudID: m.oCloudID, Location: zone, Site: siteOf(zone, ""),
		})
	}
	return pools
}

func (m mapper) pool(a *api.Aggregate) *sdk.ResourcePool {
	extensions := ownExtensions(a.Metadata)
	extensions["openstack.aggregateId"] = a.ID
	extensions["openstack.aggregateName"] = a.Name
	extensions[hostsExt] = slices.AppendSeq([]string{}, slices.Values(slices.Sorted(slices.Values(a.Hosts))))
	put(extensions, zoneExt, a.AvailabilityZone())
	putMap(extensions, metadataExt, foreign(a.Metadata))
	put(extensions, "openstack.createdAt", a.CreatedAt)
	volatile := map[string]any{}
	putPointer(volatile, updatedExt, a.UpdatedAt)
	return &sdk.ResourcePool{
		Meta: sdk.Meta{
			ID: a.UUID, Tenant: a.Metadata[tenantKey], Name: cmp.Or(a.Metadata[nameKey], a.Name, a.UUID),
			Description: a.Metadata[descriptionKey], Extensions: extensions, Volatile: volatile,
		},
		OCloudID: m.oCloudID, Location: a.AvailabilityZone(), GlobalLocationID: a.Metadata[globalLocationKey],
		Site: siteOf(a.AvailabilityZone(), a.Metadata[globalLocationKey]), CreatedAt: timeOf(a.CreatedAt),
	}
}

func (m mapper) hypervisor(h *api.Hypervisor, f *fabric, stocks map[string]map[string]stock) *sdk.Resource {
	pool := f.homes[h.Service.Host]
	tenant := ""
	if a := f.aggregate(pool); a != nil {
		tenant = a.Metadata[tenantKey]
	}
	extensions := map[string]any{
		typeExt: privateCloud, "openstack.hypervisorVersion": h.Version, "openstack.vcpus": h.VCPUs, "openstack.memoryMb": h.MemoryMB, "openstack.localGb": h.LocalGB,
	}
	put(extensions, "openstack.hypervisorType", h.Type)
	put(extensions, "openstack.state", h.State)
	put(extensions, "openstack.status", h.Status)
	put(extensions, "openstack.hostIp", h.HostIP)
	put(extensions, hostExt, h.Service.Host)
	put(extensions, zoneExt, f.services[h.Service.Host].Zone)
	putPointer(extensions, "openstack.disabledReason", h.Service.DisabledReason)
	if info, ok := h.CPUInfo.(map[string]any); ok && len(info) > 0 {
		extensions["openstack.cpuInfo"] = info
	}
	volatile := map[string]any{"openstack.runningVms": h.RunningVMs}
	inventory, usage := map[string]any{}, map[string]any{}
	for class, s := range stocks[h.ID] {
		inventory[class] = map[string]any{"total": s.Total, "reserved": s.Reserved, "allocationRatio": s.Ratio, "capacity": s.Capacity}
		usage[class] = s.Used
	}
	if len(inventory) > 0 {
		extensions["openstack.inventory"] = inventory
		volatile["openstack.usage"] = usage
	}
	return &sdk.Resource{
		Meta:           sdk.Meta{ID: h.ID, Tenant: tenant, Name: cmp.Or(h.Hostname, h.ID), Extensions: extensions, Volatile: volatile},
		ResourceTypeID: hypervisorType, ResourcePoolID: pool,
	}
}

// powerStates are Nova's numbers.
var powerStates = map[int]string{0: "unknown", 1: "running", 3: "paused", 4: "shutdown", 6: "crashed", 7: "suspended"}

func (m mapper) server(s *api.Server, around surroundings) *sdk.Resource {
	extensions := ownExtensions(s.Metadata)
	put(extensions, "openstack.status", s.Status)
	put(extensions, "openstack.vmState", s.VMState)
	put(extensions, "openstack.powerState", cmp.Or(powerStates[s.PowerState], "unknown"))
	put(extensions, "openstack.projectId", s.ProjectID)
	put(extensions, hostExt, s.Host.Value)
	put(extensions, "openstack.hypervisor", s.Hypervisor.Value)
	put(extensions, zoneExt, s.AvailabilityZone)
	put(extensions, "openstack.createdAt", s.Created)
	putPointer(extensions, keyNameExt, s.KeyName)
	if image, ok := s.Image.(map[string]any); ok {
		if id, _ := image["id"].(string); id != "" {
			extensions[imageExt] = id
		}
	}
	if addresses, ok := s.Addresses.(map[string]any); ok && len(addresses) > 0 {
		extensions["openstack.addresses"] = addresses
	}
	putMap(extensions, metadataExt, foreign(s.Metadata))
	extensions["openstack.flavor"] = map[string]any{"name": s.Flavor.Name, "vcpus": s.Flavor.VCPUs, "ramMb": s.Flavor.RAM, "diskGb": s.Flavor.Disk}
	if s.Fault != nil {
		extensions["openstack.fault"] = fmt.Sprintf("%d: %s", s.Fault.Code, s.Fault.Message)
	}
	volatile := map[string]any{}
	put(volatile, updatedExt, s.Updated)
	putPointer(volatile, "openstack.taskState", s.TaskState)
	r := &sdk.Resource{
		Meta: sdk.Meta{
			ID: s.ID, Tenant: s.Metadata[tenantKey], Name: cmp.Or(s.Metadata[nameKey], s.Name, s.ID),
			Extensions: extensions, Volatile: volatile,
		},
		ResourceTypeID: typeOf(s.Flavor, around.flavors), ResourcePoolID: around.fabric.serverPool(s),
		GlobalAssetID: s.Metadata[globalAssetKey], Tags: slices.Sorted(slices.Values(s.Tags)),
	}
	if s.Description != nil {
		r.Description = *s.Description
	}
	for i := range around.hypervisors {
		if h := &around.hypervisors[i]; s.Hypervisor.Value != "" && h.Hostname == s.Hypervisor.Value && h.Service.Host == s.Host.Value {
			r.ParentID = h.ID
		}
	}
	return r
}

// typeOf finds the flavor that a server was made of. Nova tells its name and size
// alone; another one may have its name by now.
func typeOf(made *api.ServerFlavor, flavors []api.Flavor) string {
	for i := range flavors {
		if f := &flavors[i]; f.Name == made.Name && f.VCPUs == made.VCPUs && f.RAM == made.RAM && f.Disk == made.Disk {
			return f.ID
		}
	}
	return serverType
}

func (m mapper) flavor(f *api.Flavor) *sdk.ResourceType {
	extensions := map[string]any{
		typeExt: privateCloud, "openstack.vcpus": f.VCPUs, "openstack.ramMb": f.RAM, "openstack.diskGb": f.Disk,
		"openstack.ephemeralGb": f.Ephemeral, "openstack.public": f.Public,
	}
	putMap(extensions, "openstack.extraSpecs", f.ExtraSpecs)
	t := &sdk.ResourceType{
		Meta:  sdk.Meta{ID: f.ID, Name: cmp.Or(f.Name, f.ID), Extensions: extensions},
		Model: f.Name, ResourceKind: sdk.ResourceKindLogical, ResourceClass: sdk.ResourceClassCompute,
	}
	if f.Description != nil {
		t.Description = *f.Description
	}
	return t
}

// ownTypes are those that no flavor stands for.
func (m mapper) ownTypes() []*sdk.ResourceType {
	return []*sdk.ResourceType{
		{
			Meta:         sdk.Meta{ID: hypervisorType, Name: "hypervisor", Description: "a host that runs servers", Extensions: map[string]any{typeExt: privateCloud}},
			ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
		},
		{
			Meta:         sdk.Meta{ID: serverType, Name: "server", Description: "a server of a flavor that is gone", Extensions: map[string]any{typeExt: privateCloud}},
			ResourceKind: sdk.ResourceKindLogical, ResourceClass: sdk.ResourceClassCompute,
		},
	}
}

// ownExtensions are those that a caller gave, and what everything here is.
func ownExtensions(metadata map[string]string) map[string]any {
	var extensions map[string]any
	if json.Unmarshal([]byte(metadata[extensionsKey]), &extensions) != nil || extensions == nil {
		extensions = map[string]any{}
	}
	maps.DeleteFunc(extensions, func(key string, _ any) bool { return strings.HasPrefix(key, reserved) })
	extensions[typeExt] = privateCloud
	return extensions
}

// foreign is the metadata that is not netweave's, without what sounds secret.
func foreign(metadata map[string]string) map[string]string {
	shown := map[string]string{}
	for key, value := range metadata {
		if key != zoneKey && !strings.HasPrefix(key, ownKeys) && !secretive(key) {
			shown[key] = value
		}
	}
	return shown
}

// secretive tells whether a key's value had better not be shown.
func secretive(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"password", "passwd", "admin_pass", "secret", "token", "private_key", "credential"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

func put(m map[string]any, key, value string) {
	if value != "" {
		m[key] = value
	}
}

func putPointer(m map[string]any, key string, value *string) {
	if value != nil {
		put(m, key, *value)
	}
}

func putMap(m map[string]any, key string, value map[string]string) {
	if len(value) > 0 {
		m[key] = value
	}
}
