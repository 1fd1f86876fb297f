package pluginhost

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is the smallest thing that looks like a program for machine.
func program(t *testing.T, machine elf.Machine) []byte {
	t.Helper()
	head := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64,
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, head); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, path string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, content, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func otherMachine() elf.Machine {
	if runtime.GOARCH == "arm64" {
		return elf.EM_X86_64
	}
	return elf.EM_AARCH64
}

func TestListJudgesEveryFile(t *testing.T) {
	dir := t.TempDir()
	own := program(t, machines[runtime.GOARCH])
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, outside, own, 0o755)
	for name, mode := range map[string]os.FileMode{
		"sound": 0o755, "locked": 0o755, "changed": 0o755, "plain": 0o644, "everyone": 0o757, "group": 0o775, "setuid": 0o755 | os.ModeSetuid,
	} {
		write(t, filepath.Join(dir, name), own, mode)
	}
	write(t, filepath.Join(dir, "script"), []byte("#!/bin/sh\n"), 0o755)
	write(t, filepath.Join(dir, "text"), []byte("hello"), 0o755)
	write(t, filepath.Join(dir, "empty"), nil, 0o755)
	write(t, filepath.Join(dir, "foreign"), program(t, otherMachine()), 0o755)
	write(t, filepath.Join(dir, "bad name"), own, 0o755)
	write(t, filepath.Join(dir, ".hidden"), own, 0o755)
	if err := errors.Join(
		os.Mkdir(filepath.Join(dir, "folder"), 0o755),
		os.Symlink(outside, filepath.Join(dir, "leaving")),
		os.Symlink("sound", filepath.Join(dir, "staying")),
		os.Symlink("nowhere", filepath.Join(dir, "dangling")),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"locked", "changed"} {
		if _, err := TrustPlugin(dir, name); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "changed"), append(own, 0), 0o755)
	l, err := readLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	l.Plugins["removed"] = l.Plugins["locked"]
	if err := writeLock(dir, l); err != nil {
		t.Fatal(err)
	}

	want := map[string]struct {
		trust  Trust
		reason string
	}{
		"sound":    {Untrusted, `not in the lock file: run "netweave plugin trust sound"`},
		"staying":  {Untrusted, `not in the lock file: run "netweave plugin trust staying"`},
		"locked":   {Trusted, ""},
		"changed":  {Changed, `its checksum differs from the lock file's: if the change is yours, run "netweave plugin trust changed"`},
		"removed":  {Missing, "in the lock file, but not in " + dir},
		"plain":    {Refused, "refused: it is not executable: chmod +x"},
		"everyone": {Refused, "refused: it is writable by everyone: chmod go-w"},
		"group":    {Refused, "refused: it is writable by its group: chmod g-w"},
		"setuid":   {Refused, "refused: it is set-user-id or set-group-id"},
		"script":   {Refused, "refused: it is a script; a plugin is a program, so that its checksum covers what runs"},
		"text":     {Refused, "refused: it is no ELF program"},
		"empty":    {Refused, "refused: it is no ELF program"},
		"foreign":  {Refused, "refused: it is built for " + strings.TrimPrefix(otherMachine().String(), "EM_") + ", this machine is " + strings.TrimPrefix(machines[runtime.GOARCH].String(), "EM_")},
		"bad name": {Refused, `refused: plugin name "bad name": want letters, digits, and inside also '-', '_' and '.'`},
		"folder":   {Refused, "refused: it is a directory"},
		"leaving":  {Refused, "refused: it is a symbolic link out of the plugin directory"},
		"dangling": {Refused, "not found in " + dir + ": build or install it there"},
	}
	plugins, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(plugins, func(a, b Plugin) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("not sorted: %v", plugins)
	}
	for _, p := range plugins {
		w, known := want[p.Name]
		if !known || p.Trust != w.trust || p.Reason != w.reason {
			t.Errorf("%s is %s: %q, want %s: %q", p.Name, p.Trust, p.Reason, w.trust, w.reason)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
	if sum := sha256.Sum256(own); plugins[slices.IndexFunc(plugins, func(p Plugin) bool { return p.Name == "sound" })].SHA256 != hex.EncodeToString(sum[:]) {
		t.Error("sound has the wrong checksum")
	}

	_, err = Verify(dir)
	if !errors.Is(err, ErrNotTrusted) || !strings.Contains(err.Error(), "plugin changed is") || !strings.Contains(err.Error(), "plugin removed is") || strings.Contains(err.Error(), "sound") {
		t.Errorf("Verify: %v, want the changed and the removed one", err)
	}
	if _, err := TrustPlugin(dir, "script"); err == nil || !strings.Contains(err.Error(), "it is a script") {
		t.Errorf("a script was trusted: %v", err)
	}
	if _, err := TrustPlugin(dir, "../plugins.lock"); err == nil {
		t.Error("a path was trusted")
	}
	if p, err := TrustPlugin(dir, "changed"); err != nil || p.Trust != Trusted {
		t.Errorf("trusting the changed one again: %v, %v", p, err)
	}
	if _, err := Check(dir, "changed"); err != nil {
		t.Errorf("Check after trusting it: %v", err)
	}
	if _, err := Check(dir, "sound"); !errors.Is(err, ErrNotTrusted) {
		t.Errorf("Check of one that is not in the lock file: %v", err)
	}
}

func TestAPluginDirectoryThatOthersCanWriteToIsRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sound"), program(t, machines[runtime.GOARCH]), 0o755)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := TrustPlugin(dir, "sound")
	if want := "plugin sound is refused: the plugin directory " + dir + " is writable by everyone: chmod go-w"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestLockFileIsReadStrictly(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	for name, tc := range map[string]struct {
		content string
		mode    os.FileMode
		want    string // part of the error, "" for none
	}{
		"good":          {`{"version":1,"plugins":{"a":{"sha256":"` + sum + `"}}}`, 0o644, ""},
		"no plugins":    {`{"version":1}`, 0o644, ""},
		"not JSON":      {"a: b", 0o644, "invalid character"},
		"unknown field": {`{"version":1,"extra":1}`, 0o644, "unknown field"},
		"two in one":    {`{"version":1}{"version":1}`, 0o644, "something follows its end"},
		"newer":         {`{"version":2}`, 0o644, "version 2: this program reads version 1"},
		"bad checksum":  {`{"version":1,"plugins":{"a":{"sha256":"12"}}}`, 0o644, `plugin "a": sha256 is not 64 hexadecimal digits`},
		"writable":      {`{"version":1}`, 0o666, "is writable by everyone"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, LockFile), []byte(tc.content), tc.mode)
			_, err := List(dir)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

// Who installs many plugins trusts them all at once: no one's entry may be lost
// to another's.
func TestTrustingAtTheSameTime(t *testing.T) {
	dir := t.TempDir()
	var names []string
	for i := range 20 {
		names = append(names, "plugin-"+strconv.Itoa(i))
		write(t, filepath.Join(dir, names[i]), program(t, machines[runtime.GOARCH]), 0o755)
	}
	failed := make(chan error, len(names))
	for _, name := range names {
		go func() {
			_, err := TrustPlugin(dir, name)
			failed <- err
		}()
	}
	for range names {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	l, err := readLock(dir)
	if err != nil || len(l.Plugins) != len(names) {
		t.Errorf("%d of %d plugins are trusted, %v", len(l.Plugins), len(names), err)
	}
}

func TestALockFileThatIsNoFileHoldsNobodyUp(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, LockFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := List(dir); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("List: %v", err)
	}
}

func TestPrivateCopyIsCheckedAndPruned(t *testing.T) {
	dir, v := t.TempDir(), vault{t.TempDir()}
	path := filepath.Join(dir, "sound")
	own := program(t, machines[runtime.GOARCH])
	write(t, path, own, 0o755)
	if _, _, err := v.fetch(dir, "sound"); !errors.Is(err, ErrNotTrusted) {
		t.Fatalf("an untrusted plugin was copied: %v", err)
	}
	if _, err := TrustPlugin(dir, "sound"); err != nil {
		t.Fatal(err)
	}
	first, _, err := v.fetch(dir, "sound")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(first)
	if err != nil || info.Mode().Perm() != 0o500 {
		t.Fatalf("the copy has mode %v (%v), want 0500", info.Mode(), err)
	}
	if err := os.Chmod(first, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, first, []byte("tampered"), 0o700)
	if again, _, err := v.fetch(dir, "sound"); err != nil || again != first {
		t.Fatalf("after tampering: %s, %v", again, err)
	}
	if content, err := os.ReadFile(first); err != nil || !bytes.Equal(content, own) {
		t.Errorf("a copy that was tampered with is not replaced (%v)", err)
	}

	write(t, path, append(own, 1), 0o755)
	if _, _, err := v.fetch(dir, "sound"); !errors.Is(err, ErrNotTrusted) {
		t.Fatalf("a changed plugin was copied: %v", err)
	}
	if _, err := TrustPlugin(dir, "sound"); err != nil {
		t.Fatal(err)
	}
	second, _, err := v.fetch(dir, "sound")
	if err != nil || second == first {
		t.Fatalf("the new version: %s, %v", second, err)
	}
	if _, err := os.Stat(filepath.Dir(first)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old version's copy is still there: %v", err)
	}
}

func TestHalfCopiesAreDropped(t *testing.T) {
	dir, v := t.TempDir(), vault{t.TempDir()}
	write(t, filepath.Join(dir, "sound"), program(t, machines[runtime.GOARCH]), 0o755)
	p, err := TrustPlugin(dir, "sound")
	if err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(v.dir, p.SHA256)
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	left, writing := filepath.Join(private, ".copy-1"), filepath.Join(private, ".copy-2")
	write(t, left, []byte("half"), 0o600)
	write(t, writing, []byte("half"), 0o600)
	old := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	if _, _, err := v.fetch(dir, "sound"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed host left is still there: %v", err)
	}
	if _, err := os.Stat(writing); err != nil {
		t.Errorf("another host's copy was taken from it: %v", err)
	}
}

func TestPickEnv(t *testing.T) {
	environ := []string{"AWS_REGION=eu", "AWSX=1", "HOME=/h", "KUBERNETES_SERVICE_HOST=10.0.0.1", "PLUGIN_MIN_PORT=1", "TOKEN=x", "broken"}
	got := pickEnv(environ, []string{"AWS_*", "HOME", "KUBERNETES_SERVICE_*", "PLUGIN_*"})
	want := []string{"AWS_REGION=eu", "HOME=/h", "KUBERNETES_SERVICE_HOST=10.0.0.1"}
	if !slices.Equal(got, want) {
		t.Errorf("picked %v, want %v", got, want)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no directory":       {func(c *Config) { c.Dir = "" }, "the plugin directory is not set"},
		"no state directory": {func(c *Config) { c.StateDir = "" }, "the state directory is not set"},
		"everything allowed": {func(c *Config) { c.EnvAllow = []string{"*"} }, `environment pattern "*": want a name or a prefix such as "AWS_*"`},
		"odd pattern":        {func(c *Config) { c.EnvAllow = []string{"A*B*"} }, `environment pattern "A*B*": want a name, or a prefix that ends in one '*'`},
		"negative time-out":  {func(c *Config) { c.StartTimeout = -1 }, "the start timeout is -1ns: want a positive duration"},
		"negative limit":     {func(c *Config) { c.Limits.Objects = -1 }, "the limit of objects is -1: want a positive number"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Dir: "a", StateDir: "b"}
			tc.change(&cfg)
			if err := cfg.validate(); err == nil || err.Error() != tc.want {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
}
