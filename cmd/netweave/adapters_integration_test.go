//go:build integration

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/netweave/netweave/inbound/http/adminv1"
	"github.com/netweave/netweave/outbound/redis/redistest"
)

// twoLabs have mock adapters a and b.
const twoLabs = `
server: {listen: "127.0.0.1:0", accessLog: {enabled: false}}
log: {format: text}
plugins: {dir: $PLUGINS, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
adapters:
  - {name: a, type: mock, default: true, config: {pools: 2, resourcesPerPool: 3}}
  - {name: b, type: mock, config: {seed: 2, pools: 1, resourcesPerPool: 1}}
`

func (g *gateway) adapter(name string) adminv1.Adapter {
	g.t.Helper()
	var a adminv1.Adapter
	if err := json.Unmarshal([]byte(g.ask(http.MethodGet, "/admin/v1/adapters/"+name, "", http.StatusOK).body), &a); err != nil {
		g.t.Fatal(err)
	}
	return a
}

// becomes waits until an adapter is as wanted.
func (g *gateway) becomes(name, what string, is func(adminv1.Adapter) bool) {
	g.t.Helper()
	g.eventually(name+" "+what, func() error {
		if a := g.adapter(name); !is(a) {
			return fmt.Errorf("it is %+v", a)
		}
		return nil
	})
}

// command runs netweave against the gateway.
func (g *gateway) command(args ...string) (out string, code int) {
	g.t.Helper()
	raw, err := exec.Command(filepath.Join(built, "netweave"), append(args, "--url", g.url)...).CombinedOutput()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return string(raw), failed.ExitCode()
	}
	if err != nil {
		g.t.Fatal(err)
	}
	return string(raw), 0
}

// killPlugins kills the gateway's plugins, as a crash would.
func (g *gateway) killPlugins() {
	g.t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		g.t.Fatal(err)
	}
	killed := 0
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+1:]))
		if fields[1] != strconv.Itoa(g.process.Process.Pid) {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(path, "/")[2])
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			g.t.Fatal(err)
		}
		killed++
	}
	if killed == 0 {
		g.t.Fatal("the gateway has no plugins to kill")
	}
}

func TestAnOperatorSeesAndSteersAdapters(t *testing.T) {
	dir := t.TempDir()
	g := startIn(t, dir, twoLabs)
	g.ready()
	g.becomes("a", "is well", func(a adminv1.Adapter) bool { return a.Health == "ok" })
	g.becomes("b", "is well", func(a adminv1.Adapter) bool { return a.Health == "ok" })
	out, code := g.command("status")
	if code != 0 || strings.Count(out, "\n") != 3 || !strings.Contains(out, "2      6") {
		t.Errorf("status: %d\n%s", code, out)
	}

	g.killPlugins()
	g.becomes("a", "was restarted", func(a adminv1.Adapter) bool { return a.Restarts == 1 && a.State == "running" && a.Health == "ok" })

	if out, code = g.command("adapter", "pause", "a", "--reason", "moved"); code != 0 {
		t.Fatalf("pause: %d\n%s", code, out)
	}
	const pool = `{"name":"burst"}`
	if a := g.ask(http.MethodPost, "/o2ims/v1/resourcePools", pool, http.StatusServiceUnavailable); !strings.Contains(a.body, "paused by an operator") {
		t.Errorf("a write while paused: %s", a.body)
	}
	if a := g.ask(http.MethodGet, "/o2ims/v1/resources", "", http.StatusOK); strings.Count(a.body, `"resourceId"`) != 7 {
		t.Errorf("reads while paused: %s", a.body)
	}
	if out, code = g.command("status"); code != 6 || !strings.Contains(out, "a is paused") {
		t.Errorf("status while paused: %d\n%s", code, out)
	}

	g.signal(syscall.SIGTERM)
	<-g.exited
	again := startIn(t, dir, twoLabs)
	again.becomes("b", "is well", func(a adminv1.Adapter) bool { return a.Health == "ok" })
	if a := again.adapter("a"); a.Health != "paused" || a.Synced || a.Pause == nil || a.Pause.Reason != "moved" {
		t.Errorf("after a restart: %+v", a)
	}
	if out, code = again.command("adapter", "resume", "a"); code != 0 {
		t.Fatalf("resume: %d\n%s", code, out)
	}
	again.becomes("a", "is well again", func(a adminv1.Adapter) bool { return a.Health == "ok" })
	again.ask(http.MethodPost, "/o2ims/v1/resourcePools", pool, http.StatusCreated)

	before := again.adapter("b").Snapshots
	if out, code = again.command("adapter", "resync", "b"); code != 0 {
		t.Fatalf("resync: %d\n%s", code, out)
	}
	again.becomes("b", "was read anew", func(a adminv1.Adapter) bool { return a.Snapshots > before && a.Health == "ok" })
}

// TestEveryProcessPauses: what one process is asked holds in the other.
func TestEveryProcessPauses(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	config := onRedis(c, "")
	one, other := start(t, config), start(t, config)
	one.ready()
	other.ready()
	var list adminv1.AdapterList
	if err := json.Unmarshal([]byte(one.ask(http.MethodGet, "/admin/v1/adapters", "", http.StatusOK).body), &list); err != nil || len(list.Items) == 0 {
		t.Fatal(list, err)
	}
	name := list.Items[0].Name
	one.ask(http.MethodPost, "/admin/v1/adapters/"+name+"/pause", "", http.StatusOK)
	other.becomes(name, "is paused there too", func(a adminv1.Adapter) bool { return a.Paused })
	before := other.adapter(name).Snapshots
	other.ask(http.MethodPost, "/admin/v1/adapters/"+name+"/resume", "", http.StatusOK)
	one.becomes(name, "goes on here too", func(a adminv1.Adapter) bool { return !a.Paused && a.Health == "ok" })
	resumed := func(a adminv1.Adapter) bool { return !a.Paused && a.Health == "ok" && a.Snapshots > before }
	other.becomes(name, "was read once it was resumed", resumed)
	before = other.adapter(name).Snapshots
	one.ask(http.MethodPost, "/admin/v1/adapters/"+name+"/resync", "", http.StatusAccepted)
	other.becomes(name, "was read anew there too", resumed)
}
