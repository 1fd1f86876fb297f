// Package devcerts makes the certificates that one needs to try the gateway with
// several tenants: an authority with its list of revoked certificates, a server's
// certificate for this machine, and one for each client. They are for development:
// the authority's key lies beside them.
//
// What is there is kept, so that clients can be added later, unless everything is
// to be made anew. No file is ever half written.
package devcerts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// DefaultClients are made if no others are named: the platform's first
// administrator, and a user in each of two tenants.
var DefaultClients = []string{"root.platform", "alice.smo-alpha", "bob.smo-beta"}

// Config says what to make.
type Config struct {
	// Dir is the folder, made if absent.
	Dir string
	// Clients are "user.tenant" each.
	Clients []string
	// Revoke are clients whose certificates the authority takes back.
	Revoke []string
	// Anew replaces what is there, the authority included: certificates that it
	// signed are then worth nothing.
	Anew bool
}

// File is one that was made or kept.
type File struct {
	Path string
	Kept bool
}

// Make makes what is missing and returns all files, the authority's first.
func Make(c Config, now time.Time) ([]File, error) {
	for _, name := range c.Revoke {
		if err := checkClient(name); err != nil {
			return nil, err
		}
	}
	for i, name := range c.Clients {
		if err := checkClient(name); err != nil {
			return nil, err
		}
		if slices.Contains(c.Clients[:i], name) {
			return nil, fmt.Errorf("the client %s is named twice: once will do", name)
		}
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for the certificates cannot be made: %w", err)
	}
	m := &maker{dir: c.Dir, anew: c.Anew, now: now}
	if err := m.authority(); err != nil {
		return nil, err
	}
	if err := m.leaf("server", serverTemplate(now)); err != nil {
		return nil, err
	}
	for _, name := range c.Clients {
		if err := m.leaf(name, clientTemplate(name, now)); err != nil {
			return nil, err
		}
	}
	if err := m.revocations(c.Revoke); err != nil {
		return nil, err
	}
	return m.files, nil
}

// checkClient returns nil for what can be a client's name.
func checkClient(name string) error {
	user, tenant, ok := strings.Cut(name, ".")
	if !ok || strings.Contains(tenant, ".") {
		return fmt.Errorf("%q is no client: write user.tenant, with one dot, for example alice.smo-alpha", name)
	}
	if err := o2.CheckUserID(user); err != nil {
		return fmt.Errorf("%q is no user, as in the client %q: %w", user, name, err)
	}
	if err := o2.CheckTenantID(tenant); err != nil {
		return fmt.Errorf("%q is no tenant, as in the client %q: %w", tenant, name, err)
	}
	return nil
}

// maker makes the files of one folder.
type maker struct {
	dir    string
	anew   bool
	now    time.Time
	signer *signer
	files  []File
}

// path returns a file's, whose name is a role's or client's, and its kind.
func (m *maker) path(name, kind string) string { return filepath.Join(m.dir, name+kind) }

// there reports whether a pair is to be kept. Half of one is an error: nobody knows
// what was meant.
func (m *maker) there(name string) (bool, error) {
	if m.anew {
		return false, nil
	}
	var found, missing string
	for _, kind := range []string{".crt", ".key"} {
		switch _, err := os.Lstat(m.path(name, kind)); {
		case err == nil:
			found = m.path(name, kind)
		case errors.Is(err, fs.ErrNotExist):
			missing = m.path(name, kind)
		default:
			return false, err
		}
	}
	if found != "" && missing != "" {
		return false, fmt.Errorf("%s is there and %s is not: remove it, or make everything anew with --force", found, missing)
	}
	return found != "", nil
}

func (m *maker) note(name string, kept bool) {
	for _, kind := range []string{".crt", ".key"} {
		m.files = append(m.files, File{Path: m.path(name, kind), Kept: kept})
	}
}

// write puts a pair in place, the key first: a certificate without one is noticed.
func (m *maker) write(name string, p pair) error {
	for _, f := range []struct {
		kind string
		mode fs.FileMode
		text []byte
	}{{".key", 0o600, p.key}, {".crt", 0o644, p.cert}} {
		if err := replace(m.path(name, f.kind), f.mode, f.text); err != nil {
			return fmt.Errorf("%s cannot be written: %w", m.path(name, f.kind), err)
		}
	}
	m.note(name, false)
	return nil
}

// replace writes a file beside and renames it into place.
func replace(path string, mode fs.FileMode, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".certs-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is gone by then, unless something failed
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
