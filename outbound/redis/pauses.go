package redis

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/netweave/netweave/ports/pauses"
)

// pauseStore keeps pauses in one hash.
type pauseStore struct{ *Store }

var _ pauses.Store = (*pauseStore)(nil)

// Put is as in pauses.Store.
func (k *pauseStore) Put(ctx context.Context, p pauses.Pause) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("storing a pause: %w", err)
	}
	_, err = k.confirmed(ctx, "pause-put", "storing the pause of "+p.Adapter, p.Adapter, value)
	return err
}

// Delete is as in pauses.Store.
func (k *pauseStore) Delete(ctx context.Context, adapter string) error {
	_, err := k.confirmed(ctx, "pause-delete", "deleting the pause of "+adapter, adapter)
	return err
}

// All is as in pauses.Store.
func (k *pauseStore) All(ctx context.Context) ([]pauses.Pause, error) {
	const doing = "reading the pauses"
	kept, err := k.client.HGetAll(ctx, k.key("pauses")).Result()
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	var all []pauses.Pause
	for adapter, value := range kept {
		var p pauses.Pause
		if err := json.Unmarshal([]byte(value), &p); err != nil || p.Adapter != adapter {
			return nil, fmt.Errorf("%s: that of %q cannot be read", doing, adapter)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b pauses.Pause) int { return cmp.Compare(a.Adapter, b.Adapter) })
	return all, nil
}
