//go:build integration

package redis_test

import (
	"testing"

	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/ports/alarmstore/alarmstoretest"
	"github.com/netweave/netweave/ports/audit/audittest"
	"github.com/netweave/netweave/ports/pauses/pausestest"
	"github.com/netweave/netweave/ports/quota/quotatest"
	"github.com/netweave/netweave/ports/ratelimit/ratelimittest"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

// tenancySuites run the suites of what tenancy needs, each test on an empty store
// of a configuration of its own.
func tenancySuites(t *testing.T, config func() redis.Config) {
	t.Helper()
	t.Run("tenancy", func(t *testing.T) {
		tenancystoretest.Run(t, func(t *testing.T) tenancystoretest.Store {
			c := config()
			return tenancystoretest.Store{Records: open(t, c).Tenancy(), Other: open(t, c).Tenancy()}
		})
	})
	t.Run("pauses", func(t *testing.T) {
		pausestest.Run(t, func(t *testing.T) pausestest.Store {
			c := config()
			return pausestest.Store{Pauses: open(t, c).Pauses(), Other: open(t, c).Pauses()}
		})
	})
	t.Run("alarms", func(t *testing.T) {
		alarmstoretest.Run(t, func(t *testing.T) alarmstoretest.Store {
			c := config()
			other := open(t, c)
			return alarmstoretest.Store{Alarms: open(t, c).Alarms(), Other: other.Alarms(), Bus: other.Bus()}
		})
	})
	t.Run("audit", func(t *testing.T) {
		audittest.Run(t, func(t *testing.T) audittest.Store {
			c := config()
			return audittest.Store{Audit: open(t, c).Audit(), Other: open(t, c).Audit()}
		})
	})
	t.Run("quotas", func(t *testing.T) {
		quotatest.Run(t, func(t *testing.T) quotatest.Store {
			c := config()
			return quotatest.Store{Quotas: open(t, c).Quotas(), Other: open(t, c).Quotas()}
		})
	})
	t.Run("rates", func(t *testing.T) {
		ratelimittest.Run(t, func(t *testing.T) ratelimittest.Store {
			c := config()
			return ratelimittest.Store{Rates: open(t, c).Rates(), Other: open(t, c).Rates()}
		})
	})
}
