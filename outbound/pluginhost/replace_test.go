package pluginhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/backend"
)

// shop is a host with a plugin directory of its own, whose plugin tests replace.
type shop struct {
	bench
	dir     string
	content []byte
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{dir: t.TempDir()}
	var err error
	if s.content, err = os.ReadFile(filepath.Join(suite.plugins, "fake")); err != nil {
		t.Fatal(err)
	}
	s.install(t, "", true)
	cfg := quick("good")
	cfg.Dir, cfg.StateDir = s.dir, filepath.Join(t.TempDir(), "state")
	s.bench = open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		if err := s.Follow(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Follow: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-followed })
	return s
}

// install puts another build of the plugin into the directory, as a careful operator
// does: whole, by a rename.
func (s *shop) install(t *testing.T, build string, trusted bool) {
	t.Helper()
	path := filepath.Join(s.dir, "fake")
	write(t, filepath.Join(s.dir, ".new"), append(bytes.Clone(s.content), build...), 0o755)
	if err := os.Rename(filepath.Join(s.dir, ".new"), path); err != nil {
		t.Fatal(err)
	}
	if trusted {
		if _, err := TrustPlugin(s.dir, "fake"); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *shop) reconfigure(t *testing.T, cfg any) {
	t.Helper()
	if err := s.Reconfigure(Adapter{Name: "one", Plugin: "fake", Config: section(t, cfg)}); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherBuildTakesThePlaceOfTheRunningOne(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.running(t, memoryConfig{})
	first, info := back.pid(), back.Info()
	s.install(t, "1", false)
	eventually(t, "the reason is told", func() bool {
		return strings.Contains(back.Info().ReplaceError, "its checksum differs from the lock file's")
	})
	if back.pid() != first {
		t.Fatal("a build that nobody trusts is running")
	}
	if _, err := TrustPlugin(s.dir, "fake"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the trusted build runs", func() bool { return back.Info().Replacements == 1 })
	eventually(t, "the former process is gone", func() bool { return isGone(first) })
	now := back.Info()
	if now.Checksum == info.Checksum || len(now.Checksum) != 64 || now.ReplaceError != "" || now.Restarts != 0 || now.State != backend.StateRunning {
		t.Errorf("%+v, before %+v", now, info)
	}
	if got := sample(t, s.metrics, "netweave_plugin_replacements_total", map[string]string{"adapter": "one", "outcome": "replaced"}); got != 1 {
		t.Errorf("%v replacements are counted", got)
	}
}

func TestTheLastOfTwoBuildsInASecondRuns(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.running(t, memoryConfig{})
	first := back.pid()
	s.install(t, "1", true)
	time.Sleep(followInterval * 5 / 2) // so that its start may be under way
	s.install(t, "2", true)
	last, err := Check(s.dir, "fake")
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the last build runs", func() bool { return back.Info().Checksum == last.SHA256 })
	eventually(t, "the first is gone", func() bool { return isGone(first) })
}

// TestABadOneLeavesTheOldInPlace: of a plugin that cannot take the place, and why.
func TestABadOneLeavesTheOldInPlace(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg  memoryConfig
		want string
	}{
		"refuses its configuration": {memoryConfig{Open: "invalid"}, "the plugin refuses its configuration"},
		"crashes when it is opened": {memoryConfig{Crash: "open"}, "open: the plugin's process ended"},
		"is not healthy":            {memoryConfig{Ill: true}, "it is not healthy: backend one: unavailable: the cloud behind it is away"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			back := s.running(t, memoryConfig{})
			pid := back.pid()
			s.reconfigure(t, tt.cfg)
			eventually(t, "the reason is told", func() bool { return strings.Contains(back.Info().ReplaceError, tt.want) })
			if _, err := back.CreateResourcePool(t.Context(), newPool("p")); err != nil || back.pid() != pid {
				t.Errorf("the old one, %d, does not go on: %v, %d", pid, err, back.pid())
			}
			s.reconfigure(t, memoryConfig{})
			eventually(t, "all is as before", func() bool { return back.Info().ReplaceError == "" })
			if back.pid() != pid {
				t.Error("what runs already was started again")
			}
		})
	}
}

// TestAfterARefusedConfigurationACrashIsMendedByTheOldOne: a configuration that the
// plugin refuses does not take the adapter down, later either.
func TestAfterARefusedConfigurationACrashIsMendedByTheOldOne(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.running(t, memoryConfig{Crash: "call"})
	s.reconfigure(t, memoryConfig{Open: "invalid"})
	eventually(t, "the reason is told", func() bool { return back.Info().ReplaceError != "" })
	_, err := back.CreateResourcePool(t.Context(), newPool("p"))
	wantError(t, err, backend.ErrBroken, backend.SourcePlugin, "may have happened or not")
	eventually(t, "it runs again", func() bool { return back.Info().Restarts == 1 && back.Info().State == backend.StateRunning })
	if back.Info().ReplaceError == "" {
		t.Error("that the configuration is refused is not told any more")
	}
}

func TestReconfigureOfWhatDoesNotRunYet(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.start(t, "one", memoryConfig{Open: "invalid"})
	eventually(t, "it is refused", func() bool { return back.Info().LastError != "" })
	s.reconfigure(t, memoryConfig{})
	eventually(t, "the plugin runs", func() bool { return back.Info().State == backend.StateRunning })
	if err := s.Reconfigure(Adapter{Name: "two", Plugin: "fake"}); err == nil || err.Error() != `adapter "two" is not running` {
		t.Errorf("an unknown adapter: %v", err)
	}
}

// TestOtherTimeoutsStartNothing: they are in force with the next call.
func TestOtherTimeoutsStartNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.running(t, memoryConfig{Deaf: "health"})
	pid := back.pid()
	if err := s.Reconfigure(Adapter{
		Name: "one", Plugin: "fake", Config: section(t, memoryConfig{Deaf: "health"}), Timeouts: Timeouts{Health: 20 * time.Millisecond},
	}); err != nil {
		t.Fatal(err)
	}
	wantError(t, back.Health(t.Context()), backend.ErrTimeout, backend.SourcePlugin, "no answer within the adapter's time-out")
	if back.pid() != pid || back.Info().Replacements != 0 {
		t.Error("another process was started")
	}
}

// TestAQuarantineIsNotEndedByTheTrustInAnother: only what concerns the plugin itself
// has it tried before its time.
func TestAQuarantineIsNotEndedByTheTrustInAnother(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.start(t, "one", memoryConfig{Crash: "open"})
	eventually(t, "it is in quarantine", func() bool { return back.Info().State == backend.StateQuarantined })
	write(t, filepath.Join(s.dir, "other"), append(bytes.Clone(s.content), "other"...), 0o755)
	if _, err := TrustPlugin(s.dir, "other"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * followInterval) // in which it would be tried
	if info := back.Info(); info.State != backend.StateQuarantined {
		t.Errorf("it is %s", info.State)
	}
	s.install(t, "mended", true)
	eventually(t, "another build is tried", func() bool { return back.Info().Restarts > 2 })
}

// TestTheRunningConfigurationsSecretsStayBlank: however many others were refused since.
func TestTheRunningConfigurationsSecretsStayBlank(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.running(t, memoryConfig{Password: "the-running-one"})
	for i := range 3 * rememberedConfigs {
		s.reconfigure(t, memoryConfig{Open: "invalid", Password: fmt.Sprint("refused-", i)})
	}
	if got := back.in.errs.clean("login with the-running-one failed"); got != "login with [redacted] failed" {
		t.Errorf("got %s", got)
	}
}

func TestADeletedExecutableRunsOn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	back := s.running(t, memoryConfig{})
	pid := back.pid()
	if err := os.Remove(filepath.Join(s.dir, "fake")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is told", func() bool { return strings.Contains(back.Info().ReplaceError, "not found in") })
	if err := back.Health(t.Context()); err != nil || back.pid() != pid {
		t.Errorf("the running process was disturbed: %v", err)
	}
}

// TestReplacedUnderLoad swaps binary and configuration again and again: no call fails, and
// what a feed tells is in the end what the last process has.
func TestReplacedUnderLoad(t *testing.T) {
	t.Parallel()
	const swaps = 16
	s := newShop(t)
	back := s.running(t, memoryConfig{Resources: 1})
	ctx, stop := context.WithCancel(t.Context())
	var load sync.WaitGroup
	var calls atomic.Int64
	for worker := range 4 {
		load.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if _, err := back.CreateResourcePool(t.Context(), newPool(fmt.Sprintf("p%d-%d", worker, n))); err != nil {
					t.Errorf("a create failed: %v", err)
				}
				if err := back.Health(t.Context()); err != nil {
					t.Errorf("a health check failed: %v", err)
				}
				calls.Add(2)
			}
		})
	}
	sink := newSheet()
	load.Go(func() {
		for ctx.Err() == nil {
			if err := back.Watch(ctx, sink); !errors.Is(err, backend.ErrReplaced) && ctx.Err() == nil {
				t.Errorf("the watch ended: %v", err)
			}
		}
	})
	var pids []int
	for i := range swaps {
		pids = append(pids, back.pid())
		if i%2 == 0 {
			s.install(t, fmt.Sprint("build ", i), true)
		} else {
			s.reconfigure(t, memoryConfig{Resources: i + 2})
		}
		eventually(t, fmt.Sprint("replacement ", i+1), func() bool { return back.Info().Replacements == i+1 })
	}
	eventually(t, "the feed tells what the last one has", func() bool { return sink.get(fmt.Sprintf("server-%d", swaps)) != nil })
	stop()
	load.Wait()
	for _, pid := range pids {
		eventually(t, "former processes are gone", func() bool { return isGone(pid) })
	}
	if info := back.Info(); info.Restarts != 0 || calls.Load() < swaps {
		t.Errorf("%d calls, %+v", calls.Load(), info)
	}
}
