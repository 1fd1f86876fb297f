package config

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"
)

// checkEventPath looks at store, role, leadership and subscriptions together, and
// settles what follows from other settings.
func (r *reader) checkEventPath(c *Config, places map[string]*yaml.Node) {
	wrong := func(key, reason string) { r.problem(key, places[key], reason) }
	if c.Store.Type == StoreEmbedded {
		if c.Role != RoleAll {
			wrong("role", fmt.Sprintf("is %s, and several processes need a store that they share: set store.type to redis, or role to all", c.Role))
		}
		if c.Leadership.Type == InKubernetes {
			wrong("leadership.type", "is kubernetes, and the embedded store has one process, which always leads: set store.type to redis, or leadership.type to store")
		}
	}
	if c.Leadership.Type == InKubernetes && c.Leadership.LeaseDuration%time.Second != 0 {
		wrong("leadership.leaseDuration", "must be in whole seconds: a Lease knows no parts of them")
	}
	r.checkRedis(c, wrong)
	cb := c.Subscriptions.Callbacks
	switch {
	case cb.AllowHTTP && len(cb.AllowNetworks) == 0:
		wrong("subscriptions.callbacks.allowHTTP", "needs subscriptions.callbacks.allowNetworks: plain http goes nowhere else")
	case cb.HostInCertificate && !c.Certificates():
		wrong("subscriptions.callbacks.hostInCertificate", "needs callers who show certificates: set server.tls.clientCAFile, and auth.require to any, certificate or both")
	case (cb.CertFile == "") != (cb.KeyFile == ""):
		wrong("subscriptions.callbacks", "certFile and keyFile go together: set both or none")
	}
	if o := cb.OAuth2; o.Enabled() && (o.ClientID == "" || o.ClientSecretFile == "" || len(o.Hosts) == 0) {
		wrong("subscriptions.callbacks.oauth2", "tokenURL needs clientID, clientSecretFile and hosts as well")
	}
	if l := c.Subscriptions.Limits; l.PerTenant > l.Total {
		wrong("subscriptions.limits.perTenant", fmt.Sprintf("must not exceed subscriptions.limits.total, which is %d", l.Total))
	}
	if q := c.Subscriptions.Queue; q.CoalesceLength > q.HardCap {
		wrong("subscriptions.queue.coalesceLength", fmt.Sprintf("must not exceed subscriptions.queue.hardCap, which is %d", q.HardCap))
	}
}

func (r *reader) checkRedis(c *Config, wrong func(key, reason string)) {
	s := &c.Store.Redis
	if s.Replicas < 0 {
		if s.Replicas = 0; s.MasterName != "" {
			s.Replicas = 1
		}
	}
	if c.Store.Type != StoreRedis {
		return
	}
	switch {
	case len(s.Addresses) == 0:
		wrong("store.redis.addresses", `is missing: where is Redis, for example ["127.0.0.1:6379"]?`)
	case s.MasterName == "" && len(s.Addresses) > 1:
		wrong("store.redis.addresses", "has several addresses, which are Sentinels: set store.redis.masterName, or name one server")
	}
	if s.Password != "" && s.PasswordFile != "" {
		wrong("store.redis.passwordFile", "store.redis.password is set as well: set one of the two")
	}
	if s.SentinelPassword != "" && s.SentinelPasswordFile != "" {
		wrong("store.redis.sentinelPasswordFile", "store.redis.sentinelPassword is set as well: set one of the two")
	}
	t := s.TLS
	switch {
	case (t.CertFile == "") != (t.KeyFile == ""):
		wrong("store.redis.tls", "certFile and keyFile go together: set both or none")
	case !t.Enabled && (t.CAFile != "" || t.CertFile != "" || t.ServerName != ""):
		wrong("store.redis.tls", "has settings and is not enabled: set store.redis.tls.enabled to true, or leave them out")
	}
}
