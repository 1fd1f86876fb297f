//go:build integration

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
)

// onRedis is the lab on a Redis.
func onRedis(c *redistest.Cluster, more string) string {
	return strings.Replace(lab, "store: {embedded: {path: $DIR/store.db}}",
		fmt.Sprintf("store: {type: redis, redis: {addresses: [%q]%s}}", c.Addresses()[0], more), 1)
}

// metric returns the value of a metric without labels; ok is false if there is none.
func (g *gateway) metric(name string) (value float64, ok bool) {
	g.t.Helper()
	for line := range strings.Lines(g.ask("GET", "/metrics", "", 200).body) {
		if rest, found := strings.CutPrefix(line, name+" "); found {
			if _, err := fmt.Sscan(rest, &value); err != nil {
				g.t.Fatal(err)
			}
			return value, true
		}
	}
	return 0, false
}

func (g *gateway) leads() bool {
	value, ok := g.metric("netweave_leader")
	return ok && value == 1
}

// Of two processes the leader stops: the other one leads and delivers long before
// a lease could have run out.
func TestAGracefulStopHandsOver(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	text := onRedis(c, "") + "leadership: {leaseDuration: 30s}\n"
	s := newSMO(t)
	one, two := start(t, text), start(t, text)
	one.ready()
	two.ready()
	one.eventually("one leads, and both deliver", func() error {
		held1, _ := one.metric("netweave_partitions_held")
		held2, _ := two.metric("netweave_partitions_held")
		if one.leads() == two.leads() || held1 != 32 || held2 != 32 {
			return fmt.Errorf("leading: %v, %v; held: %v, %v", one.leads(), two.leads(), held1, held2)
		}
		return nil
	})
	leader, other := one, two
	if two.leads() {
		leader, other = two, one
	}
	leader.subscribe(s, "")
	if a := other.ask("GET", "/o2ims/v1/subscriptions", "", 200); len(a.items(t, "callback")) != 1 {
		t.Errorf("the other process lacks the subscription: %s", a.body)
	}
	leader.hears(s, "created", leader.createPool("before"))

	leader.signal(syscall.SIGTERM)
	began := time.Now()
	during := other.createPool("during")
	leader.gone(leader.process.Process.Pid)
	after := other.createPool("after")
	other.hears(s, "created", during)
	other.hears(s, "created", after)
	took := time.Since(began)
	if code := leader.exit(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	if took > patience {
		t.Errorf("the hand-over took %s", took)
	}
	t.Logf("from SIGTERM to a delivery by the other: %s", took)
	other.eventually("the other delivers to all", func() error {
		if held, _ := other.metric("netweave_partitions_held"); held != 64 || !other.leads() {
			return fmt.Errorf("it holds %v partitions; it leads: %v", held, other.leads())
		}
		return nil
	})
}

func TestRolesAreSharedOut(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	text := onRedis(c, "")
	gateway, controller := start(t, text, "--role", "gateway"), start(t, text, "--role", "controller")
	gateway.ready()
	controller.ready()
	controller.ask("GET", "/o2ims/v1/resourcePools", "", 404)
	controller.eventually("the controller leads", func() error {
		if !controller.leads() {
			return errors.New("it does not")
		}
		return nil
	})
	if _, ok := gateway.metric("netweave_leader"); ok {
		t.Error("a gateway tells whether it leads")
	}
	s := newSMO(t)
	gateway.subscribe(s, `,"initialState":true`)
	pools := gateway.ask("GET", "/o2ims/v1/resourcePools", "", 200).items(t, "resourcePoolId")
	for _, pool := range pools {
		gateway.hears(s, "created", pool)
	}
}

// What is wrong with Redis by configuration ends serve with a sentence.
func TestARedisThatMustNotBeUsed(t *testing.T) {
	for _, tc := range []struct {
		name   string
		server []string
		want   []string
	}{
		{"eviction", []string{"maxmemory-policy allkeys-lru"}, []string{"store.redis: ", "maxmemory-policy", "allkeys-lru", "noeviction"}},
		{"password", []string{"requirepass s3cr3t"}, []string{"store.redis: ", "password"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			c := redistest.New(t, redistest.Options{})
			master := c.Servers()[0].Client()
			for _, line := range tc.server {
				key, value, _ := strings.Cut(line, " ")
				if err := master.ConfigSet(t.Context(), key, value).Err(); err != nil {
					t.Fatal(err)
				}
			}
			text := strings.NewReplacer("$PLUGINS", filepath.Join(built, "plugins"), "$DIR", dir).Replace(onRedis(c, ""))
			file := filepath.Join(dir, "gateway.yaml")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			serve := exec.CommandContext(t.Context(), filepath.Join(built, "netweave"), "serve", "--config", file)
			out, err := serve.CombinedOutput()
			if serve.ProcessState == nil {
				t.Fatal(err)
			}
			if code := serve.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			for _, want := range tc.want {
				if !strings.Contains(strings.ToLower(string(out)), want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			if strings.Contains(string(out), "s3cr3t") {
				t.Errorf("the secret is shown:\n%s", out)
			}
		})
	}
}

// A Redis that is away is waited for; one that goes away later stops nothing but
// subscriptions.
func TestARedisThatIsAway(t *testing.T) {
	c := redistest.New(t, redistest.Options{})
	server := c.Servers()[0]
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	g := start(t, onRedis(c, ""))
	g.eventually("it says what it waits for", func() error {
		a, err := g.try("GET", "/readyz", "")
		if err != nil || a.status != 503 || !strings.Contains(a.body, "connection refused") {
			return errors.Join(err, fmt.Errorf("got %+v", a))
		}
		return nil
	})
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.ready()
	s := newSMO(t)
	g.subscribe(s, "")
	g.hears(s, "created", g.createPool("before"))

	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	pool := g.createPool("meanwhile")
	g.ask("GET", "/o2ims/v1/resourcePools/"+pool, "", 200)
	refused := g.ask("POST", "/o2ims/v1/subscriptions", `{"callback":"http://127.0.0.1:9/x"}`, 503)
	if got := refused.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("a refused subscription is %s", got)
	}
	g.ask("GET", "/readyz", "", 200) // a failover takes no gateway out of service
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.hears(s, "created", pool)
}
