package redis

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// connect makes the client; it dials when it is used. Nothing is tried twice by
// the client itself: whether that is safe, only callers know. One try to dial
// keeps a failover short.
func (s *Store) connect() *redis.Client {
	c := s.config
	if c.MasterName == "" {
		return redis.NewClient(&redis.Options{
			Addr: c.Addresses[0], ClientName: "netweave", Protocol: 2, OnConnect: s.onConnect, Dialer: s.dialer(),
			Username: c.Username, Password: c.Password.Reveal(), DB: c.Database,
			MaxRetries: -1, DialTimeout: c.DialTimeout, DialerRetries: 1, ReadTimeout: c.ReadTimeout, WriteTimeout: c.ReadTimeout,
			ContextTimeoutEnabled: true, PoolSize: c.PoolSize, PipelinePoolSize: -1, DisableIdentity: true,
		})
	}
	return redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: c.MasterName, SentinelAddrs: append([]string(nil), c.Addresses...), ClientName: "netweave", Protocol: 2,
		OnConnect: s.onConnect, Dialer: s.dialer(), SentinelUsername: c.SentinelUsername, SentinelPassword: c.SentinelPassword.Reveal(),
		Username: c.Username, Password: c.Password.Reveal(), DB: c.Database,
		MaxRetries: -1, DialTimeout: c.DialTimeout, DialerRetries: 1, ReadTimeout: c.ReadTimeout, WriteTimeout: c.ReadTimeout,
		ContextTimeoutEnabled: true, PoolSize: c.PoolSize, PipelinePoolSize: -1, DisableIdentity: true,
	})
}

// single makes a client of one connection for the Sentinel or the server at an
// address. What it is asked changes nothing, so that it is asked again where a
// connection turns out to be gone.
func (s *Store) single(address string, sentinel bool) *redis.Client {
	c := s.config
	o := &redis.Options{
		Addr: address, ClientName: "netweave", Protocol: 2, Dialer: s.dialer(),
		Username: c.Username, Password: c.Password.Reveal(),
		MaxRetries: 1, MinRetryBackoff: -1, DialTimeout: c.DialTimeout, DialerRetries: 1, ReadTimeout: c.ReadTimeout, WriteTimeout: c.ReadTimeout,
		ContextTimeoutEnabled: true, PoolSize: 1, PipelinePoolSize: -1, DisableIdentity: true,
	}
	if sentinel {
		o.Username, o.Password = c.SentinelUsername, c.SentinelPassword.Reveal()
	}
	return redis.NewClient(o)
}

// dialer returns what connects with the TLS of the moment; nil leaves that to the
// client.
func (s *Store) dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	if s.config.TLS == nil {
		return nil
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, s.config.DialTimeout)
		defer cancel()
		return (&tls.Dialer{Config: s.config.TLS()}).DialContext(ctx, network, address)
	}
}

// clientLog takes what the client library would print.
type clientLog struct{ log *slog.Logger }

// Printf is at debug level: what matters comes back as an error.
func (l clientLog) Printf(ctx context.Context, format string, v ...any) {
	l.log.DebugContext(ctx, "redis client: "+strings.TrimPrefix(fmt.Sprintf(format, v...), "redis: "))
}

var quieted sync.Once

// quiet has the client library, which knows one logger for the process, write
// to ours: the first store's.
func quiet(log *slog.Logger) {
	quieted.Do(func() {
		redis.SetLogger(clientLog{log})
		redis.SetLogLevel(logging.LogLevelError)
	})
}
