package redis

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/store"
)

// answer is what Redis says.
type answer string

func (a answer) Error() string { return string(a) }
func (answer) RedisError()     {}

func TestFailures(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	cases := map[string]struct {
		ctx  context.Context
		err  error
		is   error
		kind string
		text string
	}{
		"fenced": {nil, answer("FENCED another controller leads"), store.ErrFenced, "fenced",
			"doing: another controller leads: somebody else has taken over"},
		"stale": {nil, answer("STALE the epoch is another"), store.ErrStale, "stale",
			"doing: the epoch is another: the store has changed meanwhile"},
		"not found": {nil, answer("NOTFOUND subscription 1 is not active"), store.ErrNotFound, "notfound",
			"doing: subscription 1 is not active: not found"},
		"full": {nil, answer("OOM command not allowed when used memory > 'maxmemory'."), store.ErrUnavailable, "full",
			"doing: the store is unavailable: redis is full: raise maxmemory, or find out what fills it"},
		"read-only": {nil, answer("READONLY You can't write against a read only replica."), store.ErrUnavailable, "readonly",
			"doing: the store is unavailable: redis is a read-only replica, not the master"},
		"loading": {nil, answer("LOADING Redis is loading the dataset in memory"), store.ErrUnavailable, "loading",
			"doing: the store is unavailable: redis is loading its data"},
		"disk": {nil, answer("MISCONF Redis is configured to save RDB snapshots"), store.ErrUnavailable, "disk",
			"doing: the store is unavailable: redis refuses writes, since it cannot save to disk"},
		"password": {nil, answer("WRONGPASS invalid username-password pair or user is disabled."), ErrUnfit, "denied",
			"doing: redis is not fit to be the store: the store is unavailable: it refuses the configured user name or password " +
				"(WRONGPASS invalid username-password pair or user is disabled.)"},
		"unknown answer": {nil, answer("ERR something\nelse"), store.ErrUnavailable, "answer",
			`doing: the store is unavailable: redis answers "ERR something"`},
		"network": {nil, io.EOF, store.ErrUnavailable, "network", "doing: the store is unavailable: EOF"},
		"ended": {ended, context.Canceled, context.Canceled, "context",
			"doing: the store is unavailable: context canceled"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ctx := c.ctx
			if ctx == nil {
				ctx = context.Background()
			}
			got := failed(ctx, "doing", c.err)
			if !errors.Is(got, c.is) {
				t.Errorf("%v is not %v", got, c.is)
			}
			if got.Error() != c.text {
				t.Errorf("the error is\n%q, want\n%q", got, c.text)
			}
			if k := kind(c.err); k != c.kind {
				t.Errorf("its kind is %q, want %q", k, c.kind)
			}
		})
	}
	if err := failed(ended, "doing", nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}

func TestFit(t *testing.T) {
	good := func(change ...string) map[string]string {
		facts := map[string]string{
			"redis_mode": "standalone", "redis_version": "7.0.15", "role": "master", "maxmemory_policy": "noeviction", "cluster_enabled": "0",
		}
		for i := 0; i < len(change); i += 2 {
			facts[change[i]] = change[i+1]
		}
		return facts
	}
	const unfit = "redis is not fit to be the store: the store is unavailable: "
	cases := map[string]struct {
		facts  map[string]string
		master string
		want   string
	}{
		"good":          {good(), "", ""},
		"newer":         {good("redis_version", "8.2.1"), "", ""},
		"under another": {good(), "m", ""},
		"old":           {good("redis_version", "6.2.7"), "", unfit + "it is version 6.2.7: 7.0 or later is needed"},
		"nameless":      {good("redis_version", ""), "", unfit + "it is version : 7.0 or later is needed"},
		"evicting": {good("maxmemory_policy", "volatile-ttl"), "", unfit +
			`its maxmemory-policy is "volatile-ttl", which may evict subscriptions and leases: set it to noeviction`},
		"demoted": {good("role", "slave"), "m", "the server that was the master is a replica now"},
		"replica": {good("role", "slave", "master_host", "h", "master_port", "1"), "", unfit +
			"it is a read-only replica of h:1: use the master's address, or Sentinels with masterName"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := &Store{config: Config{MasterName: c.master}}
			got := ""
			if err := s.fit(c.facts); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("the server is %q, want %q", got, c.want)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	got, err := Config{Addresses: []string{"h:1"}}.complete()
	if err != nil || got.Prefix != "netweave:" || got.WaitTimeout != time.Second || got.DialTimeout != time.Second ||
		got.ReadTimeout != 3*time.Second || got.PoolSize != 64 {
		t.Errorf("the defaults are %+v, %v", got, err)
	}
	for want, c := range map[string]Config{
		"there is no address": {},
		`"h" is no host:port`: {Addresses: []string{"h"}},
		"-1 replicas":         {Addresses: []string{"h:1"}, Replicas: -1},
		"2 addresses and no masterName: without Sentinels there is one address": {Addresses: []string{"h:1", "h:2"}},
		`the prefix "a*" has one of * ? [ ] \ or space`:                         {Addresses: []string{"h:1"}, Prefix: "a*"},
		"answers are awaited for 1s, which has to be longer than the 1s for replicas": {
			Addresses: []string{"h:1"}, ReadTimeout: time.Second, Password: o2.Secret("p"),
		},
	} {
		if _, err := c.complete(); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
}
