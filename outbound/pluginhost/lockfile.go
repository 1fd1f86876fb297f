package pluginhost

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// LockFile is the name of the lock file in the plugin directory.
const LockFile = "plugins.lock"

const (
	lockVersion  = 1
	maxLockBytes = 1 << 20
)

// lock is the lock file's content: which executables are trusted.
type lock struct {
	Version int                    `json:"version"`
	Plugins map[string]lockedEntry `json:"plugins"`
}

type lockedEntry struct {
	// SHA256 of the executable, in lower-case hexadecimal.
	SHA256 string `json:"sha256"`
}

// readLock reads dir's lock file. One that does not exist trusts nothing.
func readLock(dir string) (lock, error) {
	empty := lock{Version: lockVersion, Plugins: map[string]lockedEntry{}}
	path := filepath.Join(dir, LockFile)
	// Without O_NONBLOCK a named pipe would hold us up for ever.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return empty, nil
	}
	if err != nil {
		return lock{}, fmt.Errorf("lock file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return lock{}, fmt.Errorf("lock file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return lock{}, fmt.Errorf("lock file %s: it is not a regular file", path)
	}
	if reason := looseness(info); reason != "" {
		return lock{}, fmt.Errorf("lock file %s: %s", path, reason)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxLockBytes+1))
	if err != nil {
		return lock{}, fmt.Errorf("lock file: %w", err)
	}
	if len(raw) > maxLockBytes {
		return lock{}, fmt.Errorf("lock file %s: larger than %d bytes", path, maxLockBytes)
	}
	l := empty
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return lock{}, fmt.Errorf("lock file %s is damaged (%w): restore it, or delete it and trust each plugin again", path, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return lock{}, fmt.Errorf("lock file %s: something follows its end", path)
	}
	if l.Version != lockVersion {
		return lock{}, fmt.Errorf("lock file %s: version %d: this program reads version %d", path, l.Version, lockVersion)
	}
	if l.Plugins == nil {
		l.Plugins = map[string]lockedEntry{}
	}
	for name, e := range l.Plugins {
		if sum, err := hex.DecodeString(e.SHA256); err != nil || len(sum) != 32 {
			return lock{}, fmt.Errorf("lock file %s: plugin %q: sha256 is not 64 hexadecimal digits", path, name)
		}
	}
	return l, nil
}

// alone runs change while nobody else changes dir's lock file: what it reads is
// what it replaces.
func alone(dir string, change func() error) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("plugin directory: %w", err)
	}
	defer d.Close() // and unlock
	if err := flock(d, syscall.LOCK_EX); err != nil {
		return fmt.Errorf("plugin directory: lock %s: %w", dir, err)
	}
	return change()
}

// writeLock replaces dir's lock file in one step: a reader sees the old or the
// new one, whole, whatever happens meanwhile.
func writeLock(dir string, l lock) error {
	raw, err := json.MarshalIndent(l, "", "  ") // sorts the names: differences stay small
	if err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	if err := writeAtomically(filepath.Join(dir, LockFile), append(raw, '\n')); err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	return nil
}

func writeAtomically(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
