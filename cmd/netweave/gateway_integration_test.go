//go:build integration

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built is where TestMain has put the binaries: netweave, plugins/mock, and
// plugins/acme, which cannot be watched.
var built string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "netweave-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	built = dir
	for target, module := range map[string]string{"netweave": ".", "plugins/mock": "../../plugins/mock", "plugins/acme": "../../testdata/acme"} {
		out, err := exec.Command("go", "build", "-C", module, "-o", filepath.Join(dir, target), ".").CombinedOutput()
		if err != nil {
			fmt.Fprintf(os.Stderr, "go build %s: %v\n%s", module, err, out)
			return 1
		}
	}
	if err := os.Chmod(filepath.Join(dir, "plugins"), 0o700); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, plugin := range []string{"mock", "acme"} {
		if out, err := exec.Command(filepath.Join(dir, "netweave"), "plugin", "trust", plugin, "--dir", filepath.Join(dir, "plugins")).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "plugin trust %s: %v\n%s", plugin, err, out)
			return 1
		}
	}
	return m.Run()
}

// gateway is a running netweave, as an operator would start it.
type gateway struct {
	t       *testing.T
	url     string
	client  *http.Client
	process *exec.Cmd
	stdout  *lines
	stderr  *lines
	// exited is closed once the process has ended; code is its exit code then.
	exited chan struct{}
	code   int
}

var servingAt = regexp.MustCompile(`serving: address=(\S+)`)

// start runs the gateway with a configuration: server and log are there already,
// $PLUGINS, $DIR stand for the plugins' folder and a private one.
func start(t *testing.T, text string, flags ...string) *gateway {
	t.Helper()
	return startIn(t, t.TempDir(), text, flags...)
}

// startIn is start with a private folder that another gateway has left.
func startIn(t *testing.T, dir, text string, flags ...string) *gateway {
	t.Helper()
	text = strings.NewReplacer("$PLUGINS", filepath.Join(built, "plugins"), "$DIR", dir).Replace(text)
	file := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g := &gateway{
		t: t, client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}},
		stdout: newLines(), stderr: newLines(), exited: make(chan struct{}),
	}
	g.process = exec.Command(filepath.Join(built, "netweave"), append([]string{"serve", "--config", file}, flags...)...)
	g.process.Stdout, g.process.Stderr = g.stdout, g.stderr
	g.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // signals to the tests are not for it
	if err := g.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = g.process.Wait() // the exit code is read below
		g.code = g.process.ProcessState.ExitCode()
		close(g.exited)
	}()
	t.Cleanup(func() {
		_ = g.process.Process.Kill() // it has usually ended
		<-g.exited
		g.client.CloseIdleConnections()
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", g.stderr)
		}
	})
	g.eventually("the gateway listens", func() error {
		select {
		case <-g.exited:
			t.Fatalf("the gateway exited with %d:\n%s", g.code, g.stderr)
		default:
		}
		found := servingAt.FindStringSubmatch(g.stderr.String())
		if found == nil {
			return errors.New("no address in the log yet")
		}
		g.url = "http://" + found[1]
		return nil
	})
	return g
}

const deadline = 20 * time.Second

// eventually tries until check returns nil, and fails the test after a deadline.
func (g *gateway) eventually(what string, check func() error) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), deadline)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			g.t.Fatalf("%s: not within %s: %v", what, deadline, err)
		case <-tick.C:
		}
	}
}

func (g *gateway) ready() {
	g.t.Helper()
	g.eventually("the gateway is ready", func() error {
		if a, err := g.try(http.MethodGet, "/readyz", ""); err != nil || a.status != http.StatusOK {
			return errors.Join(err, fmt.Errorf("got %+v", a))
		}
		return nil
	})
}

// answer is what came back for one request.
type answer struct {
	status int
	header http.Header
	body   string
}

func (g *gateway) try(method, path, body string) (answer, error) {
	req, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := g.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(raw)}, err
}

// ask makes a request that has to be answered with status.
func (g *gateway) ask(method, path, body string, status int) answer {
	g.t.Helper()
	a, err := g.try(method, path, body)
	if err != nil {
		g.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		g.t.Fatalf("%s %s: got %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// object reads the body as a JSON object.
func (a answer) object(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return m
}

// items reads the body as a list and returns the texts of one attribute.
func (a answer) items(t *testing.T, attribute string) []string {
	t.Helper()
	var list struct{ Items []map[string]any }
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	texts := make([]string, 0, len(list.Items))
	for _, item := range list.Items {
		texts = append(texts, fmt.Sprint(item[attribute]))
	}
	return texts
}

// standing is one backend's part of /readyz.
type standing struct {
	State     string
	Synced    bool
	Degraded  bool
	Restarts  int
	LastError string
}

func (g *gateway) standing(name string) (standing, error) {
	a, err := g.try(http.MethodGet, "/readyz", "")
	if err != nil {
		return standing{}, err
	}
	var body struct {
		Backends []struct {
			Name string
			standing
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		return standing{}, err
	}
	for _, b := range body.Backends {
		if b.Name == name {
			return b.standing, nil
		}
	}
	return standing{}, fmt.Errorf("no backend %s in %s", name, a.body)
}

// plugin returns the process id of the gateway's only child.
func (g *gateway) plugin() int {
	g.t.Helper()
	children := childrenOf(g.t, g.process.Process.Pid)
	if len(children) != 1 {
		g.t.Fatalf("the gateway has the children %v, want one", children)
	}
	return children[0]
}

func (g *gateway) signal(s syscall.Signal) {
	g.t.Helper()
	if err := g.process.Process.Signal(s); err != nil {
		g.t.Fatal(err)
	}
}

// exit waits for the gateway's end and returns its exit code.
func (g *gateway) exit() int {
	g.t.Helper()
	select {
	case <-g.exited:
		return g.code
	case <-time.After(deadline):
		g.t.Fatalf("the gateway did not end within %s", deadline)
		return -1
	}
}

func (g *gateway) gone(pid int) {
	g.t.Helper()
	g.eventually(fmt.Sprintf("process %d is gone", pid), func() error {
		if state, _, ok := processState(pid); ok && state != "Z" {
			return fmt.Errorf("it is in state %s", state)
		}
		return nil
	})
}

// processState reads a process's state and parent from /proc; ok is false if
// there is no such process.
func processState(pid int) (state string, parent int, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return "", 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return fields[0], parent, err == nil
}

func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var children []int
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue // no process
		}
		if state, parent, ok := processState(child); ok && parent == pid && state != "Z" {
			children = append(children, child)
		}
	}
	return children
}

// lines gathers what a process prints.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func newLines() *lines { return &lines{} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
