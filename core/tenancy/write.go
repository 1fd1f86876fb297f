package tenancy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/tenancy"
	"github.com/netweave/netweave/ports/tenancystore"
)

const (
	// tries is how often a change is begun anew when others change the same record.
	tries = 5
	// aftermath is how long telling of a write may take, whatever becomes of the
	// request that made it.
	aftermath = 5 * time.Second
)

// put writes one record, and has it known.
func (s *Service) put(ctx context.Context, r tenancystore.Record) error {
	err := s.config.Store.Put(ctx, r)
	switch {
	case err == nil:
		s.told(ctx, r.Key, &written{&r})
	case errors.Is(err, store.ErrUnconfirmed):
		s.told(ctx, r.Key, nil)
	}
	return err
}

// remove removes one record, and has it known. One that is not there is
// store.ErrNotFound.
func (s *Service) remove(ctx context.Context, key tenancystore.Key) error {
	err := s.config.Store.Delete(ctx, key)
	switch {
	case err == nil, errors.Is(err, store.ErrNotFound):
		s.told(ctx, key, &written{nil})
	case errors.Is(err, store.ErrUnconfirmed):
		s.told(ctx, key, nil)
	}
	return err
}

// told tells other processes of a write, and this one's directory. Neither is
// cut short by the end of the request.
func (s *Service) told(ctx context.Context, key tenancystore.Key, wrote *written) {
	ctx = context.WithoutCancel(ctx)
	s.publish(ctx, bus.Message{Topic: bus.Tenancy, Body: keyText(key)})
	ctx, cancel := context.WithTimeout(ctx, aftermath)
	defer cancel()
	if err := s.dir.refresh(ctx, key, wrote); err != nil {
		s.config.Log.Warn("a change is not in force here yet", "kind", string(key.Kind), "error", err)
	}
}

// publish tells every process of something. Nothing depends on it.
func (s *Service) publish(ctx context.Context, m bus.Message) {
	ctx, cancel := context.WithTimeout(ctx, aftermath)
	defer cancel()
	if err := s.config.Bus.Publish(ctx, m); err != nil {
		s.config.Log.Warn("other processes were not told of a change and find it by themselves", "topic", string(m.Topic), "error", err)
	}
}

// create writes a new record. alike reports whether one that is there already is
// what this one is to be: if nobody ever confirmed it, it is confirmed now. It
// returns what is stored.
func (s *Service) create(ctx context.Context, key tenancystore.Key, data []byte, alike func(tenancystore.Record) bool) (tenancystore.Record, error) {
	r := tenancystore.Record{Key: key, Version: 1, Data: data}
	err := s.put(ctx, r)
	if !errors.Is(err, tenancystore.ErrExists) {
		return r, err
	}
	there, failed := s.config.Store.Get(ctx, key)
	if failed != nil || there.Version != 1 || !alike(there) {
		return r, err
	}
	return there, s.put(ctx, there)
}

// change replaces a record by what edit makes of it. It writes even what is the
// same: an earlier write of it may never have been confirmed.
func (s *Service) change(ctx context.Context, key tenancystore.Key, edit func(tenancystore.Record) ([]byte, error)) (tenancystore.Record, error) {
	for try := 1; ; try++ {
		current, err := s.config.Store.Get(ctx, key)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return current, tenancy.ErrNotFound
		case err != nil:
			return current, err
		}
		data, err := edit(current)
		if err != nil {
			return current, err
		}
		next := tenancystore.Record{Key: key, Version: current.Version + 1, Data: data}
		err = s.put(ctx, next)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return next, tenancy.ErrNotFound
		case !errors.Is(err, tenancystore.ErrConflict) || try == tries:
			return next, err
		}
	}
}

// failed says what was being done when an error came that is nobody's mistake.
func failed(doing, name string, err error) error {
	if err == nil || errors.Is(err, tenancy.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%s %q: %w", doing, name, err)
}
