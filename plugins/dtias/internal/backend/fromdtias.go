package backend

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
)

// mapper makes netweave's nouns of DTIAS's. The way back is in todtias.go.
type mapper struct {
	endpoint, oCloudID string
}

func newMapper(cfg config.Config) mapper {
	return mapper{endpoint: cfg.Endpoint, oCloudID: cfg.OCloudID}
}

// managers makes a deployment manager of each site, or one of DTIAS as a whole.
func (m mapper) managers(e estate) []*sdk.DeploymentManager {
	if len(e.sites) == 0 {
		host := m.endpoint
		if u, err := url.Parse(m.endpoint); err == nil {
			host = u.Host
		}
		dm := m.manager("dtias:"+cmp.Or(m.oCloudID, m.endpoint), e.pools)
		dm.Name, dm.Description = cmp.Or(m.oCloudID, host), "Bare metal managed by Dell DTIAS at "+host
		return []*sdk.DeploymentManager{dm}
	}
	var managers []*sdk.DeploymentManager
	for i := range e.sites {
		site := &e.sites[i]
		dm := m.manager(site.ID, slices.DeleteFunc(slices.Clone(e.pools), func(p placed) bool { return p.site.ID != site.ID }))
		dm.Name, dm.Description = cmp.Or(site.Name, site.ID), "Bare metal at "+cmp.Or(joined(site.City, site.Country), site.ID)+", managed by Dell DTIAS"
		put(dm.Extensions, "dtias.city", site.City)
		put(dm.Extensions, "dtias.country", site.Country)
		putCoordinates(dm.Extensions, site.Latitude, site.Longitude)
		if len(dm.SupportedLocations) == 0 && site.City != "" {
			dm.SupportedLocations = []string{site.City}
		}
		managers = append(managers, dm)
	}
	return managers
}

func (m mapper) manager(id string, pools []placed) *sdk.DeploymentManager {
	var places []string
	var servers int64
	for _, p := range pools {
		if place := location(p); place != "" {
			places = append(places, place)
		}
		if n, err := p.ServerCount.Int64(); err == nil {
			servers += n
		}
	}
	slices.Sort(places)
	return &sdk.DeploymentManager{
		Meta:     sdk.Meta{ID: id, Extensions: map[string]any{typeExtension: bareMetal}},
		OCloudID: m.oCloudID, ServiceURI: m.endpoint, SupportedLocations: slices.Compact(places),
		Capabilities: map[string]any{"bareMetal": true},
		Capacity:     map[string]any{"pools": len(pools), "servers": servers},
	}
}

func (m mapper) pool(p placed) *sdk.ResourcePool {
	ext := callersExtensions(p.Metadata)
	ext[typeExtension] = bareMetal
	put(ext, groupTypeExt, p.Type)
	put(ext, stateExt, p.State)
	put(ext, "dtias.datacenter", cmp.Or(p.Datacenter, p.Location.Datacenter))
	put(ext, "dtias.createdAt", p.CreatedAt)
	putStruct(ext, "dtias.location", p.Location)
	putMetadata(ext, p.Metadata)
	latitude, longitude := p.Location.Latitude, p.Location.Longitude
	if p.site != nil {
		ext["dtias.siteId"] = p.site.ID
		if !known(latitude, longitude) {
			latitude, longitude = p.site.Latitude, p.site.Longitude
		}
	}
	putCoordinates(ext, latitude, longitude)
	// Sums over other objects: they are told of by those objects' events.
	volatile := map[string]any{}
	put(volatile, countExt, p.ServerCount)
	put(volatile, availableExt, p.AvailableServers)
	put(volatile, updatedExt, p.UpdatedAt)
	globalLocation := cmp.Or(p.Metadata.Text(globalLocationKey), geo(latitude, longitude))
	return &sdk.ResourcePool{
		Meta: sdk.Meta{
			ID: p.ID, Tenant: p.Metadata.Text(tenantKey), Name: cmp.Or(p.Name, p.ID), Description: p.Description,
			Extensions: ext, Volatile: volatile,
		},
		OCloudID: m.oCloudID, Location: location(p), GlobalLocationID: globalLocation, Site: siteOf(p, globalLocation),
		CreatedAt: timeOf(p.CreatedAt), UpdatedAt: timeOf(p.UpdatedAt), Health: healthOf(p),
	}
}

// location is "city, datacenter", as far as both are known.
func location(p placed) string {
	city := p.Location.City
	if city == "" && p.site != nil {
		city = p.site.City
	}
	return joined(city, cmp.Or(p.Datacenter, p.Location.Datacenter))
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// typeIndex finds the id of a type by its id or its name.
func (m mapper) typeIndex(types []api.ServerType) map[string]string {
	index := make(map[string]string, 2*len(types))
	for _, t := range types {
		if t.Name != "" {
			index[t.Name] = t.ID
		}
	}
	for _, t := range types {
		index[t.ID] = t.ID
	}
	return index
}

func (m mapper) server(s api.Server, types map[string]string) *sdk.Resource {
	ext := callersExtensions(s.Metadata)
	ext[typeExtension] = bareMetal
	put(ext, "dtias.state", s.State)
	put(ext, "dtias.powerState", s.PowerState)
	put(ext, "dtias.healthState", s.HealthState)
	put(ext, "dtias.createdAt", s.CreatedAt)
	volatile := map[string]any{}
	put(volatile, updatedExt, s.UpdatedAt)
	put(volatile, "dtias.lastHealthCheck", s.LastHealthCheck)
	put(volatile, "dtias.memoryAvailableGb", s.Memory.AvailableGB)
	s.Memory.AvailableGB = ""
	putStruct(ext, "dtias.cpu", s.CPU)
	putStruct(ext, "dtias.memory", s.Memory)
	putStruct(ext, "dtias.bios", s.BIOS)
	putStruct(ext, "dtias.management", s.Management)
	putStruct(ext, "dtias.location", s.Location)
	putCoordinates(ext, s.Location.Latitude, s.Location.Longitude)
	// In an order of ours: another one is no change.
	if len(s.Storage) > 0 {
		ext["dtias.storage"] = slices.SortedFunc(slices.Values(s.Storage), func(a, b api.Disk) int { return cmp.Compare(a.ID, b.ID) })
	}
	if len(s.Network) > 0 {
		ext["dtias.network"] = slices.SortedFunc(slices.Values(s.Network), func(a, b api.Port) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.MACAddress, b.MACAddress))
		})
	}
	putMetadata(ext, s.Metadata)
	typeID, ok := types[s.Type]
	if !ok {
		typeID = anyServerType
		put(ext, "dtias.serverType", s.Type)
	}
	var tags []string
	for tag := range strings.SplitSeq(s.Metadata.Text(tagsKey), ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return &sdk.Resource{
		Meta: sdk.Meta{
			ID: s.ID, Tenant: s.Metadata.Text(tenantKey), Name: cmp.Or(s.Hostname, s.ID),
			Description: s.Metadata.Text(descriptionKey), Extensions: ext, Volatile: volatile,
		},
		ResourceTypeID: typeID, ResourcePoolID: s.ServerPoolID,
		GlobalAssetID: s.Metadata.Text(globalAssetKey), Tags: tags,
	}
}

func (m mapper) serverType(t api.ServerType) *sdk.ResourceType {
	ext := map[string]any{typeExtension: bareMetal}
	for key, value := range map[string]any{
		"generation": t.Generation, "formFactor": t.FormFactor, "cpuModel": t.CPUModel, "cpuCores": t.CPUCores, "memoryGb": t.MemoryGB,
		"storageType": t.StorageType, "storageCapacityGb": t.StorageCapacityGB, "networkPorts": t.NetworkPorts,
		"networkSpeed": t.NetworkSpeed, "powerWatts": t.PowerWatts, "rackUnits": t.RackUnits,
	} {
		put(ext, reserved+key, value)
	}
	return &sdk.ResourceType{
		Meta:   sdk.Meta{ID: t.ID, Name: cmp.Or(t.Name, t.ID), Description: t.Description, Extensions: ext},
		Vendor: t.Vendor, Model: t.Model, Version: t.Generation,
		ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
		AlarmDictionaryVersion: alarmDictionaryVersion, Alarms: definitions,
	}
}

// anyServer is the type of servers whose own type is not known.
func (m mapper) anyServer() *sdk.ResourceType {
	return &sdk.ResourceType{
		Meta: sdk.Meta{
			ID: anyServerType, Name: anyServerType, Description: "Servers whose type is not among DTIAS's server types",
			Extensions: map[string]any{typeExtension: bareMetal},
		},
		ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
		AlarmDictionaryVersion: alarmDictionaryVersion, Alarms: definitions,
	}
}

// callersExtensions are those that were given when the object was made. Somebody
// may have edited them in DTIAS: what is no JSON object is none.
func callersExtensions(m api.Metadata) map[string]any {
	ext := map[string]any{}
	dec := json.NewDecoder(strings.NewReader(m.Text(extensionsKey)))
	dec.UseNumber()
	if dec.Decode(&ext) != nil || ext == nil {
		return map[string]any{}
	}
	maps.DeleteFunc(ext, func(key string, _ any) bool { return strings.HasPrefix(key, reserved) })
	return ext
}

// putMetadata shows metadata that is not netweave's, and no secrets.
func putMetadata(ext map[string]any, m api.Metadata) {
	shown := map[string]any{}
	for key, value := range m {
		if !strings.HasPrefix(key, ownKeys) && !secretive(key) {
			shown[key] = value
		}
	}
	if len(shown) > 0 {
		ext[metadataExt] = shown
	}
}

// secretive tells whether a key names something that is better not shown.
func secretive(key string) bool {
	key = strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(key))
	return slices.ContainsFunc([]string{"password", "passwd", "passphrase", "secret", "token", "credential", "apikey", "privatekey", "community"},
		func(word string) bool { return strings.Contains(key, word) })
}

// put sets what is known.
func put(m map[string]any, key string, value any) {
	if value != nil && value != "" && value != json.Number("") {
		m[key] = value
	}
}

// putStruct sets a struct that has something in it.
func putStruct[T comparable](m map[string]any, key string, value T) {
	var none T
	if value != none {
		m[key] = value
	}
}

func putCoordinates(m map[string]any, latitude, longitude json.Number) {
	if known(latitude, longitude) {
		m["dtias.coordinates"] = map[string]any{"latitude": latitude, "longitude": longitude}
	}
}

// known tells whether both are numbers and not both zero, which is how what is
// not known comes.
func known(latitude, longitude json.Number) bool {
	a, err := latitude.Float64()
	b, err2 := longitude.Float64()
	return err == nil && err2 == nil && (a != 0 || b != 0)
}

// geo writes coordinates as a globalLocationId.
func geo(latitude, longitude json.Number) string {
	if !known(latitude, longitude) {
		return ""
	}
	a, _ := latitude.Float64() // known says that they are numbers
	b, _ := longitude.Float64()
	return fmt.Sprintf("geo:%s;%s", strconv.FormatFloat(a, 'f', -1, 64), strconv.FormatFloat(b, 'f', -1, 64))
}
