package backend

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

// place says where the pool's instances are to be: in the subnets or zones that
// the extensions name, the zones that location names, or the configured ones.
func (m mapper) place(in *autoscaling.CreateAutoScalingGroupInput, want *sdk.ResourcePool, cfg config.Config) ([]string, error) {
	subnets, err := texts(want.Extensions, subnetsExt, config.Subnet, "subnet-0123456789abcdef0")
	if err != nil {
		return nil, err
	}
	zones, err := texts(want.Extensions, zonesExt, config.Zone, m.region+"a")
	if err != nil {
		return nil, err
	}
	located := splitList(want.Location)
	for _, z := range append(slices.Clone(located), zones...) {
		if !config.Zone(z) || !strings.HasPrefix(z, m.region) {
			return nil, sdk.Errorf(sdk.Invalid, "location %q is no availability zone of %s: give one or more, such as %sa", z, m.region, m.region)
		}
	}
	if len(located) > 0 && len(zones) > 0 && !reflect.DeepEqual(sorted(located), sorted(zones)) {
		return nil, sdk.Errorf(sdk.Invalid, "location and extensions.%s name different zones: give one of them", zonesExt)
	}
	if len(zones) == 0 {
		zones = located
	}
	narrow := len(zones) > 0
	switch {
	case len(subnets) > 0:
		narrow = false
	case len(cfg.Subnets) > 0:
		subnets = cfg.Subnets
	case len(zones) == 0:
		zones = cfg.AvailabilityZones
	}
	if len(subnets) == 0 && len(zones) == 0 {
		return nil, sdk.Errorf(sdk.Invalid, "location is missing: give an availability zone, such as %sa, or extensions.%s; an adapter whose configuration has subnets or availabilityZones needs none", m.region, subnetsExt)
	}
	if len(subnets) > 0 {
		in.VPCZoneIdentifier = aws.String(strings.Join(subnets, ","))
	}
	if !narrow || len(subnets) == 0 {
		in.AvailabilityZones = zones
		return nil, nil
	}
	return zones, nil
}

func sorted(items []string) []string { return slices.Sorted(slices.Values(items)) }

// texts reads an extension that is a list of texts, or one text with commas.
func texts(ext map[string]any, key string, good func(string) bool, example string) ([]string, error) {
	var items []string
	switch given := ext[key].(type) {
	case nil:
		return nil, nil
	case string:
		items = splitList(given)
	case []any:
		for _, item := range given {
			items = append(items, fmt.Sprint(item))
		}
	}
	if len(items) == 0 || slices.ContainsFunc(items, func(item string) bool { return !good(item) }) {
		return nil, sdk.Errorf(sdk.Invalid, "extensions.%s is %v: give a list, such as [%q]", key, ext[key], example)
	}
	return items, nil
}
