package pluginhost

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/ports/backend"
)

// fakeHost is a host in a process of its own: it starts one plugin, says its
// pid, and waits to be killed.
func fakeHost(dirs string) {
	plugins, state, _ := strings.Cut(dirs, "|")
	host, err := New(Config{Dir: plugins, StateDir: state}, hclog.NewNullLogger(), prometheus.NewRegistry())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	back, err := host.Start(Adapter{Name: "one", Plugin: "fake"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for deadline := time.Now().Add(patience); back.Info().State != backend.StateRunning; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			fmt.Println(back.Info().LastError)
			os.Exit(1)
		}
	}
	fmt.Println(back.pid())
	hang()
}

func TestAKilledHostLeavesNothing(t *testing.T) {
	t.Parallel()
	state, err := os.MkdirTemp("", "kill") // short, so that the sockets are below it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(state); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	host := exec.CommandContext(t.Context(), self)
	host.Env = []string{hostVariable + "=" + suite.plugins + "|" + state}
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the host says %q", line)
	}
	if isGone(pid) {
		t.Fatal("the plugin does not run")
	}
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := host.Wait(); err == nil {
		t.Error("the host was not killed")
	}
	eventually(t, "the plugin is gone as well", func() bool { return isGone(pid) })

	runs := filepath.Join(state, "run")
	left, err := os.ReadDir(runs)
	if err != nil || len(left) != 1 {
		t.Fatalf("%v is left of the host (%v), want its one directory", left, err)
	}
	cfg := quick("good")
	cfg.StateDir = state
	first := open(t, cfg)
	if _, err := os.Stat(filepath.Join(runs, left[0].Name())); !os.IsNotExist(err) {
		t.Errorf("the next host did not sweep what was left: %v", err)
	}
	first.running(t, memoryConfig{})
	open(t, cfg).running(t, memoryConfig{})
	if there, err := os.ReadDir(runs); err != nil || len(there) != 2 {
		t.Errorf("%v is there (%v), want the directories of two living hosts", there, err)
	}
}

func TestWhatAPluginStartedEndsWithIt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(bench, *Backend) error{
		"crashing": func(_ bench, back *Backend) error {
			_, err := back.CreateResourcePool(t.Context(), newPool("p"))
			wantError(t, err, backend.ErrBroken, backend.SourcePlugin, "the change may have happened or not")
			return nil
		},
		"stopping": func(b bench, _ *Backend) error { return b.Stop(t.Context(), "one") },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := quick("good")
			cfg.Restart.Crashes = 1
			b := open(t, cfg)
			back := b.running(t, memoryConfig{Child: true, Crash: "call"})
			found := regexp.MustCompile(`child: pid=(\d+)`)
			eventually(t, "the child is there", func() bool { return found.MatchString(b.log.String()) })
			child, err := strconv.Atoi(found.FindStringSubmatch(b.log.String())[1])
			if err != nil || isGone(child) {
				t.Fatalf("child %d is not there (%v)", child, err)
			}
			if err := end(b, back); err != nil {
				t.Error(err)
			}
			eventually(t, "the child is gone", func() bool { return isGone(child) })
		})
	}
}

func TestARunDirectoryWithoutALockIsSwept(t *testing.T) {
	parent := t.TempDir()
	left, kept := filepath.Join(parent, "h1"), filepath.Join(parent, "file")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, kept, nil, 0o600)
	if err := sweep(parent); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("what is not ours was removed: %v", err)
	}
}

// A cleaner of temporary files may take it: no plugin could start any more.
func TestARunDirectoryThatWasTakenAwayIsMadeAnew(t *testing.T) {
	d, err := openRunDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	before := d.path
	if err := os.RemoveAll(filepath.Dir(before)); err != nil {
		t.Fatal(err)
	}
	dir, err := d.processDir()
	if err != nil || filepath.Dir(dir) != d.path || d.path == before {
		t.Errorf("%s in %s instead of %s, %v", dir, d.path, before, err)
	}
	if err := sweep(filepath.Dir(d.path)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Errorf("another host swept it: %v", err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
}

func TestSocketsFitWhateverTheStateDirectory(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.StateDir = filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	run, err := openRunDir(cfg.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	parent := filepath.Dir(run.path)
	if err := run.close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // runs after the host was closed
		if _, err := os.Stat(parent); !os.IsNotExist(err) {
			t.Errorf("%s is left behind: %v", parent, err)
		}
	})
	dir := open(t, cfg).running(t, memoryConfig{}).in.current.Load().dir
	if len(dir) > maxSocketPath-len("/plugin-dir1234567890/plugin1234567890") {
		t.Errorf("sockets are made in %s", dir)
	}
	if info, err := os.Stat(parent); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s has mode %v (%v), want 0700", parent, info.Mode(), err)
	}
}

func TestAStateDirectoryThatOthersCanReadIsRefused(t *testing.T) {
	cfg := quick("good")
	cfg.StateDir = t.TempDir()
	if err := os.Chmod(cfg.StateDir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := New(cfg, hclog.NewNullLogger(), prometheus.NewRegistry())
	if want := "plugin host: state directory: " + cfg.StateDir + " must be a directory of this user alone: chmod 700, or name one inside it"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
