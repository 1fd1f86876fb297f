package redis

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/pauses"
	"github.com/netweave/netweave/ports/quota"
	"github.com/netweave/netweave/ports/ratelimit"
	"github.com/netweave/netweave/ports/snapshots"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/tenancystore"
	"github.com/redis/go-redis/v9"
)

// Store is everything on one Redis. Its parts are safe for concurrent use; none
// is to be used after Close.
type Store struct {
	config  Config
	log     *slog.Logger
	client  *redis.Client
	metrics *metrics
	// sentinels tell whether what was confirmed is kept; nil if nobody is to be asked.
	sentinels *sentinels
	// claims has a place for every claim under way: while replicas are away each
	// waits for them, and must not keep all connections from everybody else.
	claims chan struct{}
	// states are those that entries refer to.
	states eventlog.States
}

// Open prepares a store, and an empty Redis to be one. A Redis that cannot be
// reached is no error: its parts fail with store.ErrUnavailable until it can,
// and Check tells. A configuration that makes no sense is one, and so is a
// server that must not be used (ErrUnfit). Close the store.
func Open(ctx context.Context, c Config, log *slog.Logger) (*Store, error) {
	c, err := c.complete()
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	s := &Store{config: c, log: log, claims: make(chan struct{}, max(1, c.PoolSize/2))}
	s.metrics, err = newMetrics(c.Registerer)
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	quiet(log)
	s.client = s.connect()
	if c.MasterName != "" && c.Replicas > 0 {
		s.sentinels = newSentinels(c, s.single)
	}
	err = s.Check(ctx)
	switch {
	case errors.Is(err, ErrUnfit):
		return nil, errors.Join(err, s.Close())
	case err != nil:
		log.Warn("redis cannot be used yet", "addresses", c.Addresses, "error", err)
	}
	return s, nil
}

// Check tells whether the store can be read now.
func (s *Store) Check(ctx context.Context) error {
	_, err := s.run(ctx, "init", "looking at the store", s.birth()...)
	return err
}

// Renew makes the store one that was restored from a copy: it gets a new
// incarnation, since numbers drawn after the copy was made will be drawn again.
// What its subscribers have heard meanwhile is not known, so their queues are
// dropped and each gets a fresh initial state. Whoever leads starts over.
func (s *Store) Renew(ctx context.Context) error {
	_, err := s.confirmed(ctx, "renew", "renewing the store",
		string(o2.NewID()), random(), s.key("dropped:"+random()+":"), assignment.Partitions)
	return err
}

// Close ends all connections.
func (s *Store) Close() error {
	s.metrics.close()
	err := s.client.Close()
	if s.sentinels != nil {
		err = errors.Join(err, s.sentinels.close())
	}
	return err
}

// EventLog is the event log.
func (s *Store) EventLog() eventlog.Log { return &eventLog{s} }

// Subscriptions keeps subscriptions.
func (s *Store) Subscriptions() subscriptionstore.Store { return &subscriptions{s} }

// Assignment shares partitions out.
func (s *Store) Assignment() assignment.Assignment { return &partitions{s} }

// Bus carries news.
func (s *Store) Bus() bus.Bus { return &newsBus{s} }

// Snapshots keeps snapshots.
func (s *Store) Snapshots() snapshots.Store { return &snapshotStore{s} }

// Idempotency remembers answers.
func (s *Store) Idempotency() idempotency.Store { return &answers{s} }

// Tenancy keeps tenants, users, roles and role bindings.
func (s *Store) Tenancy() tenancystore.Store { return &tenancyRecords{s} }

// Pauses keeps which adapters are paused.
func (s *Store) Pauses() pauses.Store { return &pauseStore{s} }

// Alarms keeps alarms.
func (s *Store) Alarms() alarmstore.Store { return &alarmStore{s} }

// Audit keeps the audit log.
func (s *Store) Audit() audit.Store { return &auditLog{s} }

// Quotas counts what tenants have.
func (s *Store) Quotas() quota.Store { return &quotas{s} }

// Rates hands out tokens of shared rates.
func (s *Store) Rates() ratelimit.Store { return &rates{s} }

// key is the name of a key.
func (s *Store) key(name string) string { return s.config.Prefix + name }

// birth is what an empty store is prepared with: the schema, an incarnation, and
// a token's random part.
func (s *Store) birth() []any { return []any{schema, string(o2.NewID()), random()} }
