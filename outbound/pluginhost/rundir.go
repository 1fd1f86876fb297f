package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// runDir is where this host's plugins make their sockets. It is held by a file
// lock, which the kernel lets go of however the process ends, so that the next
// host can tell leftovers from what is in use.
type runDir struct {
	mu   sync.Mutex
	path string
	lock *os.File
}

// processDir makes a directory for one process' socket. Should someone have
// cleaned up the run directory itself, another takes its place.
func (d *runDir) processDir() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir, err := os.MkdirTemp(d.path, "p")
	if !errors.Is(err, fs.ErrNotExist) {
		return dir, err
	}
	another, err := claimRunDir(filepath.Dir(d.path))
	if err != nil {
		return "", err
	}
	err = d.lock.Close()
	d.path, d.lock = another.path, another.lock
	if err != nil {
		return "", err
	}
	return os.MkdirTemp(d.path, "p")
}

// socketRoom is what go-plugin and we add to a run directory's parent, and
// maxSocketPath what the kernel takes.
const (
	socketRoom    = len("/h1234567890/p1234567890/plugin-dir1234567890/plugin1234567890")
	maxSocketPath = 107
)

// openRunDir sweeps what dead hosts left and makes a directory for this one.
func openRunDir(stateDir string) (*runDir, error) {
	parent := filepath.Join(stateDir, "run")
	if len(parent)+socketRoom > maxSocketPath {
		// Too long for a socket: a short name that is as much our own.
		key := sha256.Sum256([]byte(stateDir))
		parent = filepath.Join("/tmp", fmt.Sprintf("netweave-%d-%s", os.Geteuid(), hex.EncodeToString(key[:4])))
	}
	for attempt := 1; ; attempt++ {
		d, err := claimRunDir(parent)
		// A host that was just closed may have taken the empty parent with it.
		if !errors.Is(err, fs.ErrNotExist) || attempt == 10 {
			return d, err
		}
	}
}

// claimRunDir does it while no other host does.
func claimRunDir(parent string) (_ *runDir, err error) {
	if err := makePrivate(parent); err != nil {
		return nil, err
	}
	all, err := os.Open(parent)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, all.Close()) }() // and unlock
	if err := flock(all, syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock %s: %w", parent, err)
	}
	if err := sweep(parent); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(parent, "h")
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return &runDir{path: path, lock: f}, nil
}

// close removes the directory, and its parent if it was the last. It is called
// when no plugin runs any more.
func (d *runDir) close() error {
	err := errors.Join(os.RemoveAll(d.path), d.lock.Close())
	last := os.Remove(filepath.Dir(d.path))
	if errors.Is(last, syscall.ENOTEMPTY) || errors.Is(last, fs.ErrNotExist) {
		last = nil // other hosts are there, or one was closed at the same time
	}
	return errors.Join(err, last)
}

// makePrivate makes dir with mode 0700, or takes one that is as private already.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(st.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s must be a directory of this user alone: chmod 700, or name one inside it", dir)
	}
	return nil
}

// sweep removes the directories of hosts that are gone.
func sweep(parent string) error {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		f, err := os.Open(filepath.Join(path, "lock"))
		if errors.Is(err, fs.ErrNotExist) {
			// A host is just removing it, or had no room for a lock. None is making
			// it, since that is done as we do this: one at a time.
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			continue // nothing of ours
		}
		if flock(f, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			err = os.RemoveAll(path)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
