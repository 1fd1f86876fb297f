//go:build integration

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const lab = `
server: {listen: "127.0.0.1:0", accessLog: {path: $DIR/access.log}}
log: {format: text}
plugins: {dir: $PLUGINS, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
subscriptions: {callbacks: {allowLoopbackHTTP: true}}
adapters:
  - name: lab
    type: mock
    config: {seed: 7, pools: 4, resourcesPerPool: 25}
`

func TestAnSMOReadsAndChangesTheInventory(t *testing.T) {
	g := start(t, lab)
	g.ready()
	const base = "/o2ims/v1"

	pools := g.ask("GET", base+"/resourcePools", "", 200)
	if ids := pools.items(t, "resourcePoolId"); len(ids) != 4 || !slices.IsSorted(ids) {
		t.Errorf("pools: got %v, want 4, sorted", ids)
	}
	if a := g.ask("GET", base+"/deploymentManagers", "", 200); len(a.items(t, "name")) != 1 {
		t.Errorf("deployment managers: %s", a.body)
	}

	// Every resource once, page by page.
	var walked []string
	next := regexp.MustCompile(`^<([^>]+)>; rel="next"$`)
	for path := base + "/resources?limit=30"; path != ""; {
		a := g.ask("GET", path, "", 200)
		walked = append(walked, a.items(t, "resourceId")...)
		path = ""
		if link := next.FindStringSubmatch(a.header.Get("Link")); link != nil {
			path = link[1]
		}
	}
	if len(walked) != 100 || !slices.IsSorted(walked) || len(slices.Compact(slices.Clone(walked))) != 100 {
		t.Errorf("walked %d resources, want 100, each once, sorted", len(walked))
	}

	created := g.ask("POST", base+"/resourcePools", `{"name":"edge-1","description":"first","extensions":{"replicas":2}}`, 201)
	pool := fmt.Sprint(created.object(t)["resourcePoolId"])
	if got, want := created.header.Get("Location"), base+"/resourcePools/"+pool; got != want {
		t.Errorf("Location: got %q, want %q", got, want)
	}
	read := g.ask("GET", base+"/resourcePools/"+pool, "", 200)
	if read.object(t)["description"] != "first" {
		t.Errorf("a write is read at once: got %s", read.body)
	}
	g.ask("PUT", base+"/resourcePools/"+pool, `{"name":"edge-1","description":"second","extensions":{"replicas":2}}`, 200)
	if a := g.ask("GET", base+"/resourcePools?filter=(eq,description,second)", "", 200); !slices.Equal(a.items(t, "resourcePoolId"), []string{pool}) {
		t.Errorf("filtered: got %s", a.body)
	}

	types := g.ask("GET", base+"/resourceTypes?filter=(eq,name,compute-server)", "", 200).items(t, "resourceTypeId")
	if len(types) != 1 {
		t.Fatalf("types named compute-server: %v", types)
	}
	made := g.ask("POST", base+"/resources", fmt.Sprintf(`{"resourcePoolId":%q,"resourceTypeId":%q,"name":"srv-new"}`, pool, types[0]), 201)
	resource := fmt.Sprint(made.object(t)["resourceId"])
	if ids := g.ask("GET", base+"/resourcePools/"+pool+"/resources", "", 200).items(t, "resourceId"); !slices.Contains(ids, resource) {
		t.Errorf("the pool's resources %v lack the new one", ids)
	}
	g.ask("DELETE", base+"/resources/"+resource, "", 204)
	g.ask("GET", base+"/resources/"+resource, "", 404)
	g.ask("DELETE", base+"/resourcePools/"+pool, "", 204)
	g.ask("GET", base+"/resourcePools/"+pool, "", 404)
	g.ask("DELETE", base+"/resourcePools/"+pool, "", 404)

	metrics := g.ask("GET", "/metrics", "", 200).body
	for _, want := range []string{
		`netweave_view_objects{adapter="lab",kind="ResourcePool"} 4`,
		`netweave_plugin_state{adapter="lab",state="running"} 1`,
		"netweave_ready 1\n",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %q", want)
		}
	}
}

// tenants is a gateway that keeps tenants apart, with all that there is to measure
// but Redis and an identity provider.
const tenants = `
server:
  listen: "127.0.0.1:0"
  accessLog: {path: $DIR/access.log}
  tls: {certFile: $DIR/server.crt, keyFile: $DIR/server.key, clientCAFile: $DIR/ca.crt, crlFile: $DIR/ca.crl}
log: {format: text}
tenancy: {enabled: true, unlabelled: shared, platformAdmins: [root], rolesFile: $DIR/roles.csv}
plugins: {dir: $PLUGINS, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
subscriptions: {callbacks: {allowLoopbackHTTP: true}}
adapters:
  - name: lab
    type: mock
    config: {seed: 7, pools: 4, resourcesPerPool: 25, tenants: [smo-alpha, smo-beta]}
`

// startTenants is start for the above, asked by the platform's admin.
func startTenants(t *testing.T) *gateway {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(filepath.Join(built, "netweave"), "certs", "dev", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "roles.csv"), []byte("p, counter, Resource, list, tenant\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g := startIn(t, dir, tenants)
	authority, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "root.platform.crt"), filepath.Join(dir, "root.platform.key"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	g.url = "https" + strings.TrimPrefix(g.url, "http")
	g.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}}}
	return g
}

var ours = regexp.MustCompile(`\b(?:netweave|o2ims)_[a-z0-9_]*[a-z0-9]\b`)

// The operator's guide has every metric, and none that is not there; the alarms
// are about metrics that there are.
func TestEveryMetricIsInTheGuide(t *testing.T) {
	g := startTenants(t)
	g.ready()
	g.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	g.ask("POST", "/o2ims/v1/resourcePools", `{"name":"edge-1"}`, 201)
	g.eventually("the leader tells how the queues stand", func() error {
		if a := g.ask("GET", "/metrics", "", 200); !strings.Contains(a.body, "\nnetweave_queue_entries ") {
			return errors.New("it does not yet")
		}
		return nil
	})
	read := func(file string) string {
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	guide := map[string]bool{}
	for _, quoted := range regexp.MustCompile("`[^`\n]+`").FindAllString(read("docs/operator.md"), -1) {
		for _, name := range ours.FindAllString(quoted, -1) {
			guide[name] = true
		}
	}
	served := map[string]bool{}
	metrics := g.ask("GET", "/metrics", "", 200).body
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (\S+) `).FindAllStringSubmatch(metrics, -1) {
		if name := line[1]; ours.MatchString(name) {
			if served[name] = true; !guide[name] {
				t.Errorf("docs/operator.md lacks %s", name)
			}
		}
	}
	// These have a child only once something was refused; others are served where
	// there is a Redis or an identity provider.
	rare := []string{
		"netweave_plugin_refused_objects_total", "netweave_webhook_attempts_total", "netweave_webhook_attempt_duration_seconds",
		"o2ims_auth_failures_by_client", "netweave_alertmanager_alerts_total", "o2ims_alarms_raised_total", "o2ims_alarms_cleared_total", "o2ims_alarm_poll_failures_total",
	}
	elsewhere := func(name string) bool {
		return slices.Contains(rare, name) || strings.HasPrefix(name, "netweave_redis_") || strings.HasPrefix(name, "netweave_oidc_")
	}
	for name := range guide {
		if !served[name] && !elsewhere(name) {
			t.Errorf("docs/operator.md has %s, which is not served", name)
		}
	}
	expressions := regexp.MustCompile(`(?ms)^ +expr: (.*?)^ +(?:for|labels): `).FindAllStringSubmatch(read("deploy/prometheus/alerts.yaml"), -1)
	if len(expressions) < 10 {
		t.Errorf("found %d alarms", len(expressions))
	}
	for _, e := range expressions {
		for _, name := range ours.FindAllString(e[1], -1) {
			if !served[name] && !elsewhere(name) {
				t.Errorf("deploy/prometheus/alerts.yaml has %s, which is not served", name)
			}
		}
	}
}

func TestTheHintsWork(t *testing.T) {
	g := start(t, lab, "--hints")
	curl := regexp.MustCompile(`(?m)^  curl .*$`)
	var commands []string
	g.eventually("four commands to try", func() error {
		if commands = curl.FindAllString(g.stdout.String(), -1); len(commands) != 4 {
			return fmt.Errorf("got %v", commands)
		}
		return nil
	})
	argument := regexp.MustCompile(`'([^']*)'|(\S+)`)
	for _, command := range commands {
		method, path, body := "GET", "", ""
		args := argument.FindAllStringSubmatch(command, -1)
		for i, arg := range args {
			switch text := arg[1] + arg[2]; {
			case strings.HasPrefix(text, g.url):
				path = strings.TrimPrefix(text, g.url)
			case text == "-d":
				method, body = "POST", args[i+1][1]
			}
		}
		a, err := g.try(method, path, body)
		if err != nil || a.status != http.StatusOK && a.status != http.StatusCreated {
			t.Errorf("%s: %+v, %v", command, a, err)
		}
	}
}

func TestAPluginThatIsKilledIsServedAsLastSeenAndStartedAgain(t *testing.T) {
	g := start(t, strings.Replace(lab, "stateDir: $DIR/state", "stateDir: $DIR/state, crashLimit: 1, quarantine: 6s", 1)+
		"    staleAfter: 500ms\n")
	g.ready()
	before := g.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	if stale := before.header.Get("X-Netweave-Stale"); stale != "" {
		t.Errorf("a fresh list is marked stale: %s", stale)
	}
	first := g.plugin()
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	g.eventually("reads are marked stale", func() error {
		if a := g.ask("GET", "/o2ims/v1/resourcePools", "", 200); a.header.Get("X-Netweave-Stale") != "lab" || !strings.HasPrefix(a.header.Get("Warning"), "110 ") {
			return fmt.Errorf("headers %v", a.header)
		} else if a.body != before.body {
			t.Fatalf("not what was last seen:\n got %s\nwant %s", a.body, before.body)
		}
		return nil
	})
	if s, err := g.standing("lab"); err != nil || s.State != "quarantined" || !s.Synced || !s.Degraded || s.LastError == "" {
		t.Errorf("standing: %+v, %v", s, err)
	}
	g.ask("GET", "/readyz", "", 200)
	refused := g.ask("POST", "/o2ims/v1/resourcePools", `{"name":"edge-1"}`, 503)
	if got := refused.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a refused write is %s", got)
	}

	g.eventually("the plugin runs again and its view is fresh", func() error {
		s, err := g.standing("lab")
		if err != nil || s.State != "running" || s.Degraded {
			return errors.Join(err, fmt.Errorf("it stands at %+v", s))
		}
		return nil
	})
	if second := g.plugin(); second == first {
		t.Errorf("the plugin still has the process id %d", first)
	}
	g.eventually("writes work again", func() error {
		a, err := g.try("POST", "/o2ims/v1/resourcePools", `{"name":"edge-1"}`)
		if err != nil || a.status != 201 {
			return errors.Join(err, fmt.Errorf("got %+v", a))
		}
		return nil
	})
}

func TestTwoBackendsAreOneInventory(t *testing.T) {
	g := start(t, lab+`
  - {name: metal, type: mock, default: true, config: {seed: 8, pools: 3, resourcesPerPool: 10}}
routing:
  rules:
    - {resourceType: ResourcePool, filter: {extensions.type: edge}, adapter: lab, priority: 5}
`)
	g.ready()
	if pools := g.ask("GET", "/o2ims/v1/resourcePools", "", 200).items(t, "resourcePoolId"); len(pools) != 7 || !slices.IsSorted(pools) {
		t.Errorf("pools of both: got %v, want 7, sorted", pools)
	}
	for _, tc := range []struct{ body, backend string }{
		{`{"name":"by-rule","extensions":{"type":"edge"}}`, "lab"},
		{`{"name":"by-default","extensions":{"type":"core"}}`, "metal"},
	} {
		before := objects(t, g, tc.backend)
		g.ask("POST", "/o2ims/v1/resourcePools", tc.body, 201)
		if after := objects(t, g, tc.backend); after != before+1 {
			t.Errorf("%s: %s had %d pools and has %d", tc.body, tc.backend, before, after)
		}
	}
}

// objects returns how many pools a backend's view has.
func objects(t *testing.T, g *gateway, backend string) int {
	t.Helper()
	prefix := fmt.Sprintf("netweave_view_objects{adapter=%q,kind=\"ResourcePool\"} ", backend)
	for line := range strings.Lines(g.ask(http.MethodGet, "/metrics", "", 200).body) {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			var n int
			if _, err := fmt.Sscan(rest, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no metric %s", prefix)
	return 0
}

// One plugin that is not trusted keeps nobody from the other backend.
func TestAPluginThatIsNotTrusted(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile(filepath.Join(built, "plugins", "mock"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mock", "copy"} {
		if err := os.WriteFile(filepath.Join(dir, name), program, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(filepath.Join(built, "netweave"), "plugin", "trust", "mock", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	g := start(t, strings.Replace(lab, "$PLUGINS", dir, 1)+"  - {name: metal, type: copy, readyWait: 300ms}\n")
	g.ready()
	const reason = "plugin copy is not trusted: not in the lock file"
	g.eventually("the reason is shown", func() error {
		s, err := g.standing("metal")
		if err != nil || s.Synced || !strings.Contains(s.LastError, reason) {
			return errors.Join(err, fmt.Errorf("it stands at %+v", s))
		}
		return nil
	})
	if log := g.stderr.String(); !strings.Contains(log, "key=adapters[1].type") || !strings.Contains(log, reason) {
		t.Errorf("no warning in the log:\n%s", log)
	}
	list := g.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	if got := list.header.Get("X-Netweave-Partial"); got != "metal" || len(list.items(t, "name")) != 4 {
		t.Errorf("partial: got %q with %s", got, list.body)
	}
	if children := childrenOf(t, g.process.Process.Pid); len(children) != 1 {
		t.Errorf("processes %v run, want the trusted plugin alone", children)
	}
}

// A plugin that refuses its configuration is shown with its reason, and without
// the secret in it, while the other backend is served.
func TestAPluginThatRefusesItsConfiguration(t *testing.T) {
	t.Setenv("E2E_SECRET", "s3cr3t-v4lue")
	g := start(t, lab+`
  - {name: metal, type: mock, readyWait: 300ms, config: {sed: "${E2E_SECRET}"}}
`)
	g.ready()
	g.eventually("the reason is shown", func() error {
		s, err := g.standing("metal")
		if err != nil || !strings.Contains(s.LastError, "sed") {
			return errors.Join(err, fmt.Errorf("it stands at %+v", s))
		}
		return nil
	})
	list := g.ask("GET", "/o2ims/v1/resourcePools", "", 200)
	if got := list.header.Get("X-Netweave-Partial"); got != "metal" || len(list.items(t, "name")) != 4 {
		t.Errorf("partial: got %q with %s", got, list.body)
	}
	shown := g.ask("GET", "/readyz", "", 200).body + g.ask("GET", "/metrics", "", 200).body + g.stderr.String() + g.stdout.String()
	if strings.Contains(shown, "s3cr3t-v4lue") {
		t.Errorf("the secret is shown:\n%s", shown)
	}
}
