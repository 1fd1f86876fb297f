//go:build integration

package app

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"pgregory.net/rapid"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/cmd/netweave/tlsfiles"
	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/outbound/telemetry"
	"github.com/netweave/netweave/ports/backend"
)

// backends are the names of the estates; the first takes what is created.
var backends = []string{"east", "west"}

// userNames are the same in every tenant: only their tenant tells two apart.
var userNames = []string{"alice", "bob", "carol"}

// lab is what all worlds of a test share.
type lab struct {
	dir   string
	redis string // address, "" for the embedded store
	// server is that Redis.
	server *redistest.Server
	// cluster keeps tenants as custom resources, nil where the store has them.
	cluster *cluster
	// clients signs callers' certificates, and the gateway's own, which is of no
	// concern here; chains are those of callers by name.
	clients   *authority
	chains    map[string][]*x509.Certificate
	cert, key string
	made      int
	// requests counts what was asked in all.
	requests int
	// fewest is how many requests there are to be.
	fewest   int
	statuses map[int]int
	// asked counts by route, of which routes has all.
	asked  map[string]int
	routes chi.Routes
	// turns counts by what is taken in turns.
	turns map[string]int
	// notifications counts what subscribers were told.
	notifications int
	// alarms counts those that subscribers were to be told of.
	alarms int
}

// newLab makes a lab on Redis, or on the embedded store if c is nil.
func newLab(t *testing.T, c *redistest.Cluster) *lab {
	t.Helper()
	l := &lab{dir: t.TempDir(), fewest: fewest, statuses: map[int]int{}, asked: map[string]int{}, turns: map[string]int{}, chains: map[string][]*x509.Certificate{}}
	if c != nil {
		l.redis, l.server = c.Addresses()[0], c.Servers()[0]
	}
	l.clients = newAuthority(t, "clients")
	l.cert, l.key = l.clients.issue("gateway")
	if err := os.WriteFile(filepath.Join(l.dir, "roles.csv"), []byte(rolesFile), 0o600); err != nil {
		t.Fatal(err)
	}
	return l
}

// turn returns one number below n after the other: what chance draws leans to what
// comes first.
func (l *lab) turn(of string, n int) int {
	l.turns[of]++
	return l.turns[of] % n
}

// tokenOf is a caller's static token.
func tokenOf(c caller) string { return "token-of-" + c.user + "-" + c.home }

// gateway is one process.
type gateway struct {
	parts   *parts
	server  *server
	doors   []*door
	aside   *crew
	control *crew
}

// world is a gateway of one or several processes, its tenants and backends, and
// the model of what each caller may see of it.
type world struct {
	*rapid.T
	lab      *lab
	ctx      context.Context
	m        *model
	estates  []*estate
	gateways []*gateway
	close    []func() error
	words    words
	kept     kept
	hooks    *hooks
	// events: what changes is told to subscribers.
	events bool
	// past: the caller is told what was, and not just what is.
	past bool
}

// setting is what a world is made with.
type setting struct {
	shared    bool
	processes int
	events    bool
	tenants   int
}

// newWorld begins a world; end closes it.
func newWorld(t *rapid.T, l *lab, s setting) *world {
	w := &world{T: t, lab: l, m: newModel(s.shared), events: s.events}
	ctx, cancel := context.WithCancel(context.Background())
	w.ctx = ctx
	w.close = append(w.close, func() error { cancel(); return nil })
	w.words.of = map[string]belonging{}
	w.words.said = map[string]map[string]bool{}
	w.hooks = newHooks()
	w.close = append(w.close, w.hooks.close)
	for _, name := range backends {
		w.estates = append(w.estates, newEstate(name))
	}
	homes := []string{platformHome}
	for range s.tenants {
		homes = append(homes, w.words.tenant())
	}
	w.furnish(homes[1:])
	l.made++
	text := w.configuration(homes)
	for range s.processes {
		w.gateways = append(w.gateways, w.start(text))
	}
	return w
}

func (w *world) configuration(homes []string) string {
	var tokens strings.Builder
	for _, home := range homes {
		for _, user := range append([]string{firstAdmin}, userNames...) {
			if home != platformHome && user == firstAdmin {
				continue
			}
			sum := sha256.Sum256([]byte(tokenOf(caller{user, home})))
			fmt.Fprintf(&tokens, "\n    - {user: %s, tenant: %s, sha256: 'sha256:%s'}", user, home, hex.EncodeToString(sum[:]))
		}
	}
	unlabelled := "platform"
	if w.m.shared {
		unlabelled = "shared"
	}
	file := filepath.Join(w.lab.dir, fmt.Sprintf("%d.db", w.lab.made))
	store := fmt.Sprintf("{type: embedded, embedded: {path: %s}}", file)
	if w.lab.redis == "" {
		w.close = append(w.close, func() error { return os.Remove(file) })
	}
	if w.lab.redis != "" {
		store = fmt.Sprintf("{type: redis, redis: {addresses: [%q], prefix: 'w%d:'}}", w.lab.redis, w.lab.made)
	}
	free := "{read: {perSecond: 0}, write: {perSecond: 0}, admin: {perSecond: 0}}"
	return fmt.Sprintf(`
server:
  listen: 127.0.0.1:0
  accessLog: {enabled: false}
  limits: {defaultPageSize: 1000}
  tls: {certFile: %[1]s, keyFile: %[8]s, clientCAFile: %[9]s}
log: {level: error}
auth:
  tokens: %[2]s
tenancy: {enabled: true, %[10]s unlabelled: %[3]s, platformAdmins: [%[4]s], rolesFile: %[5]s}
rateLimits: {tenant: %[6]s, user: %[6]s}
store: %[7]s
leadership: {leaseDuration: 2s}
subscriptions:
  callbacks: {allowLoopbackHTTP: true}
  delivery: {maxAge: 1s}
alarms: {alertmanager: {receivers: [{name: everyone, probableCauseLabel: cause}]}}
adapters:
  - {name: east, type: estate, default: true}
  - {name: west, type: estate}
`, w.lab.cert, tokens.String(), unlabelled, firstAdmin, filepath.Join(w.lab.dir, "roles.csv"), free, store, w.lab.key, w.lab.clients.file(), w.lab.cluster.configuration(w))
}

// start starts one process on what all of them share.
func (w *world) start(text string) *gateway {
	path := filepath.Join(w.lab.dir, "gateway.yaml")
	w.must(os.WriteFile(path, []byte(text), 0o600))
	c, err := config.Load(path)
	w.must(err)
	log, err := telemetry.NewLogger(telemetry.LogConfig{Level: c.Log.Level}, io.Discard)
	w.must(err)
	g := &gateway{}
	s := &surroundings{
		config: c, given: Surroundings{Version: "v1"}, log: log, process: processName(),
		registry: telemetry.NewRegistry(telemetry.Build{}),
		runner: started(func(a pluginhost.Adapter) (backend.Backend, error) {
			for _, e := range w.estates {
				if e.name == a.Name {
					d := e.open()
					g.doors = append(g.doors, d)
					return d, nil
				}
			}
			return nil, fmt.Errorf("no estate is called %s", a.Name)
		}),
	}
	s.tls, err = tlsfiles.NewWatch(s.logger("tls"), s.registry)
	w.must(err)
	g.parts, err = compose(w.ctx, s)
	w.close = append(w.close, func() error { return g.parts.close(context.Background()) })
	w.must(err)
	g.server, err = newServer(s, g.parts.identity(s), g.parts.offered())
	w.must(err)
	g.aside = newCrew(context.Background(), s.logger("aside"))
	for _, t := range g.parts.aside() {
		g.aside.start(t)
	}
	if w.events {
		g.control = startControl(w.ctx, s, g.parts)
	}
	w.close = append(w.close, func() error {
		if g.control != nil {
			g.control.stop(context.Background())
		}
		err := g.server.Shutdown(context.Background())
		g.aside.stop(context.Background())
		return err
	})
	w.until("the views are read", func() error {
		if !g.parts.views.Ready() {
			return errors.New("they are not")
		}
		return nil
	})
	return g
}

// end takes the world down, and all that it has kept.
func (w *world) end() {
	for i := len(w.close) - 1; i >= 0; i-- {
		if err := w.close[i](); err != nil {
			w.Errorf("closing: %v", err)
		}
	}
	if w.lab.server != nil {
		w.must(w.lab.server.Client().FlushAll(context.Background()).Err())
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// patience is how long a change may take until every process and subscriber knows.
const patience = 5 * time.Second

// until waits for something to hold.
func (w *world) until(what string, holds func() error) {
	w.Helper()
	if err := wait(patience, holds); err != nil {
		w.Fatalf("difference: %s: %v", what, err)
	}
}

// wait returns nil once holds does, or its error when patience ends.
func wait(patience time.Duration, holds func() error) error {
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := holds()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		timer := time.NewTimer(pause)
		<-timer.C
	}
}

var _ http.Handler = (*hooks)(nil)
