package reading

import (
	"cmp"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/netweave/netweave/core/query"
)

// Collection is a data type whose objects are all at hand, such as subscriptions.
type Collection[T any] struct {
	// Schema has the attributes that filters and selectors know, of a T.
	Schema *query.Schema
	// Key is what the list is ordered by.
	Key func(T) string
	// Append encodes an object with all its attributes.
	Append func(dst []byte, object T) []byte
}

// AnswerCollection answers with one page of all, which is ordered by key, to a
// request that was parsed with the collection's schema.
func AnswerCollection[T any](a *Reading, w http.ResponseWriter, r *http.Request, c Collection[T], req Request, all []T) {
	page, more, total := pageOf(c, all, &req)
	b := append(make([]byte, 0, 512*(len(page)+1)), a.format.Open...)
	for i, object := range page {
		if i > 0 {
			b = append(b, ',')
		}
		b = c.appendSelected(b, object, req.Selector, req.ByDefault)
	}
	next := ""
	if more {
		last := page[len(page)-1]
		next = a.nextPage(w, r, &req, c.Key(last), last)
	}
	a.Send(w, r, append(b, a.closing(&req, total, next)...))
}

// AnswerOne answers with one object, as ParseObject said.
func AnswerOne[T any](a *Reading, w http.ResponseWriter, r *http.Request, c Collection[T], object T, selector *query.Selector, byDefault bool) {
	a.Send(w, r, c.appendSelected(nil, object, selector, byDefault))
}

// pageOf returns the page that req asks for, whether others follow, and how many
// there are in all.
func pageOf[T any](c Collection[T], all []T, req *Request) (page []T, more bool, total int) {
	q := &req.Query
	matching := make([]standing[T], 0, len(all))
	for _, object := range all {
		if q.Filter.Match(object) {
			matching = append(matching, standing[T]{object: object, id: c.Key(object), key: string(q.Order.AppendKey(nil, object))})
		}
	}
	if q.Order != nil {
		slices.SortFunc(matching, func(a, b standing[T]) int { return a.compare(b.key, b.id) })
	}
	start := 0
	if q.After != "" {
		start = sort.Search(len(matching), func(i int) bool { return matching[i].compare(q.Key, string(q.After)) > 0 })
	}
	start = min(start+q.Offset, len(matching))
	end := min(start+q.Limit, len(matching))
	for _, s := range matching[start:end] {
		page = append(page, s.object)
	}
	return page, end < len(matching), len(matching)
}

// standing is an object and where it stands.
type standing[T any] struct {
	object  T
	id, key string
}

func (s *standing[T]) compare(key, id string) int {
	return cmp.Or(strings.Compare(s.key, key), strings.Compare(s.id, id))
}

func (c *Collection[T]) appendSelected(dst []byte, object T, selector *query.Selector, byDefault bool) []byte {
	if byDefault {
		selector = c.Schema.DefaultSelector()
	}
	if selector.Whole() {
		return c.Append(dst, object)
	}
	return selector.Apply(dst, c.Append(nil, object))
}
