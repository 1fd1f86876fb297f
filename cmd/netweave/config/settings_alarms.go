package config

import (
	"time"

	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
)

// Alarms says how alarms are kept.
type Alarms struct {
	// PollInterval is the pause between two questions to an adapter.
	PollInterval time.Duration
	// RetentionDays is how long cleared alarms are kept while the store has no
	// configuration of the alarm service, MaxRecords how many records there may be.
	RetentionDays, MaxRecords int
	// Receivers are those that Alertmanager sends alerts to.
	Receivers []alertmanagerv1.Receiver
}

// alarmSettings are the scalars of alarms.
var alarmSettings = []setting{
	durationSetting("alarms.pollInterval", "5s", 100*time.Millisecond,
		"Pause between two questions to an adapter for its alarms, a tenth more or less.",
		func(c *Config) *time.Duration { return &c.Alarms.PollInterval }),
	integerSetting("alarms.retentionDays", 30, 1, 36_525,
		"Days that cleared alarms are kept, until the alarm service's configuration is set through the API.",
		func(c *Config) *int { return &c.Alarms.RetentionDays }),
	integerSetting("alarms.maxRecords", 100_000, 1, 10_000_000,
		"Alarm records that are kept at most; beyond that no more alarms are raised.",
		func(c *Config) *int { return &c.Alarms.MaxRecords }),
}
