package openstacktest

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
)

// databases returns a folder with databases and keys for stacks to start with a
// copy of, and makes it if it is not there.
func (p place) databases(s settings) (string, error) {
	version, err := p.fingerprint()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(p.cache, "databases-"+version)
	turn, err := lock(filepath.Join(p.cache, "lock"), 0)
	if err != nil {
		return "", err
	}
	defer turn.Close()
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	old, err := filepath.Glob(filepath.Join(p.cache, "databases-*"))
	if err != nil {
		return "", err
	}
	for _, other := range old {
		if err := os.RemoveAll(other); err != nil {
			return "", err
		}
	}
	home, alive, err := p.runDir()
	if err != nil {
		return "", err
	}
	defer alive.Close()
	s.Home = home
	defer os.RemoveAll(s.Home)
	if err := p.makeDatabases(s); err != nil {
		return "", fmt.Errorf("making the databases: %w", err)
	}
	return dir, os.Rename(s.Home, dir)
}

func (p place) makeDatabases(s settings) error {
	if err := s.write(); err != nil {
		return err
	}
	env, err := p.environment(s.Home)
	if err != nil {
		return err
	}
	for _, name := range []string{"db", "fernet", "credential"} {
		if err := os.Mkdir(filepath.Join(s.Home, name), 0o700); err != nil {
			return err
		}
	}
	// With a log of writes apart, or whoever reads would block who writes.
	err = run("sqlite", s.Home, env, python, "-c", `import sqlite3
for name in ("keystone", "placement", "nova_api", "nova_cell0", "nova_cell1"):
    db = sqlite3.connect("db/%s.db" % name)
    assert db.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal"
    db.close()`)
	if err != nil {
		return err
	}
	me, err := user.Current()
	if err != nil {
		return err
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		return err
	}
	commands := map[string][]string{
		"keystone-setup":  {python, filepath.Join(p.scripts, "keystone_setup.py"), "keystone.conf", me.Username, group.Name, s.Password},
		"nova-setup":      {python, filepath.Join(p.scripts, "nova_setup.py"), "nova.conf"},
		"placement-setup": {python, filepath.Join(p.root, "usr", "bin", "placement-manage"), "--config-file", "placement.conf", "db", "sync"},
	}
	var all sync.WaitGroup
	failures := make(chan error, len(commands))
	for name, args := range commands {
		all.Go(func() { failures <- run(name, s.Home, env, args...) })
	}
	all.Wait()
	for range commands {
		if err := <-failures; err != nil {
			return err
		}
	}
	return nil
}

// python is Debian's: the packages are made for it.
const python = "/usr/bin/python3"

// copyTree copies databases and keys.
func copyTree(from, to string) error {
	for _, name := range []string{"db", "fernet", "credential"} {
		err := filepath.WalkDir(filepath.Join(from, name), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			target := filepath.Join(to, strings.TrimPrefix(path, from))
			if d.IsDir() {
				return os.Mkdir(target, 0o700)
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, raw, 0o600)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
