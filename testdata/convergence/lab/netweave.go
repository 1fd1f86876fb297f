package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Config is what the processes of one gateway have in common.
type Config struct {
	// Root is the tree's; Binary the netweave to run, "" for bin/netweave.
	Root, Binary string
	// Dir is where configurations, logs and states go.
	Dir string
	// Redis are the addresses of a server, or of Sentinels if MasterName is set;
	// none for an embedded store, in Dir.
	Redis      []string
	MasterName string
	// Lease is how long a leader leads without renewing.
	Lease time.Duration
	// Kubeconfig is the backend's. LeaseKubeconfig, if set, keeps leadership as a
	// Lease there; else the store keeps it.
	Kubeconfig, LeaseKubeconfig string
	// LeaseName tells the Leases of several tests apart.
	LeaseName string
	// CallbackNetworks may be called back over plain http, besides loopback.
	CallbackNetworks []string
	// Batch is how many entries of a queue are claimed at once, 0 for the default.
	Batch int
	// CoalesceLength is where a queue's changes of one object become one, 0 for the
	// default.
	CoalesceLength int
	// Site is where the process runs, nil for where the test does.
	Site *Site
}

// Netweave is one process of netweave.
type Netweave struct {
	*Process
	// Base is the URL that it listens at.
	Base string
	http *http.Client
}

// NewNetweave returns a process of a role ("gateway", "controller" or "all") that
// is not started. change adjusts the configuration for this one process; nil for
// none.
func NewNetweave(c Config, name, role string, change func(*Config)) (*Netweave, error) {
	if change != nil {
		change(&c)
	}
	address, err := FreeAddress("127.0.0.1")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, name+".yaml")
	if err := os.WriteFile(path, []byte(c.yaml(name, address)), 0o600); err != nil {
		return nil, err
	}
	binary := c.Binary
	if binary == "" {
		binary = filepath.Join(c.Root, "bin/netweave")
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("%w: run `task build`", err)
	}
	p := NewProcess(Spec{Name: name, Path: binary, Args: []string{"serve", "--config", path, "--role", role}, Dir: c.Dir})
	n := &Netweave{Process: p, Base: "http://" + address, http: &http.Client{Timeout: 5 * time.Second}}
	if c.Site != nil {
		n.spec.Namespace = c.Site.Name
		n.http.Transport = &http.Transport{DialContext: c.Site.Dial, DisableKeepAlives: true}
	}
	return n, nil
}

func (c *Config) yaml(name, address string) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	add("server:\n  listen: %s\n  accessLog:\n    enabled: false\n  timeouts:\n    shutdown: 5s", address)
	add("log:\n  format: text\n  level: info")
	add("plugins:\n  dir: %s\n  stateDir: %s", filepath.Join(c.Root, "bin/plugins"), filepath.Join(c.Dir, name+"-state"))
	add("  crashLimit: 100\n  crashWindow: 10s\n  quarantine: 1s")
	add("adapters:\n  - name: lab\n    type: kubernetes\n    default: true\n    staleAfter: 5s\n    config:")
	add("      kubeconfig: %s\n      namespace: openshift-machine-api\n      ocloudId: ocloud-convergence", c.Kubeconfig)
	if len(c.Redis) == 0 {
		add("store:\n  type: embedded\n  embedded:\n    path: %s", filepath.Join(c.Dir, "store.db"))
	} else {
		add("store:\n  type: redis\n  redis:\n    addresses: [%s]", strings.Join(c.Redis, ", "))
		if c.MasterName != "" {
			add("    masterName: %s\n    replicas: 1\n    waitTimeout: 500ms", c.MasterName)
		}
		add("leadership:\n  leaseDuration: %s", c.Lease)
		if c.LeaseKubeconfig != "" {
			add("  type: kubernetes\n  kubernetes:\n    kubeconfig: %s\n    namespace: default\n    name: %s", c.LeaseKubeconfig, c.LeaseName)
		}
	}
	add("subscriptions:\n  callbacks:\n    allowLoopbackHTTP: true")
	if len(c.CallbackNetworks) > 0 {
		add("    allowHTTP: true\n    allowNetworks: [%s]", strings.Join(c.CallbackNetworks, ", "))
	}
	add("  delivery:\n    timeout: 2s")
	if c.Batch > 0 {
		add("    batch: %d", c.Batch)
	}
	if c.CoalesceLength > 0 {
		add("  queue:\n    coalesceLength: %d", c.CoalesceLength)
	}
	return b.String()
}

// Ready returns nil once the process says that it is ready; a gateway also that
// it has read its backend.
func (n *Netweave) Ready(ctx context.Context) error {
	answer, err := n.get(ctx, "/readyz")
	if err == nil && strings.Contains(answer, `"synced":false`) {
		err = errors.New("ready, but its backend is not synced: " + answer)
	}
	return err
}

// Metric sums up the samples of a metric of the process. One that is not there
// is 0.
func (n *Netweave) Metric(ctx context.Context, name string) (float64, error) {
	answer, err := n.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	sum := 0.0
	lines := bufio.NewScanner(strings.NewReader(answer))
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		value, err := strconv.ParseFloat(rest[strings.LastIndexByte(rest, ' ')+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		sum += value
	}
	return sum, lines.Err()
}

// Leads reports whether the process says that it leads.
func (n *Netweave) Leads(ctx context.Context) bool {
	leads, err := n.Metric(ctx, "netweave_leader")
	return err == nil && leads == 1
}

func (n *Netweave) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Base+path, nil)
	if err != nil {
		return "", err
	}
	response, err := n.http.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s of %s: %s: %s", path, n.Name(), response.Status, body)
	}
	return string(body), err
}
