//go:build integration

package app

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/core/audit"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/inbound/http/ratelimit"
	"github.com/netweave/netweave/outbound/redis"
	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/netweave/netweave/ports/auditlog"
)

// onRedis returns the configuration of a gateway on c, and a store of it.
func onRedis(t *testing.T, c *redistest.Cluster) (*config.Config, *redis.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	text := fmt.Sprintf("store: {type: redis, redis: {addresses: [%q]}}\nadapters: [{name: lab, type: mock}]\n", c.Addresses()[0])
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	rc, _, err := redisConfig(cfg.Store.Redis)
	if err != nil {
		t.Fatal(err)
	}
	s, err := redis.Open(t.Context(), rc, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return cfg, s
}

// Three processes record at once, through an outage of the store; the log is
// verified meanwhile and afterwards, and a record that somebody deletes is missed.
func TestAuditOnRedis(t *testing.T) {
	const processes, each = 3, 150
	c := redistest.New(t, redistest.Options{})
	cfg, s := onRedis(t, c)
	log := slog.New(slog.DiscardHandler)
	server := c.Servers()[0]

	var recording, running sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	for p := range processes {
		l, err := audit.New(audit.Config{Store: s.Audit(), Writer: fmt.Sprint("gw-", p), Wait: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			if err := l.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		recording.Go(func() {
			for i := range each {
				l.Record(ctx, auditlog.Entry{Tenant: "smo-alpha", User: fmt.Sprint(i), Action: "create", Resource: "Resource", Result: auditlog.Success})
				if p == 0 && i == each/3 {
					if err := server.Pause(); err != nil {
						t.Error(err)
					}
				}
				if p == 0 && i == each/2 {
					if err := server.Resume(); err != nil {
						t.Error(err)
					}
					if r, err := VerifyAudit(ctx, cfg, log); err != nil || r.Total != 0 {
						t.Errorf("meanwhile: %+v, %v", r, err)
					}
				}
			}
		})
	}
	recording.Wait()
	stop()
	running.Wait()
	if r, err := VerifyAudit(context.Background(), cfg, log); err != nil || r.Total != 0 || r.Records != processes*each || r.Chains != processes {
		t.Errorf("%+v, %v", r, err)
	}

	if n, err := server.Client().HDel(t.Context(), "netweave:audit:records:gw-1", "7").Result(); err != nil || n != 1 {
		t.Fatalf("%d deleted, %v", n, err)
	}
	r, err := VerifyAudit(context.Background(), cfg, log)
	want := audit.Finding{Writer: "gw-1", Number: 7, What: audit.Missing, Detail: "it is not there"}
	if err != nil || r.Total != 1 || r.Findings[0] != want {
		t.Errorf("%+v, %v", r, err)
	}
}

// Two processes together grant what one would, and go on without the store.
func TestRateLimitsOnRedis(t *testing.T) {
	const perSecond, burst = 50, 400
	c := redistest.New(t, redistest.Options{})
	_, s := onRedis(t, c)
	rates := ratelimit.Rates{User: ratelimit.PerClass{Read: ratelimit.Rate{PerSecond: perSecond, Burst: burst}}}
	alice := scope.New(scope.Identity{Tenant: "smo-alpha", User: "alice"})
	var limiters []*ratelimit.Limiter
	for range 2 {
		l, err := ratelimit.New(ratelimit.Config{Rates: rates, Store: s.Rates()}, prometheus.NewRegistry())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		limiters = append(limiters, l)
	}
	granted := func() (n int) {
		var mu sync.Mutex
		var wg sync.WaitGroup
		for _, l := range limiters {
			for range 4 {
				wg.Go(func() {
					for range burst {
						if l.Take(t.Context(), alice, ratelimit.Read).Allowed {
							mu.Lock()
							n++
							mu.Unlock()
						}
					}
				})
			}
		}
		wg.Wait()
		return n
	}
	start := time.Now()
	n := granted()
	most := burst + int(time.Since(start).Seconds()*perSecond) + 1
	if n < burst-16 || n > most {
		t.Errorf("%d granted, want %d to %d", n, burst-16, most)
	}
	if err := c.Servers()[0].Pause(); err != nil {
		t.Fatal(err)
	}
	n = 0 // each process finds out by itself, and then has a burst of its own
	for end := time.Now().Add(10 * time.Second); n < burst && time.Now().Before(end); {
		n += granted()
	}
	if n < burst {
		t.Errorf("without the store %d are granted, want %d", n, burst)
	}
	if err := c.Servers()[0].Resume(); err != nil {
		t.Fatal(err)
	}
}
