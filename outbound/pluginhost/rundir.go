package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// runDir is where this host's plugins make their sockets. It is held by a file
// lock, which the kernel lets go of however the process ends, so that the next
// host can tell leftovers from what is in use.
type runDir struct {
	path string
	lock *os.File
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
	if err := makePrivate(parent); err != nil {
		return nil, err
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
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return &runDir{path: path, lock: f}, nil
}

// close removes the directory. It is called when no plugin runs any more.
func (d *runDir) close() error { return errors.Join(os.RemoveAll(d.path), d.lock.Close()) }

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
		return fmt.Errorf("%s must be a directory of this user alone: chmod 700", dir)
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
		if err != nil {
			continue // another host is just making it, or removing it
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			err = os.RemoveAll(path)
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
