package backend

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/netweave/netweave/sdk"
)

func poolTags(tenant string, want *sdk.ResourcePool) (map[string]string, error) {
	tags := map[string]string{tenantKey: tenant, descriptionKey: want.Description, globalLocationKey: want.GlobalLocationID}
	return noted(tags, want.Extensions)
}

// resourceTags are those of a new instance: what its group gives to each, and what
// was asked for.
func resourceTags(want *sdk.Resource, group asgtypes.AutoScalingGroup) (map[string]string, error) {
	tags := map[string]string{
		tenantKey: want.Tenant, nameKey: want.Name, descriptionKey: want.Description, globalAssetKey: want.GlobalAssetID,
		tagsKey: strings.Join(want.Tags, ","),
	}
	for i, tag := range want.Tags {
		if strings.Contains(tag, ",") {
			return nil, sdk.Errorf(sdk.Invalid, "tags[%d] is %q: tags must have no comma", i, tag)
		}
	}
	for key := range want.Extensions {
		if strings.HasPrefix(key, reserved) {
			return nil, sdk.Errorf(sdk.Invalid, "extensions.%s cannot be set: keys that start with %q are what AWS reports", key, reserved)
		}
	}
	if err := typeOfAll(want.Extensions); err != nil {
		return nil, err
	}
	tags, err := noted(tags, want.Extensions)
	if err != nil {
		return nil, err
	}
	for _, t := range group.Tags {
		key := aws.ToString(t.Key)
		if _, ok := tags[key]; !ok && aws.ToBool(t.PropagateAtLaunch) && !strings.HasPrefix(key, systemKeys) {
			tags[key] = aws.ToString(t.Value)
		}
	}
	return tags, nil
}

// noted puts a caller's extensions beside the other tags, and leaves out empty ones.
func noted(tags map[string]string, extensions map[string]any) (map[string]string, error) {
	kept := maps.Clone(extensions)
	maps.DeleteFunc(kept, func(key string, _ any) bool { return key == typeExtension || strings.HasPrefix(key, reserved) })
	if len(kept) > 0 {
		raw, err := json.Marshal(kept)
		if err != nil {
			return nil, sdk.Errorf(sdk.Invalid, "extensions cannot be written as JSON: %w", err)
		}
		tags[extensionsKey] = string(raw)
	}
	names := map[string]string{
		tenantKey: "tenant", descriptionKey: "description", globalLocationKey: "globalLocationId", globalAssetKey: "globalAssetId",
		tagsKey: "tags", extensionsKey: "extensions", nameKey: "name",
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if n := utf8.RuneCountInString(tags[key]); n > maxTag {
			return nil, sdk.Errorf(sdk.Invalid, "%s has %d characters: AWS keeps it as a tag, which has at most %d", names[key], n, maxTag)
		}
	}
	maps.DeleteFunc(tags, func(_, value string) bool { return value == "" })
	return tags, nil
}

// tagsFor makes a group's tags. Whose it is goes to its instances too.
func tagsFor(group string, tags map[string]string) []asgtypes.Tag {
	var out []asgtypes.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, asgtypes.Tag{
			Key: aws.String(key), Value: aws.String(tags[key]), PropagateAtLaunch: aws.Bool(key == tenantKey),
			ResourceId: aws.String(group), ResourceType: aws.String("auto-scaling-group"),
		})
	}
	return out
}
