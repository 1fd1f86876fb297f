//go:build integration

package api

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// root is the project's folder, built where TestMain has put the gateway and the
// mock plugin.
var root, built string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var err error
	if root, err = filepath.Abs("../.."); err != nil {
		return fail(err)
	}
	if built, err = os.MkdirTemp("", "netweave-api-"); err != nil {
		return fail(err)
	}
	defer os.RemoveAll(built)
	plugins := filepath.Join(built, "plugins")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		return fail(err)
	}
	for _, command := range [][]string{
		{"go", "build", "-C", root, "-o", filepath.Join(built, "netweave"), "./cmd/netweave"},
		{"go", "build", "-C", root, "-o", filepath.Join(plugins, "mock"), "./plugins/mock"},
		{filepath.Join(built, "netweave"), "plugin", "trust", "mock", "--dir", plugins},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fail(fmt.Errorf("%s: %w\n%s", command[0], err, out))
		}
	}
	return m.Run()
}

// document is the OpenAPI document of one family.
type document struct {
	// name is the family's folder.
	name, path string
}

// documents are all that there are.
func documents(t *testing.T) []document {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "inbound/http/*/openapi.yaml"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("found the documents %v, %v", paths, err)
	}
	slices.Sort(paths)
	var list []document
	for _, path := range paths {
		list = append(list, document{filepath.Base(filepath.Dir(path)), path})
	}
	return list
}

// token is that of a platform administrator.
const token = "netweave-dev-token-0123456789"

const configuration = `
server: {listen: "127.0.0.1:0", accessLog: {enabled: false}}
log: {format: text, level: info}
plugins: {dir: %[1]s/plugins, stateDir: %[2]s/state}
store: {embedded: {path: %[2]s/store.db}}
auth: {tokens: [{user: root, tenant: platform, sha256: "sha256:%[3]x"}]}
tenancy: {enabled: true, platformAdmins: [root]}
subscriptions: {callbacks: {allowLoopbackHTTP: true}}
rateLimits:
  tenant: {read: {perSecond: 0}, write: {perSecond: 0}, admin: {perSecond: 0}}
  user: {read: {perSecond: 0}, write: {perSecond: 0}, admin: {perSecond: 0}}
alarms: {pollInterval: 1s, alertmanager: {receivers: [{name: prometheus}]}}
oCloud:
  globalId: 18f2dc90-b375-47dd-b8dc-ae80072e6cdb
  serviceUri: https://o2ims.example.org:443
  locations:
    - {globalLocationId: spare, coordinate: {longitude: 4.9, latitude: 52.4, altitude: -2}, civicAddress: [{caType: 3, caValue: Amsterdam}]}
adapters:
  - {name: lab, type: mock, default: true, config: {seed: 1, pools: 3, resourcesPerPool: 12, alarms: {active: 6, clearing: manual}}}
`

// output is what a gateway prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// end is the last of it.
func (o *output) end() string {
	text := o.String()
	return text[max(0, len(text)-4000):]
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var servingAt = regexp.MustCompile(`serving: address=(\S+)`)

// start runs a gateway until the test ends, and returns its URL once it is ready.
func start(t *testing.T) string {
	t.Helper()
	dir, out := t.TempDir(), &output{}
	file := filepath.Join(dir, "gateway.yaml")
	text := fmt.Sprintf(configuration, built, dir, sha256.Sum256([]byte(token)))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(filepath.Join(built, "netweave"), "serve", "--config", file)
	command.Stdout, command.Stderr = out, out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // signals to the tests are not for it
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = command.Wait() // what became of it is read below
		close(ended)
	}()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Error("the gateway does not end")
			_ = command.Process.Kill()
			<-ended
		}
		if code := command.ProcessState.ExitCode(); code != 0 {
			t.Errorf("the gateway ended with %d", code)
		}
		if t.Failed() {
			t.Logf("the gateway printed at last:\n%s", out.end())
		}
	})
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		select {
		case <-ended:
			t.Fatalf("the gateway ended at once:\n%s", out)
		case <-time.After(20 * time.Millisecond):
		}
		if found := servingAt.FindStringSubmatch(out.String()); found != nil && ready("http://"+found[1]) {
			return "http://" + found[1]
		}
	}
	t.Fatal("the gateway is not ready after 30 s")
	return ""
}

func ready(url string) bool {
	res, err := http.Get(url + "/readyz")
	if err != nil {
		return false
	}
	return res.Body.Close() == nil && res.StatusCode == http.StatusOK
}

// python installs what a tool needs and returns its folder of programs.
func python(t *testing.T, name string) string {
	t.Helper()
	if out, err := exec.Command("./build.sh", name).CombinedOutput(); err != nil {
		t.Fatalf("build.sh %s: %v\n%s", name, err, out)
	}
	return filepath.Join(root, ".cache/api", name, "bin")
}

// run runs a program and returns what it prints.
func run(t *testing.T, program string, environ []string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), append(environ, "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))...)
	out, err := command.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
