package embedded

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
	"go.etcd.io/bbolt"
)

// The buckets of alarms. They are made with the first.
var (
	alarmsBucket   = []byte("alarms")         // id: version and alarm
	versionsBucket = []byte("alarm-versions") // version: id
	goneBucket     = []byte("alarms-gone")    // number of the removal: id
	servingBucket  = []byte("alarm-service")  // the names below
)

// The keys in servingBucket.
var (
	alarmSequenceKey      = []byte("sequence")
	alarmConfigurationKey = []byte("configuration") // version and JSON
)

// alarmStore keeps alarms in the file.
type alarmStore struct{ s *Store }

var _ alarmstore.Store = (*alarmStore)(nil)

// alarmBuckets are those of a transaction that writes.
type alarmBuckets struct{ alarms, versions, gone, serving *bbolt.Bucket }

// alarms returns the buckets of alarms, made if there are none. An error is the
// change's fault.
func (c *change) alarms() (b alarmBuckets, ok bool) {
	for _, one := range []struct {
		name []byte
		to   **bbolt.Bucket
	}{{alarmsBucket, &b.alarms}, {versionsBucket, &b.versions}, {goneBucket, &b.gone}, {servingBucket, &b.serving}} {
		made, err := c.tx.CreateBucketIfNotExists(one.name)
		if err != nil {
			c.note(err)
			return b, false
		}
		*one.to = made
	}
	return b, true
}

// Read is as in alarmstore.Store.
func (k *alarmStore) Read(_ context.Context, after uint64) (c alarmstore.Contents, err error) {
	c.Incarnation = k.s.incarnation
	err = k.s.view("reading alarms", func(tx transaction) error {
		if tx.Bucket(alarmsBucket) == nil {
			c.Whole = true
			return nil
		}
		c.Sequence = number(tx.Bucket(servingBucket).Get(alarmSequenceKey))
		if c.Whole = after == 0 || after > c.Sequence || after+alarmstore.Kept < c.Sequence; c.Whole {
			after = 0
		}
		alarms := tx.Bucket(alarmsBucket)
		err := since(tx.Bucket(versionsBucket), after, func(_ uint64, id []byte) error {
			r, err := decodeAlarm(id, alarms.Get(id))
			c.Records = append(c.Records, r)
			return err
		})
		if err != nil || c.Whole {
			return err
		}
		return since(tx.Bucket(goneBucket), after, func(_ uint64, id []byte) error {
			if alarms.Get(id) == nil {
				c.Gone = append(c.Gone, o2.ID(id))
			}
			return nil
		})
	})
	slices.Sort(c.Gone)
	c.Gone = slices.Compact(c.Gone)
	return c, err
}

// since calls fn with what a bucket has under numbers greater than after.
func since(b *bbolt.Bucket, after uint64, fn func(n uint64, value []byte) error) error {
	cursor := b.Cursor()
	for key, value := cursor.Seek(numberKey(after + 1)); key != nil; key, value = cursor.Next() {
		if err := fn(number(key), value); err != nil {
			return err
		}
	}
	return nil
}

func decodeAlarm(id, value []byte) (alarmstore.Record, error) {
	v := reader{rest: value}
	version := v.number()
	if v.broken {
		return alarmstore.Record{}, fmt.Errorf("%w: alarm %s", errRecord, id)
	}
	r, err := alarmstore.Decode(version, v.rest)
	switch {
	case err != nil:
		return alarmstore.Record{}, fmt.Errorf("%w: alarm %s: %w", errRecord, id, err)
	case string(r.Alarm.ID) != string(id):
		return alarmstore.Record{}, fmt.Errorf("%w: alarm %s is that of %s", errRecord, id, r.Alarm.ID)
	}
	return r, nil
}

// Sequence is as in alarmstore.Store.
func (k *alarmStore) Sequence(context.Context) (sequence uint64, incarnation o2.ID, err error) {
	err = k.s.view("looking whether alarms have changed", func(tx transaction) error {
		if b := tx.Bucket(servingBucket); b != nil {
			sequence = number(b.Get(alarmSequenceKey))
		}
		return nil
	})
	return sequence, k.s.incarnation, err
}

// Apply is as in alarmstore.Store.
func (k *alarmStore) Apply(ctx context.Context, changes []alarmstore.Change) (now []alarmstore.Record, made []bool, err error) {
	for _, c := range changes {
		if err := fits([]byte(c.Alarm.ID)); err != nil {
			return nil, nil, err
		}
	}
	err = k.s.write(ctx, "storing alarms", func(c *change) error {
		// A transaction that fails is run again.
		now, made = make([]alarmstore.Record, len(changes)), make([]bool, len(changes))
		b, ok := c.alarms()
		if !ok {
			return nil
		}
		sequence := number(b.serving.Get(alarmSequenceKey))
		before := sequence
		for i, one := range changes {
			made[i] = c.putAlarm(b, one, &sequence)
			id := []byte(one.Alarm.ID)
			if value := b.alarms.Get(id); value != nil {
				r, err := decodeAlarm(id, value)
				c.note(err)
				now[i] = r
			}
		}
		if sequence > before {
			c.put(b.serving, alarmSequenceKey, numberKey(sequence))
			c.forgetGone(b.gone, sequence)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	k.announce(ctx)
	return now, made, nil
}

// putAlarm makes one change, which draws a number, unless the alarm is of another
// version; what is so already is made.
func (c *change) putAlarm(b alarmBuckets, one alarmstore.Change, sequence *uint64) (made bool) {
	id, raw := []byte(one.Alarm.ID), alarmstore.Encode(one.Alarm)
	v := reader{rest: b.alarms.Get(id)}
	there := v.rest != nil
	var version uint64
	if there {
		version = v.number()
	}
	switch {
	case one.Delete && !there, !one.Delete && there && bytes.Equal(v.rest, raw):
		return true
	case version != one.Version:
		return false
	}
	*sequence++
	if there {
		c.remove(b.versions, numberKey(version))
	}
	if one.Delete {
		c.remove(b.alarms, id)
		c.put(b.gone, numberKey(*sequence), id)
		return true
	}
	c.put(b.alarms, id, append(binary.AppendUvarint(nil, *sequence), raw...))
	c.put(b.versions, numberKey(*sequence), id)
	return true
}

// forgetGone forgets removals of long ago.
func (c *change) forgetGone(b *bbolt.Bucket, sequence uint64) {
	if sequence <= alarmstore.Kept {
		return
	}
	oldest := numberKey(sequence - alarmstore.Kept)
	var old [][]byte
	cursor := b.Cursor()
	for key, _ := cursor.First(); key != nil && bytes.Compare(key, oldest) <= 0; key, _ = cursor.Next() {
		old = append(old, bytes.Clone(key))
	}
	for _, key := range old {
		c.remove(b, key)
	}
}

func (k *alarmStore) announce(ctx context.Context) {
	// Within the process nothing is lost on the way.
	_ = k.s.news.Publish(ctx, bus.Message{Topic: bus.Alarms})
}

// Configuration is as in alarmstore.Store.
func (k *alarmStore) Configuration(context.Context) (c alarmstore.Configuration, err error) {
	err = k.s.view("reading the alarm service's configuration", func(tx transaction) error {
		if b := tx.Bucket(servingBucket); b != nil {
			c, err = decodeConfiguration(b.Get(alarmConfigurationKey))
		}
		return err
	})
	return c, err
}

func decodeConfiguration(value []byte) (alarmstore.Configuration, error) {
	if value == nil {
		return alarmstore.Configuration{}, nil
	}
	v := reader{rest: value}
	c := alarmstore.Configuration{Version: v.number(), JSON: bytes.Clone(v.rest)}
	if v.broken {
		return alarmstore.Configuration{}, fmt.Errorf("%w: the alarm service's configuration", errRecord)
	}
	return c, nil
}

// PutConfiguration is as in alarmstore.Store.
func (k *alarmStore) PutConfiguration(ctx context.Context, given alarmstore.Configuration) (now alarmstore.Configuration, err error) {
	err = k.s.write(ctx, "storing the alarm service's configuration", func(c *change) error {
		b, ok := c.alarms()
		if !ok {
			return nil
		}
		before, err := decodeConfiguration(b.serving.Get(alarmConfigurationKey))
		switch {
		case err != nil:
			return c.s.unavailable("looking at the version before", err)
		case before.Version > 0 && bytes.Equal(before.JSON, given.JSON):
			now = before
			return nil
		case before.Version != given.Version:
			return store.ErrStale
		}
		now = alarmstore.Configuration{Version: number(b.serving.Get(alarmSequenceKey)) + 1, JSON: bytes.Clone(given.JSON)}
		c.put(b.serving, alarmSequenceKey, numberKey(now.Version))
		c.put(b.serving, alarmConfigurationKey, append(binary.AppendUvarint(nil, now.Version), now.JSON...))
		return nil
	})
	if err != nil {
		return alarmstore.Configuration{}, err
	}
	k.announce(ctx)
	return now, nil
}
