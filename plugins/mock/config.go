package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/netweave/netweave/sdk"
)

// Config is the plugin's configuration; the package comment describes it.
type Config struct {
	Seed             *uint64  `json:"seed"`
	OCloudID         string   `json:"ocloudId"`
	Pools            *int     `json:"pools"`
	ResourcesPerPool *int     `json:"resourcesPerPool"`
	Resources        *int     `json:"resources"`
	Tenants          []string `json:"tenants"`
	Churn            float64  `json:"churn"`
	Faults           Faults   `json:"faults"`
	Locations        []string `json:"locations"`
	Alarms           Alarms   `json:"alarms"`
}

// Alarms is what is raised at a time.
type Alarms struct {
	Active   int    `json:"active"`
	Clearing string `json:"clearing"`
}

// clearings are what can be raised, by the name that the configuration has for it.
var clearings = map[string]sdk.ClearingType{
	"": "", "mixed": "", "automatic": sdk.ClearingAutomatic, "manual": sdk.ClearingManual,
}

// Faults makes the plugin misbehave.
type Faults struct {
	Latency  sdk.Duration `json:"latency"`
	FailRate float64      `json:"failRate"`
}

const (
	maxPools     = 10_000
	maxResources = 1_000_000
	maxChurn     = 10_000
	maxReplicas  = 10_000
	maxAlarms    = 10_000
	maxCode      = 256
)

// Validate tells what is wrong with the configuration, all of it.
func (c Config) Validate() error {
	var wrong []error
	within := func(key string, n *int, most int) {
		if n != nil && (*n < 0 || *n > most) {
			wrong = append(wrong, fmt.Errorf("%s is %d: it must be from 0 to %d", key, *n, most))
		}
	}
	within("pools", c.Pools, maxPools)
	within("resourcesPerPool", c.ResourcesPerPool, maxResources)
	within("resources", c.Resources, maxResources)
	if c.Resources != nil && c.ResourcesPerPool != nil && *c.Resources > 0 {
		wrong = append(wrong, errors.New("resources and resourcesPerPool are both set: set one of them"))
	}
	if c.Pools != nil && *c.Pools == 0 && c.Resources != nil && *c.Resources > 0 {
		wrong = append(wrong, errors.New("resources is set and pools is 0: resources live in pools"))
	}
	if len(wrong) == 0 {
		if s := c.size(); s.pools*s.perPool > maxResources {
			wrong = append(wrong, fmt.Errorf("pools times resourcesPerPool is %d: at most %d resources can be made up", s.pools*s.perPool, maxResources))
		}
	}
	if !(c.Churn >= 0 && c.Churn <= maxChurn) {
		wrong = append(wrong, fmt.Errorf("churn is %v: it must be from 0 to %d changes a second", c.Churn, maxChurn))
	}
	if c.Faults.Latency < 0 {
		wrong = append(wrong, fmt.Errorf("faults.latency is %v: it must not be negative", c.Faults.Latency))
	}
	if !(c.Faults.FailRate >= 0 && c.Faults.FailRate <= 1) {
		wrong = append(wrong, fmt.Errorf("faults.failRate is %v: it must be from 0 to 1", c.Faults.FailRate))
	}
	if slices.Contains(c.Tenants, "") {
		wrong = append(wrong, errors.New("tenants holds an empty name: remove it"))
	}
	within("alarms.active", &c.Alarms.Active, maxAlarms)
	if _, ok := clearings[c.Alarms.Clearing]; !ok {
		wrong = append(wrong, fmt.Errorf("alarms.clearing is %q: it must be mixed, automatic or manual", c.Alarms.Clearing))
	}
	for i, code := range c.Locations {
		if code == "" || len(code) > maxCode || slices.Contains(c.Locations[:i], code) {
			wrong = append(wrong, fmt.Errorf("locations holds %.300q: each must be there once, with 1 to %d bytes", code, maxCode))
		}
	}
	return errors.Join(wrong...)
}

// size is how much to make up: perPool resources in each pool, and one more in
// the first extra pools.
type size struct {
	pools, perPool, extra int
}

func (c Config) size() size {
	s := size{pools: 6, perPool: 40}
	if c.Pools != nil {
		s.pools = *c.Pools
	}
	if c.ResourcesPerPool != nil {
		s.perPool = *c.ResourcesPerPool
	}
	if c.Resources != nil && *c.Resources > 0 && s.pools > 0 {
		s.perPool, s.extra = *c.Resources/s.pools, *c.Resources%s.pools
	}
	return s
}

// settings is a Config with its defaults filled in.
type settings struct {
	Config
	Seed     uint64
	OCloudID string
}

func (c Config) settings() settings {
	s := settings{Config: c, Seed: 1, OCloudID: c.OCloudID}
	if c.Seed != nil {
		s.Seed = *c.Seed
	}
	if s.OCloudID == "" {
		s.OCloudID = "mock-ocloud"
	}
	return s
}
