package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// eventPathSettings are the scalars of role, store, leadership and subscriptions.
var eventPathSettings = []setting{
	textSetting("role", "all",
		"What the process does: gateway serves the API, controller finds and delivers changes, all does both. serve --role overrides it.",
		func(c *Config) *string { return (*string)(&c.Role) }, oneOf("all", "gateway", "controller")),

	textSetting("store.type", StoreEmbedded,
		"embedded keeps everything in one file, for one process; redis is for several.",
		func(c *Config) *string { return &c.Store.Type }, oneOf(StoreEmbedded, StoreRedis)),
	textSetting("store.embedded.path", "data/netweave.db",
		"The embedded store's file; its folder is made if absent.",
		func(c *Config) *string { return &c.Store.Embedded.Path }, notEmpty),
	listSetting("store.redis.addresses", nil,
		"host:port of the Redis server, or of the Sentinels if masterName is set.",
		func(c *Config) *[]string { return &c.Store.Redis.Addresses }, checkAddress),
	textSetting("store.redis.masterName", "",
		"Name of the master that the Sentinels watch.",
		func(c *Config) *string { return &c.Store.Redis.MasterName }, nil),
	textSetting("store.redis.username", "",
		"ACL user; empty is Redis's default user.",
		func(c *Config) *string { return &c.Store.Redis.Username }, nil),
	secretSetting("store.redis.password",
		"Password, as ${VARIABLE} alone.",
		func(c *Config) *o2.Secret { return &c.Store.Redis.Password }),
	textSetting("store.redis.passwordFile", "",
		"File that holds the password instead.",
		func(c *Config) *string { return &c.Store.Redis.PasswordFile }, nil),
	textSetting("store.redis.sentinelUsername", "",
		"ACL user at the Sentinels.",
		func(c *Config) *string { return &c.Store.Redis.SentinelUsername }, nil),
	secretSetting("store.redis.sentinelPassword",
		"Password at the Sentinels, as ${VARIABLE} alone.",
		func(c *Config) *o2.Secret { return &c.Store.Redis.SentinelPassword }),
	textSetting("store.redis.sentinelPasswordFile", "",
		"File that holds that password instead.",
		func(c *Config) *string { return &c.Store.Redis.SentinelPasswordFile }, nil),
	flagSetting("store.redis.tls.enabled", false,
		"Speak TLS to Redis and the Sentinels.",
		func(c *Config) *bool { return &c.Store.Redis.TLS.Enabled }),
	textSetting("store.redis.tls.caFile", "",
		"PEM file of the authorities that sign their certificates; empty is the system's.",
		func(c *Config) *string { return &c.Store.Redis.TLS.CAFile }, nil),
	textSetting("store.redis.tls.certFile", "",
		"PEM file of the certificate that they are shown.",
		func(c *Config) *string { return &c.Store.Redis.TLS.CertFile }, nil),
	textSetting("store.redis.tls.keyFile", "",
		"PEM file of that certificate's private key.",
		func(c *Config) *string { return &c.Store.Redis.TLS.KeyFile }, nil),
	textSetting("store.redis.tls.serverName", "",
		"Name that their certificates must have; empty is the address's.",
		func(c *Config) *string { return &c.Store.Redis.TLS.ServerName }, nil),
	integerSetting("store.redis.database", 0, 0, 1<<16,
		"Number of the database.",
		func(c *Config) *int { return &c.Store.Redis.Database }),
	textSetting("store.redis.prefix", "netweave:",
		"What the names of all keys and channels start with.",
		func(c *Config) *string { return &c.Store.Redis.Prefix }, notEmpty),
	integerSetting("store.redis.replicas", -1, -1, 16,
		"Replicas that have to confirm a write before it counts; -1 is 1 with masterName, else 0.",
		func(c *Config) *int { return &c.Store.Redis.Replicas }),
	durationSetting("store.redis.waitTimeout", "1s", leastDuration,
		"Time that they have for it.",
		func(c *Config) *time.Duration { return &c.Store.Redis.WaitTimeout }),

	textSetting("leadership.type", InStore,
		"Where controllers agree on who leads: store, or kubernetes for a Lease.",
		func(c *Config) *string { return &c.Leadership.Type }, oneOf(InStore, InKubernetes)),
	durationSetting("leadership.leaseDuration", "10s", time.Second,
		"How long a leader or deliverer that has died still counts as one.",
		func(c *Config) *time.Duration { return &c.Leadership.LeaseDuration }),
	textSetting("leadership.kubernetes.kubeconfig", "",
		"Kubeconfig of the cluster that holds the Lease; empty is the pod's own service account.",
		func(c *Config) *string { return &c.Leadership.Kubernetes.Kubeconfig }, nil),
	textSetting("leadership.kubernetes.namespace", "netweave",
		"The Lease's namespace.",
		func(c *Config) *string { return &c.Leadership.Kubernetes.Namespace }, notEmpty),
	textSetting("leadership.kubernetes.name", "netweave-leader",
		"The Lease's name.",
		func(c *Config) *string { return &c.Leadership.Kubernetes.Name }, notEmpty),

	textSetting("subscriptions.store", InStore,
		"Where subscriptions are kept: store, or kubernetes for custom resources.",
		func(c *Config) *string { return &c.Subscriptions.Store }, oneOf(InStore, InKubernetes)),
	textSetting("subscriptions.kubernetes.kubeconfig", "",
		"Kubeconfig of the cluster that holds them; empty is the pod's own service account.",
		func(c *Config) *string { return &c.Subscriptions.Kubernetes.Kubeconfig }, nil),
	textSetting("subscriptions.kubernetes.namespace", "netweave",
		"Their namespace.",
		func(c *Config) *string { return &c.Subscriptions.Kubernetes.Namespace }, notEmpty),
	integerSetting("subscriptions.limits.perTenant", 1000, 1, 1_000_000,
		"Subscriptions that one tenant may have.",
		func(c *Config) *int { return &c.Subscriptions.Limits.PerTenant }),
	integerSetting("subscriptions.limits.total", 100_000, 1, 10_000_000,
		"Subscriptions that there may be.",
		func(c *Config) *int { return &c.Subscriptions.Limits.Total }),
	flagSetting("subscriptions.callbacks.allowLoopbackHTTP", false,
		"Allow callbacks to this machine, by plain http as well: for development.",
		func(c *Config) *bool { return &c.Subscriptions.Callbacks.AllowLoopbackHTTP }),
	flagSetting("subscriptions.callbacks.allowHTTP", false,
		"Allow plain http to allowNetworks.",
		func(c *Config) *bool { return &c.Subscriptions.Callbacks.AllowHTTP }),
	prefixesSetting("subscriptions.callbacks.allowNetworks",
		"Networks in CIDR form that callbacks may be in although they are private.",
		func(c *Config) *[]netip.Prefix { return &c.Subscriptions.Callbacks.AllowNetworks }),
	flagSetting("subscriptions.callbacks.hostInCertificate", false,
		"Refuse a callback whose host is not among the alternative names of the client certificate of whoever subscribes.",
		func(c *Config) *bool { return &c.Subscriptions.Callbacks.HostInCertificate }),
	textSetting("subscriptions.callbacks.caFile", "",
		"PEM file of the authorities that sign receivers' certificates; empty is the system's.",
		func(c *Config) *string { return &c.Subscriptions.Callbacks.CAFile }, nil),
	textSetting("subscriptions.callbacks.certFile", "",
		"PEM file of the certificate that receivers are shown if they ask.",
		func(c *Config) *string { return &c.Subscriptions.Callbacks.CertFile }, nil),
	textSetting("subscriptions.callbacks.keyFile", "",
		"PEM file of that certificate's private key.",
		func(c *Config) *string { return &c.Subscriptions.Callbacks.KeyFile }, nil),
	textSetting("subscriptions.callbacks.oauth2.tokenURL", "",
		"Where tokens for receivers are fetched by client credentials; empty sends none.",
		func(c *Config) *string { return &c.Subscriptions.Callbacks.OAuth2.TokenURL }, checkTokenURL),
	textSetting("subscriptions.callbacks.oauth2.clientID", "",
		"The client's id there.",
		func(c *Config) *string { return &c.Subscriptions.Callbacks.OAuth2.ClientID }, nil),
	textSetting("subscriptions.callbacks.oauth2.clientSecretFile", "",
		"File that holds the client's secret.",
		func(c *Config) *string { return &c.Subscriptions.Callbacks.OAuth2.ClientSecretFile }, nil),
	listSetting("subscriptions.callbacks.oauth2.scopes", nil,
		"Scopes to ask for.",
		func(c *Config) *[]string { return &c.Subscriptions.Callbacks.OAuth2.Scopes }, notEmpty),
	listSetting("subscriptions.callbacks.oauth2.hosts", nil,
		"Hosts that are sent the tokens, such as smo.example.com or *.example.com; no others are.",
		func(c *Config) *[]string { return &c.Subscriptions.Callbacks.OAuth2.Hosts }, checkTokenHost),
	durationSetting("subscriptions.delivery.timeout", "10s", leastDuration,
		"Time for one attempt to deliver.",
		func(c *Config) *time.Duration { return &c.Subscriptions.Delivery.Timeout }),
	durationSetting("subscriptions.delivery.maxAge", "24h", time.Second,
		"How long an event is tried before it goes to the dead letters.",
		func(c *Config) *time.Duration { return &c.Subscriptions.Delivery.MaxAge }),
	integerSetting("subscriptions.delivery.concurrency", 256, 1, 10_000,
		"Subscriptions that one process delivers to at once.",
		func(c *Config) *int { return &c.Subscriptions.Delivery.Concurrency }),
	integerSetting("subscriptions.delivery.batch", 64, 1, 1000,
		"Entries of one queue that are claimed at once.",
		func(c *Config) *int { return &c.Subscriptions.Delivery.Batch }),
	durationSetting("subscriptions.delivery.grace", "500ms", leastDuration,
		"Time that attempts have to end when the process stops.",
		func(c *Config) *time.Duration { return &c.Subscriptions.Delivery.Grace }),
	integerSetting("subscriptions.queue.coalesceLength", 1000, 1, 10_000_000,
		"Length from which on a queue's changes of one object become one.",
		func(c *Config) *int { return &c.Subscriptions.Queue.CoalesceLength }),
	durationSetting("subscriptions.queue.coalesceAge", "10m", time.Second,
		"Age of a queue's oldest entry from which on they do too.",
		func(c *Config) *time.Duration { return &c.Subscriptions.Queue.CoalesceAge }),
	integerSetting("subscriptions.queue.hardCap", 200_000, 1, 100_000_000,
		"Length at which a queue is dropped; its subscriber gets a fresh initial state when it returns.",
		func(c *Config) *int { return &c.Subscriptions.Queue.HardCap }),
}

// secretSetting takes a text that is not to stand in the document itself.
func secretSetting(key, meaning string, at func(*Config) *o2.Secret) setting {
	s := textSetting(key, "", meaning, func(c *Config) *string { return (*string)(at(c)) }, nil)
	s.secret = true
	return s
}

// prefixesSetting reads a list of networks in CIDR form.
func prefixesSetting(key, meaning string, at func(*Config) *[]netip.Prefix) setting {
	list := func(to *[]string) setting {
		return listSetting(key, nil, meaning, func(*Config) *[]string { return to }, func(text string) error {
			if _, err := netip.ParsePrefix(text); err != nil {
				return fmt.Errorf(`must list networks, for example "10.0.0.0/8"`)
			}
			return nil
		})
	}
	s := shownAs(list(nil), at)
	s.read = func(c *Config, value any, untyped bool) error {
		var texts []string
		if err := list(&texts).read(c, value, untyped); err != nil {
			return err
		}
		*at(c) = nil
		for _, text := range texts {
			*at(c) = append(*at(c), netip.MustParsePrefix(text).Masked())
		}
		return nil
	}
	return s
}

func checkAddress(text string) error {
	host, port, split := strings.Cut(text[max(0, strings.LastIndexByte(text, ']')):], ":")
	if n, err := strconv.Atoi(port); !split || err != nil || n < 1 || n > 65535 || host == "" {
		return fmt.Errorf(`must list addresses as host:port, for example "127.0.0.1:6379"`)
	}
	return nil
}

func checkTokenURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return fmt.Errorf("must be an https URL without user name and password")
	}
	return nil
}

var tokenHost = regexp.MustCompile(`^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

func checkTokenHost(text string) error {
	if !tokenHost.MatchString(text) {
		return fmt.Errorf(`must list host names, for example "smo.example.com" or "*.example.com"`)
	}
	return nil
}
