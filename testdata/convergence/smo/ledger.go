package smo

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// Ledger holds every event id that was ever seen, by any subscriber, with its
// content, and every promise that was found broken. It is safe for concurrent
// use.
type Ledger struct {
	mu         sync.Mutex
	contents   map[string][]byte
	violations []string
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger { return &Ledger{contents: map[string][]byte{}} }

// enter records that an event id carried a body.
func (l *Ledger) enter(eventID string, body []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, ok := l.contents[eventID]
	if !ok {
		l.contents[eventID] = bytes.Clone(body)
		return nil
	}
	if !bytes.Equal(before, body) {
		return fmt.Errorf("event %s carried two contents:\n  first %s\n  then  %s", eventID, before, body)
	}
	return nil
}

// known reports whether an event id was seen before.
func (l *Ledger) known(eventID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.contents[eventID]
	return ok
}

// violation records a broken promise.
func (l *Ledger) violation(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.violations = append(l.violations, fmt.Sprintf(format, args...))
}

// Violations returns the promises found broken so far.
func (l *Ledger) Violations() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.violations)
}

// Events counts the event ids seen.
func (l *Ledger) Events() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.contents)
}
