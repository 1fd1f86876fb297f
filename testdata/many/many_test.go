//go:build integration

package many

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// labs are what task run:many starts around the gateway, each the one behind it.
var labs = []string{
	".cache/bin/kubelab", "--nodes", "20", "--",
	".cache/bin/motolab", "--",
	".cache/bin/dtiaslab", "--",
	".cache/bin/openstacklab", "--",
	"bin/netweave", "serve", "--config", "configs/many.yaml",
}

// backends are the adapters of configs/many.yaml, and what sends a new pool there.
var backends = []struct{ adapter, body string }{
	{"lab", `{"name":"many-lab"}`},
	{"kubernetes", `{"name":"many-kubernetes","extensions":{"type":"MachineSet"}}`},
	{"aws", `{"name":"many-aws","extensions":{"type":"cloud"}}`},
	{"dtias", `{"name":"many-dtias","extensions":{"type":"bare-metal"}}`},
	{"openstack", `{"name":"many-openstack","extensions":{"type":"private-cloud"}}`},
}

// deadline is for all labs to be there.
const deadline = 5 * time.Minute

// output is what the labs and the gateway print.
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

// site is the gateway with everything behind it.
type site struct {
	t   *testing.T
	url string
}

func start(t *testing.T) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	out, private := &output{}, t.TempDir()
	command := exec.Command(labs[0], labs[1:]...)
	command.Path = filepath.Join(root, labs[0])
	command.Dir, command.Stdout, command.Stderr = root, out, out
	command.Env = append(os.Environ(), "NETWEAVE_SERVER_LISTEN="+address,
		"NETWEAVE_PLUGINS_STATEDIR="+filepath.Join(private, "state"), "NETWEAVE_STORE_EMBEDDED_PATH="+filepath.Join(private, "store.db"))
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.WaitDelay = 10 * time.Second
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case err := <-ended:
			t.Logf("the labs have ended: %v", err)
		case <-time.After(time.Minute):
			t.Error("the labs do not end")
			_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
		}
		if t.Failed() {
			t.Logf("the labs and the gateway print:\n%s", out)
		}
	})
	s := &site{t: t, url: "http://" + address}
	s.eventually("the gateway is ready", func() error {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the labs have ended: %v", err)
		default:
		}
		return s.get("/readyz", nil)
	})
	return s
}

func (s *site) eventually(what string, check func() error) {
	s.t.Helper()
	for end := time.Now().Add(deadline); ; {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("%s: not within %s: %v", what, deadline, err)
		}
		<-time.After(100 * time.Millisecond)
	}
}

func (s *site) get(path string, into any) error { return s.ask(http.MethodGet, path, "", into) }

func (s *site) ask(method, path, body string, into any) error {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, raw)
	case into == nil:
		return nil
	}
	return json.Unmarshal(raw, into)
}

// pool is what one of the list's shows.
type pool struct {
	ResourcePoolID string `json:"resourcePoolId"`
	Name           string `json:"name"`
	OCloudID       string `json:"oCloudId"`
}

func (s *site) pools() (all []pool, err error) {
	var page struct{ Items []pool }
	err = s.get("/o2ims/v1/resourcePools?limit=1000", &page)
	return page.Items, err
}

// TestManyBackends: one list shows every backend's pools, and pools that are created
// through the same call land in each.
func TestManyBackends(t *testing.T) {
	s := start(t)
	s.eventually("every backend is well", func() error {
		var list struct {
			Items []struct {
				Name, Health string
				Objects      struct{ ResourcePools, Resources int }
			}
		}
		if err := s.get("/admin/v1/adapters", &list); err != nil {
			return err
		}
		if len(list.Items) != len(backends) {
			return fmt.Errorf("%d adapters", len(list.Items))
		}
		for _, a := range list.Items {
			if a.Health != "ok" || a.Objects.ResourcePools == 0 || a.Objects.Resources == 0 {
				return fmt.Errorf("%+v", a)
			}
		}
		return nil
	})
	before, err := s.pools()
	if err != nil {
		t.Fatal(err)
	}
	clouds := map[string]bool{}
	for _, p := range before {
		clouds[p.OCloudID] = true
	}
	if len(clouds) != len(backends) {
		t.Errorf("the one list has pools of the O-Clouds %v, not of %d", clouds, len(backends))
	}

	var made []string
	for _, b := range backends {
		var explained struct{ Adapters []string }
		if err := s.get("/admin/v1/routing/explain?create="+strings.ReplaceAll(b.body, `"`, "%22"), &explained); err != nil || !slices.Equal(explained.Adapters, []string{b.adapter}) {
			t.Errorf("%s is routed to %q, %v; want %s", b.body, explained.Adapters, err, b.adapter)
		}
		var p pool
		if err := s.ask(http.MethodPost, "/o2ims/v1/resourcePools", b.body, &p); err != nil {
			t.Errorf("%s: %v", b.adapter, err)
			continue
		}
		made = append(made, p.ResourcePoolID)
	}
	// They stay through what the backends themselves say next.
	for _, b := range backends {
		if err := s.ask(http.MethodPost, "/admin/v1/adapters/"+b.adapter+"/resync", "", nil); err != nil {
			t.Errorf("%s: %v", b.adapter, err)
		}
	}
	polled := func(want func(int) error) func() error {
		return func() error {
			all, err := s.pools()
			if err != nil {
				return err
			}
			found := 0
			for _, p := range all {
				if slices.Contains(made, p.ResourcePoolID) {
					found++
				}
			}
			return want(found)
		}
	}
	s.eventually("every pool is in the one list", polled(func(found int) error {
		if found != len(made) {
			return fmt.Errorf("%d of %d", found, len(made))
		}
		return nil
	}))
	for _, id := range made {
		if err := s.ask(http.MethodDelete, "/o2ims/v1/resourcePools/"+id, "", nil); err != nil {
			t.Error(err)
		}
	}
	s.eventually("none of them is left", polled(func(found int) error {
		if found > 0 {
			return errors.New("some are")
		}
		return nil
	}))
}
