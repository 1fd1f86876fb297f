package embedded

import (
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"go.etcd.io/bbolt"
)

// load reads the index from the file. Everything that is referred to must be
// there: a file in which it is not is damaged.
func load(tx *bbolt.Tx) (*index, error) {
	if err := checkBuckets(tx); err != nil {
		return nil, err
	}
	x := newIndex()
	x.guard.Sequence = number(tx.Bucket(metaBucket).Get(sequenceKey))
	for _, step := range []func(*bbolt.Tx, *index) error{loadTold, loadActive, checkStates, countSubscriptions, checkTenancy, loadUsed} {
		if err := step(tx, x); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func loadTold(tx *bbolt.Tx, x *index) error {
	return tx.Bucket(toldBucket).ForEach(func(_, value []byte) error {
		x.refs[number(value)]++
		return nil
	})
}

func loadActive(tx *bbolt.Tx, x *index) error {
	now := time.Now()
	return tx.Bucket(activeBucket).ForEach(func(key, value []byte) error {
		id := o2.ID(key)
		q, err := decodeActive(id, value)
		if err != nil {
			return err
		}
		q.since, q.Reaches = now, reaches(tx, q)
		if err := loadQueue(tx, x, q); err != nil {
			return fmt.Errorf("subscription %s: %w", id, err)
		}
		if err := loadDead(tx, x, q); err != nil {
			return fmt.Errorf("subscription %s: %w", id, err)
		}
		x.set(id, q)
		return nil
	})
}

func loadQueue(tx *bbolt.Tx, x *index, q *queue) error {
	b := tx.Bucket(queuesBucket).Bucket([]byte(q.Subscription))
	if b == nil {
		return fmt.Errorf("%w: there is no queue", errRecord)
	}
	return b.ForEach(func(key, value []byte) error {
		e, err := decodeEntry(key, value)
		if err != nil {
			return err
		}
		if q.length == 0 {
			q.head, q.headAt = e.Position, e.At
		}
		q.length++
		x.refs[e.Prior]++
		x.refs[e.Post]++
		return nil
	})
}

func loadDead(tx *bbolt.Tx, x *index, q *queue) error {
	b := tx.Bucket(deadBucket).Bucket([]byte(q.Subscription))
	if b == nil {
		return fmt.Errorf("%w: there is no place for dead letters", errRecord)
	}
	return b.ForEach(func(key, value []byte) error {
		d, err := decodeDeadLetter(key, value)
		if err != nil {
			return err
		}
		q.dead++
		if d.redelivering {
			q.redelivering++
		}
		x.refs[d.Prior]++
		x.refs[d.Post]++
		return nil
	})
}

// checkStates sees that there is a state for every reference, and a reference to
// every state.
func checkStates(tx *bbolt.Tx, x *index) error {
	delete(x.refs, 0)
	states := 0
	err := tx.Bucket(statesBucket).ForEach(func(key, _ []byte) error {
		if states++; x.refs[number(key)] == 0 {
			return fmt.Errorf("%w: nothing refers to state %d", errRecord, number(key))
		}
		return nil
	})
	if err == nil && states != len(x.refs) {
		err = fmt.Errorf("%w: %d of %d states are missing", errRecord, len(x.refs)-states, len(x.refs))
	}
	return err
}

func countSubscriptions(tx *bbolt.Tx, x *index) error {
	return tx.Bucket(subscriptionsBucket).ForEach(func(key, value []byte) error {
		x.subscriptions++
		if _, err := o2.DecodeSubscription(value); err != nil {
			return fmt.Errorf("%w: subscription %s: %w", errRecord, key, err)
		}
		return nil
	})
}
