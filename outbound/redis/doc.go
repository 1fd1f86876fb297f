// Package redis keeps everything that netweave stores on one Redis: told
// records, queues and dead letters, subscriptions, who delivers and who leads,
// the news between processes, snapshots of polled backends, answers to repeated
// requests, tenants with their users and roles, what quotas count, shared rates,
// and the audit log. The Redis is one server or a master watched by Sentinels, of
// version 7.0 or later; Redis Cluster is refused.
//
// Every change is one Lua script, so that it happens whole or not at all. What
// must survive a failover before the caller goes on is followed by WAIT on the
// same connection, and by a question to the Sentinels, since a master that was
// superseded may have replicas yet; where too few replicas confirm it, or too few
// Sentinels stand by that master, it is store.ErrUnconfirmed. Every new connection checks that the server is fit: a
// server that may evict keys would lose subscriptions.
//
// docs/redis.md has the table of keys. All of them start with Config.Prefix.
//
// Errors are those of the ports. store.ErrUnavailable carries the reason, never
// credentials. ErrUnfit, which is one too, means that the server answers and
// must not be used until somebody changes its configuration or ours.
package redis
