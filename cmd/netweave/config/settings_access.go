package config

import (
	"fmt"
	"slices"
	"time"
)

// mostRate bounds rates and bursts: more than any gateway answers.
const mostRate = 10_000_000

// accessSettings are the scalars of rateLimits and audit.
var accessSettings = slices.Concat(
	rateSettings("tenant", "a tenant", func(c *Config) *ClassRates { return &c.RateLimits.Tenant }, [3]int{20_000, 1000, 200}),
	rateSettings("user", "a user", func(c *Config) *ClassRates { return &c.RateLimits.User }, [3]int{10_000, 500, 100}),
	[]setting{
		flagSetting("audit.reads", false,
			"Record reads in the audit log as well; they are in the access log anyway.",
			func(c *Config) *bool { return &c.Audit.Reads }),
		durationSetting("audit.retention", "2160h", 0,
			"How long audit entries are kept; 0s keeps all.",
			func(c *Config) *time.Duration { return &c.Audit.Retention }),
	},
)

// rateSettings are the rates of one kind of subject, by class. A burst is twice
// what comes in a second.
func rateSettings(name, who string, at func(*Config) *ClassRates, perSecond [3]int) []setting {
	var list []setting
	for i, class := range []struct {
		name, what string
		at         func(*ClassRates) *Rate
	}{
		{"read", "reads", func(r *ClassRates) *Rate { return &r.Read }},
		{"write", "changes", func(r *ClassRates) *Rate { return &r.Write }},
		{"admin", "requests of the administration", func(r *ClassRates) *Rate { return &r.Admin }},
	} {
		key := "rateLimits." + name + "." + class.name
		list = append(list,
			integerSetting(key+".perSecond", perSecond[i], 0, mostRate,
				fmt.Sprintf("How many %s %s may make a second; 0 is without a limit.", class.what, who),
				func(c *Config) *int { return &class.at(at(c)).PerSecond }),
			integerSetting(key+".burst", 2*perSecond[i], 1, mostRate,
				"As many at once.",
				func(c *Config) *int { return &class.at(at(c)).Burst }))
	}
	return list
}
