package audit

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is an audit.Store in memory whose troubles a test chooses.
type shelf struct {
	mu      sync.Mutex
	records map[string][]audit.Record
	chains  map[string]audit.Chain
	// fault, if set, is asked before each append; do says whether it is done
	// nevertheless.
	fault func(records []audit.Record) (do bool, err error)
	// purged is called while records are walked, with the lock held.
	walking func(audit.Record)
	appends int
}

func newShelf() *shelf {
	return &shelf{records: map[string][]audit.Record{}, chains: map[string]audit.Chain{}}
}

func (s *shelf) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *shelf) Append(_ context.Context, records []audit.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appends++
	var fault error
	if s.fault != nil {
		do, err := s.fault(records)
		if fault = err; !do {
			return err
		}
	}
	writer := records[0].Writer
	c := s.chains[writer]
	c.Writer = writer
	for _, r := range records {
		if r.Number != c.Head.Number+1 || r.Previous != c.Head.Hash {
			return store.ErrStale
		}
		c.Head, c.LastAt = r.Link, r.At
	}
	s.chains[writer] = c
	for _, r := range records {
		r.Data = bytes.Clone(r.Data)
		s.records[writer] = append(s.records[writer], r)
	}
	return fault
}

func (s *shelf) Query(_ context.Context, q audit.Query) ([]audit.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []audit.Record
	for _, records := range s.records {
		for _, r := range records {
			if (q.Tenant == "" || q.Tenant == r.Tenant) && (q.From.IsZero() || !r.At.Before(q.From)) &&
				(q.Until.IsZero() || r.At.Before(q.Until)) &&
				(q.Before == audit.Cursor{} || order(cursorOf(&r), q.Before) > 0) {
				list = append(list, r)
			}
		}
	}
	slices.SortFunc(list, func(a, b audit.Record) int { return order(cursorOf(&a), cursorOf(&b)) })
	return list[:min(len(list), q.Limit)], nil
}

// order puts the latest first.
func order(a, b audit.Cursor) int {
	return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Writer, a.Writer), cmp.Compare(b.Number, a.Number))
}

func (s *shelf) Chains(context.Context) ([]audit.Chain, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []audit.Chain
	for _, c := range s.chains {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b audit.Chain) int { return cmp.Compare(a.Writer, b.Writer) })
	return list, nil
}

func (s *shelf) Walk(_ context.Context, writer string, after uint64, fn func(audit.Record) error) error {
	s.mu.Lock()
	records := slices.Clone(s.records[writer])
	walking := s.walking
	s.mu.Unlock()
	for _, r := range records {
		if r.Number <= after {
			continue
		}
		if walking != nil {
			walking(r)
		}
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Purge(_ context.Context, before time.Time, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for writer, records := range s.records {
		for len(records) > 0 && n < limit && records[0].At.Before(before) {
			c := s.chains[writer]
			c.Anchor = records[0].Link
			s.chains[writer] = c
			records = records[1:]
			n++
		}
		s.records[writer] = records
	}
	return n, nil
}

// all returns the records of a writer.
func (s *shelf) all(writer string) []audit.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.records[writer])
}

// reach lets everybody list the audit log as far as it says, 0 nobody.
type reach scope.Reach

func (a reach) Authorize(_ context.Context, sc scope.Scope, r authz.Request) (scope.Scope, error) {
	if a == 0 || r != (authz.Request{Resource: authz.AuditLog, Action: authz.ActionList}) {
		return scope.Scope{}, authz.ErrDenied
	}
	return sc.Within(scope.Reach(a)), nil
}

// counts is a telemetry.Audit.
type counts struct {
	mu                    sync.Mutex
	stored, waiting, lost int
}

func (c *counts) Stored(n int)  { c.mu.Lock(); c.stored += n; c.mu.Unlock() }
func (c *counts) Waiting(n int) { c.mu.Lock(); c.waiting = n; c.mu.Unlock() }
func (c *counts) Lost(n int)    { c.mu.Lock(); c.lost += n; c.mu.Unlock() }

var begin = time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)

// running returns a Log over s that runs until the test ends, or until stop.
func running(t *testing.T, s *shelf, change func(*Config)) (l *Log, stop func() error) {
	t.Helper()
	c := Config{Store: s, Writer: "gw-1", Authorizer: reach(scope.ReachAll)}
	if change != nil {
		change(&c)
	}
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return l, stop
}

func entryAt(n int, tenant, user string) auditlog.Entry {
	return auditlog.Entry{
		At: begin.Add(time.Duration(n) * time.Second), Tenant: tenant, User: user, Action: "create", Resource: "ResourcePool",
		ResourceID: "pool-1", Result: auditlog.Success, Status: 201, Method: "POST", Path: "/o2ims/v1/resourcePools",
		Address: "192.0.2.7", RequestID: "r-1",
	}
}

func waitFor(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("it did not happen in time: %s", what)
		}
	}
}
