package polled

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"

	"github.com/netweave/netweave/sdk"
)

// Census is the ids that a list had last. What has gone from a list is deleted in
// netweave, so that it is gone must be seen twice: a server that moved from one
// page to another while they were read is in neither, an inventory that is being
// rebuilt is short for a while, and one that makes up new ids each time has none
// that can be believed.
type Census struct {
	what, doubt string
	log         *slog.Logger

	mu    sync.Mutex
	known map[string]bool // nil before the first list
}

// NewCensus makes a Census of a list whose objects are called what, in the plural. log
// is told when most of a list has gone, with the doubt that this should raise.
func NewCensus(what, doubt string, log *slog.Logger) *Census {
	return &Census{what: what, doubt: doubt, log: log}
}

// ErrMoved is wrapped in the error of a reading whose pages do not fit one
// another: the list is read again.
var ErrMoved = errors.New("the inventory changed while it was read, or pages of it are missing")

// readings is how often a list is read before it is given up.
const readings = 4

// Believed reads a list until it can be believed. read tells in how many pages the
// list came.
func Believed[T any](ctx context.Context, c *Census, id func(*T) string, read func(context.Context) (items []T, pages int, err error)) ([]T, error) {
	var before map[string]bool
	var last error
	for range readings {
		items, pages, err := read(ctx)
		if errors.Is(err, ErrMoved) {
			before, last = nil, err
			continue
		}
		if err != nil {
			return nil, err
		}
		ids := make(map[string]bool, len(items))
		for i := range items {
			ids[id(&items[i])] = true
		}
		again := before != nil && maps.Equal(ids, before)
		if again || c.plausible(ids, pages) {
			c.accept(ids)
			return items, nil
		}
		before = ids
		last = sdk.Errorf(sdk.Unavailable, "listing the %s: no two of %d lists in a row had the same ids, so none is believed", c.what, readings)
	}
	return nil, last
}

// plausible tells whether a list can be believed at once: nothing has gone that
// was there before, or it is the first and came in one piece.
func (c *Census) plausible(ids map[string]bool, pages int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		return pages <= 1
	}
	for id := range c.known {
		if !ids[id] {
			return false
		}
	}
	return true
}

func (c *Census) accept(ids map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gone := 0
	for id := range c.known {
		if !ids[id] {
			gone++
		}
	}
	if gone*2 > len(c.known) {
		c.log.Warn("most of what was listed before is gone; "+c.doubt,
			"of", c.what, "before", len(c.known), "gone", gone, "now", len(ids))
	}
	c.known = ids
}

// Drop takes out what was deleted through this plugin.
func (c *Census) Drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known[id] {
		c.known = maps.Clone(c.known) // a list in hand may hold the map
		delete(c.known, id)
	}
}
