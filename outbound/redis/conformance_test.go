//go:build integration

package redis_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/assignment/assignmenttest"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/election"
	"github.com/netweave/netweave/ports/election/electiontest"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/idempotency/idempotencytest"
	"github.com/netweave/netweave/ports/snapshots/snapshotstest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
	client "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	prefixes atomic.Uint64
	quiet    = slog.New(slog.DiscardHandler)
)

// lab is a cluster on which each test has a prefix of its own.
type lab struct {
	*redistest.Cluster
	replicas int
}

func (l lab) config() redis.Config {
	c := redis.Config{
		Addresses: l.Addresses(), MasterName: l.MasterName(), Replicas: l.replicas, Prefix: fmt.Sprintf("test%d:", prefixes.Add(1)),
	}
	if l.TLSConfig() != nil {
		c.TLS = l.TLSConfig
	}
	return c
}

func open(t *testing.T, c redis.Config) *redis.Store {
	t.Helper()
	s, err := redis.Open(t.Context(), c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// raw speaks to the present master as someone who may do everything.
func (l lab) raw(t *testing.T) *client.Client {
	t.Helper()
	master, err := l.Master(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return master.Client()
}

func TestConformance(t *testing.T) {
	t.Run("standalone", func(t *testing.T) {
		suites(t, lab{redistest.New(t, redistest.Options{}), 0})
	})
	t.Run("Sentinel", func(t *testing.T) {
		// Whatever else this machine does: a master is not down for being slow.
		suites(t, lab{redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3, DownAfter: time.Minute}), 1})
	})
	t.Run("TLS and access control", func(t *testing.T) {
		l := lab{redistest.New(t, redistest.Options{TLS: true, Users: map[string]string{"gateway": documentedACL}}), 0}
		c := l.config()
		c.Username, c.Password, c.Prefix = "gateway", "s3cret", "netweave:"
		eventlogtest.Run(t, func(t *testing.T) eventlogtest.Store {
			l.raw(t).FlushAll(t.Context())
			return eventLogOf(t, l, c)
		})
		tenancySuites(t, func() redis.Config {
			l.raw(t).FlushAll(t.Context())
			return c
		})
		busSuite(t, l, func() redis.Config { return c })
	})
}

// busSuite holds news to their contract.
func busSuite(t *testing.T, l lab, config func() redis.Config) {
	bustest.Run(t, func(t *testing.T) bustest.Store {
		c := config()
		return bustest.Store{
			Bus: open(t, c).Bus(), Other: open(t, c).Bus(),
			Lose: func(t *testing.T, during func()) {
				cut := func() {
					if err := l.raw(t).ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
						t.Fatal(err)
					}
				}
				cut()
				during()
				cut()
			},
		}
	})
}

// Each new connection has the TLS of its moment, toward Sentinels and master alike.
func TestTLSOfTheMoment(t *testing.T) {
	l := lab{redistest.New(t, redistest.Options{TLS: true, Replicas: 1, Sentinels: 1, DownAfter: time.Minute}), 0}
	c := l.config()
	var asked atomic.Int64
	var strange atomic.Bool // whether the authorities are others than those of the servers
	c.TLS = func() *tls.Config {
		asked.Add(1)
		t := l.TLSConfig()
		if strange.Load() {
			t.RootCAs = x509.NewCertPool()
		}
		return t
	}
	if err := open(t, c).Check(t.Context()); err != nil || asked.Load() < 2 {
		t.Errorf("got %v after %d connections", err, asked.Load())
	}
	strange.Store(true)
	if err := open(t, c).Check(t.Context()); err == nil {
		t.Error("servers of another authority were trusted")
	}
}

// documentedACL is what docs/redis.md tells operators to give netweave.
const documentedACL = "on >s3cret resetkeys ~netweave:* resetchannels &netweave:* -@all " +
	"+@read +@write +@pubsub +@scripting +@transaction +@connection +wait +time -@dangerous +info"

func TestDocumentedACL(t *testing.T) {
	text, err := os.ReadFile("../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, rules, _ := strings.Cut(documentedACL, "s3cret "); !strings.Contains(string(text), rules+"\n") {
		t.Errorf("docs/redis.md does not tell operators to give netweave %q", rules)
	}
}

func eventLogOf(t *testing.T, l lab, c redis.Config) eventlogtest.Store {
	s := open(t, c)
	return eventlogtest.Store{
		Log: s.EventLog(), Assignment: s.Assignment(),
		States: func(t *testing.T) int { return int(l.raw(t).HLen(t.Context(), c.Prefix+"states").Val()) },
	}
}

func suites(t *testing.T, l lab) {
	tenancySuites(t, l.config)
	t.Run("event log", func(t *testing.T) {
		eventlogtest.Run(t, func(t *testing.T) eventlogtest.Store { return eventLogOf(t, l, l.config()) })
	})
	t.Run("subscriptions", func(t *testing.T) {
		subscriptionstoretest.Run(t, func(t *testing.T) subscriptionstoretest.Store {
			c := l.config()
			return subscriptionstoretest.Store{
				Subscriptions: open(t, c).Subscriptions(),
				Epoch: func(t *testing.T) store.Token {
					return store.Token(l.raw(t).HGet(t.Context(), c.Prefix+"meta", "epoch").Val())
				},
			}
		})
	})
	t.Run("assignment", func(t *testing.T) {
		assignmenttest.Run(t, func(t *testing.T) assignmenttest.Store {
			s := open(t, l.config())
			return assignmenttest.Store{
				Assignment: s.Assignment(), TTL: 300 * time.Millisecond,
				Check: func(t *testing.T, h assignment.Held) error { return use(t.Context(), s, h) },
			}
		})
	})
	t.Run("election", func(t *testing.T) {
		electiontest.Run(t, func(t *testing.T) electiontest.Store {
			c := l.config()
			return electiontest.Store{
				Candidate: func(t *testing.T) election.Election {
					return open(t, c).Election(redis.Lease{Duration: time.Second})
				},
				Depose: func(t *testing.T) {
					err := l.raw(t).Set(t.Context(), c.Prefix+"lease:leader", "a stranger", 300*time.Millisecond).Err()
					if err != nil {
						t.Fatal(err)
					}
				},
			}
		})
	})
	t.Run("bus", func(t *testing.T) {
		busSuite(t, l, l.config)
	})
	t.Run("snapshots", func(t *testing.T) {
		snapshotstest.Run(t, func(t *testing.T) snapshotstest.Store {
			s := open(t, l.config())
			return snapshotstest.Store{Snapshots: s.Snapshots(), Lead: func(t *testing.T) store.Token {
				g, err := s.EventLog().Lead(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return g.Fence
			}}
		})
	})
	t.Run("idempotency", func(t *testing.T) {
		idempotencytest.Run(t, func(t *testing.T) idempotencytest.Store {
			return idempotencytest.Store{Answers: open(t, l.config()).Idempotency(), Short: 100 * time.Millisecond}
		})
	})
}

// use claims something of a partition: there is nothing, but its fence is checked.
func use(ctx context.Context, s *redis.Store, h assignment.Held) error {
	_, err := s.EventLog().Claim(ctx, h, subscriptionOf(h.Partition), 1)
	if errors.Is(err, store.ErrNotFound) {
		return nil // the fence held
	}
	return err
}

// subscriptionOf returns a subscription's id of that partition.
func subscriptionOf(partition int) o2.ID {
	for i := 0; ; i++ {
		if id := o2.DeriveID("subscriptions", fmt.Sprint(i)); assignment.Of(id) == partition {
			return id
		}
	}
}
