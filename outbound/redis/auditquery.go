package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/netweave/netweave/ports/audit"
)

// Query is as in audit.Store.
func (a *auditLog) Query(ctx context.Context, q audit.Query) ([]audit.Record, error) {
	const doing = "reading the audit log"
	later, earlier := bounds(q)
	var all []audit.Record
	for left := q.Limit; left > 0; {
		most := min(left, auditPage)
		got, err := a.run(ctx, "audit-query", doing, q.Tenant, later, earlier, most)
		if err != nil {
			return nil, err
		}
		answer := list(got)
		if len(answer) != 2 || len(list(answer[0])) != len(list(answer[1])) {
			return nil, odd(doing, got)
		}
		places, found := list(answer[0]), list(answer[1])
		for i, packed := range found {
			if packed == nil {
				continue // somebody took it out: a walk finds that
			}
			writer, n, err := parsePlace(text(places[i]))
			if err != nil {
				return nil, failed(ctx, doing, err)
			}
			r, err := unpackRecord(writer, n, text(packed))
			if err != nil {
				return nil, failed(ctx, doing, err)
			}
			all, left = append(all, r), left-1
		}
		if len(places) < most {
			break
		}
		later = "(" + text(places[len(places)-1])
	}
	return all, nil
}

// bounds are the places between which the records are that q selects, as Redis
// takes bounds: the later one first.
func bounds(q audit.Query) (later, earlier string) {
	later, earlier = "+", "-"
	if !q.From.IsZero() {
		earlier = "[" + stamp(roundUp(q.From))
	}
	if !q.Until.IsZero() {
		later = "(" + stamp(roundUp(q.Until))
	}
	if q.Before != (audit.Cursor{}) {
		before := "(" + place(q.Before.At, q.Before.Writer, q.Before.Number)
		if later == "+" || before < later {
			later = before
		}
	}
	return later, earlier
}

// stamp is a time as places begin: milliseconds in 16 digits, counted from so
// long ago that none is negative.
func stamp(t time.Time) string { return fmt.Sprintf("%016d", t.UnixMilli()+1e15) }

// roundUp returns the first full millisecond that is not before t: records are of
// full ones.
func roundUp(t time.Time) time.Time {
	if full := t.Truncate(time.Millisecond); !full.Equal(t) {
		return full.Add(time.Millisecond)
	}
	return t
}

// place orders records as Query does: by time, writer, and number.
func place(at time.Time, writer string, n uint64) string {
	return stamp(at) + "\x00" + writer + "\x00" + fmt.Sprintf("%016d", n)
}

// parsePlace reads writer and number of a place.
func parsePlace(p string) (writer string, n uint64, err error) {
	const digits = 16
	if len(p) < 2*(digits+1) {
		return "", 0, fmt.Errorf("%q is no place in the audit log: it is too short", p)
	}
	n, err = strconv.ParseUint(p[len(p)-digits:], 10, 64)
	if err != nil {
		return "", 0, fmt.Errorf("%q is no place in the audit log: it ends with no number", p)
	}
	return p[digits+1 : len(p)-digits-1], n, nil
}
