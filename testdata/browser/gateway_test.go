//go:build integration

package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// deadline is for anything that a test waits for.
const deadline = 20 * time.Second

// gateway is a process of the gateway with the mock plugin behind it.
type gateway struct {
	t   *testing.T
	url string
}

// output is what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// free returns a loopback address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start runs a gateway; more is what its configuration says beside what it must.
func start(t *testing.T, more string) *gateway {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	private, address := t.TempDir(), free(t)
	config := filepath.Join(private, "gateway.yaml")
	text := fmt.Sprintf(`server: {listen: %q, accessLog: {enabled: false}}
log: {format: text}
plugins: {dir: bin/plugins, stateDir: %q}
store: {embedded: {path: %q}}
adapters: [{name: lab, type: mock, config: {seed: 1, pools: 4, resourcesPerPool: 8}}]
%s`, address, filepath.Join(private, "state"), filepath.Join(private, "store.db"), more)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &output{}
	command := exec.Command(filepath.Join(root, "bin/netweave"), "serve", "--config", config)
	command.Dir, command.Stdout, command.Stderr = root, out, out
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Fatalf("%v: run task build first", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := <-ended; err != nil {
			t.Errorf("the gateway: %v", err)
		}
		if t.Failed() {
			t.Logf("the gateway prints:\n%s", out)
		}
	})
	g := &gateway{t: t, url: "http://" + address}
	for end := time.Now().Add(deadline); g.status("/readyz") != http.StatusOK; {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the gateway has ended: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("the gateway does not get ready")
		}
	}
	return g
}

// status asks for a path, and returns 0 if there is no answer.
func (g *gateway) status(path string) int {
	res, err := http.Get(g.url + path)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

func (g *gateway) get(path string, into any) {
	g.t.Helper()
	res, err := http.Get(g.url + path)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		g.t.Fatalf("GET %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		g.t.Fatalf("GET %s: %v", path, err)
	}
}

// version is one of those that GET /o2ims lists.
type version struct {
	Name, Title, Status, Reference string
	Documents                      struct{ JSON string }
}

// label is what the addresses of its documentation have.
func (v version) label() string { return path.Base(v.Reference) }

// versions are those that have a reference.
func (g *gateway) versions() []version {
	g.t.Helper()
	var matrix struct{ Versions []version }
	g.get("/o2ims", &matrix)
	var served []version
	for _, v := range matrix.Versions {
		if v.Reference != "" {
			served = append(served, v)
		}
	}
	if len(served) < 2 {
		g.t.Fatalf("only %d versions have a reference: %+v", len(served), matrix)
	}
	return served
}

// trial is an operation that succeeds, and what to fill in first, by parameter.
type trial struct {
	operationID string
	fill        map[string]string
}

// trial returns one of the version's operations: one that reads something which is
// there, without a path to fill in; where there is none, the only one there is.
func (g *gateway) trial(v version) trial {
	g.t.Helper()
	if v.Name == "alertmanager/v1" {
		return trial{"receiveAlerts", map[string]string{"receiverName": "prometheus"}}
	}
	var document struct {
		Paths map[string]struct {
			Get *struct{ OperationID string }
		}
	}
	g.get(v.Documents.JSON, &document)
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		if read := document.Paths[path].Get; read != nil && !strings.Contains(path, "{") && g.status(path) == http.StatusOK {
			return trial{operationID: read.OperationID}
		}
	}
	g.t.Fatalf("%s: nothing answers 200", v.Name)
	return trial{}
}
