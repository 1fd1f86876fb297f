package redistest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// startTimeout bounds Start where its context does not.
const startTimeout = 30 * time.Second

// Cluster is what Start started.
type Cluster struct {
	options   Options
	servers   []*Server
	sentinels []*Server
	pki       *pki
	ownDir    bool
}

// Start brings everything up and returns when replicas follow the master and
// Sentinels know all of them, which takes about two seconds. ctx bounds the
// start alone; Stop ends it all.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if err := Installed(); err != nil {
		return nil, err
	}
	if o.MasterName == "" {
		o.MasterName = "netweave"
	}
	if o.DownAfter == 0 {
		o.DownAfter = time.Second
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	c := &Cluster{options: o}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start redis: %w", err), c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if c.options.Dir == "" {
		dir, err := os.MkdirTemp("", "redistest-")
		if err != nil {
			return err
		}
		c.options.Dir, c.ownDir = dir, true
	}
	if c.options.TLS {
		var err error
		if c.pki, err = newPKI(c.options.Dir); err != nil {
			return fmt.Errorf("make a certificate: %w", err)
		}
	}
	for i := range 1 + c.options.Replicas {
		lines := c.serverLines()
		if i > 0 {
			lines = append(lines, "replicaof 127.0.0.1 "+strconv.Itoa(c.servers[0].port))
		}
		s := &Server{name: fmt.Sprintf("redis-%d", i), lines: lines}
		c.servers = append(c.servers, s)
		if err := c.bring(ctx, s); err != nil {
			return err
		}
	}
	if err := c.following(ctx); err != nil {
		return err
	}
	for i := range c.options.Sentinels {
		s := &Server{name: fmt.Sprintf("sentinel-%d", i), sentinel: true, lines: c.sentinelLines()}
		c.sentinels = append(c.sentinels, s)
		if err := c.bring(ctx, s); err != nil {
			return err
		}
	}
	return c.acquainted(ctx)
}

// bring starts one server for the first time.
func (c *Cluster) bring(ctx context.Context, s *Server) error {
	s.dir, s.out = filepath.Join(c.options.Dir, s.name), c.options.Out
	err := s.create(ctx, func(port int) []string {
		if c.pki == nil {
			return []string{"bind 127.0.0.1", "port " + strconv.Itoa(port)}
		}
		return []string{"bind 127.0.0.1", "port 0", "tls-port " + strconv.Itoa(port)}
	})
	o := &redis.Options{
		Addr: s.Address(), TLSConfig: c.TLSConfig(), Protocol: 2, DialTimeout: time.Second, ReadTimeout: 2 * time.Second,
		MaxRetries: 2, DialerRetries: 1, PoolSize: 2, DisableIdentity: true, ContextTimeoutEnabled: true, PipelinePoolSize: -1,
	}
	switch {
	case s.sentinel:
		o.Password = c.options.SentinelPassword
	case len(c.options.Users) > 0:
		o.Username, o.Password = "lab", labPassword
	}
	s.client = redis.NewClient(o)
	return err
}

func (c *Cluster) serverLines() []string {
	lines := []string{
		"daemonize no", "save \"\"", "appendonly yes", "appendfsync everysec", "loglevel notice",
		"repl-diskless-sync-delay 0", "repl-ping-replica-period 1", "repl-timeout 5",
		"maxmemory-policy noeviction",
	}
	lines = append(lines, c.tlsLines()...)
	if len(c.options.Users) > 0 {
		lines = append(lines, "user lab on >"+labPassword+" ~* &* +@all", "masteruser lab", "masterauth "+labPassword)
		for name, rules := range c.options.Users {
			lines = append(lines, "user "+name+" "+rules)
		}
		if _, given := c.options.Users["default"]; !given {
			lines = append(lines, "user default off")
		}
	}
	return append(lines, c.options.Server...)
}

func (c *Cluster) sentinelLines() []string {
	name := c.options.MasterName
	lines := []string{
		"daemonize no",
		fmt.Sprintf("sentinel monitor %s 127.0.0.1 %d %d", name, c.servers[0].port, c.options.Sentinels/2+1),
		fmt.Sprintf("sentinel down-after-milliseconds %s %d", name, c.options.DownAfter.Milliseconds()),
		fmt.Sprintf("sentinel failover-timeout %s %d", name, 5*c.options.DownAfter.Milliseconds()),
		fmt.Sprintf("sentinel parallel-syncs %s 1", name),
	}
	if len(c.options.Users) > 0 {
		lines = append(lines, "sentinel auth-user "+name+" lab", "sentinel auth-pass "+name+" "+labPassword)
	}
	if c.options.SentinelPassword != "" {
		lines = append(lines, "requirepass "+c.options.SentinelPassword)
	}
	return append(lines, c.tlsLines()...)
}

func (c *Cluster) tlsLines() []string {
	if c.pki == nil {
		return nil
	}
	return []string{
		"tls-cert-file " + c.pki.certFile, "tls-key-file " + c.pki.keyFile, "tls-ca-cert-file " + c.pki.certFile,
		"tls-auth-clients no", "tls-replication yes",
	}
}

// Servers are the master as it was at the start, and its replicas.
func (c *Cluster) Servers() []*Server { return c.servers }

// Sentinels are the Sentinels, if there are any.
func (c *Cluster) Sentinels() []*Server { return c.sentinels }

// MasterName is what Sentinels call the master; "" without Sentinels.
func (c *Cluster) MasterName() string {
	if len(c.sentinels) == 0 {
		return ""
	}
	return c.options.MasterName
}

// Addresses are what a client is configured with: those of the Sentinels, or of
// the one server.
func (c *Cluster) Addresses() []string {
	list := c.sentinels
	if len(list) == 0 {
		list = c.servers[:1]
	}
	addresses := make([]string, len(list))
	for i, s := range list {
		addresses[i] = s.Address()
	}
	return addresses
}

// Master returns the server that Sentinels call the master now; without
// Sentinels it is the first.
func (c *Cluster) Master(ctx context.Context) (*Server, error) {
	if len(c.sentinels) == 0 {
		return c.servers[0], nil
	}
	var errs []error
	for _, s := range c.sentinels {
		at, err := s.client.Do(ctx, "sentinel", "get-master-addr-by-name", c.options.MasterName).StringSlice()
		if err != nil || len(at) != 2 {
			errs = append(errs, fmt.Errorf("%s: %v, %w", s.name, at, err))
			continue
		}
		for _, server := range c.servers {
			if server.Address() == net.JoinHostPort(at[0], at[1]) {
				return server, nil
			}
		}
	}
	return nil, fmt.Errorf("no Sentinel names the master: %w", errors.Join(errs...))
}

// Stop ends every server, and removes what they wrote if Start made the
// directory.
func (c *Cluster) Stop() error {
	var errs []error
	for _, s := range append(append([]*Server(nil), c.sentinels...), c.servers...) {
		errs = append(errs, s.Kill())
		if s.client != nil {
			errs = append(errs, s.client.Close())
		}
	}
	if c.ownDir {
		errs = append(errs, os.RemoveAll(c.options.Dir))
	}
	return errors.Join(errs...)
}

// info returns one field of INFO.
func info(ctx context.Context, client *redis.Client, section, field string) (string, error) {
	text, err := client.Info(ctx, section).Result()
	if err != nil {
		return "", err
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && name == field {
			return value, nil
		}
	}
	return "", fmt.Errorf("INFO %s has no %s", section, field)
}
