package embedded

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
	"go.etcd.io/bbolt"
)

func TestAuditIsReadWithoutATrace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(Config{Path: path, noSync: true}, silent)
	if err != nil {
		t.Fatal(err)
	}
	record := audit.Record{Writer: "w", Link: audit.Link{Number: 1, Hash: "h"}, At: noon, Tenant: "t", Data: []byte("{}")}
	if err := s.Audit().Append(t.Context(), []audit.Record{record}); err != nil {
		t.Fatal(err)
	}
	if err := ReadAudit(Config{Path: path, Timeout: impatient}, nil); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("while it is open: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	err = ReadAudit(Config{Path: path}, func(s audit.Store) error {
		got, err := s.Query(t.Context(), audit.Query{Limit: 10})
		if err != nil || len(got) != 1 || got[0].Link != record.Link {
			t.Errorf("%+v, %v", got, err)
		}
		n, err := s.Purge(t.Context(), noon.AddDate(1, 0, 0), 10)
		if n != 0 || err == nil || s.Append(t.Context(), got) == nil {
			t.Errorf("it can be written to: %d, %v", n, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed, %v", err)
	}
}

func TestAuditThatCannotBeRead(t *testing.T) {
	folder := t.TempDir()
	if err := ReadAudit(Config{Path: filepath.Join(folder, "none.db")}, nil); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a file that is not there: %v", err)
	}
	path := filepath.Join(folder, "old.db")
	sample(t, path)
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket(auditChainsBucket) }), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	if err := ReadAudit(Config{Path: path}, nil); !errors.Is(err, ErrUnfit) || !strings.Contains(err.Error(), "it has no audit log") {
		t.Errorf("a file from before there was one: %v", err)
	}
	failed := errors.New("failed")
	sample(t, filepath.Join(folder, "new.db"))
	if err := ReadAudit(Config{Path: filepath.Join(folder, "new.db")}, func(audit.Store) error { return failed }); !errors.Is(err, failed) {
		t.Errorf("a reader that fails: %v", err)
	}
}
