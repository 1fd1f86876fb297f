package httpserver_test

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/idempotency"
	"github.com/netweave/netweave/ports/store"
)

// memory is an idempotency.Store whose keys stay until they are settled.
type memory struct {
	mu     sync.Mutex
	kept   map[idempotency.Key]*reserved
	drawn  int
	hold   time.Duration // as last asked for
	keep   time.Duration
	begins int
	// beginErr and completeErr, if set, are the answers of Begin and Complete;
	// with beginErr the key is reserved nevertheless if reserve is set.
	beginErr, completeErr error
	reserve               bool
}

type reserved struct {
	fingerprint string
	token       store.Token
	answer      *idempotency.Answer
}

func newMemory() *memory { return &memory{kept: map[idempotency.Key]*reserved{}} }

func (m *memory) Begin(ctx context.Context, k idempotency.Key, fingerprint string, hold time.Duration) (*idempotency.Answer, store.Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begins++
	m.hold = hold
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	if m.beginErr != nil && !m.reserve {
		return nil, "", m.beginErr
	}
	if r, ok := m.kept[k]; ok {
		switch {
		case r.fingerprint != fingerprint:
			return nil, "", idempotency.ErrMismatch
		case r.answer == nil:
			return nil, "", idempotency.ErrInProgress
		}
		return r.answer, "", nil
	}
	m.drawn++
	r := &reserved{fingerprint: fingerprint, token: store.Token(strconv.Itoa(m.drawn))}
	m.kept[k] = r
	return nil, r.token, m.beginErr
}

func (m *memory) Complete(ctx context.Context, k idempotency.Key, reservation store.Token, a idempotency.Answer, keep time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep = keep
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.completeErr != nil {
		return m.completeErr
	}
	if r, ok := m.kept[k]; ok && r.token == reservation {
		r.answer = &a
		return nil
	}
	return store.ErrFenced
}

func (m *memory) Abandon(ctx context.Context, k idempotency.Key, reservation store.Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if r, ok := m.kept[k]; ok && r.token == reservation && r.answer == nil {
		delete(m.kept, k)
	}
	return nil
}

// standing tells how many keys are reserved and how many are answered.
func (m *memory) standing() (reservations, answers int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.kept {
		if r.answer == nil {
			reservations++
		} else {
			answers++
		}
	}
	return reservations, answers
}
