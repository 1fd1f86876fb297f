package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"

	"github.com/netweave/netweave/sdk"
)

// readings is how often a list whose pages do not fit is read before it is given up.
const readings = 4

// maxItems is more than any region has of anything.
const maxItems = 5_000_000

// listing is a list and how its items are told apart.
type listing[T any] struct {
	exchange
	key   string // of the list in the answer
	paged bool
	id    func(*T) string
	// sound says what is wrong with an item; nil if nothing can be.
	sound func(*T) error
}

// list reads a list, again from its start if its pages do not fit.
func list[T any](ctx context.Context, c *Client, l listing[T]) ([]T, error) {
	var last error
	for range readings {
		items, err := once(ctx, c, l)
		if err == nil || !errors.Is(err, ErrMoved) {
			return items, err
		}
		last = err
	}
	return nil, last
}

// once reads page after page until one says that it is the last.
func once[T any](ctx context.Context, c *Client, l listing[T]) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	query := url.Values{}
	for key, values := range l.query {
		query[key] = values
	}
	if l.paged {
		query.Set("limit", strconv.Itoa(c.cfg.PageSize))
	}
	for page := 1; ; page++ {
		var body map[string]json.RawMessage
		x := l.exchange
		x.query, x.into = query, &body
		if err := c.read(ctx, x); err != nil {
			return nil, err
		}
		items, more, err := l.page(body)
		if err != nil {
			return nil, err
		}
		for i := range items {
			id := l.id(&items[i])
			switch {
			case id == "":
				return nil, sdk.Errorf(sdk.Unavailable, "%s: page %d has one without an id", l.doing, page)
			case seen[id]:
				return nil, l.moved("%q came twice, again on page %d", printable(id, 60), page)
			}
			seen[id] = true
			if l.sound != nil {
				if err := l.sound(&items[i]); err != nil {
					return nil, err
				}
			}
		}
		all = append(all, items...)
		last := ""
		if len(items) > 0 {
			last = l.id(&items[len(items)-1])
		}
		switch full := len(items) >= c.cfg.PageSize; {
		case more == "" && (!l.paged || !full):
			return all, nil
		case more != "" && more != last:
			// A marker that is not the page's last item leads past some, or back.
			return nil, l.moved("page %d ends with %q and the next is said to begin after %q", page, printable(last, 60), printable(more, 60))
		case len(all) > maxItems:
			return nil, sdk.Errorf(sdk.Unavailable, "%s: there is no end to it", l.doing)
		}
		query.Set("marker", last)
	}
}

// page takes an answer apart. more is the marker of the next page, "" if this is
// the last.
func (l *listing[T]) page(body map[string]json.RawMessage) (items []T, more string, err error) {
	raw, ok := body[l.key]
	if !ok || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil, "", sdk.Errorf(sdk.Unavailable, "%s: OpenStack's answer has no %s", l.doing, l.key)
	}
	if err := unmarshal(raw, &items); err != nil {
		return nil, "", sdk.Errorf(sdk.Unavailable, "%s: OpenStack's answer has %s of another shape: %w", l.doing, l.key, err)
	}
	var links []struct{ Rel, Href string }
	if raw, ok := body[l.key+"_links"]; ok {
		if err := unmarshal(raw, &links); err != nil {
			return nil, "", sdk.Errorf(sdk.Unavailable, "%s: OpenStack's answer has %s_links of another shape: %w", l.doing, l.key, err)
		}
	}
	for _, link := range links {
		if link.Rel != "next" {
			continue
		}
		// Only the marker is taken from the link: the token goes to no other place.
		u, err := url.Parse(link.Href)
		if err != nil || u.Query().Get("marker") == "" {
			return nil, "", sdk.Errorf(sdk.Unavailable, "%s: the link to the next page has no marker", l.doing)
		}
		more = u.Query().Get("marker")
	}
	return items, more, nil
}

func (l *listing[T]) moved(format string, args ...any) error {
	e := sdk.Errorf(sdk.Unavailable, l.doing+": "+format, args...)
	e.Err = ErrMoved
	return e
}

// unmarshal keeps numbers that go into an any as they are.
func unmarshal(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(into)
}
