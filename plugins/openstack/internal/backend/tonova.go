package backend

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/netweave/netweave/plugins/openstack/internal/api"
	"github.com/netweave/netweave/sdk"
)

// poolSpec is what an aggregate is to become.
type poolSpec struct {
	name, zone string
	hosts      []string          // nil to leave them
	metadata   map[string]string // all of it, but for Nova's own key
}

// poolSpec says what to make of an aggregate; current is nil for a new one.
func (m mapper) poolSpec(want *sdk.ResourcePool, current *api.Aggregate) (poolSpec, error) {
	if strings.TrimSpace(want.Name) == "" {
		return poolSpec{}, sdk.Errorf(sdk.Invalid, "name is missing: give the pool a name")
	}
	if want.OCloudID != "" && m.oCloudID != "" && want.OCloudID != m.oCloudID {
		return poolSpec{}, sdk.Errorf(sdk.Invalid, "oCloudId is %q: leave it out or set it to %q", want.OCloudID, m.oCloudID)
	}
	now := &sdk.ResourcePool{}
	spec := poolSpec{name: want.Name, metadata: map[string]string{}}
	if current != nil {
		now = m.pool(current)
		if now.Tenant != "" && want.Tenant != "" && want.Tenant != now.Tenant {
			return poolSpec{}, sdk.Errorf(sdk.Invalid, "the tenant of a pool cannot be changed")
		}
		maps.Copy(spec.metadata, current.Metadata)
	} else {
		set(spec.metadata, tenantKey, want.Tenant)
	}
	if err := onlyChanges(want.Extensions, now, hostsExt, zoneExt, metadataExt); err != nil {
		return poolSpec{}, err
	}
	var err error
	if spec.zone, err = zoneOf(want, now); err != nil {
		return poolSpec{}, err
	}
	if spec.hosts, err = hostsOf(want.Extensions); err != nil {
		return poolSpec{}, err
	}
	if err := spec.replaceMetadata(want.Extensions); err != nil {
		return poolSpec{}, err
	}
	delete(spec.metadata, zoneKey)
	set(spec.metadata, descriptionKey, want.Description)
	if want.GlobalLocationID != "" {
		spec.metadata[globalLocationKey] = want.GlobalLocationID
	}
	if err := keepExtensions(spec.metadata, want.Extensions); err != nil {
		return poolSpec{}, err
	}
	return spec, fits(spec.metadata)
}

// onlyChanges refuses what OpenStack reports, unless it comes back as it was or may
// be changed.
func onlyChanges(extensions map[string]any, now *sdk.ResourcePool, changeable ...string) error {
	for _, key := range slices.Sorted(maps.Keys(extensions)) {
		// It changes by itself: what was read a while ago may come back.
		if !strings.HasPrefix(key, reserved) || slices.Contains(changeable, key) || key == updatedExt {
			continue
		}
		if reported, ok := now.Extensions[key]; !ok || !same(reported, extensions[key]) {
			return reservedKey(key, changeable)
		}
	}
	return nil
}

func reservedKey(key string, changeable []string) error {
	return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set: of the keys that start with %q only %s can", key, reserved, strings.Join(changeable, ", "))
}

// zoneOf is the availability zone that a pool is to have: its location's or its
// extension's, whichever is new.
func zoneOf(want, now *sdk.ResourcePool) (string, error) {
	zone := want.Location
	value, ok := want.Extensions[zoneExt]
	if !ok {
		return zone, nil
	}
	text, isText := value.(string)
	switch {
	case !isText || text == "":
		return "", sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be the name of an availability zone", zoneExt, value)
	case zone == "" || zone == now.Location:
		return text, nil
	case text != zone && text != now.Location:
		return "", sdk.Errorf(sdk.Invalid, "location is %q and extensions.%s is %q: they are the same thing, so set one of them", zone, zoneExt, text)
	default:
		return zone, nil
	}
}

// hostsOf are the hosts that a pool is to have; nil if it does not say.
func hostsOf(extensions map[string]any) ([]string, error) {
	value, ok := extensions[hostsExt]
	if !ok {
		return nil, nil
	}
	hosts, err := texts(hostsExt, value)
	slices.Sort(hosts)
	return slices.Compact(hosts), err
}

// texts reads a list of texts, whatever it came as.
func texts(key string, value any) ([]string, error) {
	list := []string{}
	switch value := value.(type) {
	case []string:
		return append(list, value...), nil
	case []any:
		for _, item := range value {
			text, ok := item.(string)
			if !ok || text == "" {
				return nil, sdk.Errorf(sdk.Invalid, "extensions.%s: %v is no text", key, item)
			}
			list = append(list, text)
		}
		return list, nil
	default:
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be a list of texts", key, value)
	}
}

// replaceMetadata puts what a caller wants in place of the metadata that is shown.
func (s *poolSpec) replaceMetadata(extensions map[string]any) error {
	wanted, err := metadataOf(extensions)
	if wanted == nil || err != nil {
		return err
	}
	for key := range foreign(s.metadata) {
		delete(s.metadata, key)
	}
	maps.Copy(s.metadata, wanted)
	return nil
}

// metadataOf is the metadata that a caller gives; nil if there is none.
func metadataOf(extensions map[string]any) (map[string]string, error) {
	value, ok := extensions[metadataExt]
	if !ok {
		return nil, nil
	}
	wanted := map[string]string{}
	add := func(key string, value any) error {
		text, ok := value.(string)
		if !ok || key == zoneKey || strings.HasPrefix(key, ownKeys) || secretive(key) {
			return sdk.Errorf(sdk.Invalid, "extensions.%s.%s cannot be set: keys are others than %s, begin with other than %q and have no word for a secret, and values are texts", metadataExt, key, zoneKey, ownKeys)
		}
		wanted[key] = text
		return nil
	}
	switch value := value.(type) {
	case map[string]string:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if err := add(key, value[key]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			if err := add(key, value[key]); err != nil {
				return nil, err
			}
		}
	default:
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be an object of texts", metadataExt, value)
	}
	return wanted, nil
}

// keepExtensions notes a caller's own extensions.
func keepExtensions(metadata map[string]string, extensions map[string]any) error {
	if kind, ok := extensions[typeExt]; ok && kind != privateCloud {
		return sdk.Errorf(sdk.Invalid, "extensions.%s is %v: leave it out or set it to %q", typeExt, kind, privateCloud)
	}
	kept := maps.Clone(extensions)
	maps.DeleteFunc(kept, func(key string, _ any) bool { return key == typeExt || strings.HasPrefix(key, reserved) })
	delete(metadata, extensionsKey)
	if len(kept) == 0 {
		return nil
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return sdk.Errorf(sdk.Invalid, "extensions cannot be written as JSON: %w", err)
	}
	if len(raw) > maxValue {
		return sdk.Errorf(sdk.Invalid, "extensions take %d bytes as JSON: OpenStack keeps %d; what is longer goes into %s, a value for each key", len(raw), maxValue, metadataExt)
	}
	metadata[extensionsKey] = string(raw)
	return nil
}

// fits refuses values that Nova would not keep.
func fits(metadata map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if n := len([]rune(metadata[key])); n > maxValue {
			what := strings.TrimPrefix(key, ownKeys)
			return sdk.Errorf(sdk.Invalid, "%s has %d characters: OpenStack keeps %d", what, n, maxValue)
		}
	}
	return nil
}

// set sets or removes a value.
func set(m map[string]string, key, value string) {
	if value == "" {
		delete(m, key)
		return
	}
	m[key] = value
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

// metadataChange is what makes now of what is wanted: values to set, and nil for
// those to remove.
func metadataChange(now, wanted map[string]string) map[string]*string {
	change := map[string]*string{}
	for key, value := range wanted {
		if have, ok := now[key]; !ok || have != value {
			change[key] = &value
		}
	}
	for key := range now {
		if _, ok := wanted[key]; !ok && key != zoneKey {
			change[key] = nil
		}
	}
	return change
}

// namedFor is the name of an aggregate whose own is another tenant's already.
func namedFor(name, tenant string) string {
	const longest = 255
	suffix := fmt.Sprintf("-%08x", hash(tenant+"\x00"+name))
	if runes := []rune(name); len(runes)+len(suffix) > longest {
		name = string(runes[:longest-len(suffix)])
	}
	return name + suffix
}
