package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// settings is every scalar of the fixed sections. docs/operator.md shows the
// same table; a test holds them together.
var settings = slices.Concat(serverSettings, eventPathSettings, alarmSettings, accessSettings, authSettings, oCloudSettings, apiSettings)

// serverSettings are the scalars of server, log, plugins and runtime.
var serverSettings = []setting{
	textSetting("server.listen", "127.0.0.1:8080",
		"Address to listen on, host:port. Any but a loopback address needs server.tls, and callers who prove who they are.",
		func(c *Config) *string { return &c.Server.Listen }, checkListen),
	textSetting("server.externalURL", "",
		"What absolute URIs in answers start with; empty makes them relative.",
		func(c *Config) *string { return &c.Server.ExternalURL }, checkExternalURL),
	flagSetting("server.hints", false,
		"Print a few commands to try at start.",
		func(c *Config) *bool { return &c.Server.Hints }),
	textSetting("server.tls.certFile", "",
		"PEM file of the server's certificate chain.",
		func(c *Config) *string { return &c.Server.TLS.CertFile }, nil),
	textSetting("server.tls.keyFile", "",
		"PEM file of the certificate's private key.",
		func(c *Config) *string { return &c.Server.TLS.KeyFile }, nil),
	textSetting("server.tls.clientCAFile", "",
		"PEM file of the authorities that sign client certificates; set, every client must show one unless auth lets tokens do.",
		func(c *Config) *string { return &c.Server.TLS.ClientCAFile }, nil),
	textSetting("server.tls.crlFile", "",
		"PEM or DER file of revocation lists: client certificates in them are refused.",
		func(c *Config) *string { return &c.Server.TLS.CRLFile }, nil),
	textSetting("server.tls.clientAuth", ClientAuthAuto,
		"require: every connection needs a client certificate; request: one is verified if shown; auto is require unless callers may prove otherwise who they are.",
		func(c *Config) *string { return &c.Server.TLS.ClientAuth }, oneOf(ClientAuthAuto, ClientAuthRequire, ClientAuthRequest)),
	integerSetting("server.limits.bodyBytes", 1<<20, 1<<10, 64<<20,
		"Greatest request body, in bytes.",
		func(c *Config) *int { return &c.Server.Limits.BodyBytes }),
	integerSetting("server.limits.headerBytes", 64<<10, 4<<10, 1<<20,
		"Greatest request header, in bytes.",
		func(c *Config) *int { return &c.Server.Limits.HeaderBytes }),
	integerSetting("server.limits.defaultPageSize", 100, 1, 100000,
		"Objects in a page where the request does not say.",
		func(c *Config) *int { return &c.Server.Limits.DefaultPageSize }),
	integerSetting("server.limits.maxPageSize", 10000, 1, 100000,
		"Greatest page that a request may ask for.",
		func(c *Config) *int { return &c.Server.Limits.MaxPageSize }),
	durationSetting("server.timeouts.readHeader", "10s", leastDuration,
		"Time for a request's header to arrive.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.ReadHeader }),
	durationSetting("server.timeouts.read", "30s", leastDuration,
		"Time for a whole request to arrive.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.Read }),
	durationSetting("server.timeouts.write", "90s", leastDuration,
		"Time from the header's arrival to the answer's end.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.Write }),
	durationSetting("server.timeouts.idle", "2m", leastDuration,
		"Time that an idle connection is kept.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.Idle }),
	durationSetting("server.timeouts.change", "60s", leastDuration,
		"Time for a create, update or delete as a whole; shorter than write.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.Change }),
	durationSetting("server.timeouts.shutdown", "30s", leastDuration,
		"Time that requests in flight have to end when the gateway stops.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.Shutdown }),
	durationSetting("server.timeouts.drainDelay", "0s", 0,
		"Time that the gateway goes on after it says that it is not ready, so that load balancers look elsewhere first.",
		func(c *Config) *time.Duration { return &c.Server.Timeouts.DrainDelay }),
	flagSetting("server.accessLog.enabled", true,
		"Write a line of JSON for each request.",
		func(c *Config) *bool { return &c.Server.AccessLog.Enabled }),
	textSetting("server.accessLog.path", "-",
		"File that the lines are appended to; - is standard output.",
		func(c *Config) *string { return &c.Server.AccessLog.Path }, notEmpty),

	textSetting("log.level", "info",
		"Least level logged: trace, debug, info, warn or error.",
		func(c *Config) *string { return &c.Log.Level }, oneOf("trace", "debug", "info", "warn", "error")),
	textSetting("log.format", "json",
		"json or text; the log goes to standard error.",
		func(c *Config) *string { return &c.Log.Format }, oneOf("json", "text")),

	textSetting("plugins.dir", "bin/plugins",
		"Folder of the plugins' executables and of plugins.lock.",
		func(c *Config) *string { return &c.Plugins.Dir }, notEmpty),
	textSetting("plugins.stateDir", "data/state",
		"Private folder of the gateway: copies of trusted plugins, and their sockets.",
		func(c *Config) *string { return &c.Plugins.StateDir }, notEmpty),
	listSetting("plugins.env", []string{"KUBERNETES_SERVICE_*"},
		"Variables that plugins see; a trailing * stands for any rest. They see no others.",
		func(c *Config) *[]string { return &c.Plugins.Env }, checkEnvPattern),
	durationSetting("plugins.startTimeout", "10s", leastDuration,
		"Time for a plugin's process to answer after its start.",
		func(c *Config) *time.Duration { return &c.Plugins.StartTimeout }),
	durationSetting("plugins.openTimeout", "30s", leastDuration,
		"Time for a plugin to accept its configuration.",
		func(c *Config) *time.Duration { return &c.Plugins.OpenTimeout }),
	durationSetting("plugins.closeTimeout", "5s", leastDuration,
		"Time for a plugin to close before it is killed.",
		func(c *Config) *time.Duration { return &c.Plugins.CloseTimeout }),
	integerSetting("plugins.crashLimit", 5, 1, 1000,
		"Crashes within crashWindow that put a plugin into quarantine.",
		func(c *Config) *int { return &c.Plugins.CrashLimit }),
	durationSetting("plugins.crashWindow", "2m", leastDuration,
		"Time within which crashes are counted.",
		func(c *Config) *time.Duration { return &c.Plugins.CrashWindow }),
	durationSetting("plugins.quarantine", "5m", leastDuration,
		"Time that a plugin stays in quarantine before it is tried again.",
		func(c *Config) *time.Duration { return &c.Plugins.Quarantine }),
	integerSetting("plugins.breaker.failures", 5, 1, 1000,
		"Failed calls in a row after which a backend is not called for a while.",
		func(c *Config) *int { return &c.Plugins.Breaker.Failures }),
	durationSetting("plugins.breaker.open", "10s", leastDuration,
		"How long that while is.",
		func(c *Config) *time.Duration { return &c.Plugins.Breaker.Open }),
	integerSetting("plugins.limits.objects", 1_000_000, 1, 10_000_000,
		"Objects that one backend may have.",
		func(c *Config) *int { return &c.Plugins.Limits.Objects }),
	integerSetting("plugins.limits.objectBytes", 256<<10, 1<<10, 8<<20,
		"Greatest object, extensions included, in bytes.",
		func(c *Config) *int { return &c.Plugins.Limits.ObjectBytes }),
	integerSetting("plugins.limits.totalBytes", 1<<30, 1<<20, 1<<36,
		"Size of all objects of one backend together, in bytes.",
		func(c *Config) *int { return &c.Plugins.Limits.TotalBytes }),

	integerSetting("runtime.gcPercent", 50, 10, 1000,
		"Garbage collector target, as GOGC, which overrides it: less memory against more CPU.",
		func(c *Config) *int { return &c.Runtime.GCPercent }),
}

func checkListen(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf(`must be host:port, for example "127.0.0.1:8080"`)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("must end in a port from 0 to 65535")
	}
	return nil
}

func checkExternalURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf(`must be an http or https URL without query, for example "https://o2ims.example.org"`)
	}
	return nil
}

var envPattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*\*?$`)

func checkEnvPattern(text string) error {
	if !envPattern.MatchString(text) {
		return fmt.Errorf("must list names of variables, each with at most one * at its end and something before it")
	}
	return nil
}
