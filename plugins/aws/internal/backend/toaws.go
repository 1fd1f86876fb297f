package backend

import (
	"encoding/json"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

// newPool says what to create. zones are those that the pool's location names,
// where it says nothing of subnets: the configured ones are then to be narrowed.
func (m mapper) newPool(want *sdk.ResourcePool, cfg config.Config) (in *autoscaling.CreateAutoScalingGroupInput, zones []string, err error) {
	if err := m.acceptable(want); err != nil {
		return nil, nil, err
	}
	settable := []string{minExt, maxExt, desiredExt, templateExt, subnetsExt, zonesExt}
	for _, key := range slices.Sorted(maps.Keys(want.Extensions)) {
		if strings.HasPrefix(key, reserved) && !slices.Contains(settable, key) {
			return nil, nil, reservedKey(key)
		}
	}
	in = &autoscaling.CreateAutoScalingGroupInput{AutoScalingGroupName: aws.String(want.Name)}
	if in.LaunchTemplate, err = template(want.Extensions[templateExt], cfg.LaunchTemplate); err != nil {
		return nil, nil, err
	}
	if zones, err = m.place(in, want, cfg); err != nil {
		return nil, nil, err
	}
	sizes, err := sizesOf(want.Extensions)
	if err != nil {
		return nil, nil, err
	}
	least := or(sizes.min, 0)
	desired := or(sizes.desired, least)
	most := or(sizes.max, max(desired, int32(min(cfg.MaxSize, math.MaxInt32))))
	in.MinSize, in.DesiredCapacity, in.MaxSize = &least, &desired, &most
	if err := ordered(least, desired, most); err != nil {
		return nil, nil, err
	}
	tags, err := poolTags(want.Tenant, want)
	if err != nil {
		return nil, nil, err
	}
	in.Tags = tagsFor(want.Name, tags)
	return in, zones, nil
}

// template reads the extension: text as in the configuration, or what a pool shows.
func template(given any, configured string) (*asgtypes.LaunchTemplateSpecification, error) {
	text := configured
	switch given := given.(type) {
	case nil:
	case string:
		text = given
	case map[string]any:
		field := func(key string) string { s, _ := given[key].(string); return s }
		if text = field("id"); text == "" {
			text = field("name")
		}
		if version := field("version"); version != "" {
			text += ":" + version
		}
	default:
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: give a launch template's name or id, such as workers or workers:3", templateExt, given)
	}
	if text == "" {
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is missing: give a launch template's name or id; an adapter whose configuration has launchTemplate needs none", templateExt)
	}
	t, err := config.ParseTemplate(text)
	if err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s %w", templateExt, err)
	}
	spec := &asgtypes.LaunchTemplateSpecification{}
	if t.ID != "" {
		spec.LaunchTemplateId = &t.ID
	} else {
		spec.LaunchTemplateName = &t.Name
	}
	if t.Version != "" {
		spec.Version = &t.Version
	}
	return spec, nil
}

// sizes are a pool's sizes, nil where nothing is said.
type sizes struct{ min, max, desired *int32 }

func sizesOf(ext map[string]any) (s sizes, err error) {
	for key, into := range map[string]**int32{minExt: &s.min, maxExt: &s.max, desiredExt: &s.desired} {
		given, ok := ext[key]
		if !ok {
			continue
		}
		n, whole := sdk.Integer(given)
		if !whole || n < 0 || n > math.MaxInt32 {
			return sizes{}, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: it must be a whole number, 0 or more", key, given)
		}
		*into = aws.Int32(int32(n))
	}
	return s, nil
}

func or(given *int32, otherwise int32) int32 {
	if given != nil {
		return *given
	}
	return otherwise
}

func ordered(least, desired, most int32) error {
	if least > desired || desired > most {
		return sdk.Errorf(sdk.Invalid, "extensions: %s %d, %s %d and %s %d must not decrease", minExt, least, desiredExt, desired, maxExt, most)
	}
	return nil
}

// poolChange says what to make of a group: its sizes, nil if they are to stay, and
// the tags to set and to remove.
func (m mapper) poolChange(want *sdk.ResourcePool, current asgtypes.AutoScalingGroup) (in *autoscaling.UpdateAutoScalingGroupInput, set, remove []asgtypes.Tag, err error) {
	now := m.pool(current)
	if now.Tenant != "" && want.Tenant != "" && want.Tenant != now.Tenant {
		return nil, nil, nil, sdk.Errorf(sdk.Invalid, "the tenant of a pool cannot be changed")
	}
	if want.Name != now.Name {
		return nil, nil, nil, sdk.Errorf(sdk.Invalid, "name cannot be changed from %q: it is the Auto Scaling group's own", now.Name)
	}
	if err := m.acceptable(want); err != nil {
		return nil, nil, nil, err
	}
	if want.Location != "" && !slices.Equal(sorted(splitList(want.Location)), sorted(splitList(now.Location))) {
		return nil, nil, nil, sdk.Errorf(sdk.Invalid, "location cannot be changed from %q: create a pool elsewhere", now.Location)
	}
	// Changed here, or changing by themselves: what was read a while ago may come back.
	free := []string{minExt, maxExt, desiredExt, instancesExt, suspendedExt}
	for _, key := range slices.Sorted(maps.Keys(want.Extensions)) {
		if !strings.HasPrefix(key, reserved) || slices.Contains(free, key) {
			continue
		}
		if reported, ok := now.Extensions[key]; !ok || !same(reported, want.Extensions[key]) {
			return nil, nil, nil, reservedKey(key)
		}
	}
	s, err := sizesOf(want.Extensions)
	if err != nil {
		return nil, nil, nil, err
	}
	was := [3]int32{aws.ToInt32(current.MinSize), aws.ToInt32(current.DesiredCapacity), aws.ToInt32(current.MaxSize)}
	least, desired, most := or(s.min, was[0]), or(s.desired, was[1]), or(s.max, was[2])
	if err := ordered(least, desired, most); err != nil {
		return nil, nil, nil, err
	}
	if was != [3]int32{least, desired, most} {
		in = &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: &want.Name, MinSize: &least, MaxSize: &most}
		if desired != was[1] {
			in.DesiredCapacity = &desired
		}
	}
	tags, err := poolTags(now.Tenant, want)
	if err != nil {
		return nil, nil, nil, err
	}
	had := groupTags(current)
	for _, key := range []string{descriptionKey, globalLocationKey, extensionsKey} {
		if had[key] != "" && tags[key] == "" {
			remove = append(remove, tagsFor(want.Name, map[string]string{key: had[key]})...)
		}
	}
	maps.DeleteFunc(tags, func(key, value string) bool { return had[key] == value })
	return in, tagsFor(want.Name, tags), remove, nil
}

// acceptable checks what creation and update of a pool have in common.
func (m mapper) acceptable(want *sdk.ResourcePool) error {
	switch {
	case strings.TrimSpace(want.Name) == "":
		return sdk.Errorf(sdk.Invalid, "name is missing: give the pool a name")
	case !nameable(want.Name):
		return sdk.Errorf(sdk.Invalid, "name is %q: it becomes the Auto Scaling group's, so use at most %d printable characters and no colon", want.Name, maxName)
	case want.OCloudID != "" && m.oCloudID != "" && want.OCloudID != m.oCloudID:
		return sdk.Errorf(sdk.Invalid, "oCloudId is %q: leave it out or set it to %q", want.OCloudID, m.oCloudID)
	}
	return typeOfAll(want.Extensions)
}

// typeOfAll checks the extension type, which is the same for everything here.
func typeOfAll(extensions map[string]any) error {
	if kind, ok := extensions[typeExtension]; ok && kind != cloud {
		return sdk.Errorf(sdk.Invalid, "extensions.%s is %v: leave it out or set it to %q", typeExtension, kind, cloud)
	}
	return nil
}

func reservedKey(key string) error {
	return sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set or changed: keys that start with %q are what AWS reports (of a pool, %s, %s and %s can be changed)", key, reserved, minExt, maxExt, desiredExt)
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
