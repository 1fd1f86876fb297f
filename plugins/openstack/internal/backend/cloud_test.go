package backend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/plugins/openstack/internal/config"
)

const cloudPassword = "hunter2-of-the-cloud"

// cloud is a small OpenStack in this process that can be made to fail. What it
// keeps is JSON as Nova and Placement show it.
type cloud struct {
	*httptest.Server

	mu         sync.Mutex
	password   string
	token      string
	life       time.Duration
	logins     int
	requests   map[string]int // by method and path
	logs       bytes.Buffer
	fault      func(w http.ResponseWriter, r *http.Request) bool // answers, if it returns true
	aggregates []map[string]any
	services   []map[string]any
	nodes      []map[string]any
	servers    []map[string]any
	flavors    []map[string]any
	providers  []map[string]any
}

func newCloud(t testing.TB, hosts, servers int) *cloud {
	t.Helper()
	c := &cloud{password: cloudPassword, life: time.Hour, requests: map[string]int{}}
	c.aggregates = []map[string]any{
		aggregate(1, "edge", "edge-1", []string{host(0)}, map[string]string{"o2ims.oran.org:tenant": "north"}),
		aggregate(2, "core", "", []string{host(1)}, nil),
	}
	c.flavors = []map[string]any{{"id": "f-small", "name": "small", "vcpus": 1, "ram": 512, "disk": 1, "os-flavor-access:is_public": true}}
	for i := range hosts {
		zone := "nova"
		if i == 0 {
			zone = "edge-1"
		}
		c.services = append(c.services, map[string]any{"id": uuid('5', i), "host": host(i), "zone": zone, "status": "enabled", "state": "up", "binary": "nova-compute"})
		c.nodes = append(c.nodes, map[string]any{
			"id": uuid('a', i), "hypervisor_hostname": host(i), "state": "up", "status": "enabled", "hypervisor_type": "QEMU",
			"hypervisor_version": 7, "host_ip": "192.0.2.1", "service": map[string]any{"host": host(i)}, "vcpus": 8, "memory_mb": 16384, "local_gb": 100, "running_vms": 0,
		})
		c.providers = append(c.providers, map[string]any{"uuid": uuid('a', i), "name": host(i), "generation": 1, "root_provider_uuid": uuid('a', i)})
	}
	for i := range servers {
		c.servers = append(c.servers, server(i, host(i%hosts)))
	}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func host(i int) string { return fmt.Sprintf("host-%03d", i) }

func uuid(kind rune, i int) string {
	return fmt.Sprintf("%s-0000-4000-8000-%012d", strings.Repeat(string(kind), 8), i)
}

func aggregate(id int, name, zone string, hosts []string, metadata map[string]string) map[string]any {
	a := map[string]any{"id": id, "uuid": uuid('b', id), "name": name, "hosts": hosts, "metadata": metadata, "availability_zone": nil}
	if zone != "" {
		a["availability_zone"] = zone
	}
	return a
}

func server(i int, on string) map[string]any {
	return map[string]any{
		"id": uuid('c', i), "name": fmt.Sprintf("vm-%d", i), "status": "ACTIVE", "tenant_id": "p", "metadata": map[string]string{},
		"flavor":               map[string]any{"original_name": "small", "vcpus": 1, "ram": 512, "disk": 1},
		"OS-EXT-SRV-ATTR:host": on, "OS-EXT-SRV-ATTR:hypervisor_hostname": on, "OS-EXT-STS:task_state": nil, "image": "",
	}
}

// config is the least that serves.
func (c *cloud) config() config.Config {
	return config.Config{AuthURL: c.URL + "/identity/v3", Username: "netweave", Password: cloudPassword, ProjectName: "admin", Image: "image-1"}
}

// breaks has f answer instead, until it returns false.
func (c *cloud) breaks(f func(w http.ResponseWriter, r *http.Request) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// count is how many requests came for a method and path.
func (c *cloud) count(call string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests[call]
}

// total is how many requests came, but for logins.
func (c *cloud) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := 0
	for call, n := range c.requests {
		if !strings.Contains(call, "/identity/") {
			sum += n
		}
	}
	return sum
}

// expire has the token be refused from now on.
func (c *cloud) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = ""
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.requests[r.Method+" "+r.URL.Path]++
	fault := c.fault
	c.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Path == "/identity/v3/auth/tokens" {
		c.logIn(w, r)
		return
	}
	if r.Header.Get("X-Auth-Token") != c.token || c.token == "" {
		answer(w, 401, map[string]any{"error": map[string]any{"code": 401, "message": "The request you have made requires authentication."}})
		return
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/placement/"); ok {
		c.placement(w, path)
		return
	}
	c.nova(w, r, strings.TrimPrefix(r.URL.Path, "/compute/v2.1/"))
}

func (c *cloud) logIn(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Auth struct {
			Identity struct {
				Password struct{ User struct{ Password string } }
			}
		}
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil || body.Auth.Identity.Password.User.Password != c.password {
		answer(w, 401, map[string]any{"error": map[string]any{"code": 401, "message": "The request you have made requires authentication."}})
		return
	}
	c.logins++
	c.token = "token-" + strconv.Itoa(c.logins) + "-very-secret"
	var catalog []any
	for service, path := range map[string]string{"compute": "/compute/v2.1", "placement": "/placement"} {
		catalog = append(catalog, map[string]any{"type": service, "endpoints": []any{
			map[string]any{"id": service, "interface": "public", "region": "R1", "region_id": "R1", "url": c.URL + path},
		}})
	}
	w.Header().Set("X-Subject-Token", c.token)
	answer(w, 201, map[string]any{"token": map[string]any{"expires_at": time.Now().Add(c.life).UTC().Format("2006-01-02T15:04:05.000000Z"), "catalog": catalog}})
}

func (c *cloud) placement(w http.ResponseWriter, path string) {
	switch {
	case path == "resource_providers":
		answer(w, 200, map[string]any{"resource_providers": c.providers})
	case strings.HasSuffix(path, "/inventories"):
		answer(w, 200, map[string]any{"inventories": map[string]any{
			"VCPU":      map[string]any{"total": 8, "reserved": 1, "allocation_ratio": 4.0},
			"MEMORY_MB": map[string]any{"total": 16384, "reserved": 384, "allocation_ratio": 1.0},
		}})
	default:
		answer(w, 200, map[string]any{"usages": map[string]any{"VCPU": 2, "MEMORY_MB": 1024}})
	}
}

func (c *cloud) nova(w http.ResponseWriter, r *http.Request, path string) {
	lists := map[string]struct {
		key   string
		items []map[string]any
	}{
		"os-services": {"services", c.services}, "os-aggregates": {"aggregates", c.aggregates},
		"os-hypervisors/detail": {"hypervisors", c.nodes}, "servers/detail": {"servers", c.servers},
		"flavors/detail": {"flavors", c.flavors}, "flavors": {"flavors", c.flavors},
	}
	if list, ok := lists[path]; ok && r.Method == http.MethodGet {
		answer(w, 200, paged(c.URL+r.URL.Path, r, list.key, list.items))
		return
	}
	if r.Method != http.MethodGet {
		c.write(w, r, path)
		return
	}
	for key, items := range map[string][]map[string]any{"server": c.servers, "hypervisor": c.nodes} {
		for _, item := range items {
			if strings.HasSuffix(path, key+"s/"+item["id"].(string)) {
				answer(w, 200, map[string]any{key: item})
				return
			}
		}
	}
	missing(w)
}

func missing(w http.ResponseWriter) {
	answer(w, 404, map[string]any{"itemNotFound": map[string]any{"code": 404, "message": "It could not be found."}})
}

// paged cuts a list as limit and marker say.
func paged(url string, r *http.Request, key string, items []map[string]any) map[string]any {
	if marker := r.URL.Query().Get("marker"); marker != "" {
		at := slices.IndexFunc(items, func(i map[string]any) bool { return i["id"] == marker })
		items = items[at+1:]
	}
	body := map[string]any{}
	if limit, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && limit <= len(items) {
		items = items[:limit]
		body[key+"_links"] = []any{map[string]any{"rel": "next", "href": fmt.Sprintf("%s?limit=%d&marker=%v", url, limit, items[limit-1]["id"])}}
	}
	body[key] = append([]map[string]any{}, items...)
	return body
}

// write does what the plugin asks of Nova.
func (c *cloud) write(w http.ResponseWriter, r *http.Request, path string) {
	var body map[string]map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body) // deletions have none
	switch {
	case path == "servers":
		made := server(len(c.servers), "")
		made["metadata"], made["name"], made["status"] = body["server"]["metadata"], body["server"]["name"], "BUILD"
		made["OS-EXT-SRV-ATTR:host"], made["OS-EXT-SRV-ATTR:hypervisor_hostname"] = nil, nil // not placed yet
		c.servers = append(c.servers, made)
		answer(w, 202, map[string]any{"server": map[string]any{"id": made["id"], "adminPass": "do-not-show"}})
	case strings.HasPrefix(path, "servers/"):
		c.servers = slices.DeleteFunc(c.servers, func(s map[string]any) bool { return path == "servers/"+s["id"].(string) })
		w.WriteHeader(http.StatusNoContent)
	case path == "os-aggregates":
		made := aggregate(len(c.aggregates)+1, body["aggregate"]["name"].(string), "", []string{}, map[string]string{})
		made["availability_zone"] = body["aggregate"]["availability_zone"]
		c.aggregates = append(c.aggregates, made)
		answer(w, 200, map[string]any{"aggregate": made})
	default:
		c.toAggregate(w, r, path, body)
	}
}

func (c *cloud) toAggregate(w http.ResponseWriter, r *http.Request, path string, body map[string]map[string]any) {
	id, _, isAction := strings.Cut(strings.TrimPrefix(path, "os-aggregates/"), "/")
	at := slices.IndexFunc(c.aggregates, func(a map[string]any) bool { return fmt.Sprint(a["id"]) == id })
	if at < 0 {
		missing(w)
		return
	}
	a := c.aggregates[at]
	hosts, _ := a["hosts"].([]string)
	switch {
	case r.Method == http.MethodDelete:
		c.aggregates = slices.Delete(c.aggregates, at, at+1)
	case !isAction:
		for key, value := range body["aggregate"] {
			a[key] = value
		}
	case body["add_host"] != nil:
		a["hosts"] = append(slices.Clone(hosts), body["add_host"]["host"].(string))
	case body["remove_host"] != nil:
		a["hosts"] = slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return h == body["remove_host"]["host"] })
	default:
		metadata := map[string]string{}
		if now, ok := a["metadata"].(map[string]string); ok {
			metadata = now
		}
		for key, value := range body["set_metadata"]["metadata"].(map[string]any) {
			if value == nil {
				delete(metadata, key)
			} else {
				metadata[key] = value.(string)
			}
		}
		a["metadata"] = metadata
	}
	answer(w, 200, map[string]any{"aggregate": a})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have left
}

// says answers a status with a text as Nova would.
func says(status int, text string, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		answer(w, status, map[string]any{"fault": map[string]any{"code": status, "message": text}})
		return true
	}
}

// raw answers a status with a body of a type.
func raw(status int, kind, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body)) // the client may have left
		return true
	}
}

// at has f answer requests of a method and path alone.
func at(call string, f func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method+" "+r.URL.Path == call && f(w, r)
	}
}

// times has f answer the first requests alone.
func times(n int, f func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		left := n > 0
		n--
		mu.Unlock()
		return left && f(w, r)
	}
}
