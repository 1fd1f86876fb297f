package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/netweave/netweave/ports/store"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockTick is how often a lock that another process holds is tried again.
const lockTick = 20 * time.Millisecond

// openFile opens a file that is there, after a look at it that bbolt itself
// would not survive.
func openFile(c Config) (*bbolt.DB, error) {
	if err := inspect(c); err != nil {
		return nil, err
	}
	var db *bbolt.DB
	err := withoutPanic(func() (err error) {
		db, err = bbolt.Open(c.Path, 0o600, options(c))
		return err
	})
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, locked()
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC):
		return nil, refused(err)
	default:
		return nil, damaged(err)
	}
}

// mapped is how much of the address space the file gets at first: until it is
// larger than that, its growth waits for nobody who reads it.
const mapped = 256 << 20

func options(c Config) *bbolt.Options {
	o := &bbolt.Options{
		Timeout: c.Timeout, NoSync: c.noSync, MaxSize: c.maxSize, InitialMmapSize: mapped,
		FreelistType: bbolt.FreelistMapType, NoStatistics: true, ReadOnly: c.readOnly,
	}
	if o.MaxSize > 0 {
		o.InitialMmapSize = 0
	}
	return o
}

func locked() error {
	return fmt.Errorf("%w: another process has the file open: stop that one, or give this one a file of its own", store.ErrUnavailable)
}

// inspect locks the file for a moment and sees that it is a bbolt file, and that
// nothing of it is missing.
func inspect(c Config) error {
	f, err := os.OpenFile(c.Path, os.O_RDWR, 0)
	if err != nil {
		return refused(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return refused(err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: it is no regular file", ErrUnfit)
	}
	for deadline := time.Now().Add(c.Timeout); ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return refused(err)
		}
		if time.Now().After(deadline) {
			return locked()
		}
		<-time.After(lockTick)
	}
	// The size counts from when the file is locked.
	if info, err = f.Stat(); err != nil {
		return refused(err)
	}
	return whole(f, info.Size())
}

// A bbolt file begins with two meta pages; the valid one of the later
// transaction counts. These are its numbers, from the page's beginning.
const (
	metaMagicAt, metaPageSizeAt, metaEndAt = 16, 24, 56
	metaTransactionAt, metaSumAt           = 64, 72
	metaLength                             = 80
	metaMagic                              = 0xED0CDAED
)

// whole sees that a file has all the pages that it says it has.
func whole(f io.ReaderAt, size int64) error {
	if size == 0 {
		return damaged(errors.New("it is empty"))
	}
	var latest, need uint64
	found, magic := false, false
	for _, at := range metaPages(f) {
		page := make([]byte, metaLength)
		if _, err := f.ReadAt(page, at); err != nil {
			continue // it is shorter than that
		}
		magic = magic || binary.NativeEndian.Uint32(page[metaMagicAt:]) == metaMagic
		sum := fnv.New64a()
		sum.Write(page[metaMagicAt:metaSumAt])
		if binary.NativeEndian.Uint64(page[metaSumAt:]) != sum.Sum64() {
			continue
		}
		if transaction := binary.NativeEndian.Uint64(page[metaTransactionAt:]); !found || transaction > latest {
			latest = transaction
			need = binary.NativeEndian.Uint64(page[metaEndAt:]) * uint64(binary.NativeEndian.Uint32(page[metaPageSizeAt:]))
		}
		found = true
	}
	switch {
	case !found && !magic:
		return fmt.Errorf("%w: it is no store of netweave: give the store a file of its own", ErrUnfit)
	case !found:
		return damaged(errors.New("neither of its meta pages is valid"))
	case uint64(size) < need:
		return damaged(fmt.Errorf("it has %d bytes, and had %d", size, need))
	}
	return nil
}

// metaPages returns where meta pages may be: the second is one page behind the
// first, which tells the size of pages if it can be read.
func metaPages(f io.ReaderAt) []int64 {
	page := make([]byte, metaLength)
	if _, err := f.ReadAt(page, 0); err == nil && binary.NativeEndian.Uint32(page[metaMagicAt:]) == metaMagic {
		if size := int64(binary.NativeEndian.Uint32(page[metaPageSizeAt:])); size >= 1024 && size <= 65536 {
			return []int64{0, size}
		}
	}
	return []int64{0, int64(os.Getpagesize())}
}

// recognize sees that a bbolt file is a store of ours, in a layout that is known.
func recognize(tx transaction) error {
	meta := tx.Bucket(metaBucket)
	if meta == nil || meta.Get(schemaKey) == nil {
		return fmt.Errorf("%w: it is no store of netweave: give the store a file of its own", ErrUnfit)
	}
	switch v := number(meta.Get(schemaKey)); {
	case v > schema:
		return fmt.Errorf("%w: it was written by a later netweave (layout %d, and this one knows %d): use that one", ErrUnfit, v, schema)
	case v < oldest:
		return fmt.Errorf("%w: it was written by an earlier netweave (layout %d, and this one reads back to %d): open it once with one in between", ErrUnfit, v, oldest)
	}
	return nil
}

// sound checks every page of the file.
func sound(tx transaction) error {
	var first error
	for err := range tx.Check() {
		if first == nil {
			first = err
		}
	}
	return first
}
