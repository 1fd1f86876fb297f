package adminv1

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/auditlog"
	"github.com/netweave/netweave/ports/authz"
)

const (
	paramUser     = "userId"
	paramAction   = "action"
	paramResource = "resource"
	paramResult   = "result"
	paramFrom     = "from"
	paramUntil    = "until"
)

var searched = []string{
	paramTenant, paramUser, paramAction, paramResource, paramResult, paramFrom, paramUntil, paramAfter, paramLimit,
}

// What callers may name: entries have what was asked for, and places are opaque.
const (
	maxName  = 256
	maxKind  = 64
	maxPlace = 512
	// Between these every time can be counted in nanoseconds.
	firstYear, lastYear = 1970, 2200
)

// ListAuditEntries answers with one page of the audit log, the latest first.
func (a *API) ListAuditEntries(w http.ResponseWriter, r *http.Request) {
	a.serve(w, r, partAudit, searched, func(ctx context.Context, c *call) error {
		q, err := a.auditQuery(c)
		if err != nil {
			return err
		}
		list, next, err := a.services.Audit.Entries(ctx, c.scope, q)
		if err != nil {
			return err
		}
		if next != "" {
			a.linkNext(c, next)
		}
		c.answer(http.StatusOK, AuditList{Items: showAll(list, shownEntry)})
		return nil
	})
}

func (a *API) auditQuery(c *call) (auditlog.Query, error) {
	after, limit, err := a.page(c, atMost(maxPlace))
	if err != nil {
		return auditlog.Query{}, err
	}
	q := auditlog.Query{After: after, Limit: limit}
	for _, one := range []struct {
		parameter string
		check     func(string) error
		into      *string
	}{
		{paramTenant, o2.CheckTenantID, &q.Tenant},
		{paramUser, atMost(maxName), &q.User},
		{paramAction, oneOf(authz.Actions()...), &q.Action},
		{paramResource, atMost(maxKind), &q.Resource},
		{paramResult, oneOf(auditlog.Success, auditlog.Denied, auditlog.Failed), (*string)(&q.Result)},
	} {
		if sent := c.query[one.parameter]; len(sent) > 0 {
			if err := one.check(sent[0]); err != nil {
				return q, &query.Error{Parameter: one.parameter, Reason: err.Error()}
			}
			*one.into = sent[0]
		}
	}
	if q.From, err = timeOf(c.query, paramFrom); err != nil {
		return q, err
	}
	if q.Until, err = timeOf(c.query, paramUntil); err != nil {
		return q, err
	}
	if !q.Until.IsZero() && !q.From.Before(q.Until) {
		return q, &query.Error{Parameter: paramUntil, Reason: "want a time after " + paramFrom}
	}
	return q, nil
}

// atMost accepts what is not empty and not longer than that.
func atMost(length int) func(string) error {
	return func(sent string) error {
		if sent == "" || len(sent) > length {
			return fmt.Errorf("want 1 to %d bytes", length)
		}
		return nil
	}
}

func oneOf[T ~string](values ...T) func(string) error {
	return func(sent string) error {
		if slices.Contains(values, T(sent)) {
			return nil
		}
		return fmt.Errorf("want one of %s", strings.Join(showAll(values, func(v T) string { return string(v) }), ", "))
	}
}

func timeOf(p query.Parameters, name string) (time.Time, error) {
	sent := p[name]
	if len(sent) == 0 {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, sent[0])
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, &query.Error{Parameter: name, Reason: `want a time such as 2026-01-31T12:00:00Z, with any "+" as %2B`}
	}
	return t, nil
}
