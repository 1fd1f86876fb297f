package pluginhost

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Trust is an executable's standing toward the lock file.
type Trust string

// The standings.
const (
	// Trusted: in the lock file, with the checksum that it has.
	Trusted Trust = "trusted"
	// Untrusted: sound, but not in the lock file.
	Untrusted Trust = "untrusted"
	// Changed: in the lock file with another checksum.
	Changed Trust = "changed"
	// Refused: never run, whatever the lock file says.
	Refused Trust = "refused"
	// Missing: in the lock file, but not in the directory.
	Missing Trust = "missing"
)

// Plugin is what is known of one executable without running it.
type Plugin struct {
	Name string
	// SHA256 is the file's checksum in hexadecimal, "" if it could not be read.
	SHA256 string
	Trust  Trust
	// Reason says why it is not Trusted, and what to do; "" if it is.
	Reason string
}

// ErrNotTrusted is what Verify and Check return, wrapped, for a plugin that
// would not be started.
var ErrNotTrusted = errors.New("not trusted")

// List returns every plugin of dir and of its lock file, by name. Files whose
// name starts with a dot are none.
func List(dir string) ([]Plugin, error) {
	l, err := readLock(dir)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("plugin directory: %w", err)
	}
	seen := map[string]bool{}
	var plugins []Plugin
	for _, e := range entries {
		if e.Name() == LockFile || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		seen[e.Name()] = true
		plugins = append(plugins, inspect(dir, e.Name(), l))
	}
	for name := range l.Plugins {
		if !seen[name] {
			plugins = append(plugins, Plugin{Name: name, Trust: Missing, Reason: "in the lock file, but not in " + dir})
		}
	}
	slices.SortFunc(plugins, func(a, b Plugin) int { return cmp.Compare(a.Name, b.Name) })
	return plugins, nil
}

// Verify is List, with an error that wraps ErrNotTrusted and names every plugin
// that is in the lock file and would not be started.
func Verify(dir string) ([]Plugin, error) {
	l, err := readLock(dir)
	if err != nil {
		return nil, err
	}
	plugins, err := List(dir)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, p := range plugins {
		if _, locked := l.Plugins[p.Name]; locked && p.Trust != Trusted {
			errs = append(errs, fmt.Errorf("plugin %s is %w: %s", p.Name, ErrNotTrusted, p.Reason))
		}
	}
	return plugins, errors.Join(errs...)
}

// Check looks at one plugin as a start would. The error, if it would not be
// started, wraps ErrNotTrusted and says what to do.
func Check(dir, name string) (Plugin, error) {
	l, err := readLock(dir)
	if err != nil {
		return Plugin{}, err
	}
	p := inspect(dir, name, l)
	if p.Trust != Trusted {
		return p, fmt.Errorf("plugin %s is %w: %s", name, ErrNotTrusted, p.Reason)
	}
	return p, nil
}

// TrustPlugin enters the plugin's present checksum into the lock file, which is
// replaced in one step. It refuses what would not be run anyway.
func TrustPlugin(dir, name string) (Plugin, error) {
	exe, err := openExecutable(dir, name)
	if err != nil {
		return Plugin{Name: name, Trust: Refused, Reason: err.Error()}, fmt.Errorf("plugin %s is %w", name, err)
	}
	defer exe.file.Close()
	sum, err := exe.sum()
	if err != nil {
		return Plugin{}, fmt.Errorf("plugin %s is %w", name, err)
	}
	err = alone(dir, func() error {
		l, err := readLock(dir)
		if err != nil {
			return err
		}
		l.Plugins[name] = lockedEntry{SHA256: sum}
		return writeLock(dir, l)
	})
	if err != nil {
		return Plugin{}, err
	}
	return Plugin{Name: name, SHA256: sum, Trust: Trusted}, nil
}

func inspect(dir, name string, l lock) Plugin {
	exe, err := openExecutable(dir, name)
	if err != nil {
		return Plugin{Name: name, Trust: Refused, Reason: err.Error()}
	}
	defer exe.file.Close()
	p := Plugin{Name: name}
	if p.SHA256, err = exe.sum(); err != nil {
		p.Trust, p.Reason = Refused, err.Error()
		return p
	}
	p.Trust, p.Reason = l.judge(name, p.SHA256)
	return p
}

// judge compares a checksum with the lock file's.
func (l lock) judge(name, sum string) (Trust, string) {
	switch e, ok := l.Plugins[name]; {
	case !ok:
		return Untrusted, fmt.Sprintf("not in the lock file: run \"netweave plugin trust %s\"", name)
	case !strings.EqualFold(e.SHA256, sum):
		return Changed, fmt.Sprintf("its checksum differs from the lock file's: if the change is yours, run \"netweave plugin trust %s\"", name)
	default:
		return Trusted, ""
	}
}
