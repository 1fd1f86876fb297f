package redis

import (
	"context"
	"fmt"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/assignment"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
)

// objectField is an object's field in the hash of told records.
func objectField(k o2.ObjectKey) string { return string('0'+rune(k.Kind)) + string(k.ID) }

// commit gathers what the script is to write: since the guard's sequence holds
// or nothing is written, everything can be worked out here.
type commit struct {
	sequence uint64
	expected map[o2.ObjectKey]uint64 // told before
	told     map[o2.ObjectKey]uint64 // told after, 0 for none
	states   map[uint64]string
	counts   map[uint64]int // changes of the numbers of references
	queues   map[o2.ID][]string
	order    []o2.ID // of queues
}

// Commit is as in eventlog.Leader.
func (l *eventLog) Commit(ctx context.Context, g eventlog.Guard, changes []eventlog.Change) (eventlog.Guard, map[o2.ID]int, error) {
	const doing = "committing changes"
	c := commit{
		sequence: g.Sequence, expected: map[o2.ObjectKey]uint64{}, told: map[o2.ObjectKey]uint64{},
		states: map[uint64]string{}, counts: map[uint64]int{}, queues: map[o2.ID][]string{},
	}
	for i := range changes {
		if err := c.add(&changes[i]); err != nil {
			return eventlog.Guard{}, nil, fmt.Errorf("%s: %w", doing, err)
		}
	}
	got, err := l.run(ctx, "commit", doing, guarded(g, c.args()...)...)
	if err != nil {
		return eventlog.Guard{}, nil, err
	}
	answered := list(got)
	if len(answered) != len(c.order) {
		return eventlog.Guard{}, nil, odd(doing, got)
	}
	lengths := make(map[o2.ID]int, len(answered))
	for i, n := range answered {
		if number(n) >= 0 {
			lengths[c.order[i]] = number(n)
		}
	}
	g.Sequence = c.sequence
	return g, lengths, nil
}

// add takes one more change. An object may change several times in one commit.
func (c *commit) add(change *eventlog.Change) error {
	c.sequence++
	if _, again := c.expected[change.Object]; !again {
		c.expected[change.Object] = change.Prior
	} else if told := c.told[change.Object]; told != change.Prior {
		return fmt.Errorf("%v is told under %d, not %d: %w", change.Object, told, change.Prior, store.ErrStale)
	}
	e := eventlog.Entry{
		Position: c.sequence, Sequence: c.sequence, Object: change.Object, Prior: change.Prior,
		PriorDigest: change.PriorDigest, PostDigest: change.PostDigest, At: change.At,
	}
	c.told[change.Object] = 0
	if change.Post != nil {
		e.Post = c.sequence
		c.told[change.Object] = c.sequence
		c.states[c.sequence] = packState(change.Post)
		c.count(c.sequence, 1)
	}
	c.count(change.Prior, -1)
	packed := map[o2.EventType]string{} // the same for all who see the same
	for _, target := range change.Targets {
		seen := shownAs(e, target.Type)
		p, there := packed[target.Type]
		if !there {
			p = packEntry(&seen)
			packed[target.Type] = p
		}
		if _, there := c.queues[target.Subscription]; !there {
			c.order = append(c.order, target.Subscription)
		}
		c.queues[target.Subscription] = append(c.queues[target.Subscription], p)
		c.count(seen.Prior, 1)
		c.count(seen.Post, 1)
	}
	return nil
}

func (c *commit) count(sequence uint64, by int) {
	if sequence != 0 {
		c.counts[sequence] += by
	}
}

// shownAs returns e as what it is to one subscriber: what enters its filter was
// not there before, what leaves it is not there after.
func shownAs(e eventlog.Entry, t o2.EventType) eventlog.Entry {
	e.Type = t
	switch t {
	case o2.EventCreated:
		e.Prior, e.PriorDigest = 0, o2.Digest{}
	case o2.EventDeleted:
		e.Post, e.PostDigest = 0, o2.Digest{}
	}
	return e
}

// args are the script's, behind the guard.
func (c *commit) args() []any {
	args := []any{c.sequence, len(c.expected)}
	expected := make([]any, 0, len(c.expected))
	var set, gone []any
	for object, prior := range c.expected {
		args = append(args, objectField(object))
		if prior == 0 {
			expected = append(expected, "")
		} else {
			expected = append(expected, prior)
		}
		if now := c.told[object]; now != 0 {
			set = append(set, objectField(object), now)
		} else {
			gone = append(gone, objectField(object))
		}
	}
	args = append(args, expected...)
	args = append(append(args, len(set)/2), set...)
	args = append(append(args, len(gone)), gone...)
	args = append(args, len(c.states))
	for sequence, state := range c.states {
		args = append(args, sequence, state)
	}
	args = append(args, len(c.counts))
	for sequence, by := range c.counts {
		args = append(args, sequence, by)
	}
	args = append(args, len(c.order))
	for _, id := range c.order {
		args = append(args, string(id))
	}
	for _, id := range c.order {
		args = append(args, assignment.Of(id))
	}
	for _, id := range c.order {
		args = append(args, len(c.queues[id]))
	}
	for _, id := range c.order {
		for _, e := range c.queues[id] {
			args = append(args, e)
		}
	}
	return args
}
