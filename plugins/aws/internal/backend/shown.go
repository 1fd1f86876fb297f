package backend

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/netweave/netweave/sdk"
)

// ReportsSites says that pools have a site, their region.
func (b *Backend) ReportsSites() {}

// ReportsPoolMetrics says that pools have a health.
func (b *Backend) ReportsPoolMetrics() {}

// site is the region, at the place that a pool's tag names, else in itself.
func (m mapper) site(globalLocation string) *sdk.Site {
	id := m.region
	if globalLocation != "" {
		id += "/" + globalLocation
	}
	global := cmp.Or(globalLocation, m.region)
	return &sdk.Site{
		ID: id, Name: m.region, Description: "AWS region " + m.region,
		Location: sdk.Location{GlobalID: global, Name: global},
	}
}

// healthOf follows from the group's own checks of its instances. How full they are
// AWS does not say here.
func healthOf(instances []asgtypes.Instance) *sdk.PoolHealth {
	h := &sdk.PoolHealth{Status: sdk.HealthUnknown, AvailableCapacity: sdk.Unknown, Utilization: sdk.Unknown}
	working := 0
	for _, i := range instances {
		if i.LifecycleState == asgtypes.LifecycleStateInService && strings.EqualFold(aws.ToString(i.HealthStatus), "healthy") {
			working++
		}
	}
	switch {
	case len(instances) == 0:
	case working == len(instances):
		h.Status = sdk.HealthHealthy
	case working > 0:
		h.Status = sdk.HealthDegraded
	default:
		h.Status = sdk.HealthUnhealthy
	}
	return h
}
