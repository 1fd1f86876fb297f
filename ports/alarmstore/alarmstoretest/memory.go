// Package alarmstoretest is the conformance suite of ports/alarmstore, and an
// implementation in memory for the tests of those who use it.
package alarmstoretest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

// Memory is an alarmstore.Store. The zero Memory is ready for use.
type Memory struct {
	storetest.Faults
	// Bus, if set, carries the news of writes.
	Bus bus.Bus

	mu          sync.Mutex
	incarnation o2.ID
	sequence    uint64
	kept        map[o2.ID]kept
	// gone has the numbers that removals drew.
	gone          map[o2.ID]uint64
	configuration alarmstore.Configuration
}

type kept struct {
	version uint64
	raw     []byte
}

var _ alarmstore.Store = (*Memory)(nil)

// Restore makes it a store that was restored from a copy: everything is as it was,
// under another incarnation.
func (m *Memory) Restore() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.incarnation = o2.NewID()
}

// Save returns what has it lose all that was written since, as a failover does.
func (m *Memory) Save() (lose func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sequence, all, gone, configuration := m.sequence, maps.Clone(m.kept), maps.Clone(m.gone), m.configuration
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.sequence, m.kept, m.gone, m.configuration = sequence, all, gone, configuration
	}
}

func (m *Memory) enter(op string) error {
	if err := m.Before(op); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	m.mu.Lock()
	if m.incarnation == "" {
		m.incarnation, m.kept, m.gone = o2.NewID(), map[o2.ID]kept{}, map[o2.ID]uint64{}
	}
	return nil
}

// Read is as in alarmstore.Store.
func (m *Memory) Read(_ context.Context, after uint64) (alarmstore.Contents, error) {
	if err := m.enter("Read"); err != nil {
		return alarmstore.Contents{}, err
	}
	defer m.mu.Unlock()
	c := alarmstore.Contents{Sequence: m.sequence, Incarnation: m.incarnation}
	if c.Whole = after == 0 || after > m.sequence || after+alarmstore.Kept < m.sequence; c.Whole {
		after = 0
	}
	for _, k := range m.kept {
		if k.version <= after {
			continue
		}
		r, err := alarmstore.Decode(k.version, k.raw)
		if err != nil {
			return alarmstore.Contents{}, err
		}
		c.Records = append(c.Records, r)
	}
	slices.SortFunc(c.Records, func(a, b alarmstore.Record) int { return cmp.Compare(a.Version, b.Version) })
	for id, number := range m.gone {
		if !c.Whole && number > after {
			c.Gone = append(c.Gone, id)
		}
	}
	return c, m.After("Read", nil)
}

// Sequence is as in alarmstore.Store.
func (m *Memory) Sequence(context.Context) (uint64, o2.ID, error) {
	if err := m.enter("Sequence"); err != nil {
		return 0, "", err
	}
	defer m.mu.Unlock()
	return m.sequence, m.incarnation, m.After("Sequence", nil)
}

// Apply is as in alarmstore.Store.
func (m *Memory) Apply(ctx context.Context, changes []alarmstore.Change) (now []alarmstore.Record, made []bool, err error) {
	if err := m.enter("Apply"); err != nil {
		return nil, nil, err
	}
	now, made = make([]alarmstore.Record, len(changes)), make([]bool, len(changes))
	for i, c := range changes {
		made[i] = m.apply(c)
		if k, ok := m.kept[c.Alarm.ID]; ok {
			if now[i], err = alarmstore.Decode(k.version, k.raw); err != nil {
				break
			}
		}
	}
	m.mu.Unlock()
	m.announce(ctx)
	if err = m.After("Apply", err); err != nil {
		return nil, nil, fmt.Errorf("apply: %w", err)
	}
	return now, made, nil
}

func (m *Memory) apply(c alarmstore.Change) bool {
	id, raw := c.Alarm.ID, alarmstore.Encode(c.Alarm)
	before, there := m.kept[id]
	switch {
	case c.Delete && !there:
		return true
	case !c.Delete && there && bytes.Equal(before.raw, raw):
		return true
	case before.version != c.Version:
		return false
	}
	m.sequence++
	if c.Delete {
		delete(m.kept, id)
		m.gone[id] = m.sequence
		return true
	}
	m.kept[id] = kept{m.sequence, raw}
	delete(m.gone, id)
	return true
}

func (m *Memory) announce(ctx context.Context) {
	if m.Bus != nil {
		_ = m.Bus.Publish(ctx, bus.Message{Topic: bus.Alarms}) // it may be lost: everyone looks by himself too
	}
}

// Configuration is as in alarmstore.Store.
func (m *Memory) Configuration(context.Context) (alarmstore.Configuration, error) {
	if err := m.enter("Configuration"); err != nil {
		return alarmstore.Configuration{}, err
	}
	defer m.mu.Unlock()
	c := m.configuration
	c.JSON = bytes.Clone(c.JSON)
	return c, m.After("Configuration", nil)
}

// PutConfiguration is as in alarmstore.Store.
func (m *Memory) PutConfiguration(ctx context.Context, c alarmstore.Configuration) (alarmstore.Configuration, error) {
	if err := m.enter("PutConfiguration"); err != nil {
		return alarmstore.Configuration{}, err
	}
	var err error
	switch {
	case m.configuration.Version > 0 && bytes.Equal(m.configuration.JSON, c.JSON):
	case m.configuration.Version != c.Version:
		err = store.ErrStale
	default:
		m.sequence++
		m.configuration = alarmstore.Configuration{Version: m.sequence, JSON: bytes.Clone(c.JSON)}
	}
	now := m.configuration
	now.JSON = bytes.Clone(now.JSON)
	m.mu.Unlock()
	m.announce(ctx)
	if err = m.After("PutConfiguration", err); err != nil {
		return alarmstore.Configuration{}, fmt.Errorf("keeping the configuration: %w", err)
	}
	return now, nil
}
