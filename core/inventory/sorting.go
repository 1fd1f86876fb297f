package inventory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/inventory"
)

// placed is an object and what it is sorted by.
type placed struct {
	key   string
	entry *entry
}

func (p placed) compare(other placed) int {
	return cmp.Or(strings.Compare(p.key, other.key), strings.Compare(string(p.entry.id), string(other.entry.id)))
}

// sortPage looks at all that the list has, and keeps no more than the page needs.
func sortPage(ctx context.Context, sc scope.Scope, q inventory.Query, states []*kindState) (page inventory.Page, err error) {
	from := q
	from.After = "" // which is a place in the order of ids
	keep := q.Offset + q.Limit + 1
	var (
		best []placed
		key  []byte
		last *placed // of the best, once there are as many as are kept
	)
	whole := planOf(sc, from, states)
	if q.Offset >= whole.most {
		return inventory.Page{}, nil // behind the end, however many match
	}
	err = whole.each(ctx, func(e *entry) bool {
		key = q.Order.AppendKey(key[:0], e.object)
		if q.After != "" {
			if c := cmp.Or(strings.Compare(string(key), q.Key), strings.Compare(string(e.id), string(q.After))); c <= 0 {
				return true
			}
		}
		if last != nil && string(key) > last.key {
			return true
		}
		best = append(best, placed{key: string(key), entry: e})
		if len(best) >= 2*keep {
			slices.SortFunc(best, placed.compare)
			best = best[:keep]
			worst := best[keep-1]
			last = &worst
		}
		return true
	})
	if err != nil {
		return inventory.Page{}, err
	}
	slices.SortFunc(best, placed.compare)
	best = best[min(q.Offset, len(best)):]
	page.More = len(best) > q.Limit
	page.Items = make([]inventory.Item, 0, min(len(best), q.Limit))
	for _, p := range best[:min(len(best), q.Limit)] {
		page.Items = append(page.Items, p.entry)
	}
	return page, nil
}
