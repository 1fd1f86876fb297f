//go:build integration

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// object is an answer's JSON object.
type object map[string]any

func (o object) text(key string) string { s, _ := o[key].(string); return s }

func (o object) extension(key string) any {
	extensions, _ := o["extensions"].(map[string]any)
	return extensions[key]
}

// smo is a client of a running gateway.
type smo struct {
	t    *testing.T
	base string
}

// startGateway runs bin/netweave with the kubernetes plugin and waits until it
// has read the cluster.
func startGateway(t *testing.T, kubeconfig string) *smo {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, needed := range []string{"bin/netweave", "bin/plugins/kubernetes"} {
		if _, err := os.Stat(filepath.Join(root, needed)); err != nil {
			t.Fatalf("%v: run `task build`", err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	dir := t.TempDir()
	config := filepath.Join(dir, "gateway.yaml")
	if err := os.WriteFile(config, labConfig(t, root, map[string]string{
		"listen: 127.0.0.1:8080":                "listen: " + address,
		"hints: true":                           "hints: false",
		"dir: bin/plugins":                      "dir: " + filepath.Join(root, "bin/plugins"),
		"stateDir: data/kube\n":                 "stateDir: " + filepath.Join(dir, "state") + "\n",
		"path: data/kube.db":                    "path: " + filepath.Join(dir, "store.db"),
		"default: true\n":                       "default: true\n    staleAfter: 3s\n",
		"kubeconfig: .cache/kubelab/kubeconfig": "kubeconfig: " + kubeconfig,
		"ocloudId: ocloud-kubernetes-1":         "ocloudId: ocloud-e2e",
	}), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(filepath.Join(root, "bin/netweave"), "serve", "--config", config)
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the gateway ended with %v", err)
		}
		if t.Failed() {
			t.Logf("the gateway's log:\n%s", log.String())
		}
	})
	s := &smo{t: t, base: "http://" + address}
	s.eventually("the gateway is ready and has read the cluster", func() bool {
		response, err := http.Get(s.base + "/readyz")
		if err != nil {
			return false
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return err == nil && response.StatusCode == http.StatusOK && bytes.Contains(body, []byte(`"synced":true`))
	})
	return s
}

// labConfig is the configuration of "task run:kube" with some lines replaced,
// each of which must be in it once.
func labConfig(t *testing.T, root string, replace map[string]string) []byte {
	t.Helper()
	config, err := os.ReadFile(filepath.Join(root, "configs/kube.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range replace {
		if n := bytes.Count(config, []byte(from)); n != 1 {
			t.Fatalf("configs/kube.yaml has %q %d times, want once", from, n)
		}
		config = bytes.Replace(config, []byte(from), []byte(to), 1)
	}
	return config
}

// do sends one request and checks the status; body is marshalled unless nil.
func (s *smo) do(method, path string, body any, want int) (object, http.Header) {
	s.t.Helper()
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, s.base+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode != want {
		s.t.Fatalf("%s %s: %s, want %d: %s", method, path, response.Status, want, answer)
	}
	var o object
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &o); err != nil {
			s.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
		}
	}
	return o, response.Header
}

func (s *smo) get(path string) object {
	s.t.Helper()
	o, _ := s.do(http.MethodGet, path, nil, http.StatusOK)
	return o
}

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// list pages through a list to its end.
func (s *smo) list(path string, filter ...string) []object {
	s.t.Helper()
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for _, f := range filter {
		path += separator + "filter=" + url.QueryEscape(f)
		separator = "&"
	}
	var all []object
	for path != "" {
		answer, header := s.do(http.MethodGet, path, nil, http.StatusOK)
		items, ok := answer["items"].([]any)
		if !ok {
			s.t.Fatalf("%s: no items: %v", path, answer)
		}
		for _, item := range items {
			all = append(all, object(item.(map[string]any)))
		}
		path = ""
		if link := header.Get("Link"); link != "" {
			m := nextLink.FindStringSubmatch(link)
			if m == nil {
				s.t.Fatalf("Link %q is no next page", link)
			}
			path = strings.TrimPrefix(m[1], s.base)
		}
	}
	return all
}

// eventually waits for a condition, for 30 seconds at most.
func (s *smo) eventually(what string, holds func() bool) {
	s.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			s.t.Fatalf("never came true: %s", what)
		case <-tick.C:
		}
	}
}
