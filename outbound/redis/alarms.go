package redis

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarmstore"
	"github.com/netweave/netweave/ports/bus"
	"github.com/netweave/netweave/ports/store"
)

// alarmStore keeps alarms: records in a hash, and their ids by when they were
// written, with those of removed ones for a while.
type alarmStore struct{ *Store }

var _ alarmstore.Store = (*alarmStore)(nil)

const (
	// alarmPage is how many alarms one script reads or writes.
	alarmPage = 500
	// alarmTries is how often they are read anew if too much is written meanwhile.
	alarmTries = 5
)

// Read is as in alarmstore.Store.
func (k *alarmStore) Read(ctx context.Context, after uint64) (alarmstore.Contents, error) {
	const doing = "reading alarms"
	for range alarmTries {
		r := alarmReading{after: after, from: after, records: map[o2.ID]alarmstore.Record{}, gone: map[o2.ID]bool{}}
		for more := true; more; {
			got, err := k.run(ctx, "alarm-read", doing, r.from, alarmPage)
			if err != nil {
				return alarmstore.Contents{}, err
			}
			if more, err = r.page(list(got)); err != nil {
				return alarmstore.Contents{}, failed(ctx, doing, err)
			}
		}
		if c, ok := r.contents(); ok {
			return c, nil
		}
	}
	return alarmstore.Contents{}, fmt.Errorf("%s: %w: they change faster than they can be read", doing, store.ErrUnavailable)
}

// alarmReading is one reading of alarms, in pages.
type alarmReading struct {
	after uint64
	// from is where the next page begins.
	from uint64
	// began and sequence are the numbers last drawn at the first and the last page.
	began, sequence uint64
	incarnation     o2.ID
	whole, moved    bool
	records         map[o2.ID]alarmstore.Record
	gone            map[o2.ID]bool
}

// page takes one page; more says that another is to be read.
func (r *alarmReading) page(answer []any) (more bool, err error) {
	if len(answer) < 2 {
		return false, errOddAlarm
	}
	incarnation := o2.ID(text(answer[1]))
	if r.sequence, err = strconv.ParseUint(text(answer[0]), 10, 64); err != nil {
		return false, err
	}
	if r.incarnation == "" {
		r.incarnation, r.began = incarnation, r.sequence
		r.whole = r.after == 0 || r.after > r.sequence || r.after+alarmstore.Kept < r.sequence
		if r.whole && r.from > 0 {
			r.from = 0
			return true, nil
		}
	}
	r.moved = r.moved || r.incarnation != incarnation
	for _, one := range answer[2:] {
		parts := list(one)
		if len(parts) != 3 {
			return false, errOddAlarm
		}
		id := o2.ID(text(parts[0]))
		if r.from, err = strconv.ParseUint(text(parts[1]), 10, 64); err != nil {
			return false, err
		}
		if text(parts[2]) == "" {
			delete(r.records, id)
			r.gone[id] = true
			continue
		}
		record, err := alarmstore.Decode(r.from, []byte(text(parts[2])))
		if err != nil {
			return false, fmt.Errorf("alarm %s: %w", id, err)
		}
		delete(r.gone, id)
		r.records[id] = record
	}
	return len(answer)-2 == alarmPage, nil
}

var errOddAlarm = errors.New("redis answers in an unknown shape")

// contents returns what was read; false if so much was written meanwhile that what
// was removed may have been missed.
func (r *alarmReading) contents() (c alarmstore.Contents, ok bool) {
	since := r.began
	if !r.whole {
		since = r.after
	}
	if r.moved || r.sequence > since+alarmstore.Kept {
		return c, false
	}
	c = alarmstore.Contents{Sequence: r.sequence, Incarnation: r.incarnation, Whole: r.whole}
	c.Records = slices.SortedFunc(maps.Values(r.records), func(a, b alarmstore.Record) int { return cmp.Compare(a.Version, b.Version) })
	if !r.whole {
		c.Gone = slices.Sorted(maps.Keys(r.gone))
	}
	return c, true
}

// Sequence is as in alarmstore.Store.
func (k *alarmStore) Sequence(ctx context.Context) (uint64, o2.ID, error) {
	const doing = "looking whether alarms have changed"
	fields, err := k.client.HMGet(ctx, k.key("meta"), "alarms", "incarnation").Result()
	if err != nil {
		return 0, "", failed(ctx, doing, err)
	}
	if fields[0] == nil {
		return 0, o2.ID(text(fields[1])), nil
	}
	sequence, err := strconv.ParseUint(text(fields[0]), 10, 64)
	return sequence, o2.ID(text(fields[1])), failed(ctx, doing, err)
}

// Apply is as in alarmstore.Store.
func (k *alarmStore) Apply(ctx context.Context, changes []alarmstore.Change) (now []alarmstore.Record, made []bool, err error) {
	if len(changes) > 0 {
		defer k.announce(ctx)
	}
	for some := range slices.Chunk(changes, alarmPage) {
		records, done, err := k.apply(ctx, some)
		if err != nil {
			return nil, nil, err
		}
		now, made = append(now, records...), append(made, done...)
	}
	return now, made, nil
}

func (k *alarmStore) apply(ctx context.Context, changes []alarmstore.Change) (now []alarmstore.Record, made []bool, err error) {
	const doing = "storing alarms"
	args, raws := []any{alarmstore.Kept, len(changes)}, make([][]byte, len(changes))
	for i, c := range changes {
		raws[i] = alarmstore.Encode(c.Alarm)
		args = append(args, string(c.Alarm.ID), strconv.FormatUint(c.Version, 10), flag(c.Delete), raws[i])
	}
	got, err := k.confirmed(ctx, "alarm-apply", doing, args...)
	if err != nil {
		return nil, nil, err
	}
	answers := list(got)
	if len(answers) != len(changes) {
		return nil, nil, odd(doing, got)
	}
	now, made = make([]alarmstore.Record, len(changes)), make([]bool, len(changes))
	for i, one := range answers {
		answer := list(one)
		if len(answer) != 3 {
			return nil, nil, odd(doing, one)
		}
		version, err := strconv.ParseUint(text(answer[1]), 10, 64)
		if err != nil {
			return nil, nil, failed(ctx, doing, err)
		}
		if made[i] = number(answer[0]) == 1; !made[i] {
			raws[i] = []byte(text(answer[2]))
		}
		if version == 0 {
			continue // it is gone
		}
		if now[i], err = alarmstore.Decode(version, raws[i]); err != nil {
			return nil, nil, failed(ctx, doing, err)
		}
	}
	return now, made, nil
}

// announce tells everyone. News may be lost: they look by themselves too.
func (k *alarmStore) announce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.config.WaitTimeout)
	defer cancel()
	if err := k.Bus().Publish(ctx, bus.Message{Topic: bus.Alarms}); err != nil {
		k.log.Debug("others look for alarms by themselves", "error", err)
	}
}

// Configuration is as in alarmstore.Store.
func (k *alarmStore) Configuration(ctx context.Context) (alarmstore.Configuration, error) {
	const doing = "reading the alarm service's configuration"
	fields, err := k.client.HMGet(ctx, k.key("alarms:configuration"), "version", "json").Result()
	if err != nil {
		return alarmstore.Configuration{}, failed(ctx, doing, err)
	}
	if fields[0] == nil {
		return alarmstore.Configuration{}, nil
	}
	version, err := strconv.ParseUint(text(fields[0]), 10, 64)
	return alarmstore.Configuration{Version: version, JSON: []byte(text(fields[1]))}, failed(ctx, doing, err)
}

// PutConfiguration is as in alarmstore.Store.
func (k *alarmStore) PutConfiguration(ctx context.Context, c alarmstore.Configuration) (alarmstore.Configuration, error) {
	const doing = "storing the alarm service's configuration"
	got, err := k.confirmed(ctx, "alarm-configure", doing, strconv.FormatUint(c.Version, 10), c.JSON)
	if err != nil {
		return alarmstore.Configuration{}, err
	}
	answer := list(got)
	if len(answer) != 3 {
		return alarmstore.Configuration{}, odd(doing, got)
	}
	if number(answer[0]) == 0 {
		return alarmstore.Configuration{}, fmt.Errorf("%s: %w", doing, store.ErrStale)
	}
	version, err := strconv.ParseUint(text(answer[1]), 10, 64)
	if err != nil {
		return alarmstore.Configuration{}, failed(ctx, doing, err)
	}
	k.announce(ctx)
	return alarmstore.Configuration{Version: version, JSON: bytes.Clone(c.JSON)}, nil
}
