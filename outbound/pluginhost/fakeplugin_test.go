package pluginhost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// The test binary is also every plugin of these tests, and the host that is
// killed in one of them: TestMain looks at how it was started.
const (
	modeVariable = "FAKE_MODE"
	hostVariable = "FAKE_HOST"
	// childVariable marks what a plugin starts.
	childVariable = "FAKE_CHILD"
)

// suite is what the tests of this package share: a plugin directory with one
// trusted plugin, and a state directory that already holds its copy.
var suite struct{ plugins, state string }

func TestMain(m *testing.M) {
	if os.Getenv(wire.Handshake.MagicCookieKey) != "" {
		fakePlugin(os.Getenv(modeVariable))
		return
	}
	if os.Getenv(childVariable) != "" {
		hang()
	}
	if dirs := os.Getenv(hostVariable); dirs != "" {
		fakeHost(dirs)
		return
	}
	os.Exit(withSuite(func() int {
		code := m.Run()
		if err := goleak.Find(); code == 0 && err != nil {
			fmt.Fprintln(os.Stderr, "goroutines are left:", err)
			return 1
		}
		return code
	}))
}

func withSuite(run func() int) int {
	dir, err := os.MkdirTemp("", "pluginhost")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepareSuite(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

func prepareSuite(dir string) error {
	suite.plugins, suite.state = dir+"/plugins", dir+"/state"
	self, err := os.Executable()
	if err != nil {
		return err
	}
	content, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	if err := os.Mkdir(suite.plugins, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(suite.plugins+"/fake", content, 0o755); err != nil {
		return err
	}
	_, err = TrustPlugin(suite.plugins, "fake")
	return err
}

// fakePlugin behaves as mode says. What it does after Open, the adapter's
// configuration says.
func fakePlugin(mode string) {
	switch mode {
	case "", "good":
		sdk.Serve(sdk.Info{Name: "fake", Version: "1.2.3"}, openMemory)
	case "raw":
		serveRaw(1)
	case "old":
		serveFrozen()
	case "wrong-version":
		serveRaw(99)
	case "crash-at-start":
		fmt.Fprintln(os.Stderr, "no licence found")
		os.Exit(3)
	case "hang-at-handshake":
		hang()
	case "bad-handshake":
		fmt.Println("hello, I am a web server")
		hang()
	case "foreign-address":
		fmt.Println("1|1|tcp|127.0.0.1:1|grpc|")
		hang()
	}
}

// memoryConfig is the configuration of the plugin that behaves.
type memoryConfig struct {
	Resources int    `json:"resources"`
	Password  string `json:"password"`
	// Open is how Open answers: "", "invalid", "unavailable" or "hang".
	Open string `json:"open"`
	// Crash ends the process: "open", "call", or a duration after Open.
	Crash string `json:"crash"`
	// Ill has it say that it is not healthy.
	Ill bool `json:"ill"`
	// Deaf names a call that never returns.
	Deaf string `json:"deaf"`
	// Slow is how long every write takes.
	Slow sdk.Duration `json:"slow"`
	// Fail is the code with which every write fails.
	Fail string `json:"fail"`
	// Polled plugins cannot watch, read-only ones cannot change anything.
	Polled   bool `json:"polled"`
	ReadOnly bool `json:"readOnly"`
	// Say is written to the log, and to the standard streams, when it is opened.
	Say string `json:"say"`
	// Child has it start a process of its own, which holds on to its output.
	Child bool `json:"child"`
	// Chatter is how many lines are logged.
	Chatter int `json:"chatter"`
}

func openMemory(ctx context.Context, host sdk.Host, cfg memoryConfig) (sdk.Backend, error) {
	switch cfg.Open {
	case "invalid":
		return nil, sdk.Errorf(sdk.Invalid, "the password %s is too short", cfg.Password)
	case "unavailable":
		return nil, sdk.Errorf(sdk.Unavailable, "no route to the cluster with password %s", cfg.Password)
	case "hang":
		<-ctx.Done()
		hang()
	}
	if cfg.Crash == "open" {
		os.Exit(4)
	}
	if d, err := time.ParseDuration(cfg.Crash); err == nil {
		time.AfterFunc(d, func() { os.Exit(5) })
	}
	if cfg.Say != "" {
		host.Logger().Warn("said by the logger: "+cfg.Say, "answer", 42)
		fmt.Println("said on stdout: " + cfg.Say)
		fmt.Fprintln(os.Stderr, "said on stderr: "+cfg.Say)
	}
	if cfg.Child {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		child := &exec.Cmd{Path: self, Args: []string{"child"}, Env: []string{childVariable + "=1"}, Stdout: os.NewFile(1, "1"), Stderr: os.NewFile(2, "2")}
		if err := child.Start(); err != nil {
			return nil, err
		}
		host.Logger().Info("child", "pid", child.Process.Pid)
	}
	for i := range cfg.Chatter {
		host.Logger().Info("chatter", "line", i)
	}
	m := newMemory(cfg)
	switch {
	case cfg.Polled && cfg.ReadOnly:
		return m, nil
	case cfg.ReadOnly:
		return struct {
			*memory
			live
		}{m, live{m}}, nil
	default:
		return struct {
			*memory
			live
			writing
			alarming
		}{m, live{m}, writing{m}, alarming{m}}, nil
	}
}

// memory is a whole backend in a few maps.
type memory struct {
	cfg memoryConfig

	mu        sync.Mutex
	revision  uint64
	pools     map[string]*sdk.ResourcePool
	resources map[string]*sdk.Resource
	feeds     map[chan change]struct{}
}

type change struct {
	put  sdk.Object
	kind sdk.Kind
	gone string
}

func newMemory(cfg memoryConfig) *memory {
	m := &memory{cfg: cfg, pools: map[string]*sdk.ResourcePool{}, resources: map[string]*sdk.Resource{}, feeds: map[chan change]struct{}{}}
	m.pools["rack/1"] = &sdk.ResourcePool{
		Meta:     sdk.Meta{ID: "rack/1", Name: "rack 1", Tenant: "blue", Revision: 1, Extensions: map[string]any{"z": 1, "a": "x"}},
		Location: "hall 1",
	}
	for i := range cfg.Resources {
		id := "server-" + strconv.Itoa(i)
		m.resources[id] = &sdk.Resource{
			Meta: sdk.Meta{
				ID: id, Name: "server " + strconv.Itoa(i), Revision: 1,
				Extensions: map[string]any{"slot": i}, Volatile: map[string]any{"load": 0.5},
			},
			ResourceTypeID: "c1", ResourcePoolID: "rack/1", Tags: []string{"edge"},
		}
	}
	m.revision = 1
	return m
}

func sorted[T any](m map[string]T) []T {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	items := make([]T, 0, len(m))
	for _, k := range keys {
		items = append(items, m[k])
	}
	return items
}

var theManager = &sdk.DeploymentManager{
	Meta:       sdk.Meta{ID: "9F2C1D9E-0000-4000-8000-000000000001", Name: "cluster"},
	ServiceURI: "https://cluster.example", Capabilities: map[string]any{"scaling": true}, Capacity: map[string]any{"cpu": "64"},
}

var theType = &sdk.ResourceType{
	Meta: sdk.Meta{ID: "c1", Name: "compute 1"}, Vendor: "acme", ResourceKind: sdk.ResourceKindPhysical, ResourceClass: sdk.ResourceClassCompute,
	AlarmDictionaryVersion: "1", Alarms: []sdk.AlarmDefinition{{ID: "hot", Name: "Hot"}},
}

func (m *memory) ListDeploymentManagers(context.Context, sdk.ListOptions) iter.Seq2[*sdk.DeploymentManager, error] {
	return sdk.List([]*sdk.DeploymentManager{theManager}, nil)
}

func (m *memory) GetDeploymentManager(_ context.Context, id string) (*sdk.DeploymentManager, error) {
	return get(map[string]*sdk.DeploymentManager{theManager.ID: theManager}, id)
}

func (m *memory) ListResourcePools(context.Context, sdk.ListOptions) iter.Seq2[*sdk.ResourcePool, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return sdk.List(sorted(m.pools), nil)
}

func (m *memory) GetResourcePool(_ context.Context, id string) (*sdk.ResourcePool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return get(m.pools, id)
}

func (m *memory) ListResources(context.Context, sdk.ListOptions) iter.Seq2[*sdk.Resource, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	return sdk.List(sorted(m.resources), nil)
}

func (m *memory) GetResource(_ context.Context, id string) (*sdk.Resource, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return get(m.resources, id)
}

func (m *memory) ListResourceTypes(context.Context, sdk.ListOptions) iter.Seq2[*sdk.ResourceType, error] {
	return sdk.List([]*sdk.ResourceType{theType}, nil)
}

func (m *memory) GetResourceType(_ context.Context, id string) (*sdk.ResourceType, error) {
	return get(map[string]*sdk.ResourceType{theType.ID: theType}, id)
}

func get[T any](items map[string]T, id string) (T, error) {
	item, ok := items[id]
	if !ok {
		return item, sdk.Errorf(sdk.NotFound, "there is no %q", id)
	}
	return item, nil
}

func (m *memory) Health(context.Context) error {
	if m.cfg.Deaf == "health" {
		hang()
	}
	if m.cfg.Ill {
		return sdk.Errorf(sdk.Unavailable, "the cloud behind it is away")
	}
	return nil
}

func (m *memory) Close() error {
	if path := os.Getenv("FAKE_CLOSED"); path != "" {
		return os.WriteFile(path, []byte("closed"), 0o600)
	}
	return nil
}

// live is what a memory that can be watched can do besides.
type live struct{ m *memory }

// Watch sends everything, and then what changes.
func (l live) Watch(ctx context.Context, events sdk.Events) error {
	m := l.m
	m.mu.Lock()
	changes := make(chan change, 1024)
	m.feeds[changes] = struct{}{}
	objects := []sdk.Object{theManager, theType}
	for _, p := range sorted(m.pools) {
		objects = append(objects, p)
	}
	for _, r := range sorted(m.resources) {
		objects = append(objects, r)
	}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.feeds, changes)
	}()
	if err := errors.Join(events.Begin(), events.Put(objects...), events.Synced()); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c := <-changes:
			var err error
			if c.put != nil {
				err = events.Put(c.put)
			} else {
				err = events.Delete(c.kind, c.gone)
			}
			if err != nil {
				return err
			}
		}
	}
}

func (m *memory) tell(c change) {
	for feed := range m.feeds {
		feed <- c
	}
}

// writing is what a memory that may be changed can do besides.
type writing struct{ m *memory }

func (w writing) before(ctx context.Context) error {
	if w.m.cfg.Crash == "call" {
		os.Exit(6)
	}
	if w.m.cfg.Deaf == "write" {
		hang()
	}
	if w.m.cfg.Fail != "" {
		return sdk.Errorf(sdk.Code(w.m.cfg.Fail), "no luck with %s", w.m.cfg.Password)
	}
	select {
	case <-time.After(time.Duration(w.m.cfg.Slow)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w writing) CreateResourcePool(ctx context.Context, pool *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	if err := w.before(ctx); err != nil {
		return nil, err
	}
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	id := "pool/" + strings.ToLower(pool.Name)
	if _, there := m.pools[id]; there {
		return nil, sdk.Errorf(sdk.Conflict, "there is a pool %q", pool.Name)
	}
	m.revision++
	made := *pool
	made.ID, made.Revision = id, m.revision
	m.pools[id] = &made
	m.tell(change{put: &made})
	return &made, nil
}

func (w writing) UpdateResourcePool(ctx context.Context, pool *sdk.ResourcePool) (*sdk.ResourcePool, error) {
	if err := w.before(ctx); err != nil {
		return nil, err
	}
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := get(m.pools, pool.ID); err != nil {
		return nil, err
	}
	if _, ours := pool.Extensions["nativeId"]; ours {
		return nil, sdk.Errorf(sdk.Invalid, "an extension nativeId is not mine")
	}
	m.revision++
	made := *pool
	made.Revision = m.revision
	m.pools[pool.ID] = &made
	m.tell(change{put: &made})
	return &made, nil
}

func (w writing) DeleteResourcePool(ctx context.Context, id string) error {
	if err := w.before(ctx); err != nil {
		return err
	}
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := get(m.pools, id); err != nil {
		return err
	}
	delete(m.pools, id)
	m.tell(change{kind: sdk.KindResourcePool, gone: id})
	return nil
}

func (w writing) CreateResource(ctx context.Context, r *sdk.Resource) (*sdk.Resource, error) {
	if err := w.before(ctx); err != nil {
		return nil, err
	}
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := get(m.pools, r.ResourcePoolID); err != nil {
		return nil, sdk.Errorf(sdk.Invalid, "no such pool: %q", r.ResourcePoolID)
	}
	m.revision++
	made := *r
	made.ID, made.Revision = "made-"+strconv.FormatUint(m.revision, 10), m.revision
	m.resources[made.ID] = &made
	m.tell(change{put: &made})
	return &made, nil
}

func (w writing) DeleteResource(ctx context.Context, id string) error {
	if err := w.before(ctx); err != nil {
		return err
	}
	m := w.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := get(m.resources, id); err != nil {
		return err
	}
	delete(m.resources, id)
	m.tell(change{kind: sdk.KindResource, gone: id})
	return nil
}

// section encodes an adapter's configuration.
func section(t *testing.T, cfg any) []byte {
	t.Helper()
	raw, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
