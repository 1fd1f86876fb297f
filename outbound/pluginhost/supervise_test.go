package pluginhost

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/sdk"
)

func newPool(name string) *o2.ResourcePool {
	return &o2.ResourcePool{Header: o2.Header{Name: name}}
}

// pid is the process id of the adapter's plugin, 0 if none runs.
func (b *Backend) pid() int {
	if p := b.in.current.Load(); p != nil {
		return p.runner.pidOf()
	}
	return 0
}

// isGone reports whether the process is no more, or a zombie at most.
func isGone(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

func TestAStartThatFails(t *testing.T) {
	for name, tc := range map[string]struct {
		mode      string
		plugin    string
		config    any
		state     backend.State // that it ends in
		lastError string
		logged    string
	}{
		"crash at start": {
			mode: "crash-at-start", state: backend.StateQuarantined,
			lastError: "(exit status 3)", logged: "no licence found",
		},
		"bad handshake": {
			mode: "bad-handshake", state: backend.StateQuarantined,
			lastError: "Unrecognized remote plugin message: hello, I am a web server",
		},
		"wrong protocol version": {
			mode: "wrong-version", state: backend.StateRestarting,
			lastError: "the plugin speaks version 99 of the wire and this netweave 1: install a build of the plugin, or a netweave, that has a version in common with the other",
		},
		"address elsewhere": {
			mode: "foreign-address", state: backend.StateQuarantined,
			lastError: "the plugin listens at tcp 127.0.0.1:1, not in the directory given to it",
		},
		"hang at the handshake": {
			mode: "hang-at-handshake", state: backend.StateQuarantined,
			lastError: "timeout while waiting for plugin to start",
		},
		"crash while opening": {
			config: memoryConfig{Crash: "open"}, state: backend.StateQuarantined,
			lastError: "the plugin's process ended",
		},
		"configuration refused": {
			config: memoryConfig{Open: "invalid", Password: "hunter2"}, state: backend.StateRestarting,
			lastError: "the plugin refuses its configuration: the password [redacted] is too short",
		},
		"unknown key in the configuration": {
			config: map[string]any{"pools": 3}, state: backend.StateRestarting,
			lastError: "the plugin refuses its configuration: ",
		},
		"no such plugin": {
			plugin: "nobody", state: backend.StateRestarting,
			lastError: "plugin nobody is not found in " + suite.plugins + ": build or install it there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := quick(tc.mode)
			cfg.FeedPatience = time.Nanosecond
			if tc.mode == "hang-at-handshake" {
				cfg.StartTimeout, cfg.Restart.Crashes = 300*time.Millisecond, 1
			}
			if tc.config == nil {
				tc.config = struct{}{}
			}
			b := open(t, cfg)
			plugin := "fake"
			if tc.plugin != "" {
				plugin = tc.plugin
			}
			back, err := b.Start(Adapter{Name: "one", Plugin: plugin, Config: section(t, tc.config)})
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "it is "+string(tc.state), func() bool { return back.Info().State == tc.state && back.Info().LastError != "" })
			info := back.Info()
			if !strings.Contains(info.LastError, tc.lastError) {
				t.Errorf("last error %q, want one with %q", info.LastError, tc.lastError)
			}
			if want := cfg.Restart.Crashes - 1; tc.state == backend.StateQuarantined && info.Restarts != want {
				t.Errorf("%d restarts before the quarantine, want %d", info.Restarts, want)
			}
			wantError(t, back.Health(t.Context()), backend.ErrUnavailable, backend.SourcePlugin, "the plugin is "+string(tc.state))
			wantError(t, back.Watch(t.Context(), newSheet()), backend.ErrUnavailable, backend.SourcePlugin, "the plugin is "+string(tc.state))
			_, err = back.CreateResourcePool(t.Context(), newPool("p"))
			wantError(t, err, backend.ErrUnavailable, backend.SourcePlugin, "the plugin is "+string(tc.state))
			if back.Info().Breaker != "closed" {
				t.Errorf("breaker is %s: a plugin that is away says nothing of its backend", back.Info().Breaker)
			}
			if log := b.log.String(); !strings.Contains(log, tc.logged) || strings.Contains(log, "hunter2") {
				t.Errorf("the log lacks %q or holds a secret", tc.logged)
			}
		})
	}
}

// What the machine will not run has not crashed: no quarantine outlasts the mending.
func TestAProgramThatCannotBeExecutedIsNotACrash(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Dir, cfg.StateDir = t.TempDir(), filepath.Join(t.TempDir(), "state")
	write(t, filepath.Join(cfg.Dir, "hollow"), program(t, machines[runtime.GOARCH]), 0o755)
	if _, err := TrustPlugin(cfg.Dir, "hollow"); err != nil {
		t.Fatal(err)
	}
	cfg.Restart.Crashes = 1
	b := open(t, cfg)
	back, err := b.Start(Adapter{Name: "one", Plugin: "hollow"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "its start has failed", func() bool { return back.Info().LastError != "" && back.Info().State != backend.StateStarting })
	if info := back.Info(); info.State != backend.StateRestarting || !strings.Contains(info.LastError, "exec format error") {
		t.Errorf("it is %s after %q, want it restarting after an exec format error", info.State, info.LastError)
	}
}

func TestABackendThatIsAwayAtStartIsTriedForEver(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]memoryConfig{
		"unavailable": {Open: "unavailable", Password: "hunter2"},
		"hanging":     {Open: "hang"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := quick("good")
			cfg.OpenTimeout = 100 * time.Millisecond
			back := open(t, cfg).start(t, "one", config)
			eventually(t, "more restarts than crashes would be allowed", func() bool {
				info := back.Info()
				if info.State == backend.StateQuarantined {
					t.Fatalf("quarantined for no fault of the plugin: %s", info.LastError)
				}
				return info.Restarts > cfg.Restart.Crashes
			})
			if last := back.Info().LastError; strings.Contains(last, "hunter2") {
				t.Errorf("last error %q holds a secret", last)
			}
		})
	}
}

func TestQuarantineEnds(t *testing.T) {
	t.Parallel()
	t.Run("by a reset", func(t *testing.T) {
		back := open(t, quick("crash-at-start")).start(t, "one", struct{}{})
		eventually(t, "it is quarantined", func() bool { return back.Info().State == backend.StateQuarantined })
		before := back.Info().Restarts
		back.Reset()
		eventually(t, "it was tried as often again, and quarantined", func() bool {
			info := back.Info()
			return info.State == backend.StateQuarantined && info.Restarts == before+3
		})
	})
	t.Run("by cooling down, for one crash", func(t *testing.T) {
		cfg := quick("crash-at-start")
		cfg.Restart.CoolDown = 20 * time.Millisecond
		b := open(t, cfg)
		back := b.start(t, "one", struct{}{})
		eventually(t, "it was tried after two quarantines", func() bool { return back.Info().Restarts >= 5 })
		if log := b.log.String(); strings.Count(log, "quarantined") < 3 {
			t.Errorf("a crash right after the quarantine did not bring it back there")
		}
	})
	t.Run("by running well", func(t *testing.T) {
		dir := t.TempDir()
		cfg := quick("good")
		cfg.Dir = dir
		b := open(t, cfg)
		back := b.start(t, "one", struct{}{})
		eventually(t, "it is refused", func() bool { return back.Info().LastError != "" })
		if err := os.Link(filepath.Join(suite.plugins, "fake"), filepath.Join(dir, "fake")); err != nil {
			t.Fatal(err)
		}
		if _, err := TrustPlugin(dir, "fake"); err != nil {
			t.Fatal(err)
		}
		back.Reset()
		eventually(t, "it runs once it is installed and trusted", func() bool { return back.Info().State == backend.StateRunning })
	})
}

func TestACrashIsMended(t *testing.T) {
	t.Parallel()
	b := open(t, quick("good"))
	back := b.running(t, memoryConfig{Crash: "call", Resources: 2})
	first := back.pid()
	watched := newSheet()
	watch := make(chan error, 1)
	go func() { watch <- back.Watch(t.Context(), watched) }()
	eventually(t, "the watch has synced", func() bool { return strings.HasSuffix(watched.said(), "synced") })

	_, err := back.CreateResourcePool(t.Context(), newPool("p"))
	wantError(t, err, backend.ErrBroken, backend.SourcePlugin, "the change may have happened or not")
	wantError(t, <-watch, backend.ErrUnavailable, backend.SourcePlugin, "")

	// A feed waits for the restart, so this needs no retry.
	again := newSheet()
	if err := back.Snapshot(t.Context(), again); err != nil {
		t.Fatalf("after the restart: %v", err)
	}
	if again.get("server-1") == nil {
		t.Error("the new process was not opened with the adapter's configuration")
	}
	info := back.Info()
	if back.pid() == first || info.Restarts != 1 || info.State != backend.StateRunning {
		t.Errorf("pid %d then %d, %d restarts, %s: want a new process after one restart", first, back.pid(), info.Restarts, info.State)
	}
	if !strings.Contains(info.LastError, "the plugin's process ended: exit status 6") {
		t.Errorf("last error %q does not say how it ended", info.LastError)
	}
	if !isGone(first) {
		t.Error("the crashed process is still there")
	}
}

func TestAProcessThatAnswersNoMoreIsReplaced(t *testing.T) {
	t.Parallel()
	cfg := quick("raw")
	cfg.ProbeInterval = 50 * time.Millisecond
	cfg.Restart.Crashes = 1
	back := open(t, cfg).start(t, "one", map[string]string{"scenario": "deaf process"})
	eventually(t, "it was given up", func() bool { return back.Info().State == backend.StateQuarantined })
	if last := back.Info().LastError; !strings.Contains(last, "answers no more: 3 probes of 50ms failed") {
		t.Errorf("last error %q", last)
	}
}

func TestStopDrains(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	cfg := quick("good")
	cfg.Environ = append(cfg.Environ, "FAKE_CLOSED="+closed)
	b := open(t, cfg)
	back := b.running(t, memoryConfig{Slow: sdk.Duration(time.Second)})
	pid := back.pid()
	watch, write := make(chan error, 1), make(chan error, 1)
	watched := newSheet()
	go func() { watch <- back.Watch(context.Background(), watched) }()
	eventually(t, "the watch has synced", func() bool { return strings.HasSuffix(watched.said(), "synced") })
	go func() {
		_, err := back.CreateResourcePool(context.Background(), newPool("p"))
		write <- err
	}()
	eventually(t, "both calls are in flight", func() bool {
		p := back.in.current.Load()
		p.gate.mu.Lock()
		defer p.gate.mu.Unlock()
		return p.gate.calls == 2
	})
	if err := b.Stop(t.Context(), "one"); err != nil {
		t.Fatalf("Stop: %v", err)
	}
	if err := <-write; err != nil {
		t.Errorf("the call in flight was cut off: %v", err)
	}
	wantError(t, <-watch, backend.ErrUnavailable, backend.SourcePlugin, "the plugin is being stopped")
	wantError(t, back.Health(t.Context()), backend.ErrUnavailable, backend.SourcePlugin, "the plugin is stopped")
	if _, err := os.Stat(closed); err != nil {
		t.Errorf("the plugin was not closed: %v", err)
	}
	if !isGone(pid) {
		t.Error("the process outlived Stop")
	}
	if back.Info().State != backend.StateStopped {
		t.Errorf("state is %s", back.Info().State)
	}
	if err := b.Stop(t.Context(), "one"); err == nil {
		t.Error("stopping it twice is no error")
	}
	if _, err := b.Start(Adapter{Name: "one", Plugin: "fake"}); err != nil {
		t.Errorf("the name is not free again: %v", err)
	}
}

func TestStopKillsWhatDoesNotStop(t *testing.T) {
	t.Parallel()
	t.Run("a call that hangs, when the caller has no more time", func(t *testing.T) {
		b := open(t, quick("good"))
		back := b.running(t, memoryConfig{Deaf: "write"})
		pid := back.pid()
		write := make(chan error, 1)
		go func() {
			_, err := back.CreateResourcePool(context.Background(), newPool("p"))
			write <- err
		}()
		eventually(t, "the call is in flight", func() bool {
			p := back.in.current.Load()
			p.gate.mu.Lock()
			defer p.gate.mu.Unlock()
			return p.gate.calls == 1
		})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := b.Stop(ctx, "one"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Stop: %v, want that it had to kill", err)
		}
		wantError(t, <-write, backend.ErrBroken, backend.SourcePlugin, "the change may have happened or not")
		if !isGone(pid) {
			t.Error("the process outlived Stop")
		}
	})
	t.Run("a Close that hangs", func(t *testing.T) {
		cfg := quick("raw")
		cfg.CloseTimeout = 50 * time.Millisecond
		b := open(t, cfg)
		back := b.running(t, map[string]string{"scenario": "deaf to close"})
		pid := back.pid()
		if err := b.Stop(t.Context(), "one"); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if !isGone(pid) {
			t.Error("the process outlived Stop")
		}
	})
	t.Run("a start that hangs", func(t *testing.T) {
		b := open(t, quick("hang-at-handshake"))
		b.start(t, "one", struct{}{})
		eventually(t, "a process is there", func() bool { return strings.Contains(b.log.String(), "waiting for RPC address") })
		if err := b.Stop(t.Context(), "one"); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

func TestAChangedPluginIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "fake")
	content, err := os.ReadFile(filepath.Join(suite.plugins, "fake"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, content, 0o755)
	if _, err := TrustPlugin(dir, "fake"); err != nil {
		t.Fatal(err)
	}
	cfg := quick("good")
	cfg.Dir, cfg.StateDir = dir, filepath.Join(t.TempDir(), "state")
	back := open(t, cfg).running(t, memoryConfig{Crash: "call"})
	write(t, path, append(content, "more"...), 0o755)
	if err := back.Health(t.Context()); err != nil {
		t.Errorf("the running process was disturbed: %v", err)
	}
	_, err = back.CreateResourcePool(t.Context(), newPool("p"))
	wantError(t, err, backend.ErrBroken, backend.SourcePlugin, "the change may have happened or not")
	eventually(t, "the restart is refused", func() bool {
		return strings.Contains(back.Info().LastError, "its checksum differs from the lock file's")
	})
}

func TestAdaptersAreApart(t *testing.T) {
	t.Parallel()
	b := open(t, quick("good"))
	sick := b.start(t, "sick", memoryConfig{Crash: "open"})
	well := b.start(t, "well", memoryConfig{})
	eventually(t, "one is quarantined and the other runs", func() bool {
		return sick.Info().State == backend.StateQuarantined && well.Info().State == backend.StateRunning
	})
	if err := well.Health(t.Context()); err != nil {
		t.Error(err)
	}
	for _, a := range []Adapter{{Name: "well", Plugin: "fake"}, {Name: "", Plugin: "fake"}, {Name: "x/y", Plugin: "fake"}, {Name: "x", Plugin: "../fake"}} {
		if _, err := b.Start(a); err == nil {
			t.Errorf("adapter %q with plugin %q was started", a.Name, a.Plugin)
		}
	}
}
