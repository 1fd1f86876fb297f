package api

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/polled"
)

// page asks for the page after token, nil for the first. A list that the answer
// lacks is nil, one with nothing in it is not.
type page[T any] func(ctx context.Context, token *string) (items []T, next *string, err error)

// pages reads a list to its end and tells in how many pages it came.
func pages[T any](ctx context.Context, c *Client, a act, id func(*T) *string, ask page[T]) ([]T, int, error) {
	a.lists = true
	all := []T{}
	seen, asked := map[string]bool{}, map[string]bool{}
	var token *string
	for n := 1; ; n++ {
		items, next, err := ask(ctx, token)
		if err != nil {
			return nil, n, c.failed(ctx, a, err)
		}
		if items == nil {
			return nil, n, sdk.Errorf(sdk.Unavailable, "%s: %w", a.doing, errEmpty)
		}
		for i := range items {
			key := aws.ToString(id(&items[i]))
			switch {
			case key == "":
				return nil, n, sdk.Errorf(sdk.Unavailable, "%s: AWS's answer has an item without an id, so none of it is believed", a.doing)
			case seen[key]:
				return nil, n, sdk.Errorf(sdk.Unavailable, "%s: %q came twice: %w", a.doing, key, polled.ErrMoved)
			}
			seen[key] = true
		}
		all = append(all, items...)
		if token = next; aws.ToString(token) == "" {
			return all, n, nil
		}
		if asked[*token] {
			return nil, n, sdk.Errorf(sdk.Unavailable, "%s: AWS gave the same pagination token twice, so the list is not believed", a.doing)
		}
		asked[*token] = true
	}
}
