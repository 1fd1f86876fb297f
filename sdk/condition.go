package sdk

import "time"

// Unknown is any figure of PoolHealth and PoolMetrics that is not known. Every
// negative number is. Zero is not: it says that there is none.
const Unknown = -1

// HealthStatus is how well a pool is.
type HealthStatus string

// The statuses of a pool's health.
const (
	// HealthHealthy: all of it can take work.
	HealthHealthy HealthStatus = "healthy"
	// HealthDegraded: some of it cannot.
	HealthDegraded HealthStatus = "degraded"
	// HealthUnhealthy: none of it can.
	HealthUnhealthy HealthStatus = "unhealthy"
	HealthUnknown   HealthStatus = "unknown"
)

// PoolHealth is how well a pool is, and how full.
type PoolHealth struct {
	// Status is HealthUnknown if it is "".
	Status HealthStatus
	// AvailableCapacity is the share of the pool's capacity that is not taken and is
	// on resources that can take work; Utilization is the share that is taken. Both
	// are in percent, from 0 to 100, or Unknown.
	AvailableCapacity, Utilization float64
}

// PoolMetrics are a pool's figures at a time. Each that is not known is Unknown.
type PoolMetrics struct {
	// At is when they were taken. Mandatory.
	At time.Time
	// CPUCapacity is what the pool has, CPURequested what is promised to workloads,
	// CPUUsed what they use; in cores.
	CPUCapacity, CPURequested, CPUUsed float64
	// MemoryCapacity and the others are the same of memory, in bytes.
	MemoryCapacity, MemoryRequested, MemoryUsed float64
	// Nodes is how many resources take work, HealthyNodes how many of them can now.
	Nodes, HealthyNodes int64
}

// PoolMetricsReporter is implemented by backends whose pools have Health and
// Metrics (capability metrics). They come with the pools: a backend that watches
// puts a pool again when its figures have moved, no more often than every few
// seconds.
type PoolMetricsReporter interface {
	// ReportsPoolMetrics is never called: that it is there says it.
	ReportsPoolMetrics()
}

// SiteReporter is implemented by backends whose pools have a Site (capability
// locations). A pool may have none where the backend does not know its place.
type SiteReporter interface {
	// ReportsSites is never called: that it is there says it.
	ReportsSites()
}
