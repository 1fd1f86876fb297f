//go:build integration

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// try runs "netweave plugin run" with the plugins of these tests.
func try(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(built, "netweave"), append([]string{"plugin", "run"}, args...)...)
	c.Dir = built
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			t.Fatal(err)
		}
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestAPluginIsTriedWithoutAGateway(t *testing.T) {
	file := filepath.Join(t.TempDir(), "acme.yaml")
	if err := os.WriteFile(file, []byte("rack: r7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const acme = "plugins/acme"
	for name, c := range map[string]struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		"list": {
			args:   []string{acme, "--config", file, "list", "pools"},
			stdout: "ID  NAME     PARENT  TYPE  TENANT  LOCATION\nr7  rack r7  -       -     -       r7\n",
		},
		"settings": {
			args:   []string{acme, "--set", "rack=r8", "list", "resources"},
			stdout: "ID    NAME      PARENT  TYPE   TENANT  LOCATION\nr8/1  server 1  r8      metal  -       -\n",
		},
		"list of a tenant": {
			args: []string{acme, "--config", file, "list", "pools", "--tenant", "blue"}, stdout: "the plugin lists no resource pools\n",
		},
		"get": {
			args:   []string{acme, "--config", file, "get", "resource", "r7/1"},
			stdout: "ID    NAME      PARENT  TYPE   TENANT  LOCATION\nr7/1  server 1  r7      metal  -       -\nextensions {\n  \"acme.rackUnit\": 1\n}\n",
		},
		"get as JSON": {
			args:   []string{acme, "--config", file, "get", "pool", "r7", "-o", "json"},
			stdout: "{\n  \"kind\": \"ResourcePool\",\n  \"id\": \"r7\",\n  \"name\": \"rack r7\",\n  \"oCloudId\": \"ocloud-acme\",\n  \"location\": \"r7\"\n}\n",
		},
		"health": {args: []string{acme, "--config", file, "health"}, stdout: "healthy\n"},
		"info": {
			args:   []string{acme, "--config", file, "info"},
			stdout: "plugin        acme 0.1.0\nprotocol      version 1\ncapabilities  none: it is read, and polled\n",
		},
		"alarms of a plugin without": {
			args: []string{acme, "--config", file, "list", "alarms"}, code: 1,
			stderr: "netweave: this plugin tells of no alarms: it lacks the capability alarms\n",
		},
		"no alarms": {args: []string{"plugins/mock", "list", "alarms"}, stdout: "no alarm is raised\n"},
		"an id that is not there": {
			args: []string{acme, "--config", file, "get", "resource", "r9"}, code: 1,
			stderr: `netweave: get of "r9" among the resources: the plugin says "there is no Resource \"r9\"" (code not-found: counts as the caller's mistake, for which no breaker opens)` + "\n",
		},
		"a configuration that it refuses": {
			args: []string{acme, "info"}, code: 1,
			stderr: "netweave: the plugin refuses its configuration: rack is missing: name the rack to serve\n",
		},
		"a plugin that cannot watch": {
			args: []string{acme, "--config", file, "watch"}, code: 1,
			stderr: "netweave: this plugin cannot watch: it lacks the capability real-time-events, and a gateway polls its lists\n",
		},
		"no plugin at all": {
			args: []string{"netweave", "info"}, code: 1,
			stderr: "netweave: start: Unrecognized remote plugin message: netweave answers O2-IMS",
		},
		"a script": {
			args: []string{script(t), "info"}, code: 1,
			stderr: "is refused: it is a script; a plugin is a program, so that its checksum covers what runs\n",
		},
		"a directory":  {args: []string{"plugins", "info"}, code: 1, stderr: "netweave: plugins is refused: it is a directory\n"},
		"nothing":      {args: []string{"plugins/none", "info"}, code: 1, stderr: "netweave: plugins/none is not readable: no such file or directory\n"},
		"no path":      {code: 2, stderr: `netweave: plugin run needs the path of an executable: see "netweave plugin run --help"` + "\n"},
		"unknown kind": {args: []string{acme, "list", "racks"}, code: 2, stderr: "netweave: there is no kind \"racks\": want managers, pools, resources, types, or a list of alarms\n"},
		"unknown question": {
			args: []string{acme, "dance"}, code: 2, stderr: "netweave: a plugin cannot be asked to \"dance\": want list, get, watch, health or info\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := try(t, c.args...)
			if code != c.code || stdout != c.stdout || !strings.Contains(stderr, c.stderr) {
				t.Errorf("got %d\n%s%s\nwant %d\n%s%s", code, stdout, stderr, c.code, c.stdout, c.stderr)
			}
		})
	}
}

func script(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// However a trial ends, its plugin ends too.
func TestNoPluginOutlivesItsTrial(t *testing.T) {
	for name, c := range map[string]struct {
		signal  syscall.Signal
		stopped bool // the plugin, which then answers nothing
		killed  bool // the plugin, and nothing else
		code    int
	}{
		"the plugin dies":                {signal: syscall.SIGKILL, killed: true, code: 1},
		"Ctrl-C":                         {signal: syscall.SIGINT},
		"kill -9":                        {signal: syscall.SIGKILL, code: -1},
		"Ctrl-C while the plugin hangs":  {signal: syscall.SIGINT, stopped: true, code: 1},
		"kill -9 while the plugin hangs": {signal: syscall.SIGKILL, stopped: true, code: -1},
	} {
		t.Run(name, func(t *testing.T) {
			g := &gateway{t: t, stdout: newLines(), stderr: newLines(), exited: make(chan struct{})}
			g.process = exec.Command(filepath.Join(built, "netweave"), "plugin", "run", filepath.Join(built, "plugins/mock"), "watch")
			g.process.Stdout, g.process.Stderr = g.stdout, g.stderr
			g.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := g.process.Start(); err != nil {
				t.Fatal(err)
			}
			go func() {
				_ = g.process.Wait()
				g.code = g.process.ProcessState.ExitCode()
				close(g.exited)
			}()
			t.Cleanup(func() { _ = g.process.Process.Kill(); <-g.exited })
			g.eventually("the snapshot is shown", func() error {
				if !strings.HasPrefix(g.stdout.String(), "snapshot 1 DeploymentManager, ") {
					return fmt.Errorf("it printed %q", g.stdout)
				}
				return nil
			})
			pid := g.plugin()
			if c.stopped {
				if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			began := time.Now()
			if c.killed {
				if err := syscall.Kill(pid, c.signal); err != nil {
					t.Fatal(err)
				}
			} else {
				g.signal(c.signal)
			}
			if code := g.exit(); code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, g.stderr)
			}
			g.gone(pid)
			const died = "netweave: watch: the plugin's process ended: signal: killed; what it wrote last is above\n"
			if c.killed && !strings.HasSuffix(g.stderr.String(), died) {
				t.Errorf("it says %q, want %q", g.stderr, died)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}
