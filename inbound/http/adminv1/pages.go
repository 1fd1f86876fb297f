package adminv1

import (
	"net/url"
	"slices"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/request"
)

const (
	paramAfter = "after"
	paramLimit = "limit"
)

// paged are the parameters of every list that comes in pages.
var paged = []string{paramAfter, paramLimit}

// single are the parameters that a request may have once: all but paramPosition.
var single = slices.Concat(searched, explained)

// page returns behind what a list starts, "" for its beginning, and how many items
// it may have. check judges what the caller names.
func (a *API) page(c *call, check func(string) error) (after string, limit int, err error) {
	if limit, err = request.Limit(c.query, paramLimit, a.config.DefaultPageSize, a.config.MaxPageSize); err != nil {
		return "", 0, err
	}
	if sent := c.query[paramAfter]; len(sent) > 0 {
		if err := check(sent[0]); err != nil {
			return "", 0, &query.Error{Parameter: paramAfter, Reason: err.Error()}
		}
		after = sent[0]
	}
	return after, limit, nil
}

// linkNext tells where the next page is, which starts behind last.
func (a *API) linkNext(c *call, last string) {
	c.w.Header()["Link"] = []string{request.NextLink(c.r, a.config.ExternalURL, paramAfter, url.QueryEscape(last))}
}

// showAll returns what show makes of each item of a list.
func showAll[From, To any](list []From, show func(From) To) []To {
	shown := make([]To, len(list))
	for i, item := range list {
		shown[i] = show(item)
	}
	return shown
}
