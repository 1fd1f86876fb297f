//go:build integration

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// swaps is how often binaries and configuration are replaced under load.
const swaps = 50

// reloading is a gateway whose configuration and plugin are replaced.
type reloading struct {
	*gateway
	dir string
	// binaries are builds of the same plugin that have other checksums.
	binaries []string
}

const reloadHead = `
server: {listen: "127.0.0.1:0", accessLog: {path: $DIR/access.log}}
log: {format: text, level: %s}
plugins: {dir: $DIR/plugins, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
subscriptions: {callbacks: {allowLoopbackHTTP: true}}
`

const reloadFirst = `
adapters:
  - {name: lab, type: mock, default: true, config: {seed: 7, pools: 4, resourcesPerPool: 10, churn: 5}}
`

// reloadTexts are configurations that each differ from the one before, the first from
// the last.
var reloadTexts = []string{
	`
adapters:
  - {name: lab, type: mock, default: true, config: {seed: 7, pools: 4, resourcesPerPool: 10, churn: 6}}
`, `
adapters:
  - {name: lab, type: mock, default: true, config: {seed: 7, pools: 4, resourcesPerPool: 10, churn: 6}}
  - {name: extra, type: mock, config: {seed: 8, pools: 3, resourcesPerPool: 5}}
`, `
adapters:
  - {name: lab, type: mock, default: true, staleAfter: 20s, timeouts: {write: 40s}, config: {seed: 7, pools: 4, resourcesPerPool: 10, churn: 6}}
  - {name: extra, type: mock, config: {seed: 8, pools: 5, resourcesPerPool: 5}}
routing: {rules: [{resourceType: ResourcePool, adapter: extra, filter: {extensions.where: extra}}]}
rateLimits: {user: {read: {perSecond: 50000, burst: 100000}}}
`, `
adapters:
  - {name: extra, type: mock, enabled: false, config: {seed: 8, pools: 5, resourcesPerPool: 5}}
  - {name: lab, type: mock, default: true, config: {seed: 7, pools: 4, resourcesPerPool: 10, churn: 5}}
`, reloadFirst,
}

func startReloading(t *testing.T) *reloading {
	t.Helper()
	dir := t.TempDir()
	r := &reloading{dir: dir}
	plugins := filepath.Join(dir, "plugins")
	if err := os.Mkdir(plugins, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"a", "b"} {
		file := filepath.Join(dir, "mock-"+version)
		out, err := exec.Command("go", "build", "-C", "../../plugins/mock", "-ldflags", "-X main.version="+version, "-o", file, ".").CombinedOutput()
		if err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
		r.binaries = append(r.binaries, file)
	}
	r.install(t, 0)
	r.gateway = startIn(t, dir, fmt.Sprintf(reloadHead, "info")+reloadFirst)
	r.ready()
	return r
}

// install puts another build of the plugin into place and trusts it.
func (r *reloading) install(t *testing.T, build int) {
	t.Helper()
	binary, err := os.ReadFile(r.binaries[build%len(r.binaries)])
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(r.dir, "plugins")
	if err := errors.Join(os.WriteFile(filepath.Join(r.dir, "next"), binary, 0o700), os.Rename(filepath.Join(r.dir, "next"), filepath.Join(dir, "mock"))); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(filepath.Join(built, "netweave"), "plugin", "trust", "mock", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("plugin trust: %v\n%s", err, out)
	}
}

// save writes the configuration, in place or by renaming.
func (r *reloading) save(t *testing.T, text string, inPlace bool) {
	t.Helper()
	file := filepath.Join(r.dir, "gateway.yaml")
	to := file
	if !inPlace {
		to += "~"
	}
	err := os.WriteFile(to, []byte(strings.ReplaceAll(text, "$DIR", r.dir)), 0o600)
	if err == nil && !inPlace {
		err = os.Rename(to, file)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// inForce is what the administration API tells of the configuration.
type inForce struct {
	Generation    int
	Version       string
	RestartNeeded []string
	Failure       *struct {
		Problems []struct {
			Key, Reason string
			Line        int
		}
	}
}

func (r *reloading) inForce() (told inForce, err error) {
	a, err := r.try("GET", "/admin/v1/configuration", "")
	if err != nil {
		return told, err
	}
	return told, json.Unmarshal([]byte(a.body), &told)
}

// reaches waits for a generation.
func (r *reloading) reaches(generation int) {
	r.t.Helper()
	r.eventually(fmt.Sprintf("configuration %d is in force", generation), func() error {
		told, err := r.inForce()
		if err != nil || told.Generation != generation || told.Failure != nil {
			return errors.Join(err, fmt.Errorf("got %+v", told))
		}
		return nil
	})
}

// runs waits until there are so many plugins, all of one build.
func (r *reloading) runs(count, build int) {
	r.t.Helper()
	binary, err := os.ReadFile(r.binaries[build%len(r.binaries)])
	if err != nil {
		r.t.Fatal(err)
	}
	want := fmt.Sprintf("%x", sha256.Sum256(binary))
	r.eventually(fmt.Sprintf("%d plugins run, all of build %d", count, build), func() error {
		children := childrenOf(r.t, r.process.Process.Pid)
		if len(children) != count {
			return fmt.Errorf("there are %v", children)
		}
		for _, pid := range children {
			running, err := os.ReadFile(fmt.Sprintf("/proc/%d/exe", pid))
			if err != nil {
				return err
			}
			if fmt.Sprintf("%x", sha256.Sum256(running)) != want {
				return fmt.Errorf("%d is of another build", pid)
			}
		}
		return nil
	})
}

// failures are requests that were not answered as they should.
type failures struct {
	mu   sync.Mutex
	list []string
	all  int
}

func (f *failures) check(method, path string, a answer, err error, want ...int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all++
	if err == nil && slices.Contains(want, a.status) {
		return true
	}
	f.list = append(f.list, fmt.Sprintf("%s %s: %d %s %v", method, path, a.status, a.body, err))
	return false
}

// load has callers read and write until it is ended. What writers made goes away
// with the mock's process.
func (r *reloading) load(t *testing.T) (end func() *failures) {
	found := &failures{}
	ctx, stop := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	manager := r.ask("GET", "/o2ims/v1/deploymentManagers", "", 200).items(t, "deploymentManagerId")[0]
	read := func(path string) {
		for ctx.Err() == nil {
			a, err := r.try("GET", path, "")
			found.check("GET", path, a, err, 200)
		}
	}
	for _, path := range []string{
		"/o2ims/v1/resourcePools", "/o2ims/v1/resources?limit=20", "/o2ims/v1/resourceTypes", "/o2ims/v1/deploymentManagers/" + manager,
	} {
		callers.Go(func() { read(path) })
	}
	for i := range 2 {
		callers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				body := fmt.Sprintf(`{"name":"w%d-%d"}`, i, n)
				a, err := r.try("POST", "/o2ims/v1/resourcePools", body)
				if !found.check("POST", body, a, err, 201) {
					continue
				}
				var made struct{ ResourcePoolID string }
				if err := json.Unmarshal([]byte(a.body), &made); err != nil {
					found.check("POST", body, a, err)
					continue
				}
				path := "/o2ims/v1/resourcePools/" + made.ResourcePoolID
				a, err = r.try("DELETE", path, "")
				if err == nil && a.status == 503 && strings.Contains(a.body, "has not been read yet") {
					// It went with the mock's process, and might be that adapter's which was
					// added a moment ago: nobody can say yet that it is not.
					continue
				}
				found.check("DELETE", path, a, err, 204, 404)
			}
		})
	}
	return func() *failures {
		stop()
		callers.Wait()
		return found
	}
}

// copied is the copy of the inventory that a subscriber has by what it was told.
func copied(told []notification) map[string]string {
	objects, seen := map[string]string{}, map[string]bool{}
	for _, n := range told {
		if seen[n.EventID] {
			continue
		}
		seen[n.EventID] = true
		var body struct{ PostState map[string]any }
		if err := json.Unmarshal([]byte(n.body), &body); err != nil {
			continue // it was read before
		}
		switch n.EventType {
		case "deleted":
			delete(objects, n.ObjectID)
		default:
			objects[n.ObjectID] = n.ObjectType + " " + fmt.Sprint(body.PostState["name"], body.PostState["description"])
		}
	}
	return objects
}

// shown is the inventory as the API has it.
func (r *reloading) shown() (map[string]string, error) {
	objects := map[string]string{}
	for kind, at := range map[string][2]string{
		"ResourcePool": {"resourcePools", "resourcePoolId"}, "Resource": {"resources", "resourceId"},
		"ResourceType": {"resourceTypes", "resourceTypeId"}, "DeploymentManager": {"deploymentManagers", "deploymentManagerId"},
	} {
		a, err := r.try("GET", "/o2ims/v1/"+at[0]+"?limit=10000", "")
		if err != nil {
			return nil, err
		}
		var list struct{ Items []map[string]any }
		if err := json.Unmarshal([]byte(a.body), &list); err != nil {
			return nil, err
		}
		for _, item := range list.Items {
			objects[fmt.Sprint(item[at[1]])] = kind + " " + fmt.Sprint(item["name"], item["description"])
		}
	}
	return objects, nil
}

// Fifty times another configuration and another build of the plugin take effect,
// under load: no request fails, no event is lost, no process stays behind.
func TestConfigurationAndPluginsAreSwappedUnderLoad(t *testing.T) {
	r, s := startReloading(t), newSMO(t)
	r.subscribe(s, `,"initialState":true`)
	end := r.load(t)
	for i := range swaps {
		text := reloadTexts[i%len(reloadTexts)]
		r.save(t, fmt.Sprintf(reloadHead, []string{"info", "warn"}[i%2])+text, i%2 == 0)
		r.install(t, i+1)
		r.reaches(i + 2)
		plugins := 1
		if strings.Contains(text, "extra") && !strings.Contains(text, "enabled: false") {
			plugins = 2
		}
		r.runs(plugins, i+1)
	}
	last := strings.Replace(reloadFirst, "churn: 5", "churn: 0", 1)
	r.save(t, fmt.Sprintf(reloadHead, "info")+last, true) // so that things come to rest
	r.reaches(swaps + 2)
	r.runs(1, swaps)
	found := end()
	t.Logf("%d requests, %d notifications", found.all, len(s.all()))
	for _, f := range found.list[:min(10, len(found.list))] {
		t.Error(f)
	}
	if len(found.list) > 0 {
		t.Errorf("%d of %d requests failed", len(found.list), found.all)
	}
	r.eventually("the subscriber's copy is the inventory", func() error {
		want, err := r.shown()
		if err != nil {
			return err
		}
		got := copied(s.all())
		if !maps.Equal(got, want) {
			return fmt.Errorf("it has %d objects of %d: %s", len(got), len(want), firstDifference(got, want))
		}
		return nil
	})
	pid := r.process.Process.Pid
	r.stop()
	if left := childrenOf(t, pid); len(left) > 0 {
		t.Errorf("the processes %v are left", left)
	}
}

func firstDifference(got, want map[string]string) string {
	for id := range want {
		if got[id] != want[id] {
			return fmt.Sprintf("%s is %q, want %q", id, got[id], want[id])
		}
	}
	for id, what := range got {
		if _, ok := want[id]; !ok {
			return fmt.Sprintf("%s is %q, and is gone", id, what)
		}
	}
	return "nothing"
}
