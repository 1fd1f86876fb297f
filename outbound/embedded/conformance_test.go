package embedded

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/netweave/netweave/ports/alarmstore/alarmstoretest"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/assignment/assignmenttest"
	"github.com/netweave/netweave/ports/audit/audittest"
	"github.com/netweave/netweave/ports/bus/bustest"
	"github.com/netweave/netweave/ports/election"
	"github.com/netweave/netweave/ports/election/electiontest"
	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/idempotency/idempotencytest"
	"github.com/netweave/netweave/ports/pauses/pausestest"
	"github.com/netweave/netweave/ports/quota/quotatest"
	"github.com/netweave/netweave/ports/ratelimit/ratelimittest"
	"github.com/netweave/netweave/ports/snapshots/snapshotstest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
	"github.com/netweave/netweave/ports/tenancystore/tenancystoretest"
)

// silent is a logger for tests that expect nothing to be logged.
var silent = slog.New(slog.DiscardHandler)

func opened(t *testing.T, c Config) *Store {
	t.Helper()
	s, err := Open(c, silent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// quick is a new file that is not synced: the suites write often.
func quick(t *testing.T) *Store {
	t.Helper()
	return opened(t, Config{Path: filepath.Join(t.TempDir(), "store.db"), noSync: true})
}

func TestEventLog(t *testing.T) {
	eventlogtest.Run(t, func(t *testing.T) eventlogtest.Store {
		s := quick(t)
		return eventlogtest.Store{Log: s.EventLog(), Assignment: s.Assignment(), States: func(t *testing.T) int { return states(t, s) }}
	})
}

// states counts the states in the file.
func states(t *testing.T, s *Store) (n int) {
	t.Helper()
	if err := s.view("counting", func(tx transaction) error {
		return tx.Bucket(statesBucket).ForEach(func(_, _ []byte) error {
			n++
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSubscriptions(t *testing.T) {
	subscriptionstoretest.Run(t, func(t *testing.T) subscriptionstoretest.Store {
		s := quick(t)
		return subscriptionstoretest.Store{
			Subscriptions: s.Subscriptions(),
			Epoch: func(*testing.T) store.Token {
				s.mu.Lock()
				defer s.mu.Unlock()
				return s.index.guard.Epoch
			},
		}
	})
}

func TestAssignment(t *testing.T) {
	assignmenttest.Run(t, func(t *testing.T) assignmenttest.Store {
		s := quick(t)
		return assignmenttest.Store{
			Assignment: s.Assignment(),
			Check:      func(_ *testing.T, h assignment.Held) error { return s.partitions.check(h) },
		}
	})
}

func TestElection(t *testing.T) {
	electiontest.Run(t, func(t *testing.T) electiontest.Store {
		s := quick(t)
		return electiontest.Store{Candidate: func(*testing.T) election.Election { return s.Election() }}
	})
}

func TestBus(t *testing.T) {
	bustest.Run(t, func(t *testing.T) bustest.Store {
		s := quick(t)
		return bustest.Store{Bus: s.Bus(), Other: s.Bus()}
	})
}

func TestIdempotency(t *testing.T) {
	idempotencytest.Run(t, func(t *testing.T) idempotencytest.Store {
		return idempotencytest.Store{Answers: quick(t).Idempotency()}
	})
}

func TestSnapshots(t *testing.T) {
	snapshotstest.Run(t, func(t *testing.T) snapshotstest.Store {
		s := quick(t)
		return snapshotstest.Store{Snapshots: s.Snapshots(), Lead: func(t *testing.T) store.Token {
			g, err := s.EventLog().Lead(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return g.Fence
		}}
	})
}

func TestTenancy(t *testing.T) {
	tenancystoretest.Run(t, func(t *testing.T) tenancystoretest.Store {
		s := quick(t)
		return tenancystoretest.Store{Records: s.Tenancy(), Other: s.Tenancy()}
	})
}

func TestPauses(t *testing.T) {
	pausestest.Run(t, func(t *testing.T) pausestest.Store {
		s := quick(t)
		return pausestest.Store{Pauses: s.Pauses(), Other: s.Pauses()}
	})
}

func TestAlarms(t *testing.T) {
	alarmstoretest.Run(t, func(t *testing.T) alarmstoretest.Store {
		s := quick(t)
		return alarmstoretest.Store{Alarms: s.Alarms(), Other: s.Alarms(), Bus: s.Bus()}
	})
}

func TestAudit(t *testing.T) {
	audittest.Run(t, func(t *testing.T) audittest.Store {
		s := quick(t)
		return audittest.Store{Audit: s.Audit(), Other: s.Audit()}
	})
}

func TestQuotas(t *testing.T) {
	quotatest.Run(t, func(t *testing.T) quotatest.Store {
		s := quick(t)
		return quotatest.Store{Quotas: s.Quotas(), Other: s.Quotas()}
	})
}

func TestRates(t *testing.T) {
	ratelimittest.Run(t, func(t *testing.T) ratelimittest.Store {
		return ratelimittest.Store{Rates: quick(t).Rates()}
	})
}
