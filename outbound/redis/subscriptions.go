package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// subscriptions keeps subscriptions. One that is written is pending until
// replicas have confirmed it: it is in force all the same, but the same request
// again completes it, where otherwise it would be a duplicate or a conflict.
type subscriptions struct{ *Store }

var _ subscriptionstore.Store = (*subscriptions)(nil)

// busyPoll is how often a Create looks whether one like it has ended.
const busyPoll = 20 * time.Millisecond

// Create is as in subscriptionstore.Store.
func (s *subscriptions) Create(ctx context.Context, sub *o2.Subscription, l subscriptionstore.Limits) (*o2.Subscription, error) {
	const doing = "storing a subscription"
	fields, data, err := record(sub)
	if err != nil {
		return nil, err
	}
	args := append([]any{
		random(), s.pending(), string(sub.ID), sub.Tenant, sub.Likeness(), l.PerTenant, l.Total,
	}, fields...)
	for {
		got, err := s.confirmed(ctx, "create", doing, args...)
		answer := list(got)
		switch {
		case len(answer) == 0 && err != nil:
			return nil, err
		case len(answer) == 0:
			return nil, odd(doing, got)
		}
		switch text(answer[0]) {
		case "stored":
			stored := sub
			if len(answer) > 1 && text(answer[1]) != data {
				if stored, err = adopted(text(answer[1]), err); stored == nil {
					return nil, err
				}
			}
			if err := s.settled(ctx, stored, err); err != nil {
				return nil, err
			}
			return stored, nil
		case "duplicate":
			return nil, fmt.Errorf("%s: %w", doing, &subscriptionstore.DuplicateError{ID: o2.ID(text(answer[1]))})
		case "tenant":
			return nil, fmt.Errorf("%s: %w", doing, &subscriptionstore.LimitError{Tenant: true, Limit: l.PerTenant})
		case "total":
			return nil, fmt.Errorf("%s: %w", doing, &subscriptionstore.LimitError{Limit: l.Total})
		}
		// One like it is being confirmed: in the end it is a duplicate of it, or
		// completes it.
		select {
		case <-ctx.Done():
			return nil, failed(ctx, doing, ctx.Err())
		case <-time.After(busyPoll):
		}
	}
}

// adopted reads the earlier subscription that a Create completes.
func adopted(data string, cause error) (*o2.Subscription, error) {
	stored, err := o2.DecodeSubscription([]byte(data))
	if err != nil {
		return nil, err
	}
	return stored, cause
}

// settled ends a subscription's being pending after its write, whose error it
// returns.
func (s *subscriptions) settled(ctx context.Context, sub *o2.Subscription, written error) error {
	return s.Store.settled(ctx, written, "confirm", "subscription "+string(sub.ID), string(sub.ID), sub.Version, flag(written == nil))
}

// record returns what is kept of a subscription: fields and values, and the
// whole of it, which is the field "data".
func record(sub *o2.Subscription) (fields []any, data string, err error) {
	raw, err := o2.EncodeSubscription(sub)
	if err != nil {
		return nil, "", err
	}
	return []any{
		"id", string(sub.ID), "tenant", sub.Tenant, "callback", sub.Callback, "filter", sub.Filter,
		"consumerSubscriptionId", sub.ConsumerSubscriptionID, "createdAt", sub.CreatedAt.UTC().Format(time.RFC3339Nano),
		"version", strconv.FormatUint(sub.Version, 10), "data", string(raw),
	}, string(raw), nil
}

// Update is as in subscriptionstore.Store.
func (s *subscriptions) Update(ctx context.Context, sub *o2.Subscription) error {
	const doing = "changing a subscription"
	fields, data, err := record(sub)
	if err != nil {
		return err
	}
	args := append([]any{
		random(), s.pending(), string(sub.ID), sub.Tenant, sub.Likeness(), sub.Version, data,
	}, fields...)
	got, err := s.confirmed(ctx, "update", doing, args...)
	answer := list(got)
	switch {
	case len(answer) == 0 && err != nil:
		return err
	case len(answer) == 0:
		return odd(doing, got)
	}
	switch text(answer[0]) {
	case "conflict":
		return fmt.Errorf("%s: %w", doing, subscriptionstore.ErrConflict)
	case "duplicate":
		return fmt.Errorf("%s: %w", doing, &subscriptionstore.DuplicateError{ID: o2.ID(text(answer[1]))})
	}
	return s.settled(ctx, sub, err)
}

// Delete is as in subscriptionstore.Store.
func (s *subscriptions) Delete(ctx context.Context, id o2.ID) error {
	doing := "deleting subscription " + string(id)
	got, err := s.confirmed(ctx, "delete", doing, random(), string(id))
	if err == nil && number(got) == 0 {
		return fmt.Errorf("%s: %w", doing, store.ErrNotFound)
	}
	return err
}

// Get is as in subscriptionstore.Store.
func (s *subscriptions) Get(ctx context.Context, id o2.ID) (*o2.Subscription, error) {
	all, err := s.read(ctx, "reading subscription "+string(id), []string{string(id)})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("subscription %s: %w", id, store.ErrNotFound)
	}
	return all[0], nil
}

// ListTenant is as in subscriptionstore.Store.
func (s *subscriptions) ListTenant(ctx context.Context, tenant string) ([]*o2.Subscription, error) {
	return s.set(ctx, "subscriptions:tenant:"+tenant)
}

// All is as in subscriptionstore.Store.
func (s *subscriptions) All(ctx context.Context) ([]*o2.Subscription, store.Token, error) {
	epoch, err := s.client.HGet(ctx, s.key("meta"), "epoch").Result()
	if err != nil {
		return nil, "", failed(ctx, "reading the epoch", err)
	}
	all, err := s.set(ctx, "subscriptions:active")
	return all, store.Token(epoch), err
}

// set reads the subscriptions whose ids are in a set.
func (s *subscriptions) set(ctx context.Context, name string) ([]*o2.Subscription, error) {
	const doing = "reading subscriptions"
	ids, err := s.client.SMembers(ctx, s.key(name)).Result()
	if err != nil {
		return nil, failed(ctx, doing, err)
	}
	slices.Sort(ids)
	var all []*o2.Subscription
	for some := range slices.Chunk(ids, 1000) {
		read, err := s.read(ctx, doing, some)
		if err != nil {
			return nil, err
		}
		all = append(all, read...)
	}
	return all, nil
}

// read reads those that are there.
func (s *subscriptions) read(ctx context.Context, doing string, ids []string) ([]*o2.Subscription, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	got, err := s.run(ctx, "read", doing, args...)
	if err != nil {
		return nil, err
	}
	var all []*o2.Subscription
	for _, data := range list(got) {
		if data == nil {
			continue
		}
		sub, err := o2.DecodeSubscription([]byte(text(data)))
		if err != nil {
			return nil, failed(ctx, doing, err)
		}
		all = append(all, sub)
	}
	return all, nil
}
