package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/outbound/embedded"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/election"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/pauses"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/tenancystore"
)

// stores is everything that is kept, whatever keeps it.
type stores struct {
	log           eventlog.Log
	subscriptions subscriptionstore.Store
	assignment    assignment.Assignment
	election      election.Election
	bus           bus.Bus
	// snapshots is nil where there is one process.
	snapshots   snapshots.Store
	idempotency idempotency.Store
	tenancy     tenancystore.Store
	audit       audit.Store
	quotas      quota.Store
	rates       ratelimit.Store
	pauses      pauses.Store
	alarms      alarmstore.Store
	// aside goes on as long as the process.
	aside []task
	// check tells whether the store can be used now; nil if it always can.
	check   func(ctx context.Context) error
	closers []io.Closer
}

// Close ends what was opened, the last first.
func (s *stores) Close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i].Close())
	}
	return errors.Join(errs...)
}

// openStores opens what c names. A Redis that is away
// is no error, a configuration mistake in it is.
func openStores(ctx context.Context, c *config.Config, log *slog.Logger, r prometheus.Registerer, w *tlsfiles.Watch) (*stores, error) {
	open := openEmbedded
	if c.Store.Type == config.StoreRedis {
		open = openRedis
	}
	s, err := open(ctx, c, log, r, w)
	if err != nil {
		return nil, err
	}
	if err := s.useKubernetes(c, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openEmbedded(_ context.Context, c *config.Config, log *slog.Logger, _ prometheus.Registerer, _ *tlsfiles.Watch) (*stores, error) {
	e, err := embedded.Open(embedded.Config{Path: c.Store.Embedded.Path}, log)
	if err != nil {
		return nil, fmt.Errorf("store.embedded.path: %w", err)
	}
	return &stores{
		log: e.EventLog(), subscriptions: e.Subscriptions(), assignment: e.Assignment(), election: e.Election(), bus: e.Bus(),
		idempotency: e.Idempotency(), tenancy: e.Tenancy(), audit: e.Audit(), quotas: e.Quotas(), rates: e.Rates(), pauses: e.Pauses(), alarms: e.Alarms(),
		check: func(context.Context) error { return e.Check() }, closers: []io.Closer{e},
	}, nil
}

func openRedis(ctx context.Context, c *config.Config, log *slog.Logger, r prometheus.Registerer, w *tlsfiles.Watch) (*stores, error) {
	rc, files, err := redisConfig(c.Store.Redis)
	if err != nil {
		return nil, err
	}
	if files != nil {
		w.Follow(files)
	}
	rc.Registerer = r
	s, err := redis.Open(ctx, rc, log)
	if err != nil {
		return nil, fmt.Errorf("store.redis: %w", err)
	}
	return &stores{
		log: s.EventLog(), subscriptions: s.Subscriptions(), assignment: s.Assignment(), bus: s.Bus(),
		election:  s.Election(redis.Lease{Duration: c.Leadership.LeaseDuration}),
		snapshots: s.Snapshots(), idempotency: s.Idempotency(),
		tenancy: s.Tenancy(), audit: s.Audit(), quotas: s.Quotas(), rates: s.Rates(), pauses: s.Pauses(), alarms: s.Alarms(), check: s.Check, closers: []io.Closer{s},
	}, nil
}

// redisConfig reads the files that c names; those of TLS are nil without it. No
// error shows what they hold.
func redisConfig(c config.Redis) (redis.Config, *tlsfiles.Client, error) {
	password, err := secret("store.redis.passwordFile", c.PasswordFile, c.Password)
	if err != nil {
		return redis.Config{}, nil, err
	}
	sentinel, err := secret("store.redis.sentinelPasswordFile", c.SentinelPasswordFile, c.SentinelPassword)
	if err != nil {
		return redis.Config{}, nil, err
	}
	var files *tlsfiles.Client
	var now func() *tls.Config
	if c.TLS.Enabled {
		files, err = tlsfiles.LoadClient("redis", "store.redis.tls", tlsfiles.ClientFiles{CA: c.TLS.CAFile, Cert: c.TLS.CertFile, Key: c.TLS.KeyFile})
		if err != nil {
			return redis.Config{}, nil, err
		}
		now = func() *tls.Config {
			t := files.Config()
			t.ServerName = c.TLS.ServerName
			return t
		}
	}
	return redis.Config{
		Addresses: c.Addresses, MasterName: c.MasterName, Username: c.Username, Password: password,
		SentinelUsername: c.SentinelUsername, SentinelPassword: sentinel, TLS: now, Database: c.Database, Prefix: c.Prefix,
		Replicas: c.Replicas, WaitTimeout: c.WaitTimeout, ReadTimeout: max(3*c.WaitTimeout, leastRead),
	}, files, nil
}

// Renew gives the store that c names a new incarnation, as is due after it was
// restored from a copy.
func Renew(ctx context.Context, c *config.Config, log *slog.Logger) error {
	if c.Store.Type == config.StoreEmbedded {
		if err := embedded.Renew(c.Store.Embedded.Path); err != nil {
			return fmt.Errorf("store.embedded.path: %w", err)
		}
		return nil
	}
	rc, _, err := redisConfig(c.Store.Redis)
	if err != nil {
		return err
	}
	s, err := redis.Open(ctx, rc, log)
	if err != nil {
		return fmt.Errorf("store.redis: %w", err)
	}
	if err := errors.Join(s.Renew(ctx), s.Close()); err != nil {
		return fmt.Errorf("store.redis: %w", err)
	}
	return nil
}
