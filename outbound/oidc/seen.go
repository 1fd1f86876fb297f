package oidc

import (
	"crypto/sha256"
	"sync"

	"github.com/netweave/netweave/ports/identity"
)

// maxSeen bounds each of the two generations of tokens that are remembered.
const maxSeen = 8192

// seen remembers what verified tokens say, by their hashes: two generations, so
// that what is in use survives when the older one is dropped.
type seen struct {
	mu         sync.RWMutex
	keys       uint64
	young, old map[[sha256.Size]byte]identity.Claims
}

func newSeen() *seen { return &seen{young: map[[sha256.Size]byte]identity.Claims{}} }

// epoch is new when the provider's keys are.
func (s *seen) epoch() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.keys
}

func (s *seen) get(sum [sha256.Size]byte) (identity.Claims, bool) {
	s.mu.RLock()
	claims, ok := s.young[sum]
	if ok {
		s.mu.RUnlock()
		return claims, true
	}
	claims, ok = s.old[sum]
	keys := s.keys
	s.mu.RUnlock()
	if ok {
		s.put(keys, sum, claims)
	}
	return claims, ok
}

// put remembers a token that was verified under the keys of an epoch.
func (s *seen) put(keys uint64, sum [sha256.Size]byte, claims identity.Claims) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if keys != s.keys {
		return
	}
	if len(s.young) >= maxSeen {
		s.old, s.young = s.young, make(map[[sha256.Size]byte]identity.Claims, maxSeen)
	}
	s.young[sum] = claims
}

// forget drops everything: a token may be of a key that counts no longer.
func (s *seen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys++
	s.young, s.old = map[[sha256.Size]byte]identity.Claims{}, nil
}
