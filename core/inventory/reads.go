package inventory

import (
	"errors"
	"sync/atomic"

	"github.com/netweave/netweave/ports/inventory"
)

// reads counts reads by what came of them.
type reads struct{ answered, refused atomic.Uint64 }

func (r *reads) count(err error) {
	switch {
	case err == nil, errors.Is(err, inventory.ErrNotFound):
		r.answered.Add(1)
	case errors.Is(err, inventory.ErrNotSynced):
		r.refused.Add(1)
	}
}

// Reads returns how many lists and gets were answered from the views, and how
// many were refused since nothing that they cover had been read.
func (s *Service) Reads() (answered, refused uint64) {
	return s.reads.answered.Load(), s.reads.refused.Load()
}
