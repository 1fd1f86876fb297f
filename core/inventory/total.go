package inventory

import (
	"context"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// total counts all that a list has, of which page is one. What the views know by
// heart costs nothing; the rest is walked once and remembered like a page, for all
// pages of the list.
func (s *Service) total(ctx context.Context, sc scope.Scope, q inventory.Query, asked question, states []*kindState, page inventory.Page) (int, error) {
	if q.After == "" && !page.More && (len(page.Items) > 0 || q.Offset == 0) {
		return q.Offset + len(page.Items), nil
	}
	q.After, q.Key = "", ""
	p := planOf(sc, q, states)
	if exact(q) {
		return p.most, nil
	}
	if known, ok := s.memo.recall(asked, states); ok {
		return known.Total, nil
	}
	n := 0
	if err := p.each(ctx, func(*entry) bool { n++; return true }); err != nil {
		return 0, err
	}
	s.memo.keep(asked, states, inventory.Page{Total: n})
	return n, nil
}

// exact reports whether a plan's lists hold nothing but what the caller sees and the
// filter matches: there is no filter, or all of it is the index that is walked.
func exact(q inventory.Query) bool {
	if q.Filter == nil {
		return true
	}
	conditions := q.Filter.Conditions()
	if q.Kind != o2.KindResource || len(conditions) != 1 || q.Filter.Searches() {
		return false
	}
	c := &conditions[0]
	return (c.Attribute.Index == query.ByPool || c.Attribute.Index == query.ByType) && (c.Operator == query.Equal || c.Operator == query.In)
}
