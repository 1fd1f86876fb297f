package embedded

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
)

// auditLog keeps the audit log in the file. Beside the records there is an index
// by time, and one by tenant and time, so that a query reads no more than it
// returns.
type auditLog struct{ s *Store }

var _ audit.Store = (*auditLog)(nil)

// chain returns a writer's chain; one without records if there is none.
func (c *change) chain(writer string) (audit.Chain, error) {
	key := chainKey(writer)
	raw := c.tx.Bucket(auditChainsBucket).Get(key)
	if raw == nil {
		return audit.Chain{Writer: writer}, nil
	}
	return decodeChain(key, raw)
}

// Append is as in audit.Store.
func (l *auditLog) Append(ctx context.Context, records []audit.Record) error {
	const what = "adding to the audit log"
	if len(records) == 0 {
		return nil
	}
	writer := records[0].Writer
	for i, r := range records {
		if err := fits(placeKey(tenantPrefix(r.Tenant), cursorOf(r))); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if i > 0 && (r.Writer != writer || r.Number != records[i-1].Number+1 || r.Previous != records[i-1].Hash) {
			return fmt.Errorf("%s: record %d does not follow on %d: %w", what, r.Number, records[i-1].Number, store.ErrStale)
		}
	}
	return l.s.write(ctx, what, func(c *change) error {
		chain, err := c.chain(writer)
		if err != nil {
			return c.s.unavailable("looking at the chain", err)
		}
		if first := records[0]; first.Number != chain.Head.Number+1 || first.Previous != chain.Head.Hash {
			return fmt.Errorf("record %d does not follow on the last, %d: %w", first.Number, chain.Head.Number, store.ErrStale)
		}
		for _, r := range records {
			c.addAudit(r)
			chain.Head, chain.LastAt = r.Link, r.At
		}
		c.put(c.tx.Bucket(auditChainsBucket), chainKey(writer), encodeChain(chain))
		return nil
	})
}

func cursorOf(r audit.Record) audit.Cursor {
	return audit.Cursor{At: r.At, Writer: r.Writer, Number: r.Number}
}

func (c *change) addAudit(r audit.Record) {
	kept, times := c.tx.Bucket(auditBucket), c.tx.Bucket(auditTimesBucket)
	kept.FillPercent, times.FillPercent = 0.9, 0.9 // both only grow, as a rule
	c.put(kept, auditKey(r.Writer, r.Number), encodeAudit(r))
	c.put(times, placeKey(nil, cursorOf(r)), []byte{})
	c.put(c.tx.Bucket(auditTenantsBucket), placeKey(tenantPrefix(r.Tenant), cursorOf(r)), []byte{})
}

func (c *change) removeAudit(r audit.Record) {
	c.remove(c.tx.Bucket(auditBucket), auditKey(r.Writer, r.Number))
	c.remove(c.tx.Bucket(auditTimesBucket), placeKey(nil, cursorOf(r)))
	c.remove(c.tx.Bucket(auditTenantsBucket), placeKey(tenantPrefix(r.Tenant), cursorOf(r)))
}

// Query is as in audit.Store.
func (l *auditLog) Query(_ context.Context, q audit.Query) (list []audit.Record, err error) {
	bucket, prefix := auditTimesBucket, []byte(nil)
	if q.Tenant != "" {
		bucket, prefix = auditTenantsBucket, tenantPrefix(q.Tenant)
	}
	lowest, behind := prefix, append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, 8)...)
	if !q.From.IsZero() {
		lowest = timeKey(prefix, roundUp(q.From))
	}
	if !q.Until.IsZero() {
		behind = timeKey(prefix, roundUp(q.Until))
	}
	if q.Before != (audit.Cursor{}) {
		if place := placeKey(prefix, q.Before); bytes.Compare(place, behind) < 0 {
			behind = place
		}
	}
	err = l.s.view("reading the audit log", func(tx transaction) error {
		cursor := tx.Bucket(bucket).Cursor()
		place, _ := cursor.Seek(behind)
		if place == nil {
			place, _ = cursor.Last()
		} else {
			place, _ = cursor.Prev()
		}
		for ; place != nil && bytes.Compare(place, lowest) >= 0 && len(list) < q.Limit; place, _ = cursor.Prev() {
			r, err := placed(tx, prefix, place)
			if err != nil {
				return err
			}
			list = append(list, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Chains is as in audit.Store.
func (l *auditLog) Chains(context.Context) (list []audit.Chain, err error) {
	err = l.s.view("reading the chains of the audit log", func(tx transaction) error {
		return tx.Bucket(auditChainsBucket).ForEach(func(key, value []byte) error {
			c, err := decodeChain(key, value)
			list = append(list, c)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// auditPage is how many records are read at a time: whoever reads for long holds
// up the file's growth, and fn may write.
const auditPage = 500

// Walk is as in audit.Store.
func (l *auditLog) Walk(ctx context.Context, writer string, after uint64, fn func(audit.Record) error) error {
	for {
		var page []audit.Record
		err := l.s.view("walking the audit log", func(tx transaction) error {
			return eachAudit(tx, writer, after, func(r audit.Record) bool {
				page = append(page, r)
				return len(page) < auditPage
			})
		})
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := fn(r); err != nil {
				return err
			}
			after = r.Number
		}
		if len(page) < auditPage {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("walking the audit log: %w", err)
		}
	}
}

// eachAudit calls fn with a writer's records behind a number, until fn returns
// false.
func eachAudit(tx transaction, writer string, after uint64, fn func(audit.Record) bool) error {
	if after+1 == 0 {
		return nil
	}
	prefix := appendText(nil, writer)
	cursor := tx.Bucket(auditBucket).Cursor()
	key, value := cursor.Seek(auditKey(writer, after+1))
	for ; bytes.HasPrefix(key, prefix); key, value = cursor.Next() {
		r, err := decodeAudit(writer, number(key[len(prefix):]), value)
		if err != nil || !fn(r) {
			return err
		}
	}
	return nil
}

// Purge is as in audit.Store. Of a chain no more goes than what stands before the
// first record that stays, whatever its clock did.
func (l *auditLog) Purge(ctx context.Context, before time.Time, limit int) (purged int, err error) {
	err = l.s.write(ctx, "purging the audit log", func(c *change) error {
		var gone []audit.Record
		var moved []audit.Chain
		err := c.tx.Bucket(auditChainsBucket).ForEach(func(key, value []byte) error {
			chain, err := decodeChain(key, value)
			if err != nil || chain.Anchor == chain.Head || len(gone) >= limit {
				return err
			}
			held := chain.Anchor
			err = eachAudit(c.tx, chain.Writer, held.Number, func(r audit.Record) bool {
				if !r.At.Before(before) {
					return false
				}
				gone, chain.Anchor = append(gone, r), r.Link
				return len(gone) < limit
			})
			if chain.Anchor != held {
				moved = append(moved, chain)
			}
			return err
		})
		if err != nil {
			return c.s.unavailable("looking for what is older", err)
		}
		if len(gone) == 0 {
			return nil
		}
		for _, r := range gone {
			c.removeAudit(r)
		}
		for _, chain := range moved {
			c.put(c.tx.Bucket(auditChainsBucket), chainKey(chain.Writer), encodeChain(chain))
		}
		purged = len(gone)
		return nil
	})
	if err != nil {
		return 0, err
	}
	return purged, nil
}
