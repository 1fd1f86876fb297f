// Package storetest has what the in-memory stores for tests, and the suites of
// stores, share: tokens, faults that a test plants, and calls at the same time.
package storetest

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"

	"github.com/netweave/netweave/ports/store"
)

var drawn atomic.Uint64

// NewToken returns a token that no other call has returned.
func NewToken() store.Token {
	return store.Token(fmt.Sprintf("%d-%016x", drawn.Add(1), rand.Uint64()))
}

// Faults are what a test plants in a store. Set them before the store is used,
// or guard what they read. Both may be nil.
type Faults struct {
	// Fail is called with a method's name before the method does anything; its
	// error is the method's, and nothing happens.
	Fail func(op string) error
	// Lose is called after the method has done its work; its error is the
	// method's: the work is done, and the caller does not know.
	Lose func(op string) error
}

// Before asks Fail.
func (f *Faults) Before(op string) error { return ask(f.Fail, op) }

// After asks Lose, unless the method has failed by itself.
func (f *Faults) After(op string, err error) error {
	if err != nil {
		return err
	}
	return ask(f.Lose, op)
}

func ask(hook func(string) error, op string) error {
	if hook == nil {
		return nil
	}
	return hook(op)
}
