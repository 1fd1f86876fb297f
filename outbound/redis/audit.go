package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
	"github.com/redis/go-redis/v9"
)

// auditLog keeps each writer's records in a hash by their numbers, what is known
// of its chain in another, and the order of all records and of each tenant's in
// sorted sets, whose members are the records' places.
type auditLog struct{ *Store }

var _ audit.Store = (*auditLog)(nil)

// auditPage is how many records one script reads or removes at most.
const auditPage = 200

// Append is as in audit.Store. It waits for replicas; the same again then
// completes it.
func (a *auditLog) Append(ctx context.Context, records []audit.Record) error {
	const doing = "adding to the audit log"
	if len(records) == 0 {
		return nil
	}
	first, last := records[0], records[len(records)-1]
	mark := random()
	args := []any{
		mark, a.pending(), first.Writer, first.Number - 1, first.Previous, last.Number, last.Hash, last.At.UnixMilli(),
	}
	for i, r := range records {
		switch {
		case r.Writer != first.Writer:
			return fmt.Errorf("%s: a record of %q does not follow one of %q: %w", doing, r.Writer, first.Writer, store.ErrStale)
		case i > 0 && (r.Number != records[i-1].Number+1 || r.Previous != records[i-1].Hash):
			return fmt.Errorf("%s: record %d does not follow record %d: %w", doing, r.Number, records[i-1].Number, store.ErrStale)
		}
		packed, err := packRecord(r)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		args = append(args, r.Number, place(r.At, r.Writer, r.Number), r.Tenant, packed)
	}
	_, err := a.confirmed(ctx, "audit-append", doing, args...)
	if err != nil {
		return err // unconfirmed, the same may be completed at once
	}
	return a.settled(ctx, nil, "audit-confirm", "records of "+first.Writer, first.Writer, mark)
}

// Chains is as in audit.Store.
func (a *auditLog) Chains(ctx context.Context) ([]audit.Chain, error) {
	const doing = "reading the chains of the audit log"
	writers, err := a.client.SMembers(ctx, a.key("audit:writers")).Result()
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	slices.Sort(writers)
	var chains []audit.Chain
	for some := range slices.Chunk(writers, 1000) {
		read := make([]*redis.SliceCmd, len(some))
		_, err := a.client.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i, writer := range some {
				read[i] = p.HMGet(ctx, a.key("audit:chain:"+writer), "anchor", "anchorHash", "head", "headHash", "lastAt")
			}
			return nil
		})
		if err != nil {
			return nil, failed(ctx, doing, err)
		}
		for i, writer := range some {
			c, err := parseChain(writer, read[i].Val())
			if err != nil {
				return nil, failed(ctx, doing, err)
			}
			chains = append(chains, c)
		}
	}
	return chains, nil
}

func parseChain(writer string, fields []any) (c audit.Chain, err error) {
	c.Writer = writer
	var errs [3]error
	if text(fields[0]) != "" { // nothing was purged yet
		c.Anchor.Number, errs[0] = strconv.ParseUint(text(fields[0]), 10, 64)
	}
	c.Head.Number, errs[1] = strconv.ParseUint(text(fields[2]), 10, 64)
	ms, err := strconv.ParseInt(text(fields[4]), 10, 64)
	errs[2] = err
	if err := errors.Join(errs[:]...); err != nil {
		return c, fmt.Errorf("what is stored of the chain of %q cannot be read: %w", writer, err)
	}
	c.Anchor.Hash, c.Head.Hash, c.LastAt = text(fields[1]), text(fields[3]), time.UnixMilli(ms).UTC()
	return c, nil
}

// Walk is as in audit.Store.
func (a *auditLog) Walk(ctx context.Context, writer string, after uint64, fn func(audit.Record) error) error {
	doing := "reading the audit log of " + writer
	for more := true; more; {
		got, err := a.run(ctx, "audit-walk", doing, writer, after, auditPage)
		if err != nil {
			return err
		}
		answer := list(got)
		if len(answer) != 3 {
			return odd(doing, got)
		}
		found := list(answer[2])
		for i := 0; i+1 < len(found); i += 2 {
			n, err := strconv.ParseUint(text(found[i]), 10, 64)
			if err != nil {
				return odd(doing, got)
			}
			r, err := unpackRecord(writer, n, text(found[i+1]))
			if err != nil {
				return failed(ctx, doing, err)
			}
			if err := fn(r); err != nil {
				return err
			}
		}
		if after, err = strconv.ParseUint(text(answer[0]), 10, 64); err != nil {
			return odd(doing, got)
		}
		more = number(answer[1]) == 1
	}
	return nil
}

// Purge is as in audit.Store. It goes through the oldest records, and removes
// them where nothing of their writer's is before them. Those that stay keep no
// other writer's.
func (a *auditLog) Purge(ctx context.Context, before time.Time, limit int) (int, error) {
	const doing = "removing old records of the audit log"
	removed, from := 0, "-"
	for removed < limit {
		most := min(limit-removed, auditPage)
		oldest, err := a.client.ZRangeArgs(ctx, redis.ZRangeArgs{
			Key: a.key("audit:all"), Start: from, Stop: "(" + stamp(roundUp(before)), ByLex: true, Count: int64(most),
		}).Result()
		if err != nil {
			return removed, failed(ctx, doing, err)
		}
		here, err := a.purge(ctx, doing, oldest, before, limit-removed)
		removed += here
		if err != nil || len(oldest) < most {
			return removed, err
		}
		from = "(" + oldest[len(oldest)-1]
	}
	return removed, nil
}

// purge removes records at those places, and at most limit, writer by writer.
func (a *auditLog) purge(ctx context.Context, doing string, places []string, before time.Time, limit int) (removed int, err error) {
	last := map[string]uint64{}
	for _, p := range places {
		writer, n, err := parsePlace(p)
		if err != nil {
			return 0, failed(ctx, doing, err)
		}
		last[writer] = max(last[writer], n)
	}
	for writer, n := range last {
		got, err := a.run(ctx, "audit-purge", doing, writer, n, roundUp(before).UnixMilli(), min(limit-removed, auditPage))
		if err != nil {
			return removed, err
		}
		removed += number(got)
	}
	return removed, nil
}
