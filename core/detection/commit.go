package detection

import (
	"context"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
)

// batch is what one commit writes; its memory is used again by the next.
type batch struct {
	changes []eventlog.Change
	targets []eventlog.Target
	// ends has for each change where its targets end in targets.
	ends []int
	// objects are those that have changes.
	objects map[o2.ObjectKey]bool
}

// fill makes the next commit of what is pending, and returns how much of that it
// covers.
func (t *term) fill() (covered int) {
	b := &t.batch
	clear(b.changes)
	clear(b.objects)
	b.changes, b.targets, b.ends = b.changes[:0], b.targets[:0], b.ends[:0]
	for covered < len(t.pending) && len(b.changes) < t.BatchChanges && len(b.targets) < t.BatchTargets {
		if b.objects[t.pending[covered].Key] {
			break // two backends have it: the second is compared with the first
		}
		change, prior, ok := t.difference(t.pending[covered])
		covered++
		if !ok {
			continue
		}
		b.objects[change.Object] = true
		b.targets = t.index.Match(b.targets, prior, change.Post)
		b.changes, b.ends = append(b.changes, change), append(b.ends, len(b.targets))
	}
	from := 0
	for i, end := range b.ends { // only now does targets stay where it is
		b.changes[i].Targets = b.targets[from:end:end]
		from = end
	}
	return covered
}

// commit makes events of the first of what is pending.
func (t *term) commit(ctx context.Context) error {
	covered := t.fill()
	changes := t.batch.changes
	if len(changes) > 0 {
		var lengths map[o2.ID]int
		first := t.guard.Sequence + 1
		err := t.write(ctx, func(ctx context.Context) (next eventlog.Guard, err error) {
			next, lengths, err = t.Log.Commit(ctx, t.guard, changes)
			if err == nil && next.Sequence != t.guard.Sequence+uint64(len(changes)) {
				err = errMoved
			}
			return next, err
		})
		if err != nil {
			return err
		}
		t.remember(changes, first)
		t.wake(lengths)
		t.queues.grown(lengths, t.hardCap())
	}
	clear(t.pending[:covered])
	if t.pending = t.pending[covered:]; len(t.pending) == 0 {
		t.pending = nil
	}
	return nil
}

// remember replaces the told records as the commit did.
func (t *term) remember(changes []eventlog.Change, first uint64) {
	for i, c := range changes {
		kind := o2.EventModified
		switch {
		case c.Post == nil:
			kind = o2.EventDeleted
			t.told.remove(c.Object)
		case c.Prior == 0:
			kind = o2.EventCreated
			fallthrough
		default:
			t.told.put(record{first + uint64(i), c.Post.Object, c.Post.Owner})
		}
		t.Events.Committed(kind, len(c.Targets))
	}
}

// wake tells deliverers, here and elsewhere, that queues have something new.
func (t *term) wake(lengths map[o2.ID]int) {
	var partitions uint64
	for id := range lengths {
		partitions |= 1 << assignment.Of(id)
	}
	t.wakePartitions(partitions)
}

func (t *term) wakePartitions(partitions uint64) {
	if partitions == 0 {
		return
	}
	if t.Wake != nil {
		t.Wake(listed(partitions))
	}
	t.announce(partitions)
}

// listed returns the numbers of the partitions in a set.
func listed(partitions uint64) []int {
	var list []int
	for p := range assignment.Partitions {
		if partitions&(1<<p) != 0 {
			list = append(list, p)
		}
	}
	return list
}
