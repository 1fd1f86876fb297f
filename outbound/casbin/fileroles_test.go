package casbin

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/netweave/netweave/core/o2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	nocFile   = "p, noc, Resource, read, all\n"
	nightFile = "p, night, Resource, read, tenant\n"
)

// watched is a file of roles under test. Nothing runs: the test looks itself.
type watched struct {
	*FileRoles
	t    *testing.T
	path string
	log  bytes.Buffer
	told [][]*o2.Role
	// refusal is what whoever is told of new roles says of them.
	refusal error
}

func watch(t *testing.T, path string) *watched {
	t.Helper()
	w := &watched{t: t, path: path}
	var err error
	w.FileRoles, err = NewFileRoles(FileConfig{
		Path: path, Log: slog.New(slog.NewTextHandler(&w.log, nil)), Registerer: prometheus.NewRegistry(),
		Changed: func(roles []*o2.Role) error {
			if w.refusal != nil {
				return w.refusal
			}
			w.told = append(w.told, roles)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// expect says which roles are in force, how often that was told, and whether the
// metric says that something is wrong.
func (w *watched) expect(when, names string, told int, failed float64) {
	w.t.Helper()
	if got := namesOf(w.Roles()); got != names {
		w.t.Errorf("%s: got roles %q, want %q", when, got, names)
	}
	if len(w.told) != told || told > 0 && namesOf(w.told[told-1]) != names {
		w.t.Errorf("%s: told %d times, want %d", when, len(w.told), told)
	}
	if got := testutil.ToFloat64(w.failed); got != failed {
		w.t.Errorf("%s: netweave_policy_reload_failed is %v, want %v", when, got, failed)
	}
}

func (w *watched) looks(n int) {
	for range n {
		w.look()
	}
}

func namesOf(roles []*o2.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, r.Name)
	}
	return strings.Join(names, " ")
}

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileRolesAreReadAgain(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "roles.csv"), nocFile)
	w := watch(t, path)
	w.looks(3)
	w.expect("unchanged", "noc", 0, 0)

	put(t, path, nocFile+nightFile)
	w.looks(1)
	w.expect("read once", "noc", 0, 0)
	w.looks(1)
	w.expect("read twice alike", "noc night", 1, 0)
	w.looks(3)
	w.expect("and no more", "noc night", 1, 0)

	put(t, path, nocFile) // an editor that empties a file before it writes is seen halfway
	w.looks(1)
	put(t, path, nightFile)
	w.looks(1)
	w.expect("still being written", "noc night", 1, 0)
	w.looks(1)
	w.expect("written", "night", 2, 0)

	if err := os.Rename(put(t, path+".new", nocFile), path); err != nil {
		t.Fatal(err)
	}
	w.looks(2)
	w.expect("written beside and renamed", "noc", 3, 0)
}

func TestFileRolesFollowLinks(t *testing.T) {
	dir := t.TempDir()
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(dir, name+".tmp")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name+".tmp"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for version, text := range map[string]string{"v1": nocFile, "v2": nightFile} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, version, "roles.csv"), text)
	}
	link("v1", "..data") // as a ConfigMap's volume has it
	link(filepath.Join("..data", "roles.csv"), "roles.csv")
	w := watch(t, filepath.Join(dir, "roles.csv"))
	link("v2", "..data")
	if err := os.RemoveAll(filepath.Join(dir, "v1")); err != nil {
		t.Fatal(err)
	}
	w.looks(2)
	w.expect("another target", "night", 1, 0)
}

func TestABadFileChangesNothing(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "roles.csv"), nocFile)
	w := watch(t, path)
	put(t, path, nocFile+"p, noc, Resource, write, all\n")
	w.looks(5)
	w.expect("a bad line", "noc", 0, 1)
	const want = `roles.csv, line 2: \"write\" is no action: write one of list, read, create, update, delete, manage`
	if log := w.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, want) || !strings.Contains(log, "level=ERROR") {
		t.Errorf("got the log\n%s\nwant one error with %s", log, want)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	w.looks(3)
	w.expect("no file", "noc", 0, 1)
	if log := w.log.String(); strings.Count(log, "\n") != 2 || !strings.Contains(log, "no such file") {
		t.Errorf("got the log\n%s", log)
	}
	put(t, path, nocFile)
	w.looks(2)
	w.expect("as it was", "noc", 0, 0)
	put(t, path, nocFile+"p, noc, Resource, write, all\n")
	w.looks(2)
	w.expect("bad again", "noc", 0, 1)
	put(t, path, nightFile)
	w.looks(2)
	w.expect("mended", "night", 1, 0)
	if log := w.log.String(); strings.Count(log, "level=ERROR") != 3 {
		t.Errorf("got the log\n%s\nwant an error for each thing that went wrong", log)
	}
}

// What whoever uses the roles does not take is not in force; it is offered again.
func TestRolesThatAreNotTaken(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "roles.csv"), nocFile)
	w := watch(t, path)
	w.refusal = errors.New("a tenant has a role night of its own")
	put(t, path, nightFile)
	w.looks(5)
	w.expect("refused", "noc", 0, 1)
	if log := w.log.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "a tenant has a role night of its own") {
		t.Errorf("got the log\n%s", log)
	}
	w.refusal = nil
	w.looks(1)
	w.expect("taken", "night", 1, 0)
}

func TestFileRolesRunUntilTheyAreStopped(t *testing.T) {
	path := put(t, filepath.Join(t.TempDir(), "roles.csv"), nocFile)
	told := make(chan []*o2.Role)
	f, err := NewFileRoles(FileConfig{
		Path: path, Interval: time.Millisecond, Log: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		Changed: func(roles []*o2.Role) error { told <- roles; return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	put(t, path, nightFile)
	for names := ""; names != "night"; { // a file that is being written may be seen empty
		names = namesOf(<-told)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFileRolesThatCannotBegin(t *testing.T) {
	registry := prometheus.NewRegistry()
	c := FileConfig{Log: slog.New(slog.DiscardHandler), Registerer: registry, Changed: func([]*o2.Role) error { return nil }}
	dir := t.TempDir()
	for _, tc := range []struct{ name, path, want string }{
		{"no path", "", "casbin: a file of roles needs a path, a log, a registerer, and whom to tell of changes"},
		{"no file", filepath.Join(dir, "none"), "no such file or directory"},
		{"a bad one", put(t, filepath.Join(dir, "bad"), "p, noc\n"), `bad, line 1: has 2 fields: a permission is "p, role, resource, action, scope"`},
		{"too long a one", put(t, filepath.Join(dir, "long"), strings.Repeat("#\n", MaxFile/2+1)), "is larger than 4 MiB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c.Path = tc.path
			if f, err := NewFileRoles(c); err == nil || !strings.Contains(err.Error(), tc.want) || f != nil {
				t.Errorf("got %v, %v, want %q", f, err, tc.want)
			}
		})
	}
}
