package openstacktest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// place is where everything is.
type place struct {
	scripts string // testdata/openstack
	cache   string // .cache/openstack
	root    string // where the packages were unpacked
}

// scripts are what the databases depend on, and what runs.
var scripts = []string{"keystone_setup.py", "nova_setup.py", "nova_all.py", "stub.py"}

// find looks for the repository's root from dir upwards.
func find(dir string) (place, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return place{}, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		p := place{scripts: filepath.Join(at, "testdata", "openstack"), cache: filepath.Join(at, ".cache", "openstack")}
		p.root = filepath.Join(p.cache, "root")
		if _, err := os.Stat(filepath.Join(p.scripts, "prepare.sh")); err == nil {
			if _, err := os.Stat(filepath.Join(p.root, "complete")); err != nil {
				return p, fmt.Errorf("OpenStack's packages are not in %s: run 'task openstack' first", p.root)
			}
			return p, nil
		}
		if at == filepath.Dir(at) {
			return place{}, fmt.Errorf("there is no testdata/openstack above %s", dir)
		}
	}
}

// environment is that of every process.
func (p place) environment(home string) ([]string, error) {
	libraries, err := filepath.Glob(filepath.Join(p.root, "usr", "lib", "*-linux-gnu*"))
	if err != nil || len(libraries) == 0 {
		return nil, fmt.Errorf("%s has no libraries: remove it and run 'task openstack' again", p.root)
	}
	more, _ := filepath.Glob(filepath.Join(p.root, "lib", "*-linux-gnu*")) // the pattern is sound
	return []string{
		"PATH=/usr/bin:/bin", "HOME=" + home, "LANG=C.UTF-8",
		"PYTHONPATH=" + filepath.Join(p.root, "usr", "lib", "python3", "dist-packages"),
		"PYTHONWARNINGS=ignore", "PYTHONNOUSERSITE=1",
		"LD_LIBRARY_PATH=" + strings.Join(append(libraries, more...), ":"),
		"no_proxy=127.0.0.1,localhost", "NO_PROXY=127.0.0.1,localhost",
		"OS_KEYSTONE_CONFIG_DIR=" + home, "OS_PLACEMENT_CONFIG_DIR=" + home,
	}, nil
}

// uwsgi is the web server's command, without what it is to serve.
func (p place) uwsgi() ([]string, error) {
	plugins := filepath.Join(p.root, "usr", "lib", "uwsgi", "plugins")
	found, err := filepath.Glob(filepath.Join(plugins, "python3*_plugin.so"))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("%s has no plugin for Python: remove %s and run 'task openstack' again", plugins, p.root)
	}
	slices.Sort(found)
	python := strings.TrimSuffix(filepath.Base(found[len(found)-1]), "_plugin.so")
	// One process with one thread: SQLite does not wait where a reader becomes a
	// writer beside another. The connection ends after each answer: say so.
	return []string{
		filepath.Join(p.root, "usr", "bin", "uwsgi-core"), "--plugins-dir", plugins, "--plugin", python,
		"--master", "--die-on-term", "--no-orphans", "--need-app", "--enable-threads", "--lazy-apps",
		"--buffer-size", "65535", "--processes", "1", "--threads", "1", "--add-header", "Connection: close",
	}, nil
}

// fingerprint tells databases of other scripts or packages apart.
func (p place) fingerprint() (string, error) {
	sum := sha256.New()
	for _, name := range scripts {
		raw, err := os.ReadFile(filepath.Join(p.scripts, name))
		if err != nil {
			return "", err
		}
		sum.Write(raw)
	}
	sum.Write([]byte(configuration))
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// runDir makes a folder for one stack, and sweeps those whose process is gone. It is
// kept for as long as alive is open.
func (p place) runDir() (dir string, alive *os.File, err error) {
	runs := filepath.Join(p.cache, "run")
	if err := os.MkdirAll(runs, 0o700); err != nil {
		return "", nil, err
	}
	old, err := filepath.Glob(filepath.Join(runs, "*", "alive"))
	if err != nil {
		return "", nil, err
	}
	for _, path := range old {
		if f, err := lock(path, syscall.LOCK_NB); err == nil {
			_ = os.RemoveAll(filepath.Dir(path)) // another may sweep, too
			f.Close()
		}
	}
	// Nobody is to sweep it before it is locked.
	dir, err = os.MkdirTemp(runs, "")
	if err != nil {
		return "", nil, err
	}
	alive, err = lock(filepath.Join(dir, "alive.new"), 0)
	if err != nil {
		return "", nil, err
	}
	return dir, alive, os.Rename(alive.Name(), filepath.Join(dir, "alive"))
}

// lock opens a file and locks it until it is closed, by whatever ends the process.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|how); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
