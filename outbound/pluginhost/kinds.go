package pluginhost

import (
	"errors"

	"github.com/netweave/netweave/core/o2"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

var wireKinds = [o2.KindCount]pluginv1.Kind{
	o2.KindDeploymentManager: pluginv1.Kind_KIND_DEPLOYMENT_MANAGER,
	o2.KindResourcePool:      pluginv1.Kind_KIND_RESOURCE_POOL,
	o2.KindResource:          pluginv1.Kind_KIND_RESOURCE,
	o2.KindResourceType:      pluginv1.Kind_KIND_RESOURCE_TYPE,
}

// kindOf translates a kind. known is false for one that a newer wire may have.
func kindOf(wire pluginv1.Kind) (kind o2.Kind, known bool, err error) {
	if wire == pluginv1.Kind_KIND_UNSPECIFIED {
		return 0, false, errors.New("the plugin left out an object's kind")
	}
	for k, w := range wireKinds {
		if w == wire {
			return o2.Kind(k), true, nil
		}
	}
	return 0, false, nil
}

// kindSet translates what a snapshot covers: no kind means all, but kinds of
// which we know none mean none.
func kindSet(wire []pluginv1.Kind) (o2.KindSet, error) {
	if len(wire) == 0 {
		return o2.AllKinds, nil
	}
	var set o2.KindSet
	for _, w := range wire {
		kind, known, err := kindOf(w)
		if err != nil {
			return 0, err
		}
		if known {
			set |= o2.SetOf(kind)
		}
	}
	return set, nil
}
