package redis

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancystore"
	"github.com/redis/go-redis/v9"
)

// tenancyRecords keeps records of tenancy, all in one hash. One that is written
// is pending until replicas have confirmed it: it is in force all the same, but
// the same again completes it, where otherwise it would be there already.
type tenancyRecords struct{ *Store }

var _ tenancystore.Store = (*tenancyRecords)(nil)

// tenancyPage is about how many records one look at the hash returns.
const tenancyPage = 1000

// field is a record's name in the hash: kind, tenant and name, parted by slashes.
// The tenant is escaped, so that no two keys have the same.
func field(k tenancystore.Key) string {
	return string(k.Kind) + "/" + url.PathEscape(k.Tenant) + "/" + k.Name
}

// parseRecord reads what the hash holds under a field: the version, a space, and
// the data.
func parseRecord(name, value string) (r tenancystore.Record, err error) {
	kind, rest, _ := strings.Cut(name, "/")
	tenant, last, ok := strings.Cut(rest, "/")
	version, data, apart := strings.Cut(value, " ")
	if !ok || !apart {
		return r, fmt.Errorf("the stored record %q cannot be read", name)
	}
	r.Key = tenancystore.Key{Kind: tenancystore.Kind(kind), Name: last}
	if r.Tenant, err = url.PathUnescape(tenant); err != nil {
		return r, fmt.Errorf("the stored record %q cannot be read: %w", name, err)
	}
	if r.Version, err = strconv.ParseUint(version, 10, 64); err != nil {
		return r, fmt.Errorf("the stored record %q cannot be read: its version is no number", name)
	}
	r.Data = []byte(data)
	return r, nil
}

// Put is as in tenancystore.Store.
func (t *tenancyRecords) Put(ctx context.Context, r tenancystore.Record) error {
	name := field(r.Key)
	doing := "storing " + name
	if r.Version == 0 {
		return fmt.Errorf("%s: its version is 0: the first is 1", doing)
	}
	for {
		mark := random()
		got, err := t.confirmed(ctx, "tenancy-put", doing, mark, t.pending(), name, r.Version, r.Data)
		switch text(got) {
		case "stored":
			return t.settled(ctx, err, "tenancy-confirm", name, name, mark, flag(err == nil))
		case "exists":
			return fmt.Errorf("%s: %w", doing, tenancystore.ErrExists)
		case "conflict":
			return fmt.Errorf("%s: %w", doing, tenancystore.ErrConflict)
		case "busy":
		default:
			if err == nil {
				err = odd(doing, got)
			}
			return err
		}
		// The same is being confirmed: in the end it is there, or this completes it.
		select {
		case <-ctx.Done():
			return failed(ctx, doing, ctx.Err())
		case <-time.After(busyPoll):
		}
	}
}

// Delete is as in tenancystore.Store.
func (t *tenancyRecords) Delete(ctx context.Context, k tenancystore.Key) error {
	name := field(k)
	doing := "deleting " + name
	got, err := t.confirmed(ctx, "tenancy-delete", doing, random(), name)
	if err == nil && number(got) == 0 {
		return fmt.Errorf("%s: %w", doing, store.ErrNotFound)
	}
	return err
}

// Get is as in tenancystore.Store.
func (t *tenancyRecords) Get(ctx context.Context, k tenancystore.Key) (tenancystore.Record, error) {
	name := field(k)
	doing := "reading " + name
	value, err := t.client.HGet(ctx, t.key("tenancy:records"), name).Result()
	if missing(err) {
		return tenancystore.Record{}, fmt.Errorf("%s: %w", doing, store.ErrNotFound)
	}
	if err != nil {
		return tenancystore.Record{}, failed(ctx, doing, err)
	}
	r, err := parseRecord(name, value)
	return r, failed(ctx, doing, err)
}

// All is as in tenancystore.Store. It reads over one connection, and again if
// anything has changed meanwhile: else a record that a failover then loses could
// be among the records of an epoch that comes back. Where changes do not end, the
// epoch is one that never was in force, so that the caller soon reads again.
func (t *tenancyRecords) All(ctx context.Context) ([]tenancystore.Record, store.Token, error) {
	const doing = "reading tenants, users and roles"
	conn := t.client.Conn()
	defer conn.Close()
	for tries := 1; ; tries++ {
		epoch, err := t.epoch(ctx, conn)
		if err != nil {
			return nil, "", failed(ctx, doing, err)
		}
		all, err := t.scan(ctx, conn)
		if err != nil {
			return nil, "", failed(ctx, doing, err)
		}
		after, err := t.epoch(ctx, conn)
		switch {
		case err != nil:
			return nil, "", failed(ctx, doing, err)
		case after == epoch:
			return all, epoch, nil
		case tries == 3:
			return all, epoch + "-" + store.Token(random()), nil
		}
	}
}

// scan reads the whole hash.
func (t *tenancyRecords) scan(ctx context.Context, conn *redis.Conn) ([]tenancystore.Record, error) {
	found := map[string]string{} // a walk over a hash may meet a field twice
	for cursor := uint64(0); ; {
		page, next, err := conn.HScan(ctx, t.key("tenancy:records"), cursor, "", tenancyPage).Result()
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(page); i += 2 {
			found[page[i]] = page[i+1]
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	all := make([]tenancystore.Record, 0, len(found))
	for name, value := range found {
		r, err := parseRecord(name, value)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Epoch is as in tenancystore.Store.
func (t *tenancyRecords) Epoch(ctx context.Context) (store.Token, error) {
	epoch, err := t.epoch(ctx, t.client)
	return epoch, failed(ctx, "looking whether tenants, users or roles have changed", err)
}

// epoch reads the epoch. Before the first change there is none: it is then the
// incarnation's.
func (t *tenancyRecords) epoch(ctx context.Context, c redis.HashCmdable) (store.Token, error) {
	fields, err := c.HMGet(ctx, t.key("meta"), "tenancy", "incarnation").Result()
	if err != nil {
		return "", err
	}
	if epoch := text(fields[0]); epoch != "" {
		return store.Token(epoch), nil
	}
	return store.Token("0-" + text(fields[1])), nil
}
