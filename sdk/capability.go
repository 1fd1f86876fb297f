package sdk

import "github.com/netweave/netweave/sdk/internal/protocol"

// Capabilities tells what b can do beyond reading, by the names that netweave
// reports to its users, in the order of the interfaces in this package. It is
// what Serve reports: a backend declares nothing.
func Capabilities(b Backend) []string {
	var names []string
	if _, ok := b.(ResourcePoolCreator); ok {
		names = append(names, protocol.CapResourcePoolCreate)
	}
	if _, ok := b.(ResourcePoolUpdater); ok {
		names = append(names, protocol.CapResourcePoolUpdate)
	}
	if _, ok := b.(ResourcePoolDeleter); ok {
		names = append(names, protocol.CapResourcePoolDelete)
	}
	if _, ok := b.(ResourceCreator); ok {
		names = append(names, protocol.CapResourceCreate)
	}
	if _, ok := b.(ResourceDeleter); ok {
		names = append(names, protocol.CapResourceDelete)
	}
	if _, ok := b.(Watcher); ok {
		names = append(names, protocol.CapRealTimeEvents, protocol.CapSubscriptions)
	}
	if _, ok := b.(AlarmLister); ok {
		names = append(names, protocol.CapAlarms)
	}
	if _, ok := b.(PoolMetricsReporter); ok {
		names = append(names, protocol.CapMetrics)
	}
	if _, ok := b.(SiteReporter); ok {
		names = append(names, protocol.CapLocations)
	}
	return names
}
