package embedded

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/netweave/netweave/ports/pauses"
)

// pausesBucket has adapters' pauses: adapter: pause. It is made with the first.
var pausesBucket = []byte("pauses")

// pauseStore keeps pauses in the file.
type pauseStore struct{ s *Store }

var _ pauses.Store = (*pauseStore)(nil)

// Put is as in pauses.Store.
func (k *pauseStore) Put(ctx context.Context, p pauses.Pause) error {
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("storing a pause: %w", err)
	}
	if err := fits([]byte(p.Adapter)); err != nil {
		return err
	}
	return k.s.write(ctx, "storing a pause", func(c *change) error {
		b, err := c.tx.CreateBucketIfNotExists(pausesBucket)
		if err != nil {
			c.note(err)
			return nil // the change ends with it
		}
		c.put(b, []byte(p.Adapter), value)
		return nil
	})
}

// Delete is as in pauses.Store.
func (k *pauseStore) Delete(ctx context.Context, adapter string) error {
	return k.s.write(ctx, "deleting a pause", func(c *change) error {
		if b := c.tx.Bucket(pausesBucket); b != nil {
			c.remove(b, []byte(adapter))
		}
		return nil
	})
}

// All is as in pauses.Store.
func (k *pauseStore) All(context.Context) (all []pauses.Pause, err error) {
	err = k.s.view("reading the pauses", func(tx transaction) error {
		b := tx.Bucket(pausesBucket)
		if b == nil {
			return nil
		}
		return b.ForEach(func(key, value []byte) error {
			var p pauses.Pause
			if err := json.Unmarshal(value, &p); err != nil || p.Adapter != string(key) {
				return fmt.Errorf("%w: the pause of %q", errRecord, key)
			}
			all = append(all, p)
			return nil
		})
	})
	return all, err
}
