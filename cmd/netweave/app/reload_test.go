package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/configuration"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/routes"
)

// logged gathers a log.
type logged struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// site is a gateway of this process over a shed, and what takes its files.
type site struct {
	*reload
	t    *testing.T
	shed *shed
	dir  string
	log  *logged
}

const siteHead = `
server: {listen: "127.0.0.1:0", accessLog: {enabled: false}}
log: {format: text, level: info}
plugins: {dir: $DIR/plugins, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
adapters:
`

func newSite(t *testing.T, adapters string) *site {
	t.Helper()
	s := &site{t: t, shed: newShed(), dir: t.TempDir(), log: &logged{}}
	// There is a plugin called new, if only by its name.
	if err := errors.Join(os.Mkdir(filepath.Join(s.dir, "plugins"), 0o700), os.WriteFile(filepath.Join(s.dir, "plugins", "new"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(filepath.Join(s.dir, "gateway.yaml"), s.text(siteHead+adapters))
	if err != nil {
		t.Fatal(err)
	}
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: c.Log.Level}, s.log)
	if err != nil {
		t.Fatal(err)
	}
	around := &surroundings{
		config: c, given: Surroundings{Version: "v1"}, log: log, process: processName(),
		registry: telemetry.NewRegistry(telemetry.Build{}), runner: s.shed,
	}
	if around.reloads, err = newReloadMetrics(around.registry); err != nil {
		t.Fatal(err)
	}
	p, err := compose(t.Context(), around)
	t.Cleanup(func() {
		if err := p.close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	server, err := newServer(around, p.identity(around), p.offered())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.reload = newReload(around, p, server)
	s.shed.took()
	return s
}

func (s *site) text(text string) []byte { return []byte(strings.ReplaceAll(text, "$DIR", s.dir)) }

// saves has a file with those adapters taken, and returns what the shed was asked.
func (s *site) saves(adapters string, want bool) []string {
	s.t.Helper()
	if got := s.take(s.t.Context(), s.text(siteHead+adapters), nil); got != want {
		s.t.Errorf("taken: %v, want %v: %s", got, want, s.log)
	}
	return s.shed.took()
}

// refusals counts the problems that the log tells of.
func (s *site) refusals() int { return strings.Count(s.log.String(), "the configuration was refused") }

func (s *site) told() *configuration.State {
	s.t.Helper()
	state, err := s.p.configuration.Configuration(s.t.Context(), scope.New(scope.Identity{Tenant: "default", User: "u"}))
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

// shows waits until the pools are those of these adapters.
func (s *site) shows(want ...string) {
	s.t.Helper()
	var names []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		page, err := s.p.views.List(s.t.Context(), scope.New(scope.Identity{Tenant: "default", User: "u"}), inventory.Query{Kind: o2.KindResourcePool, Limit: 1000})
		if err != nil {
			continue // nothing is read yet
		}
		names = nil
		for _, item := range page.Items {
			names = append(names, strings.TrimPrefix(item.Object().Head().Name, "pool of "))
		}
		if slices.Sort(names); slices.Equal(names, want) {
			return
		}
	}
	s.t.Fatalf("pools of %v are there, want %v", names, want)
}

func wantAsked(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("asked for %q, want %q", got, want)
	}
}

const siteA = `  - {name: a, type: shed, default: true, config: {x: 1}}
`

const siteB = `  - {name: b, type: shed, config: {y: 1}}
`

func TestAdaptersComeAndGo(t *testing.T) {
	s := newSite(t, siteA)
	s.shows("a")
	wantAsked(t, s.saves(siteA, true))
	wantAsked(t, s.saves(siteA+siteB, true), `start b shed {"y":1}`)
	s.shows("a", "b")
	wantAsked(t, s.saves(siteA+strings.Replace(siteB, "y: 1", "y: 2", 1), true), `reconfigure b shed {"y":2} 30s`)
	wantAsked(t, s.saves(siteA+siteB, true), `reconfigure b shed {"y":1} 30s`)
	wantAsked(t, s.saves(siteA+strings.Replace(siteB, "type", "timeouts: {read: 1s}, type", 1), true), `reconfigure b shed {"y":1} 1s`)
	wantAsked(t, s.saves(siteA+strings.Replace(siteB, "type", "staleAfter: 7s, type", 1), true), `reconfigure b shed {"y":1} 30s`)
	wantAsked(t, s.saves(siteA+strings.Replace(siteB, "type", "staleAfter: 8s, type", 1), true))
	wantAsked(t, s.saves(siteB+siteA+"# in another order\n", true))
	s.p.ending.wait()
	asked := s.saves(siteA+strings.Replace(siteB, "type", "enabled: false, type", 1), true)
	s.p.ending.wait()
	wantAsked(t, append(asked, s.shed.took()...), "stop b")
	s.shows("a")
	wantAsked(t, s.saves(siteA+siteB, true), `start b shed {"y":1}`)
	s.shows("a", "b")
	if told := s.told(); told.Generation != 10 || told.Failure != nil || told.Waiting != nil {
		t.Errorf("got %+v", told)
	}
}

// One of a hundred adapters changes, and no other is touched.
func TestOneOfManyIsTouched(t *testing.T) {
	many := func(special int) string {
		var b strings.Builder
		for i := range 100 {
			value := 1
			if i == special {
				value = 2
			}
			fmt.Fprintf(&b, "  - {name: n%02d, type: shed, config: {x: %d}}\n", i, value)
		}
		return b.String()
	}
	s := newSite(t, many(-1))
	began := time.Now()
	wantAsked(t, s.saves(many(42), true), `reconfigure n42 shed {"x":2} 30s`)
	t.Logf("took %s", time.Since(began))
}

func TestABadFileChangesNothing(t *testing.T) {
	s := newSite(t, siteA+siteB)
	s.shows("a", "b")
	for _, tt := range []struct{ name, text, key string }{
		{"no adapter", "", "adapters"},
		{"an unknown key", siteA + "  - {name: c, type: shed, colour: red}\n", "adapters[1].colour"},
		{"two defaults", siteA + "  - {name: c, type: shed, default: true}\n", "adapters[1].default"},
		{"a rule for nobody", siteA + "routing: {rules: [{resourceType: \"*\", adapter: z}]}\n", "routing.rules[0].adapter"},
		{"a rule that cannot be", siteA + "routing: {rules: [{resourceType: \"*\", adapter: a, filter: {colour: red}}]}\n", "routing.rules[0].filter"},
		{"a plugin that is not there", siteA + "  - {name: c, type: nimbus}\n", "adapters[1].type"},
		{"a variable that is not set", siteA + "  - {name: c, type: shed, config: {token: \"${NO_SUCH_VARIABLE}\"}}\n", "adapters[1].config.token"},
		{"a file that is not there", siteA + "subscriptions: {callbacks: {caFile: /no/such/file}}\n", "subscriptions.callbacks.caFile"},
		{"no YAML", siteA + "}{", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before, lines := s.told(), s.refusals()
			wantAsked(t, s.saves(tt.text, false))
			wantAsked(t, s.saves(tt.text, false)) // again
			told := s.told()
			if told.Failure == nil || told.Failure.Problems[0].Key != tt.key || told.Version != before.Version || told.Generation != 1 {
				t.Fatalf("%s, generation %d, %+v", told.Version, told.Generation, told.Failure)
			}
			if n := s.refusals() - lines; n != len(told.Failure.Problems) {
				t.Errorf("the log tells of %d problems %d times", len(told.Failure.Problems), n)
			}
		})
	}
	s.shows("a", "b")
	wantAsked(t, s.saves(siteA+siteB, true))
	if told := s.told(); told.Failure != nil || told.Generation != 1 {
		t.Errorf("mended: got %+v", told)
	}
}

func TestAKeyThatIsColdWaits(t *testing.T) {
	s := newSite(t, siteA)
	s.saves(siteA+siteB+"runtime: {gcPercent: 51}\ntenancy: {unlabelled: shared}\n", true)
	s.shows("a", "b")
	if got, want := s.told().Waiting, []string{"runtime.gcPercent", "tenancy.unlabelled"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.saves(siteA+siteB, true)
	if told := s.told(); told.Waiting != nil || told.Generation != 2 {
		t.Errorf("taken back: got %+v", told)
	}
	if n := strings.Count(s.log.String(), "need a restart"); n != 1 {
		t.Errorf("the log tells %d times", n)
	}
}

// What one adapter refuses keeps no other from changing, and is tried again.
func TestAnAdapterThatCannotBeHad(t *testing.T) {
	s := newSite(t, siteA+siteB)
	s.shed.refuses["new"] = true
	const text = "  - {name: a, type: new, config: {x: 1}}\n  - {name: b, type: shed, config: {y: 3}}\n  - {name: c, type: new}\n"
	want := []string{`reconfigure a new {"x":1} 30s`, `reconfigure b shed {"y":3} 30s`, `start c new {}`}
	wantAsked(t, s.saves(text, false), want...)
	s.shows("a", "b")
	if told := s.told(); told.Generation != 2 || len(told.Failure.Problems) != 2 || told.Failure.Problems[1].Key != "adapters[c]" {
		t.Errorf("got %+v", told.Failure)
	}
	s.shed.refuses["new"] = false
	wantAsked(t, s.saves(text, true), want[0], want[2])
	s.shows("a", "b", "c")
	if told := s.told(); told.Generation != 2 || told.Failure != nil {
		t.Errorf("got %+v", told)
	}
}

// An adapter that is wanted again while its former self is still stopping comes last,
// and a gateway that stops does not wait for it.
func TestAnAdapterThatIsStillStopping(t *testing.T) {
	s := newSite(t, siteA+siteB)
	s.shed.hold = make(chan struct{})
	s.saves(siteA, true)
	s.shows("a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.take(ctx, s.text(siteHead+siteA+siteB), nil)
	s.shows("a")
	released := time.AfterFunc(20*time.Millisecond, func() { close(s.shed.hold) })
	defer released.Stop()
	s.saves(siteA+siteB, true)
	s.shows("a", "b")
}

func TestRulesAreReplaced(t *testing.T) {
	s := newSite(t, siteA+siteB)
	s.shows("a", "b")
	goes := func() string {
		x, err := s.p.views.Explain(t.Context(), scope.New(scope.Identity{Tenant: "default", User: "u"}), routes.Question{Kind: o2.KindResourcePool, Object: &o2.ResourcePool{}})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(x.Adapters, ",")
	}
	if got := goes(); got != "a" {
		t.Errorf("without rules: %s", got)
	}
	wantAsked(t, s.saves(siteA+siteB+"routing: {rules: [{resourceType: ResourcePool, adapter: b}]}\n", true))
	if got := goes(); got != "b" {
		t.Errorf("with a rule: %s", got)
	}
}

func TestSettingsTakeEffect(t *testing.T) {
	s := newSite(t, siteA)
	check := func() error { return s.p.sender.Check(t.Context(), "http://127.0.0.1:9/") }
	if check() == nil {
		t.Error("a callback to this machine is allowed at first")
	}
	text := strings.Replace(string(s.text(siteHead+siteA)), "level: info", "level: debug", 1) + "subscriptions: {callbacks: {allowLoopbackHTTP: true}}\n"
	if !s.take(t.Context(), []byte(text), nil) {
		t.Fatal(s.log)
	}
	if err := check(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if !s.s.log.IsDebug() {
		t.Error("the log is as quiet as before")
	}
}

func TestASavedFileIsFollowed(t *testing.T) {
	s := newSite(t, siteA)
	path := s.s.config.Path
	if err := os.WriteFile(path, s.text(siteHead+siteA), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, nil) }()
	began := time.Now()
	if err := os.WriteFile(path, s.text(siteHead+siteA+siteB), 0o600); err != nil {
		t.Fatal(err)
	}
	s.shows("a", "b")
	t.Logf("within %s", time.Since(began))
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
