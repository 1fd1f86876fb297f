package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
	"go.etcd.io/bbolt"
)

// ErrUnfit means that the file must not be used. The text says what is wrong
// with it and what would be right.
var ErrUnfit = errors.New("the store's file must not be used")

// Config says where the store is.
type Config struct {
	// Path is the file. Its folder is made if absent, for the owner alone.
	Path string
	// Timeout is how long to wait for another process to let go of the file; 1 s
	// if 0.
	Timeout time.Duration

	// readOnly is ReadAudit's.
	readOnly bool
	// noSync is for tests: what is written does not survive a power cut.
	noSync bool
	// maxSize is for tests: no more bytes than that.
	maxSize int
}

// Open opens the file, or makes a new one if there is none. Its errors are
// ErrUnfit for a file that is damaged, foreign or newer than this program, and
// store.ErrUnavailable for one that cannot be used now. Close the store.
func Open(c Config, log *slog.Logger) (*Store, error) {
	s, err := open(c, log)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", c.Path, err)
	}
	return s, nil
}

func open(c Config, log *slog.Logger) (*Store, error) {
	if c.Timeout == 0 {
		c.Timeout = time.Second
	}
	if err := create(c); err != nil {
		return nil, err
	}
	db, err := openFile(c)
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: c.Path, log: log, db: db,
		operations: make(chan *operation), closing: make(chan struct{}), written: make(chan struct{}),
		marks: map[o2.ID]mark{}, frozen: map[o2.ID]struct{}{}, thawed: make(chan struct{}),
	}
	s.snapshots.leads = s.leads
	s.reservations.clear()
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.abandon())
	}
	go s.writeAll()
	return s, nil
}

// begin reads what the file holds, and marks it as open.
func (s *Store) begin() error {
	closed := false
	err := s.guarded(func() error {
		return s.db.View(func(tx transaction) error {
			if err := recognize(tx); err != nil {
				return err
			}
			if closed = tx.Bucket(metaBucket).Get(closedKey) != nil; !closed {
				if err := sound(tx); err != nil {
					return err
				}
			}
			s.incarnation = o2.ID(tx.Bucket(metaBucket).Get(incarnationKey))
			if _, ok := o2.ParseID(string(s.incarnation)); !ok {
				return fmt.Errorf("%w: its incarnation is %q", errRecord, s.incarnation)
			}
			var err error
			s.index, err = load(tx)
			return err
		})
	})
	switch {
	case errors.Is(err, ErrUnfit):
		return err
	case err != nil:
		return damaged(err)
	}
	s.index.guard.Fence, s.index.guard.Epoch = newToken(), newToken()
	if !closed {
		s.log.Info("the store was not closed well, and is sound", "path", s.path)
	}
	err = s.update(func(tx transaction) error { return s.resume(tx, closed) })
	switch {
	case errors.Is(err, errDamaged):
		return damaged(err)
	case err != nil:
		return fmt.Errorf("%w: it cannot be written: %w", store.ErrUnavailable, err)
	}
	return nil
}

// resume takes over the claims of whoever had the file before: those written
// down, or as many as it can have made.
func (s *Store) resume(tx transaction, closed bool) error {
	claims := tx.Bucket(claimsBucket)
	for id, q := range s.index.queues {
		var last uint64
		if closed {
			last = number(claims.Get([]byte(id)))
		} else {
			last = nth(tx.Bucket(queuesBucket).Bucket([]byte(id)), mostClaimed)
		}
		if last != 0 && q.length > 0 {
			s.marks[id] = mark{claimed: last, unsettled: last}
		}
	}
	if err := tx.DeleteBucket(claimsBucket); err != nil {
		return err
	}
	if _, err := tx.CreateBucket(claimsBucket); err != nil {
		return err
	}
	if err := furnishLater(tx); err != nil {
		return err
	}
	return tx.Bucket(metaBucket).Delete(closedKey)
}

// nth returns the position of the n-th entry, or of the last if there are fewer.
func nth(b *bbolt.Bucket, n int) (position uint64) {
	cursor := b.Cursor()
	for key, _ := cursor.First(); key != nil && n > 0; key, _ = cursor.Next() {
		position = number(key)
		n--
	}
	return position
}

// create makes a new file if there is none. It comes into being whole, so that
// there is never half a file to be mistaken for a damaged one.
func create(c Config) error {
	if _, err := os.Lstat(c.Path); !errors.Is(err, fs.ErrNotExist) {
		return refused(err)
	}
	folder := filepath.Dir(c.Path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return refused(err)
	}
	draft, err := os.MkdirTemp(folder, ".netweave-")
	if err != nil {
		return refused(err)
	}
	defer os.RemoveAll(draft)
	path := filepath.Join(draft, "new")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: c.Timeout, NoSync: c.noSync})
	if err != nil {
		return refused(err)
	}
	if err := errors.Join(db.Update(furnish), db.Close()); err != nil {
		return refused(err)
	}
	if err := place(path, c.Path); err != nil {
		return refused(err)
	}
	return refused(syncFolder(folder))
}

// place puts a new file where it belongs. Unlike a rename, a link leaves a file
// alone that another process has made meanwhile; not every file system has links.
func place(draft, path string) error {
	err := os.Link(draft, path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case errors.Is(err, syscall.EPERM), errors.Is(err, errors.ErrUnsupported):
		return os.Rename(draft, path)
	default:
		return err
	}
}

// furnish makes an empty store of an empty file.
func furnish(tx transaction) error {
	for _, name := range firstBuckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(metaBucket)
	return errors.Join(
		meta.Put(schemaKey, numberKey(schema)), meta.Put(incarnationKey, []byte(o2.NewID())),
		meta.Put(sequenceKey, numberKey(0)), meta.Put(closedKey, []byte{1}),
		furnishLater(tx),
	)
}

func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// refused is err as one of what the store is on.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}

func damaged(err error) error {
	return fmt.Errorf("%w: it is damaged (%w): put a backup in its place and renew that, "+
		"or move it away to begin with an empty store, which forgets every subscription and all that was told", ErrUnfit, err)
}
