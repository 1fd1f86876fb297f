package pluginhost

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// vault keeps trusted copies of executables under their checksum, where nobody
// but this user can write: what is checked there is what is run from there,
// however the plugin directory changes meanwhile.
type vault struct{ dir string }

// fetch returns the path of a trusted copy of dir's plugin name, made and
// checked now, and its checksum. A refusal or ErrNotTrusted says why there is none.
func (v vault) fetch(dir, name string) (path, sum string, err error) {
	l, err := readLock(dir)
	if err != nil {
		return "", "", err
	}
	exe, err := openExecutable(dir, name)
	if err != nil {
		return "", "", fmt.Errorf("plugin %s is %w", name, err)
	}
	defer func() { err = errors.Join(err, exe.file.Close()) }()
	sum, err = exe.sum()
	if err != nil {
		return "", "", fmt.Errorf("plugin %s is %w", name, err)
	}
	if trust, reason := l.judge(name, sum); trust != Trusted {
		return "", "", fmt.Errorf("plugin %s is %w: %s", name, ErrNotTrusted, reason)
	}
	path = filepath.Join(v.dir, sum, name)
	if held, err := fileSum(path); err == nil && held == sum {
		return path, sum, nil
	}
	if err := v.store(exe, path, sum); err != nil {
		return "", "", fmt.Errorf("trusted copy of plugin %s: %w", name, err)
	}
	return path, sum, v.prune(name, sum)
}

// store copies the executable to path, and only if what was written has the
// checksum that was asked for.
func (v vault) store(exe executable, path, sum string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := dropHalfCopies(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), copyPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), io.NewSectionReader(exe.file, 0, 1<<62))
	if err == nil {
		err = f.Chmod(0o500)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return refuse("being changed right now: %s", exe.path)
	}
	return os.Rename(f.Name(), path)
}

// copyPrefix begins the name of a copy that is not whole yet.
const copyPrefix = ".copy-"

// abandoned is the age at which a copy that is not whole has no writer any more.
const abandoned = time.Hour

// dropHalfCopies removes what hosts left that were killed while they copied.
func dropHalfCopies(dir string) error {
	halves, err := filepath.Glob(filepath.Join(dir, copyPrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range halves {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && time.Since(info.ModTime()) < abandoned {
			continue // another host is at it
		}
		if err = errors.Join(err, os.Remove(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// prune drops copies of the plugin's other versions. A process that still runs
// from one is not disturbed: the file lives as long as it does.
func (v vault) prune(name, keep string) error {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == keep {
			continue
		}
		if err := os.Remove(filepath.Join(v.dir, e.Name(), name)); err != nil {
			continue // another plugin's, or gone already
		}
		if err := dropHalfCopies(filepath.Join(v.dir, e.Name())); err != nil {
			return err
		}
		// Fails as it should while another plugin has the same checksum.
		if err := os.Remove(filepath.Join(v.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrExist) {
			continue
		}
	}
	return nil
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}
