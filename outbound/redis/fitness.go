package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// schema is the version of what we write. A store says which versions can read
// it: one with "compatible" above ours is refused.
const schema = 1

// unfit says what is wrong with the server, and what would be right.
func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnfit}, args...)...)
}

// onConnect checks every new connection's server: after a failover it is another
// one, and a server's configuration changes.
func (s *Store) onConnect(ctx context.Context, conn *redis.Conn) error {
	if err := s.examine(ctx, conn); err != nil {
		return fmt.Errorf("connecting: %w", err) // the client library strips one layer
	}
	return nil
}

func (s *Store) examine(ctx context.Context, conn *redis.Conn) error {
	text, err := conn.Info(ctx, "server", "memory", "replication", "cluster", "persistence").Result()
	if err != nil {
		return failed(ctx, "asking redis what it is", err)
	}
	facts := parseInfo(text)
	if facts["redis_mode"] == "sentinel" && s.config.MasterName != "" {
		return nil // the client speaks to Sentinels over connections like this
	}
	if err := s.fit(facts); err != nil {
		return err
	}
	if s.metrics.connected(facts["run_id"]) {
		s.log.Info("redis is another process than before", "port", facts["tcp_port"], "version", facts["redis_version"])
	}
	if s.sentinels != nil {
		if err := conn.ClientSetName(ctx, serverName+facts["run_id"]).Err(); err != nil {
			return failed(ctx, "naming a connection", err)
		}
	}
	return s.readable(ctx, conn)
}

// serverName begins the names of connections where there are Sentinels; the run id
// of the server follows. So a connection knows where it leads.
const serverName = "netweave-"

// fit judges INFO.
func (s *Store) fit(facts map[string]string) error {
	switch {
	case facts["redis_mode"] == "sentinel":
		return unfit("it is a Sentinel: set the masterName that it knows the master by")
	case facts["redis_mode"] == "cluster" || facts["cluster_enabled"] == "1":
		return unfit("it runs as Redis Cluster, which is not supported: use one server, or a master with Sentinels")
	case !since7(facts["redis_version"]):
		return unfit("it is version %s: 7.0 or later is needed", facts["redis_version"])
	case facts["role"] == "slave" && s.config.MasterName == "":
		return unfit("it is a read-only replica of %s:%s: use the master's address, or Sentinels with masterName",
			facts["master_host"], facts["master_port"])
	case facts["role"] == "slave":
		// Sentinels and server disagree for a moment of a failover; it passes.
		return errDemoted
	case facts["maxmemory_policy"] != "noeviction":
		return unfit("its maxmemory-policy is %q, which may evict subscriptions and leases: set it to noeviction",
			facts["maxmemory_policy"])
	}
	return nil
}

// errDemoted reads like what a replica answers to a write.
var errDemoted = errors.New("the server that was the master is a replica now")

// readable checks the schema, and writes it into an empty store.
func (s *Store) readable(ctx context.Context, conn *redis.Conn) error {
	fields, err := conn.HMGet(ctx, s.key("meta"), "schema", "compatible").Result()
	if err != nil {
		return failed(ctx, "reading the store's schema", err)
	}
	if fields[0] == nil {
		err := scripts["init"].on(ctx, conn, s.config.Prefix, s.birth()...).Err()
		return failed(ctx, "preparing an empty store", err)
	}
	compatible, ok := fields[1].(string)
	if n, err := strconv.Atoi(compatible); !ok || err != nil || n > schema {
		return unfit("a newer netweave has written to it (schema %v, readable from version %v on; this one knows %d): "+
			"use that release, or another prefix", fields[0], fields[1], schema)
	}
	return nil
}

// parseInfo reads what INFO returns.
func parseInfo(text string) map[string]string {
	facts := map[string]string{}
	for line := range strings.SplitSeq(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			facts[name] = value
		}
	}
	return facts
}

func since7(version string) bool {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	return err == nil && n >= 7
}
