// Package audittest is the conformance suite of ports/audit, and an
// implementation in memory for the tests of those who use it.
package audittest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is an audit.Store. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults

	mu     sync.Mutex
	chains map[string]*chain
}

type chain struct {
	audit.Chain
	// records are those behind the anchor, in order.
	records []audit.Record
}

var _ audit.Store = (*Memory)(nil)

// do runs one method under the lock, between the faults planted for it.
func (m *Memory) do(op string, run func() error) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.After(op, run()); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Append is as in audit.Store.
func (m *Memory) Append(_ context.Context, records []audit.Record) error {
	return m.do("Append", func() error {
		if len(records) == 0 {
			return nil
		}
		writer := records[0].Writer
		c := m.chains[writer]
		if c == nil {
			c = &chain{Chain: audit.Chain{Writer: writer}}
		}
		head := c.Head
		for _, r := range records {
			if r.Writer != writer || r.Number != head.Number+1 || r.Previous != head.Hash {
				return fmt.Errorf("record %d of %s does not follow on %d: %w", r.Number, r.Writer, head.Number, store.ErrStale)
			}
			head = r.Link
		}
		for _, r := range records {
			r.Data = bytes.Clone(r.Data)
			c.records = append(c.records, r)
			c.Head, c.LastAt = r.Link, r.At
		}
		if m.chains == nil {
			m.chains = map[string]*chain{}
		}
		m.chains[writer] = c
		return nil
	})
}

// Query is as in audit.Store.
func (m *Memory) Query(_ context.Context, q audit.Query) (list []audit.Record, err error) {
	err = m.do("Query", func() error {
		for _, c := range m.chains {
			for _, r := range c.records {
				if selects(q, r) {
					r.Data = bytes.Clone(r.Data)
					list = append(list, r)
				}
			}
		}
		slices.SortFunc(list, func(a, b audit.Record) int { return compare(place(b), place(a)) })
		list = list[:min(len(list), q.Limit)]
		return nil
	})
	return list, err
}

func selects(q audit.Query, r audit.Record) bool {
	return (q.Tenant == "" || q.Tenant == r.Tenant) && !r.At.Before(q.From) && (q.Until.IsZero() || r.At.Before(q.Until)) &&
		(q.Before == audit.Cursor{} || compare(place(r), q.Before) < 0)
}

func place(r audit.Record) audit.Cursor {
	return audit.Cursor{At: r.At, Writer: r.Writer, Number: r.Number}
}

func compare(a, b audit.Cursor) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Writer, b.Writer), cmp.Compare(a.Number, b.Number))
}

// Chains is as in audit.Store.
func (m *Memory) Chains(context.Context) (list []audit.Chain, err error) {
	err = m.do("Chains", func() error {
		for _, c := range m.chains {
			list = append(list, c.Chain)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b audit.Chain) int { return cmp.Compare(a.Writer, b.Writer) })
	return list, err
}

// Walk is as in audit.Store.
func (m *Memory) Walk(_ context.Context, writer string, after uint64, fn func(audit.Record) error) error {
	var list []audit.Record
	err := m.do("Walk", func() error {
		if c := m.chains[writer]; c != nil {
			list = slices.Clone(c.records)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Number <= after {
			continue
		}
		r.Data = bytes.Clone(r.Data)
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// Purge is as in audit.Store.
func (m *Memory) Purge(_ context.Context, before time.Time, limit int) (purged int, err error) {
	err = m.do("Purge", func() error {
		for _, c := range m.chains {
			for len(c.records) > 0 && purged < limit && c.records[0].At.Before(before) {
				c.Anchor = c.records[0].Link
				c.records = c.records[1:]
				purged++
			}
		}
		return nil
	})
	return purged, err
}

// Tamper changes the record of a writer under number, as somebody might who has
// the store to himself; fn returns false to remove it.
func (m *Memory) Tamper(writer string, number uint64, fn func(r *audit.Record) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.chains[writer]
	for i := range c.records {
		if c.records[i].Number == number {
			if !fn(&c.records[i]) {
				c.records = slices.Delete(c.records, i, i+1)
			}
			return
		}
	}
}
