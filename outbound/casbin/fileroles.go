package casbin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/core/o2"
)

// FileConfig says which file of roles is watched.
type FileConfig struct {
	// Path is the file, or a link to it. Mandatory.
	Path string
	// Interval is how often it is read; 500 ms if 0.
	Interval time.Duration
	// Changed takes new roles into use; it is called by the goroutine of Run. An
	// error, such as that another role has a name, refuses them like an error in
	// the file. Mandatory.
	Changed func(roles []*o2.Role) error
	// Log and Registerer are mandatory.
	Log        *slog.Logger
	Registerer prometheus.Registerer
}

// FileRoles are the roles of a file. A file that cannot be read or has an error
// changes nothing: the roles that it had before stay, the log says what is wrong
// once, and netweave_policy_reload_failed is 1 until it is mended.
//
// The file is read by its name each time, so that it may be replaced by another, as
// a ConfigMap's is. What is new counts once it was read twice alike: a file that is
// being written is not half a policy.
type FileRoles struct {
	config FileConfig
	failed prometheus.Gauge
	roles  atomic.Pointer[[]*o2.Role]

	// What follows is Run's alone: the content in force, the one that was read
	// last, and what was logged last.
	inForce, last []byte
	complaint     string
}

// NewFileRoles reads the file, whose errors are those of ParseRoles or of the
// system. Run watches it.
func NewFileRoles(c FileConfig) (*FileRoles, error) {
	if c.Path == "" || c.Changed == nil || c.Log == nil || c.Registerer == nil {
		return nil, errors.New("casbin: a file of roles needs a path, a log, a registerer, and whom to tell of changes")
	}
	if c.Interval <= 0 {
		c.Interval = 500 * time.Millisecond
	}
	content, roles, err := load(c.Path)
	if err != nil {
		return nil, err
	}
	f := &FileRoles{config: c, inForce: content, last: content}
	f.roles.Store(&roles)
	f.failed = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "netweave_policy_reload_failed",
		Help: "1 while the file of roles cannot be used, and the roles that it had before are in force.",
	})
	if err := c.Registerer.Register(f.failed); err != nil {
		return nil, fmt.Errorf("casbin: register metrics: %w", err)
	}
	return f, nil
}

// CheckFile returns nil for a file of roles that can be used.
func CheckFile(path string) error {
	_, _, err := load(path)
	return err
}

func load(path string) (content []byte, roles []*o2.Role, err error) {
	if content, err = readRoles(path); err != nil {
		return nil, nil, err
	}
	roles, err = ParseRoles(path, content)
	return content, roles, err
}

// Roles returns the roles in force, not to be changed.
func (f *FileRoles) Roles() []*o2.Role { return *f.roles.Load() }

// Run watches the file until ctx ends, whose error it returns.
func (f *FileRoles) Run(ctx context.Context) error {
	tick := time.NewTicker(f.config.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			f.look()
		}
	}
}

// look reads the file once.
func (f *FileRoles) look() {
	content, err := readRoles(f.config.Path)
	if err != nil {
		f.last = nil
		f.complain(err)
		return
	}
	settled := f.last != nil && bytes.Equal(content, f.last)
	f.last = content
	if !settled {
		return
	}
	if bytes.Equal(content, f.inForce) {
		f.praise()
		return
	}
	roles, err := ParseRoles(f.config.Path, content)
	if err == nil {
		err = f.config.Changed(roles)
	}
	if err != nil {
		f.complain(err)
		return
	}
	f.inForce = content
	f.roles.Store(&roles)
	f.praise()
	f.config.Log.Info("the file of roles has changed and is in force", "path", f.config.Path, "roles", len(roles))
}

func (f *FileRoles) complain(err error) {
	f.failed.Set(1)
	if text := err.Error(); text != f.complaint {
		f.complaint = text
		f.config.Log.Error("the file of roles cannot be used: the roles that it had before stay in force", "path", f.config.Path, "error", err)
	}
}

func (f *FileRoles) praise() {
	f.failed.Set(0)
	f.complaint = ""
}

// readRoles returns a file's content, never nil, and no more of it than shows that
// it is too long.
func readRoles(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err != nil {
		return nil, err
	}
	return append([]byte{}, content...), nil
}
