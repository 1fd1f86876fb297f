//go:build integration

package redistest_test

import (
	"context"
	"testing"
	"time"

	"github.com/netweave/netweave/outbound/redis/redistest"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOneServer(t *testing.T) {
	for name, o := range map[string]redistest.Options{
		"plain": {},
		"TLS":   {TLS: true},
		"ACL":   {Users: map[string]string{"someone": "on >secret ~* &* +@all"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := redistest.New(t, o)
			server := c.Servers()[0]
			options := &redis.Options{Addr: c.Addresses()[0], TLSConfig: c.TLSConfig()}
			if o.Users != nil {
				options.Username, options.Password = "someone", "secret"
			}
			client := redis.NewClient(options)
			defer client.Close()
			if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
				t.Fatal(err)
			}
			if err := server.Kill(); err != nil {
				t.Fatal(err)
			}
			if server.Running() {
				t.Error("a killed server runs")
			}
			if err := server.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, err := server.Client().Get(t.Context(), "k").Result(); err != nil || got != "v" {
				t.Errorf("after a restart k is %q, %v", got, err)
			}
		})
	}
}

func TestSentinelsFailOver(t *testing.T) {
	c := redistest.New(t, redistest.Options{Replicas: 2, Sentinels: 3})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: c.MasterName(), SentinelAddrs: c.Addresses(), DialerRetries: 1,
	})
	defer client.Close()
	if err := client.Set(ctx, "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.AwaitReplicas(ctx, 2); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	killed, master, err := c.Failover(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s took over from %s within %v", master.Name(), killed.Name(), time.Since(started))
	if got, err := client.Get(ctx, "k").Result(); err != nil || got != "v" {
		t.Errorf("after a failover k is %q, %v", got, err)
	}
	if err := killed.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.AwaitReplicas(ctx, 2); err != nil {
		t.Error(err)
	}
}
