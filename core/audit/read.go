package audit

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

const (
	// page is how many records are asked of the store at once.
	page = 500
	// mostScanned bounds how many records one call looks at: a page may be short
	// of its limit, and even empty, and yet have a next one.
	mostScanned = 20_000
	// defaultLimit is the page where the query has none.
	defaultLimit = 100
)

// Entries returns one page of what the caller may see: its own tenant's entries,
// or everybody's if its permission extends to all. Another tenant's log is as
// empty as one that does not exist.
func (l *Log) Entries(ctx context.Context, sc scope.Scope, q auditlog.Query) (list []auditlog.Entry, next string, err error) {
	sc, err = l.config.Authorizer.Authorize(ctx, sc, authz.Request{Resource: authz.AuditLog, Action: authz.ActionList})
	if err != nil {
		return nil, "", err
	}
	if q.Limit < 1 {
		q.Limit = defaultLimit
	}
	binding := bindingOf(sc, q)
	var after place
	if q.After != "" {
		if after, err = decodePlace(binding, q.After); err != nil {
			return nil, "", err
		}
	}
	ask := audit.Query{Tenant: q.Tenant, From: q.From, Until: q.Until, Before: after.cursor(), Limit: page}
	all := sc.Reach().Has(scope.ReachAll)
	if !all {
		if !sc.Sees(sc.Tenant()) || q.Tenant != "" && q.Tenant != sc.Tenant() {
			return nil, "", nil
		}
		ask.Tenant = sc.Tenant()
	}
	last := after
	for scanned := 0; ; {
		records, err := l.config.Store.Query(ctx, ask)
		if err != nil {
			return nil, "", fmt.Errorf("reading the audit log: %w", err)
		}
		for i := range records {
			if after.skips(&records[i]) {
				continue
			}
			scanned++
			e := decode(&records[i])
			if !matches(&e, &q) {
				continue
			}
			if len(list) == q.Limit {
				return list, last.encode(binding), nil
			}
			if e.ID = records[i].Hash; all {
				e.ID = fmt.Sprintf("%s/%d", records[i].Writer, records[i].Number)
			}
			list = append(list, e)
			last = placeOf(&records[i])
		}
		if len(records) < ask.Limit {
			return list, "", nil
		}
		final := &records[len(records)-1]
		ask.Before = cursorOf(final)
		if scanned >= mostScanned {
			return list, placeOf(final).encode(binding), nil
		}
	}
}

// matches looks at what the store does not select by.
func matches(e *auditlog.Entry, q *auditlog.Query) bool {
	return (q.User == "" || q.User == e.User) && (q.Action == "" || q.Action == e.Action) &&
		(q.Resource == "" || q.Resource == e.Resource) && (q.Result == "" || q.Result == e.Result)
}

func cursorOf(r *audit.Record) audit.Cursor {
	return audit.Cursor{At: r.At, Writer: r.Writer, Number: r.Number}
}
