package config

import "time"

// RateLimits bound how many requests each tenant, and each user within its tenant,
// may make.
type RateLimits struct{ Tenant, User ClassRates }

// ClassRates has a rate for each class of requests: those that read, those that
// change something, and those of the administration.
type ClassRates struct{ Read, Write, Admin Rate }

// Rate is how many requests there may be.
type Rate struct {
	// PerSecond is without a limit if 0.
	PerSecond int
	// Burst are as many at once.
	Burst int
}

// Audit says what is recorded, and for how long.
type Audit struct {
	// Reads has reads recorded as well.
	Reads bool
	// Retention is how long entries are kept; 0 is for ever.
	Retention time.Duration
}
