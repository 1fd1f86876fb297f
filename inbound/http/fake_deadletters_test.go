package httpserver_test

import (
	"context"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/subscription"
)

// undertaker keeps the dead letters of one subscription.
type undertaker struct {
	of      o2.ID
	letters []subscription.DeadLetter
	err     error
	// asked are the positions that were given last.
	asked []uint64
}

func (u *undertaker) find(sc scope.Scope, id o2.ID) error {
	if u.err != nil {
		return u.err
	}
	if id != u.of || !sc.Within(scope.ReachTenant).Sees(scope.DefaultTenant) {
		return inventory.ErrNotFound
	}
	return nil
}

func (u *undertaker) List(_ context.Context, sc scope.Scope, id o2.ID, after uint64, limit int) ([]subscription.DeadLetter, error) {
	if err := u.find(sc, id); err != nil {
		return nil, err
	}
	var list []subscription.DeadLetter
	for _, l := range u.letters {
		if l.Position > after && len(list) < limit {
			list = append(list, l)
		}
	}
	return list, nil
}

func (u *undertaker) Redeliver(_ context.Context, sc scope.Scope, id o2.ID, positions []uint64) (int, error) {
	u.asked = positions
	if err := u.find(sc, id); err != nil {
		return 0, err
	}
	n := 0
	for i := range u.letters {
		if positions == nil || slices.Contains(positions, u.letters[i].Position) {
			u.letters[i].Redelivering = true
			n++
		}
	}
	return n, nil
}

func (u *undertaker) Purge(_ context.Context, sc scope.Scope, id o2.ID, positions []uint64) (int, error) {
	u.asked = positions
	if err := u.find(sc, id); err != nil {
		return 0, err
	}
	before := len(u.letters)
	u.letters = slices.DeleteFunc(u.letters, func(l subscription.DeadLetter) bool {
		return positions == nil || slices.Contains(positions, l.Position)
	})
	return before - len(u.letters), nil
}
