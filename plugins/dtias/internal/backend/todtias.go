package backend

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/sdk"
)

var groupTypes = []string{"compute", "storage", "network"}

// newPool says what to create. datacenter is where, if the pool does not say.
func (m mapper) newPool(want *sdk.ResourcePool, datacenter string) (api.NewPool, error) {
	if err := m.acceptable(want); err != nil {
		return api.NewPool{}, err
	}
	group := "compute"
	for _, key := range slices.Sorted(maps.Keys(want.Extensions)) {
		if key == groupTypeExt {
			text, _ := want.Extensions[key].(string)
			if !slices.Contains(groupTypes, text) {
				return api.NewPool{}, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be %s", key, want.Extensions[key], strings.Join(groupTypes, ", "))
			}
			group = text
			continue
		}
		if strings.HasPrefix(key, reserved) {
			return api.NewPool{}, reservedKey(key)
		}
	}
	if want.Location != "" {
		datacenter = want.Location[strings.LastIndex(want.Location, ",")+1:]
	}
	if datacenter = strings.TrimSpace(datacenter); datacenter == "" {
		return api.NewPool{}, sdk.Errorf(sdk.Invalid, `location is missing: give it as "city, datacenter" or as the datacenter alone; an adapter whose configuration has a datacenter needs none`)
	}
	metadata, err := m.metadata(nil, want.Tenant, want.Extensions)
	if err != nil {
		return api.NewPool{}, err
	}
	putMeta(metadata, globalLocationKey, want.GlobalLocationID)
	return api.NewPool{Name: want.Name, Description: want.Description, Datacenter: datacenter, Type: group, Metadata: metadata}, nil
}

// poolChange says what to make of a pool.
func (m mapper) poolChange(want *sdk.ResourcePool, current placed) (api.PoolChange, error) {
	now := m.pool(current)
	if err := m.acceptable(want); err != nil {
		return api.PoolChange{}, err
	}
	if now.Tenant != "" && want.Tenant != "" && want.Tenant != now.Tenant {
		return api.PoolChange{}, sdk.Errorf(sdk.Invalid, "the tenant of a pool cannot be changed")
	}
	if want.Location != "" && want.Location != now.Location && want.Location != cmp.Or(current.Datacenter, current.Location.Datacenter) {
		return api.PoolChange{}, sdk.Errorf(sdk.Invalid, "location cannot be changed from %q: create a pool elsewhere", now.Location)
	}
	for _, key := range slices.Sorted(maps.Keys(want.Extensions)) {
		// These change by themselves: what was read a while ago may come back.
		byItself := slices.Contains([]string{stateExt, countExt, availableExt, updatedExt}, key)
		if !strings.HasPrefix(key, reserved) || byItself {
			continue
		}
		if reported, ok := now.Extensions[key]; !ok || !same(reported, want.Extensions[key]) {
			return api.PoolChange{}, reservedKey(key)
		}
	}
	metadata, err := m.metadata(current.Metadata, now.Tenant, want.Extensions)
	if err != nil {
		return api.PoolChange{}, err
	}
	if want.GlobalLocationID != "" && want.GlobalLocationID != now.GlobalLocationID {
		metadata[globalLocationKey] = want.GlobalLocationID
	}
	return api.PoolChange{Name: want.Name, Description: want.Description, Metadata: metadata}, nil
}

// acceptable checks what creation and update of a pool have in common.
func (m mapper) acceptable(want *sdk.ResourcePool) error {
	switch {
	case strings.TrimSpace(want.Name) == "":
		return sdk.Errorf(sdk.Invalid, "name is missing: give the pool a name")
	case want.OCloudID != "" && m.oCloudID != "" && want.OCloudID != m.oCloudID:
		return sdk.Errorf(sdk.Invalid, "oCloudId is %q: leave it out or set it to %q", want.OCloudID, m.oCloudID)
	}
	if _, ok := want.Extensions[replicasExt]; ok {
		return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set: a bare metal pool grows by the resources that are created in it", replicasExt)
	}
	return typeOfAll(want.Extensions)
}

// typeOfAll checks the extension type, which is the same for everything here.
func typeOfAll(extensions map[string]any) error {
	if kind, ok := extensions[typeExtension]; ok && kind != bareMetal {
		return sdk.Errorf(sdk.Invalid, "extensions.%s is %v: leave it out or set it to %q (what a pool is for goes into %s)", typeExtension, kind, bareMetal, groupTypeExt)
	}
	return nil
}

func reservedKey(key string) error {
	return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set: keys that start with %q are what DTIAS reports", key, reserved)
}

// hostname is what DTIAS gets for a name: labels of letters, digits and dashes.
var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

const maxHostname = 253

// allocation says which server to allocate. A server without a name gets one.
func (m mapper) allocation(want *sdk.Resource) (api.Allocation, error) {
	if want.ParentID != "" {
		return api.Allocation{}, sdk.Errorf(sdk.Invalid, "parentId cannot be set: a server is part of nothing")
	}
	name := want.Name
	if name == "" {
		name = "server-" + strings.ToLower(rand.Text()[:10])
	}
	if len(name) > maxHostname || !hostname.MatchString(name) {
		return api.Allocation{}, sdk.Errorf(sdk.Invalid, "name is %q: it becomes the server's hostname, so use letters, digits, dashes and dots, such as edge-07.example.com", want.Name)
	}
	if err := typeOfAll(want.Extensions); err != nil {
		return api.Allocation{}, err
	}
	a := api.Allocation{ServerPoolID: want.ResourcePoolID, ServerTypeID: want.ResourceTypeID, Hostname: name}
	kept := maps.Clone(want.Extensions)
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		switch value := kept[key]; {
		case strings.HasPrefix(key, reserved):
			return api.Allocation{}, reservedKey(key)
		case key == operatingSystem:
			text, ok := value.(string)
			if !ok {
				return api.Allocation{}, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be a text", key, value)
			}
			a.OperatingSystem = text
		case key == networkConfigName:
			if _, ok := value.(map[string]any); !ok {
				return api.Allocation{}, sdk.Errorf(sdk.Invalid, "extensions.%s must be an object", key)
			}
			a.NetworkConfig = value
			delete(kept, key) // it may hold secrets and belongs to DTIAS
		}
	}
	metadata, err := m.metadata(nil, want.Tenant, kept)
	if err != nil {
		return api.Allocation{}, err
	}
	for i, tag := range want.Tags {
		if strings.Contains(tag, ",") {
			return api.Allocation{}, sdk.Errorf(sdk.Invalid, "tags[%d] is %q: tags must have no comma", i, tag)
		}
	}
	putMeta(metadata, descriptionKey, want.Description)
	putMeta(metadata, tagsKey, strings.Join(want.Tags, ","))
	putMeta(metadata, globalAssetKey, want.GlobalAssetID)
	a.Metadata = metadata
	return a, nil
}

// metadata puts tenant and a caller's extensions beside what is noted already.
func (m mapper) metadata(noted api.Metadata, tenant string, extensions map[string]any) (api.Metadata, error) {
	metadata := api.Metadata{}
	maps.Copy(metadata, noted)
	delete(metadata, extensionsKey)
	putMeta(metadata, tenantKey, tenant)
	kept := maps.Clone(extensions)
	maps.DeleteFunc(kept, func(key string, _ any) bool { return key == typeExtension || strings.HasPrefix(key, reserved) })
	if len(kept) == 0 {
		return metadata, nil
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "extensions cannot be written as JSON: %w", err)
	}
	metadata[extensionsKey] = string(raw)
	return metadata, nil
}

func putMeta(m api.Metadata, key, value string) {
	if value != "" {
		m[key] = value
	}
}

// same compares as JSON: what comes back over the wire has other Go types.
func same(a, b any) bool { return reflect.DeepEqual(plain(a), plain(b)) }

func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var decoded any
	if err := json.Unmarshal(raw, &decoded); err != nil {
		return err
	}
	return decoded
}
