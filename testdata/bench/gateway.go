package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// gateway is a running netweave with one plugin behind it.
type gateway struct {
	addr string
	cmd  *exec.Cmd
	dir  string
	log  bytes.Buffer
	// tls has the certificates that it goes by; nil is plain HTTP.
	tls *certificates
	// started is when it was started, and
	started time.Time
	// ready is how long it took from exec to the first 200 of /readyz.
	ready time.Duration
}

// startGateway runs bin/netweave with one adapter of the plugin named, whose
// config section is adapterConfig (YAML, indented by six spaces), and waits
// until it is ready. sections are further top-level ones.
func startGateway(ctx context.Context, s settings, plugin, adapterConfig string, sections ...string) (*gateway, error) {
	g, err := startProcess(ctx, s, plugin, adapterConfig, sections...)
	if err != nil {
		return nil, err
	}
	if err := g.awaitReady(); err != nil {
		g.stop()
		return nil, err
	}
	return g, nil
}

// startProcess is startGateway without the wait; awaitReady is to follow.
func startProcess(ctx context.Context, s settings, plugin, adapterConfig string, sections ...string) (*gateway, error) {
	return startWith(ctx, s, nil, plugin, adapterConfig, sections...)
}

// startWith is startProcess by the certificates given, nil for plain HTTP.
func startWith(ctx context.Context, s settings, tls *certificates, plugin, adapterConfig string, sections ...string) (*gateway, error) {
	dir, err := os.MkdirTemp("", "netweave-bench-")
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if !strings.Contains(strings.Join(sections, ""), "store:") {
		sections = append(sections, fmt.Sprintf("store:\n  embedded:\n    path: %s\n", filepath.Join(dir, "store.db")))
	}
	config := fmt.Sprintf(`server:
  listen: %s
  accessLog:
    enabled: true
    path: %s
  limits:
    maxPageSize: 20000
%splugins:
  dir: bin/plugins
  stateDir: %s
adapters:
  - name: bench
    type: %s
    enabled: true
    default: true
    config:
%s
%s`, addr, filepath.Join(dir, "access.log"), tls.section(), filepath.Join(dir, "state"), plugin, adapterConfig, strings.Join(sections, "\n"))
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	g := &gateway{addr: addr, dir: dir, tls: tls, cmd: exec.CommandContext(ctx, "bin/netweave", "serve", "--config", file)}
	g.cmd.SysProcAttr = endWithUs
	g.cmd.Stderr = &g.log
	if s.debug {
		g.cmd.Stderr = os.Stderr
	}
	g.started = time.Now()
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	return g, nil
}

// awaitReady waits until the process is ready and its backend has been read.
func (g *gateway) awaitReady() error {
	if err := waitFor("the gateway", func() error {
		body, _, err := g.fetch("/readyz")
		if err == nil && !bytes.Contains(body, []byte(`"synced":true`)) {
			err = fmt.Errorf("ready, but degraded: %s", body)
		}
		return err
	}); err != nil {
		return fmt.Errorf("%w\n%s", err, g.log.String())
	}
	g.ready = time.Since(g.started)
	return nil
}

// endWithUs stops a process when the benchmark ends without stopping it.
var endWithUs = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}

func (g *gateway) url(path string) string {
	if g.tls != nil {
		return "https://" + g.addr + path
	}
	return "http://" + g.addr + path
}

// fetch asks as the platform's administrator, where callers are known.
func (g *gateway) fetch(path string) ([]byte, http.Header, error) {
	return fetchBy(g.tls.client(administrator), g.url(path))
}

func (g *gateway) stop() {
	_ = g.cmd.Process.Signal(syscall.SIGTERM)
	_ = g.cmd.Wait()
	_ = os.RemoveAll(g.dir)
}

// rss returns the resident memory of the gateway and of its plugin, in MB.
func (g *gateway) rss() (host, plugin float64, err error) {
	if host, err = rss(g.cmd.Process.Pid); err != nil {
		return 0, 0, err
	}
	child, err := childOf(g.cmd.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	plugin, err = rss(child)
	return host, plugin, err
}

// rss reads VmRSS of a process from /proc (proc_pid_status(5)), in MB.
func rss(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kb, err := strconv.Atoi(strings.Fields(value)[0])
			return float64(kb) / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS for process %d", pid)
}

// processorTime returns what a process has used of the processors so far
// (utime and stime of proc_pid_stat(5), whose unit is a hundredth of a second).
func processorTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// childOf finds the one process whose parent is pid.
func childOf(pid int) (int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended meanwhile
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			return strconv.Atoi(strings.Split(path, "/")[2])
		}
	}
	return 0, fmt.Errorf("process %d has no child", pid)
}

// waitFor tries every few milliseconds, for two minutes at most.
func waitFor(what string, try func() error) error {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not come up: %w", what, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
