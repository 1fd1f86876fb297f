package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/netweave/netweave/ports/audit"
)

// ReadAudit opens a file for reading alone, and lets read have the audit log that
// is in it. The file stays as it is. Its errors are Open's, and read's: no process
// may have the file open.
func ReadAudit(c Config, read func(audit.Store) error) error {
	if c.Timeout == 0 {
		c.Timeout = time.Second
	}
	c.readOnly = true
	db, err := openFile(c)
	if err != nil {
		return fmt.Errorf("opening %s: %w", c.Path, err)
	}
	s := &Store{path: c.Path, log: slog.New(slog.DiscardHandler), db: db, closing: make(chan struct{})}
	err = s.guarded(func() error { return s.db.View(recognizeAudit) })
	if err == nil {
		err = read(unwritable{s.Audit()})
	}
	if errors.Is(err, errDamaged) {
		err = damaged(err)
	}
	if err := errors.Join(err, s.abandon()); err != nil {
		return fmt.Errorf("reading %s: %w", c.Path, err)
	}
	return nil
}

func recognizeAudit(tx transaction) error {
	if err := recognize(tx); err != nil {
		return err
	}
	if tx.Bucket(auditChainsBucket) == nil {
		return fmt.Errorf("%w: it has no audit log: start the gateway on it once", ErrUnfit)
	}
	return nil
}

var errReadOnly = errors.New("the file is open for reading alone")

// unwritable is an audit log that is only read.
type unwritable struct{ audit.Store }

// Append fails.
func (unwritable) Append(context.Context, []audit.Record) error { return errReadOnly }

// Purge fails.
func (unwritable) Purge(context.Context, time.Time, int) (int, error) { return 0, errReadOnly }
