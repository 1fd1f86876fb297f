package reading

import (
	"net/http"
	"sort"

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
	page, more := pageOf(c, all, &req)
	b := append(make([]byte, 0, 512*(len(page)+1)), a.format.Open...)
	for i, object := range page {
		if i > 0 {
			b = append(b, ',')
		}
		b = c.appendSelected(b, object, req.Selector, req.ByDefault)
	}
	b = append(b, a.format.Close...)
	if more {
		a.link(w, r, &req, c.Key(page[len(page)-1]))
	}
	a.Send(w, r, b)
}

// AnswerOne answers with one object, as ParseObject said.
func AnswerOne[T any](a *Reading, w http.ResponseWriter, r *http.Request, c Collection[T], object T, selector *query.Selector, byDefault bool) {
	a.Send(w, r, c.appendSelected(nil, object, selector, byDefault))
}

// pageOf returns the page that req asks for, and whether others follow.
func pageOf[T any](c Collection[T], all []T, req *Request) (page []T, more bool) {
	q := &req.Query
	start := 0
	if q.After != "" {
		start = sort.Search(len(all), func(i int) bool { return c.Key(all[i]) > string(q.After) })
	}
	skip := q.Offset
	for _, object := range all[start:] {
		switch {
		case !q.Filter.Match(object):
		case skip > 0:
			skip--
		case len(page) == q.Limit:
			return page, true
		default:
			page = append(page, object)
		}
	}
	return page, false
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
