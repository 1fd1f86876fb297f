package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/netweave/netweave/core/o2"
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
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
	"github.com/netweave/netweave/ports/tenancystore"
	"go.etcd.io/bbolt"
)

// Store is everything in one file. Its parts are safe for concurrent use; none
// is to be used after Close.
type Store struct {
	path        string
	log         *slog.Logger
	db          *bbolt.DB
	incarnation o2.ID
	// broken: see errDamaged.
	broken atomic.Bool
	// states are those that entries refer to.
	states eventlog.States

	// operations has no buffer: what is handed over is answered.
	operations       chan *operation
	closing, written chan struct{}
	closed           sync.Once
	closeErr         error
	// doubtful and failing are the writer's: the index may differ from the file,
	// and the last write failed.
	doubtful, failing bool

	// mu guards what follows. Only the writer changes the index, so that it needs
	// mu only for that.
	mu    sync.Mutex
	index *index
	// marks are the claims. Those of frozen queues are the writer's until thawed is
	// closed.
	marks  map[o2.ID]mark
	frozen map[o2.ID]struct{}
	thawed chan struct{}
	// reservations are those of quotas.
	reservations reservations

	partitions partitions
	seat       seat
	news       news
	snapshots  snapshotStore
	rates      rates
}

// EventLog is the event log.
func (s *Store) EventLog() eventlog.Log { return &eventLog{s} }

// Subscriptions keeps subscriptions.
func (s *Store) Subscriptions() subscriptionstore.Store { return &subscriptions{s} }

// Assignment shares partitions out within the process: one member holds all.
func (s *Store) Assignment() assignment.Assignment { return &s.partitions }

// Election returns a candidate. One alone leads at once.
func (s *Store) Election() election.Election { return &s.seat }

// Bus carries news within the process.
func (s *Store) Bus() bus.Bus { return &s.news }

// Snapshots keeps snapshots in memory: after a restart, backends are polled anew.
func (s *Store) Snapshots() snapshots.Store { return &s.snapshots }

// Idempotency remembers answers.
func (s *Store) Idempotency() idempotency.Store { return &answers{s} }

// Tenancy keeps tenants, users, roles and bindings.
func (s *Store) Tenancy() tenancystore.Store { return &tenancy{s} }

// Pauses keeps which adapters are paused.
func (s *Store) Pauses() pauses.Store { return &pauseStore{s} }

// Alarms keeps alarms.
func (s *Store) Alarms() alarmstore.Store { return &alarmStore{s} }

// Audit keeps the audit log.
func (s *Store) Audit() audit.Store { return &auditLog{s} }

// Quotas counts what tenants have. What is reserved is kept in memory: a restart
// ends every request that had reserved it.
func (s *Store) Quotas() quota.Store { return &quotas{s} }

// Rates hands out tokens, and keeps its buckets in memory: after a restart they
// are full.
func (s *Store) Rates() ratelimit.Store { return &s.rates }

// leads reports whether fence is that of the leader.
func (s *Store) leads(fence store.Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index.guard.Fence == fence
}

// Check tells whether the file can be read now.
func (s *Store) Check() error {
	return s.view("looking at the store", func(transaction) error { return nil })
}

// Close ends the store. It waits for what is being read and written.
func (s *Store) Close() error {
	s.closed.Do(func() {
		close(s.closing)
		<-s.written
		var err error
		if !s.doubtful {
			err = s.update(s.bidFarewell)
		}
		s.closeErr = errors.Join(err, s.abandon())
		if s.closeErr != nil {
			s.closeErr = fmt.Errorf("closing %s: %w", s.path, s.closeErr)
		}
	})
	return s.closeErr
}

// bidFarewell writes down what the next to open the file need not guess.
func (s *Store) bidFarewell(tx transaction) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, m := range s.marks {
		if err := tx.Bucket(claimsBucket).Put([]byte(id), numberKey(m.claimed)); err != nil {
			return err
		}
	}
	return tx.Bucket(metaBucket).Put(closedKey, []byte{1})
}

// view reads the file as it is on disk.
func (s *Store) view(what string, read func(tx transaction) error) error {
	if err := s.guarded(func() error { return s.db.View(read) }); err != nil {
		return s.unavailable(what, err)
	}
	return nil
}

// usable tells whether what is kept in memory is worth anything.
func (s *Store) usable(what string) error {
	select {
	case <-s.closing:
		return fmt.Errorf("%s: %w: it is closed", what, store.ErrUnavailable)
	default:
	}
	if s.broken.Load() {
		return s.unavailable(what, errDamaged)
	}
	return nil
}

func (s *Store) unavailable(what string, err error) error {
	return fmt.Errorf("%s: %w: reading %s: %w", what, store.ErrUnavailable, s.path, err)
}

func (s *Store) update(write func(tx transaction) error) error {
	return s.guarded(func() error { return s.db.Update(write) })
}

// errDamaged means that reading or writing the file has come upon damage. bbolt
// may have been left with its locks held, so that it is not to be called again,
// not even to be closed: the lock on the file ends with the process.
var errDamaged = errors.New("the file is damaged")

// guarded runs what reads or writes the file; after damage it refuses to.
func (s *Store) guarded(fn func() error) error {
	if s.broken.Load() {
		return errDamaged
	}
	err := withoutPanic(fn)
	if errors.Is(err, errDamaged) {
		s.broken.Store(true)
	}
	return err
}

// abandon closes the file, unless that might never end.
func (s *Store) abandon() error {
	if s.broken.Load() {
		return nil
	}
	return s.db.Close()
}

// withoutPanic makes errors of the panics with which bbolt, or the memory it maps,
// answers a damaged file.
func withoutPanic(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return fn()
}

// reload reads the index anew. The writer calls it.
func (s *Store) reload() error {
	var fresh *index
	err := s.guarded(func() error {
		return s.db.View(func(tx transaction) (err error) {
			fresh, err = load(tx)
			return err
		})
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh.guard.Fence, fresh.guard.Epoch = s.index.guard.Fence, newToken()
	s.index = fresh
	clear(s.reservations.versions)
	return nil
}

var drawn atomic.Uint64

// newToken returns a token that no other call has returned, in any process.
func newToken() store.Token {
	return store.Token(fmt.Sprintf("%d-%016x", drawn.Add(1), rand.Uint64()))
}
