package reading

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/jsontext"
	"github.com/netweave/netweave/inbound/http/request"
)

// The parameters that enhanced lists have besides: the number of a page, what to sort
// by, and words to search for.
const (
	paramPage   = "page"
	paramSort   = "sort"
	paramSearch = "q"
)

// enhancedParameters reads the query string of an enhanced list. A parameter that is
// no other is an attribute, or a path into one, and what it is to be equal to.
func enhancedParameters(r *http.Request, known []string, asked Asked, pageSize string) (query.Parameters, error) {
	p, err := query.ParseParameters(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	single := []string{pageSize, ParamMarker, paramPage, paramSearch}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		attribute, _, _ := strings.Cut(name, "/")
		_, plain := asked.Schema.Lookup(attribute)
		switch {
		case !plain && !slices.Contains(known, name) && !slices.Contains(asked.Also, name):
			return nil, &query.Error{Parameter: name, Reason: "unknown parameter; known are " +
				strings.Join(slices.Concat(known, asked.Also), ", ") + ", and the attributes: " + attributesOf(asked.Schema)}
		case len(p[name]) > 1 && slices.Contains(single, name):
			return nil, &query.Error{Parameter: name, Reason: "it is given more than once"}
		}
	}
	if p[paramPage] != nil && p[ParamMarker] != nil {
		return nil, &query.Error{Parameter: paramPage, Reason: "it cannot go together with " + ParamMarker + "; give one of them"}
	}
	return p, nil
}

func attributesOf(s *query.Schema) string {
	var names []string
	for _, a := range s.Attributes() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

// enhance adds to a request what an enhanced list's parameters ask for; known are
// those that are no attribute.
func (q *Request) enhance(p query.Parameters, asked Asked, known []string) error {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if slices.Contains(known, name) || slices.Contains(asked.Also, name) {
			continue
		}
		op := query.Equal
		if len(p[name]) > 1 {
			op = query.In
		}
		plain, err := query.NewFilter(asked.Schema, name, op, p[name]...)
		if err != nil {
			return namedAs(err, name)
		}
		q.Query.Filter = query.And(q.Query.Filter, plain)
	}
	for _, text := range p[paramSearch] {
		search, err := query.Search(asked.Schema, text)
		if err != nil {
			return err
		}
		if search != nil {
			q.Query.Filter = query.And(q.Query.Filter, search)
		}
	}
	order, err := query.ParseOrder(asked.Schema, p[paramSort])
	if err != nil {
		return err
	}
	if order != nil {
		q.Query.Order = order
	}
	return q.startAtPage(p[paramPage])
}

// namedAs tells a mistake in a filter as one in the parameter that it came from.
func namedAs(err error, parameter string) error {
	var wrong *query.Error
	if errors.As(err, &wrong) {
		return &query.Error{Parameter: parameter, Reason: wrong.Reason}
	}
	return err
}

// maxPage bounds page numbers, so that page times page size cannot overflow.
const maxPage = 1_000_000_000

func (q *Request) startAtPage(numbers []string) error {
	if len(numbers) == 0 {
		return nil
	}
	page, err := strconv.Atoi(numbers[0])
	if err != nil || page < 1 || page > maxPage || numbers[0][0] == '+' {
		return &query.Error{Parameter: paramPage, Reason: "want a number from 1 to " + strconv.Itoa(maxPage)}
	}
	q.Query.Offset = (page - 1) * q.Query.Limit
	return nil
}

// closing returns what ends a list of which next is the next page, "" for none.
func (a *Reading) closing(req *Request, total int, next string) string {
	if !a.format.Enhanced {
		return a.format.Close
	}
	b := append(make([]byte, 0, len(next)+96), a.format.Close...)
	b = strconv.AppendInt(append(b, `,"pagination":{"totalCount":`...), int64(total), 10)
	b = strconv.AppendInt(append(b, `,"pageSize":`...), int64(req.Query.Limit), 10)
	if next != "" {
		b = jsontext.Append(append(b, `,"nextPage":`...), next)
	}
	return string(append(b, '}', '}'))
}

// nextPage returns where the page behind an object is, and tells it in a header.
func (a *Reading) nextPage(w http.ResponseWriter, r *http.Request, req *Request, id string, object any) string {
	uri := request.NextPage(r, a.config.ExternalURL, ParamMarker, req.Marker(id, object), paramPage)
	w.Header()["Link"] = []string{request.LinkTo(uri)}
	return uri
}
