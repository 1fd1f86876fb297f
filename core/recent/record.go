package recent

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

const (
	// perPool and inAll bound the changes that are remembered.
	perPool = 500
	inAll   = 10_000
)

// Config is what a Record is built from. All of it is mandatory.
type Config struct {
	Changes    inventory.Changes
	Reader     inventory.Reader
	Authorizer authz.Authorizer
}

// Record remembers. It is safe for concurrent use.
type Record struct {
	Config
	// incarnation is in the id of every change: another process's are others.
	incarnation string

	mu    sync.Mutex
	since time.Time
	seq   uint64
	// pools has each pool's changes in their order; total counts them.
	pools map[o2.ID][]change
	total int
}

var _ inventory.History = (*Record)(nil)

// change is what happened to one object, whoever may see it.
type change struct {
	id          o2.ID
	at          time.Time
	prior, post state
}

// state is an object and whose it is; the zero state is none.
type state struct {
	object o2.Object
	owner  string
}

// New makes a Record that remembers nothing yet.
func New(c Config) *Record {
	return &Record{Config: c, incarnation: rand.Text(), since: time.Now(), pools: map[o2.ID][]change{}}
}

// Run remembers until ctx ends. It is called once.
func (r *Record) Run(ctx context.Context) error {
	follower := r.Changes.Follow(time.Time{}) // of this process's own views, however old they are
	defer follower.Close()
	w := watch{record: r, follower: follower, met: map[string]bool{}, known: map[o2.ObjectKey]state{}}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-follower.Changed():
			w.take()
		}
	}
}

// Recent returns what is remembered of a pool.
func (r *Record) Recent(ctx context.Context, sc scope.Scope, pool o2.ID) (inventory.Recent, error) {
	if _, _, err := r.Reader.Get(ctx, sc, o2.KindResourcePool, pool); err != nil {
		return inventory.Recent{}, err
	}
	var callers [o2.KindCount]scope.Scope
	for kind, action := range map[o2.Kind]authz.Action{o2.KindResourcePool: authz.ActionRead, o2.KindResource: authz.ActionList} {
		reach, err := r.Authorizer.Authorize(ctx, sc, authz.Request{Resource: kind.String(), Action: action})
		switch {
		case err == nil:
			callers[kind] = reach
		case !errors.Is(err, authz.ErrDenied):
			return inventory.Recent{}, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	recent := inventory.Recent{Since: r.since}
	for i := range r.pools[pool] {
		c := &r.pools[pool][i]
		if told, ok := c.toldTo(callers); ok {
			recent.Changes = append(recent.Changes, told)
		}
	}
	return recent, nil
}

// toldTo returns the change as a caller sees it, who reaches so far for each kind.
func (c *change) toldTo(callers [o2.KindCount]scope.Scope) (told inventory.Change, ok bool) {
	told = inventory.Change{ID: c.id, At: c.at}
	for _, one := range []struct {
		state state
		shown *o2.Object
	}{{c.prior, &told.Prior}, {c.post, &told.Post}} {
		if o := one.state.object; o != nil {
			told.Object = o2.ObjectKey{Kind: o.Kind(), ID: o.Head().ID}
			if callers[o.Kind()].Sees(one.state.owner) {
				*one.shown = o
			}
		}
	}
	switch {
	case told.Prior == nil && told.Post == nil:
		return told, false
	case told.Prior == nil:
		told.Type = o2.EventCreated
	case told.Post == nil:
		told.Type = o2.EventDeleted
	default:
		told.Type = o2.EventModified
	}
	return told, true
}
