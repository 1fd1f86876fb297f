package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

// maxItems is more than any DTIAS has.
const maxItems = 1_000_000

// Servers lists every server that is allocated, and tells in how many pages.
func (c *Client) Servers(ctx context.Context) (servers []Server, pages int, err error) {
	return whole(ctx, "listing the servers", func(s *Server) string { return s.ID }, func(ctx context.Context, x exchange, n int) (page[Server], error) {
		var a serversAnswer
		x.path, x.query, x.into = pathServers, c.pageQuery(n), &a
		if err := c.read(ctx, x); err != nil {
			return page[Server]{}, err
		}
		if a.Error != nil {
			return page[Server]{}, inBody(x, a.Error)
		}
		if err := fullyDescribed(x, a); err != nil {
			return page[Server]{}, err
		}
		return page[Server]{items: a.Full, total: a.Count, totalName: "ServerCount"}, nil
	})
}

// fullyDescribed complains about a server that is there in short alone: of it too
// little is known to show it, and to leave it out would delete it.
func fullyDescribed(x exchange, a serversAnswer) error {
	full := make(map[string]bool, len(a.Full))
	for i := range a.Full {
		full[a.Full[i].ID] = true
	}
	for _, brief := range a.Brief {
		if !full[brief.ID] {
			return sdk.Errorf(sdk.Unavailable, "%s: the server %q is in Brief and not in Full", x.doing, printable(brief.ID, 60))
		}
	}
	return nil
}

// ServerTypes lists every server type.
func (c *Client) ServerTypes(ctx context.Context) (types []ServerType, pages int, err error) {
	return whole(ctx, "listing the server types", func(t *ServerType) string { return t.ID }, func(ctx context.Context, x exchange, n int) (page[ServerType], error) {
		var a typesAnswer
		x.path, x.query, x.into = pathTypes, c.pageQuery(n), &a
		if err := c.read(ctx, x); err != nil {
			return page[ServerType]{}, err
		}
		if a.Error != nil {
			return page[ServerType]{}, inBody(x, a.Error)
		}
		return page[ServerType]{items: a.Types, total: a.Pagination.Total, totalName: "Pagination.totalCount"}, nil
	})
}

// Pools lists the pools of a site, of all if siteID is "".
func (c *Client) Pools(ctx context.Context, siteID string) ([]Pool, error) {
	var a poolsAnswer
	x := exchange{doing: "listing the resource pools", method: http.MethodGet, path: pathPools, into: &a}
	if siteID != "" {
		x.doing += " of the site " + strconv.Quote(siteID)
		x.query = url.Values{querySite: {siteID}}
	}
	if err := c.read(ctx, x); err != nil {
		return nil, err
	}
	switch {
	case a.Error != nil:
		return nil, inBody(x, a.Error)
	case a.Pools == nil:
		return nil, empty(x, "Rps")
	}
	seen := map[string]bool{}
	for _, p := range *a.Pools {
		switch {
		case p.ID == "":
			return nil, sdk.Errorf(sdk.Unavailable, "%s: one of them (%q) has no id", x.doing, printable(p.Name, 60))
		case seen[p.ID]:
			return nil, sdk.Errorf(sdk.Unavailable, "%s: %q came twice", x.doing, printable(p.ID, 60))
		}
		seen[p.ID] = true
	}
	return *a.Pools, nil
}

func (c *Client) pageQuery(n int) url.Values {
	return url.Values{queryPageSize: {strconv.Itoa(c.pageSize)}, queryPageNumber: {strconv.Itoa(n)}}
}

// page is one page of a list.
type page[T any] struct {
	items     []T
	total     json.Number // of all pages together
	totalName string
}

// whole reads page after page until as many items have come as were counted. A
// server may give smaller pages than it was asked for.
func whole[T any](ctx context.Context, doing string, id func(*T) string, fetch func(context.Context, exchange, int) (page[T], error)) ([]T, int, error) {
	x := exchange{doing: doing, method: http.MethodGet}
	var all []T
	seen := map[string]bool{}
	counted := int64(-1)
	for n := firstPage; ; n++ {
		p, err := fetch(ctx, x, n)
		if err != nil {
			return nil, 0, err
		}
		total, err := p.total.Int64()
		if err != nil || total < 0 || total > maxItems {
			return nil, 0, sdk.Errorf(sdk.Unavailable, "%s: %s is %q on page %d: it must be a number from 0 to %d", doing, p.totalName, printable(string(p.total), 30), n, maxItems)
		}
		if counted >= 0 && total != counted {
			return nil, 0, moved(doing, "%d were counted on page %d and %d before", total, n, counted)
		}
		counted = total
		for i := range p.items {
			switch key := id(&p.items[i]); {
			case key == "":
				return nil, 0, sdk.Errorf(sdk.Unavailable, "%s: page %d has one without an id", doing, n)
			case seen[key]:
				return nil, 0, moved(doing, "%q came twice, again on page %d", printable(key, 60), n)
			default:
				seen[key] = true
			}
		}
		all = append(all, p.items...)
		switch have := int64(len(all)); {
		case have == counted:
			return all, n - firstPage + 1, nil
		case have > counted:
			return nil, 0, moved(doing, "%d came and %d were counted", have, counted)
		case len(p.items) == 0:
			return nil, 0, moved(doing, "page %d is empty, and only %d of %d have come", n, have, counted)
		}
	}
}

func moved(doing, format string, args ...any) error {
	e := sdk.Errorf(sdk.Unavailable, doing+": "+format, args...)
	e.Err = polled.ErrMoved
	return e
}
