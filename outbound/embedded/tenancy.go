package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
	"go.etcd.io/bbolt"
)

// tenancy keeps tenants, users, roles and bindings in the file.
type tenancy struct{ s *Store }

var _ tenancystore.Store = (*tenancy)(nil)

func tenancyKey(k tenancystore.Key) []byte {
	return append(appendText(appendText(nil, string(k.Kind)), k.Tenant), k.Name...)
}

func decodeTenancy(key, value []byte) (tenancystore.Record, error) {
	k := reader{rest: key}
	r := tenancystore.Record{Key: tenancystore.Key{Kind: tenancystore.Kind(k.text()), Tenant: k.text()}}
	r.Name = string(k.rest)
	v := reader{rest: value}
	r.Version = v.number()
	r.Data = bytes.Clone(v.rest)
	if k.broken || v.broken || r.Version == 0 {
		return tenancystore.Record{}, fmt.Errorf("%w: one of tenancy", errRecord)
	}
	return r, nil
}

// fits tells whether the file can have a key as long as that.
func fits(key []byte) error {
	if len(key) > bbolt.MaxKeySize {
		return fmt.Errorf("a key of %d bytes is too long: want at most %d", len(key), bbolt.MaxKeySize)
	}
	return nil
}

// Put is as in tenancystore.Store.
func (k *tenancy) Put(ctx context.Context, r tenancystore.Record) error {
	key := tenancyKey(r.Key)
	if err := fits(key); err != nil {
		return err
	}
	value := append(binary.AppendUvarint(nil, r.Version), r.Data...)
	return k.s.write(ctx, "storing a record of tenancy", func(c *change) error {
		b := c.tx.Bucket(tenancyBucket)
		raw := b.Get(key)
		switch {
		case r.Version == 1 && raw != nil:
			return tenancystore.ErrExists
		case r.Version != 1 && raw == nil:
			return store.ErrNotFound
		case raw != nil:
			before, err := decodeTenancy(key, raw)
			if err != nil {
				return c.s.unavailable("looking at the version before", err)
			}
			if before.Version+1 != r.Version {
				return fmt.Errorf("version %d is to follow on %d: %w", r.Version, before.Version, tenancystore.ErrConflict)
			}
		}
		c.put(b, key, value)
		c.tenancy = newToken()
		return nil
	})
}

// Delete is as in tenancystore.Store.
func (k *tenancy) Delete(ctx context.Context, which tenancystore.Key) error {
	key := tenancyKey(which)
	return k.s.write(ctx, "deleting a record of tenancy", func(c *change) error {
		b := c.tx.Bucket(tenancyBucket)
		if b.Get(key) == nil {
			return store.ErrNotFound
		}
		c.remove(b, key)
		c.tenancy = newToken()
		return nil
	})
}

// Get is as in tenancystore.Store.
func (k *tenancy) Get(_ context.Context, which tenancystore.Key) (r tenancystore.Record, err error) {
	key, absent := tenancyKey(which), false
	err = k.s.view("reading a record of tenancy", func(tx transaction) error {
		raw := tx.Bucket(tenancyBucket).Get(key)
		if absent = raw == nil; absent {
			return nil
		}
		r, err = decodeTenancy(key, raw)
		return err
	})
	if absent {
		return tenancystore.Record{}, fmt.Errorf("reading a record of tenancy: %w", store.ErrNotFound)
	}
	return r, err
}

// All is as in tenancystore.Store.
func (k *tenancy) All(ctx context.Context) (list []tenancystore.Record, epoch store.Token, err error) {
	epoch, err = k.Epoch(ctx)
	if err != nil {
		return nil, "", err
	}
	err = k.s.view("reading the records of tenancy", func(tx transaction) error {
		return tx.Bucket(tenancyBucket).ForEach(func(key, value []byte) error {
			r, err := decodeTenancy(key, value)
			list = append(list, r)
			return err
		})
	})
	if err != nil {
		return nil, "", err
	}
	return list, epoch, nil
}

// Epoch is as in tenancystore.Store.
func (k *tenancy) Epoch(context.Context) (store.Token, error) {
	if err := k.s.usable("looking after tenancy"); err != nil {
		return "", err
	}
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	return k.s.index.tenancy, nil
}

// checkTenancy sees that every record can be read.
func checkTenancy(tx transaction, _ *index) error {
	b := tx.Bucket(tenancyBucket)
	if b == nil {
		return nil // it is an earlier program's file
	}
	return b.ForEach(func(key, value []byte) error {
		_, err := decodeTenancy(key, value)
		return err
	})
}
