package config

import (
	"slices"
	"strings"
)

// hotKeys are the settings that a running gateway goes by at once when they
// change; the sections adapters, routing and api.versions are hot as well. Every setting is
// here or among coldKeys: a test sees to it.
var hotKeys = []string{
	"log.level",
	"subscriptions.callbacks.allowLoopbackHTTP", "subscriptions.callbacks.allowHTTP",
	"subscriptions.callbacks.allowNetworks",
	"alarms.pollInterval", "alarms.retentionDays", "alarms.maxRecords",
	"rateLimits.tenant.read.perSecond", "rateLimits.tenant.read.burst", "rateLimits.tenant.write.perSecond",
	"rateLimits.tenant.write.burst", "rateLimits.tenant.admin.perSecond", "rateLimits.tenant.admin.burst",
	"rateLimits.user.read.perSecond", "rateLimits.user.read.burst", "rateLimits.user.write.perSecond",
	"rateLimits.user.write.burst", "rateLimits.user.admin.perSecond", "rateLimits.user.admin.burst",
	"tenancy.quotas.maxResourcePools", "tenancy.quotas.maxResources", "tenancy.quotas.maxSubscriptions",
	"tenancy.quotas.maxCpuCores", "tenancy.quotas.maxMemoryGb", "tenancy.quotas.maxStorageGb",
}

// coldKeys are the settings that need a restart. What the files hold that some of
// them name is followed nevertheless.
var coldKeys = []string{
	"server.listen", "server.externalURL", "server.hints",
	"server.tls.certFile", "server.tls.keyFile", "server.tls.clientCAFile", "server.tls.crlFile",
	"server.tls.clientAuth",
	"server.limits.bodyBytes", "server.limits.headerBytes", "server.limits.defaultPageSize",
	"server.limits.maxPageSize",
	"server.timeouts.readHeader", "server.timeouts.read", "server.timeouts.write", "server.timeouts.idle",
	"server.timeouts.change", "server.timeouts.shutdown", "server.timeouts.drainDelay",
	"server.accessLog.enabled", "server.accessLog.path",
	"log.format",
	"plugins.dir", "plugins.stateDir", "plugins.env", "plugins.startTimeout", "plugins.openTimeout",
	"plugins.closeTimeout", "plugins.crashLimit", "plugins.crashWindow", "plugins.quarantine",
	"plugins.breaker.failures", "plugins.breaker.open",
	"plugins.limits.objects", "plugins.limits.objectBytes", "plugins.limits.totalBytes",
	"runtime.gcPercent",
	"role",
	"store.type",
	"store.embedded.path",
	"store.redis.addresses", "store.redis.masterName", "store.redis.username", "store.redis.password",
	"store.redis.passwordFile", "store.redis.sentinelUsername", "store.redis.sentinelPassword",
	"store.redis.sentinelPasswordFile", "store.redis.tls.enabled", "store.redis.tls.caFile",
	"store.redis.tls.certFile", "store.redis.tls.keyFile", "store.redis.tls.serverName", "store.redis.database",
	"store.redis.prefix", "store.redis.replicas", "store.redis.waitTimeout",
	"leadership.type", "leadership.leaseDuration",
	"leadership.kubernetes.kubeconfig", "leadership.kubernetes.namespace", "leadership.kubernetes.name",
	"subscriptions.store",
	"subscriptions.kubernetes.kubeconfig", "subscriptions.kubernetes.namespace",
	"subscriptions.limits.perTenant", "subscriptions.limits.total",
	"subscriptions.callbacks.hostInCertificate", "subscriptions.callbacks.caFile",
	"subscriptions.callbacks.certFile", "subscriptions.callbacks.keyFile",
	"subscriptions.callbacks.oauth2.tokenURL", "subscriptions.callbacks.oauth2.clientID",
	"subscriptions.callbacks.oauth2.clientSecretFile", "subscriptions.callbacks.oauth2.scopes",
	"subscriptions.callbacks.oauth2.hosts",
	"subscriptions.delivery.timeout", "subscriptions.delivery.maxAge", "subscriptions.delivery.concurrency",
	"subscriptions.delivery.batch", "subscriptions.delivery.grace",
	"subscriptions.queue.coalesceLength", "subscriptions.queue.coalesceAge", "subscriptions.queue.hardCap",
	"audit.reads", "audit.retention",
	"auth.require",
	"auth.certificate.source", "auth.certificate.userPart", "auth.certificate.tenantPart",
	"auth.proxies", "auth.proxyHeader",
	"auth.oidc.issuer", "auth.oidc.jwksURL", "auth.oidc.audiences", "auth.oidc.userClaim",
	"auth.oidc.tenantClaim", "auth.oidc.rolesClaim", "auth.oidc.algorithms", "auth.oidc.caFile",
	"tenancy.enabled", "tenancy.unlabelled", "tenancy.rolesFile", "tenancy.platformAdmins", "tenancy.store",
	"tenancy.kubernetes.kubeconfig", "tenancy.kubernetes.namespace",
	"oCloud.id", "oCloud.globalId", "oCloud.name", "oCloud.description", "oCloud.serviceUri",
	"api.docs.enabled", "api.docs.public",
}

// Sections that are no settings, in the words of Entry.
const (
	adaptersKey    = "adapters"
	routingKey     = "routing"
	tokensKey      = "auth.tokens"
	oCloudKey      = "oCloud"
	apiVersionsKey = "api.versions"
)

// WithHotOf returns what a gateway runs by that was started with c and now reads
// next: the hot parts are those of next, each whole, and the rest stays.
func (c *Config) WithHotOf(next *Config) *Config {
	merged := *c
	for _, s := range settings {
		if slices.Contains(hotKeys, s.key) {
			s.take(&merged, next)
		}
	}
	merged.Adapters, merged.Routing, merged.Notes = next.Adapters, next.Routing, next.Notes
	merged.API.Versions = next.API.Versions
	merged.Alarms.Receivers = next.Alarms.Receivers
	return &merged
}

// IsHot reports whether a running gateway goes by a new value of an entry's key at
// once.
func IsHot(key string) bool {
	return slices.Contains(hotKeys, key) || strings.HasPrefix(key, adaptersKey+"[") || strings.HasPrefix(key, routingKey+".") ||
		strings.HasPrefix(key, apiVersionsKey+"[") || strings.HasPrefix(key, receiversKey+"[")
}
