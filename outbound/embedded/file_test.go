package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/store"
	"go.etcd.io/bbolt"
)

// impatient waits for no lock.
const impatient = time.Nanosecond

// sample is a file that holds something of everything, closed well.
func sample(t *testing.T, path string) {
	t.Helper()
	s, err := Open(Config{Path: path, noSync: true}, silent)
	if err != nil {
		t.Fatal(err)
	}
	newLab(t, s).fill()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestFilesThatAreNotToBeUsed(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.db")
	sample(t, good)
	raw, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	contents := func(b []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) { write(t, path, b) }
	}
	for _, c := range []struct {
		name  string
		make  func(t *testing.T, path string)
		error error
		says  string
	}{
		{"empty", contents(nil), ErrUnfit, "it is damaged (it is empty)"},
		{"a text", contents([]byte("id,name\n1,rack\n")), ErrUnfit, "it is no store of netweave"},
		{"a long text", contents(bytes.Repeat([]byte("id,name\n"), 4096)), ErrUnfit, "it is no store of netweave"},
		{"half a page", contents(raw[:page/2]), ErrUnfit, "it is damaged (it has 2048 bytes, and had"},
		{"two pages", contents(raw[:2*page]), ErrUnfit, "it is damaged (it has 8192 bytes, and had"},
		{"both metas overwritten", func(t *testing.T, path string) {
			b := bytes.Clone(raw)
			copy(b[20:], bytes.Repeat([]byte{0xee}, 60))
			copy(b[page+20:], bytes.Repeat([]byte{0xee}, 60))
			write(t, path, b)
		}, ErrUnfit, "it is damaged (neither of its meta pages is valid)"},
		{"another program's", func(t *testing.T, path string) {
			foreign(t, path, func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("theirs"))
				return err
			})
		}, ErrUnfit, "it is no store of netweave: give the store a file of its own"},
		{"a bbolt file without anything", func(t *testing.T, path string) {
			foreign(t, path, func(*bbolt.Tx) error { return nil })
		}, ErrUnfit, "it is no store of netweave"},
		{"a later layout", layout(raw, schema+1), ErrUnfit, "it was written by a later netweave (layout 2, and this one knows 1): use that one"},
		{"an earlier layout", layout(raw, oldest-1), ErrUnfit, "it was written by an earlier netweave"},
		{"without a bucket", edited(raw, func(tx *bbolt.Tx) error { return tx.DeleteBucket(toldBucket) }), ErrUnfit, `there is no bucket "told"`},
		{"without a later bucket", edited(raw, func(tx *bbolt.Tx) error { return tx.DeleteBucket(auditTimesBucket) }), ErrUnfit, `there is no bucket "audit-times"`},
		{"with a record of tenancy that cannot be read", edited(raw, func(tx *bbolt.Tx) error { return tx.Bucket(tenancyBucket).Put([]byte{0xff}, []byte{1}) }),
			ErrUnfit, "a record cannot be read: one of tenancy"},
		{"with a quota that cannot be read", edited(raw, func(tx *bbolt.Tx) error { return tx.Bucket(usedBucket).Put(tenantPrefix("acme"), []byte{1}) }),
			ErrUnfit, "a record cannot be read: what a tenant has"},
		{"without a state", edited(raw, func(tx *bbolt.Tx) error {
			key, _ := tx.Bucket(statesBucket).Cursor().First()
			return tx.Bucket(statesBucket).Delete(bytes.Clone(key))
		}), ErrUnfit, "states are missing"},
		{"without an incarnation", edited(raw, func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Delete(incarnationKey) }), ErrUnfit, `its incarnation is ""`},
		{"a folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, store.ErrUnavailable, "is a directory"},
		{"open elsewhere", func(t *testing.T, path string) { opened(t, Config{Path: path}) },
			store.ErrUnavailable, "another process has the file open: stop that one, or give this one a file of its own"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			c.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := Open(Config{Path: path, Timeout: impatient}, silent)
			if err == nil {
				t.Fatal(errors.Join(errors.New("it was opened"), s.Close()))
			}
			if !errors.Is(err, c.error) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want %v and %q", err, c.error, c.says)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func foreign(t *testing.T, path string, fill func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fill), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// edited is a copy of a good file with something done to it.
func edited(raw []byte, edit func(tx *bbolt.Tx) error) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		write(t, path, raw)
		foreign(t, path, edit)
	}
}

func layout(raw []byte, version uint64) func(*testing.T, string) {
	return edited(raw, func(tx *bbolt.Tx) error { return tx.Bucket(metaBucket).Put(schemaKey, numberKey(version)) })
}

// TestDamagedPages overwrites one page after another of a file that was not
// closed well. Each time the damage is either found or does no harm.
func TestDamagedPages(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "store.db")
	s := opened(t, Config{Path: path, noSync: true})
	newLab(t, s).fill()
	raw, err := os.ReadFile(path) // while it is open: as a crash leaves it
	if err != nil {
		t.Fatal(err)
	}
	page, found := os.Getpagesize(), 0
	for at := 2 * page; at+page <= min(len(raw), 40*page); at += page {
		for i, fill := range []byte{0, 0x5a} {
			b := bytes.Clone(raw)
			copy(b[at:at+page], bytes.Repeat([]byte{fill}, page))
			damaged := filepath.Join(folder, fmt.Sprintf("damaged-%d-%d.db", at/page, i))
			write(t, damaged, b)
			s, err := Open(Config{Path: damaged, noSync: true}, silent)
			switch {
			case err == nil:
				err = s.Close()
				if err != nil {
					t.Errorf("page %d with %x: it was opened, and then %v", at/page, fill, err)
				}
			case errors.Is(err, ErrUnfit) && strings.Contains(err.Error(), "it is damaged"):
				found++
			default:
				t.Errorf("page %d with %x: %v", at/page, fill, err)
			}
		}
	}
	if found < 10 {
		t.Errorf("damage was found %d times only", found)
	}
}

func TestNewFiles(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "deep", "er")
	path := filepath.Join(folder, "store.db")
	opened(t, Config{Path: path})
	for _, c := range []struct {
		path string
		mode fs.FileMode
	}{
		{folder, fs.ModeDir | 0o700}, {filepath.Dir(folder), fs.ModeDir | 0o700}, {path, 0o600},
	} {
		info, err := os.Stat(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != c.mode {
			t.Errorf("%s has mode %s, want %s", c.path, info.Mode(), c.mode)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("the folder holds %v, want the file alone", entries)
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, []byte("x"))
	_, err := Open(Config{Path: filepath.Join(file, "store.db")}, silent)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("error %v, want %v since it is not a directory", err, store.ErrUnavailable)
	}
	_, err = Open(Config{Path: "/proc/netweave/store.db"}, silent)
	if !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("error %v, want %v", err, store.ErrUnavailable)
	}
}

// TestManyMakeOneFile lets many make the same new file at once: one has it.
func TestManyMakeOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	stores, errs := make([]*Store, 8), make([]error, 8)
	done := make(chan struct{})
	for i := range stores {
		go func() {
			stores[i], errs[i] = Open(Config{Path: path, Timeout: impatient}, silent)
			done <- struct{}{}
		}()
	}
	for range stores {
		<-done
	}
	have := 0
	for i, s := range stores {
		if errs[i] == nil {
			have++
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		} else if !errors.Is(errs[i], store.ErrUnavailable) {
			t.Errorf("Open: %v", errs[i])
		}
	}
	if have != 1 {
		t.Errorf("%d have the file", have)
	}
}

// TestDamageWhileOpen comes upon damage, which bbolt answers with a panic: from
// then on everything is refused, and nothing hangs.
func TestDamageWhileOpen(t *testing.T) {
	s, err := Open(Config{Path: filepath.Join(t.TempDir(), "store.db"), noSync: true}, silent)
	if err != nil {
		t.Fatal(err)
	}
	l := newLab(t, s)
	err = s.write(t.Context(), "writing", func(*change) error { panic("page 7 already freed") })
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "the file is damaged: page 7 already freed") {
		t.Errorf("coming upon damage: %v", err)
	}
	for name, err := range map[string]error{
		"a write": l.commit(l.change("n", 1)), "a read": s.Check(), "a walk": l.log.WalkTold(t.Context(), nil),
	} {
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errDamaged) {
			t.Errorf("%s after it: %v, want %v", name, err, errDamaged)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := s.db.Close(); err != nil { // in this test nothing holds its locks
		t.Error(err)
	}
}
