// Package idempotencytest is the conformance suite of ports/idempotency, and an
// implementation in memory for the tests of those who use it.
package idempotencytest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is an idempotency.Store. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults

	mu   sync.Mutex
	kept map[idempotency.Key]*record
}

type record struct {
	fingerprint string
	until       time.Time
	reservation store.Token
	// answer is nil while the request is being answered.
	answer *idempotency.Answer
}

var _ idempotency.Store = (*Memory)(nil)

// Begin is as in idempotency.Store.
func (m *Memory) Begin(_ context.Context, k idempotency.Key, fingerprint string, hold time.Duration) (*idempotency.Answer, store.Token, error) {
	if err := m.Before("Begin"); err != nil {
		return nil, "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if r := m.kept[k]; r != nil && r.until.After(now) {
		switch {
		case r.fingerprint != fingerprint:
			return nil, "", idempotency.ErrMismatch
		case r.answer == nil:
			return nil, "", idempotency.ErrInProgress
		}
		return r.answer, "", m.After("Begin", nil)
	}
	if m.kept == nil {
		m.kept = map[idempotency.Key]*record{}
	}
	r := &record{fingerprint: fingerprint, until: now.Add(hold), reservation: storetest.NewToken()}
	m.kept[k] = r
	return nil, r.reservation, m.After("Begin", nil)
}

// reserved returns the record that the reservation is of; m.mu is held.
func (m *Memory) reserved(k idempotency.Key, reservation store.Token) (*record, error) {
	r := m.kept[k]
	if r == nil || r.answer != nil || r.reservation != reservation || !r.until.After(time.Now()) {
		return nil, fmt.Errorf("the reservation of an idempotency key: %w", store.ErrFenced)
	}
	return r, nil
}

// Complete is as in idempotency.Store.
func (m *Memory) Complete(_ context.Context, k idempotency.Key, reservation store.Token, a idempotency.Answer, keep time.Duration) error {
	if err := m.Before("Complete"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.reserved(k, reservation)
	if err != nil {
		return err
	}
	r.answer, r.until = &a, time.Now().Add(keep)
	return m.After("Complete", nil)
}

// Abandon is as in idempotency.Store.
func (m *Memory) Abandon(_ context.Context, k idempotency.Key, reservation store.Token) error {
	if err := m.Before("Abandon"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.reserved(k, reservation); err == nil {
		delete(m.kept, k)
	}
	return m.After("Abandon", nil)
}
