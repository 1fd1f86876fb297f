package embedded

import (
	"errors"
	"fmt"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// Renew makes the store in a file one that was restored from a backup: it gets a
// new incarnation, since numbers drawn after the backup will be drawn again. What
// its subscribers have heard meanwhile is not known, so their queues are dropped
// and each gets a fresh initial state. No process may have the file open.
func Renew(path string) error { return renew(Config{Path: path, Timeout: time.Second}) }

func renew(c Config) error {
	path := c.Path
	db, err := openFile(c)
	if err != nil {
		return fmt.Errorf("renewing %s: %w", path, err)
	}
	s := &Store{path: path, db: db}
	err = s.update(s.renew)
	switch {
	case errors.Is(err, errRecord), errors.Is(err, errDamaged):
		err = damaged(err)
	case err != nil && !errors.Is(err, ErrUnfit):
		err = refused(err)
	}
	if err := errors.Join(err, s.abandon()); err != nil {
		return fmt.Errorf("renewing %s: %w", path, err)
	}
	return nil
}

func (s *Store) renew(tx transaction) error {
	if err := recognize(tx); err != nil {
		return err
	}
	var err error
	if s.index, err = load(tx); err != nil {
		return err
	}
	c := newChange(s, tx)
	for id := range s.index.queues {
		q := c.queue(id)
		var gone []eventlog.Entry
		c.walk(id, func(e eventlog.Entry) bool {
			gone = append(gone, e)
			return true
		})
		c.cut(q, gone)
		for _, e := range gone {
			c.dropEntry(e)
		}
		q.Overflowed = true
		q.fresh()
		c.save(q)
	}
	c.note(furnishLater(tx))
	c.put(tx.Bucket(metaBucket), incarnationKey, []byte(o2.NewID()))
	return c.fault
}
