package config

import "time"

// Config is a whole, validated configuration. It is never changed once loaded
// and is safe to share.
type Config struct {
	// Path is the document's file.
	Path string

	Server   Server
	Log      Log
	Plugins  Plugins
	Runtime  Runtime
	Adapters []Adapter
	Routing  Routing

	Role          Role
	Store         Store
	Leadership    Leadership
	Subscriptions Subscriptions

	Alarms Alarms

	RateLimits RateLimits
	Audit      Audit

	Auth    Auth
	Tenancy Tenancy

	OCloud OCloud
	API    API

	// Notes are remarks for the operator about what was accepted and has no
	// effect, such as a rule for a disabled adapter.
	Notes []Problem
}

// Server is the HTTP side.
type Server struct {
	// Listen is host:port.
	Listen string
	// ExternalURL is what absolute URIs start with, without a trailing slash; ""
	// makes them relative.
	ExternalURL string
	// Hints prints a few commands to try at start.
	Hints     bool
	TLS       TLS
	Limits    Limits
	Timeouts  ServerTimeouts
	AccessLog AccessLog
}

// TLS names PEM files; all empty means plain HTTP.
type TLS struct {
	CertFile, KeyFile string
	// ClientCAFile holds the authorities of client certificates; see
	// Config.ClientAuth for who must show one.
	ClientCAFile string
	// CRLFile holds revocation lists of client certificates, "" is none.
	CRLFile string
	// ClientAuth is ClientAuthAuto, ClientAuthRequire or ClientAuthRequest.
	ClientAuth string
}

// What is asked of clients where there is a ClientCAFile.
const (
	// ClientAuthAuto is ClientAuthRequire, as long as there is no other way for
	// callers to prove who they are.
	ClientAuthAuto = "auto"
	// ClientAuthRequire refuses connections without a client certificate.
	ClientAuthRequire = "require"
	// ClientAuthRequest verifies a client certificate if there is one.
	ClientAuthRequest = "request"
)

// Enabled reports whether the server speaks TLS.
func (t TLS) Enabled() bool { return t.CertFile != "" }

// Limits bound what one request may ask.
type Limits struct {
	// BodyBytes and HeaderBytes are in bytes.
	BodyBytes, HeaderBytes int
	// DefaultPageSize and MaxPageSize count objects.
	DefaultPageSize, MaxPageSize int
}

// ServerTimeouts bound how long a connection may take.
type ServerTimeouts struct {
	ReadHeader, Read, Write, Idle time.Duration
	// Change bounds the whole of a create, update or delete.
	Change time.Duration
	// DrainDelay is how long the gateway goes on after it says that it is not
	// ready, Shutdown how long requests in flight may then take to end.
	DrainDelay time.Duration
	Shutdown   time.Duration
}

// AccessLog says where requests are logged.
type AccessLog struct {
	Enabled bool
	// Path is a file that is appended to, "-" is standard output.
	Path string
}

// Log is the gateway's own log, on standard error.
type Log struct {
	// Level is trace, debug, info, warn or error.
	Level string
	// Format is json or text.
	Format string
}

// Plugins says where plugins are and how their processes live.
type Plugins struct {
	// Dir holds the executables and plugins.lock.
	Dir string
	// StateDir is a private folder of the gateway's, made if absent.
	StateDir string
	// Env lists the names of variables that plugins may see; a trailing "*"
	// stands for any rest.
	Env []string
	// StartTimeout bounds a process's start, OpenTimeout its taking the
	// configuration, CloseTimeout its end.
	StartTimeout, OpenTimeout, CloseTimeout time.Duration
	// CrashLimit crashes within CrashWindow put a plugin into quarantine for
	// Quarantine.
	CrashLimit  int
	CrashWindow time.Duration
	Quarantine  time.Duration
	Breaker     Breaker
	Limits      PluginLimits
}

// Breaker says when a failing backend is not called for a while.
type Breaker struct {
	// Failures in a row open it for Open.
	Failures int
	Open     time.Duration
}

// PluginLimits bound what one backend may answer.
type PluginLimits struct {
	// Objects counts objects, ObjectBytes is the greatest size of one, TotalBytes
	// that of all.
	Objects, ObjectBytes, TotalBytes int
}

// Runtime tunes the Go runtime.
type Runtime struct {
	// GCPercent is as in runtime/debug.SetGCPercent. GOGC overrides it.
	GCPercent int
}

// Adapter is one backend: a plugin and its configuration.
type Adapter struct {
	// Name is unique and never changes: ids are derived from it.
	Name string
	// Type is the plugin's name.
	Type    string
	Enabled bool
	// Default adapters take the creates that no routing rule matches; one has it.
	Default bool
	// Config goes to the plugin as it is.
	Config PluginConfig
	// PollInterval is how often a backend without watch is listed.
	PollInterval time.Duration
	// StaleAfter is how old a view may be before answers are marked stale.
	StaleAfter time.Duration
	// ReadyWait is how long readiness waits for the first snapshot.
	ReadyWait time.Duration
	Timeouts  AdapterTimeouts

	// Line is the adapter's line in the document, 0 if unknown.
	Line int
}

// AdapterTimeouts bound calls to the plugin.
type AdapterTimeouts struct {
	Read, Write, Health time.Duration
}

// Routing decides which backends a request goes to.
type Routing struct {
	Rules []Rule
}

// Rule is one routing rule.
type Rule struct {
	// ResourceType is the name of an o2.Kind, or "*" for all.
	ResourceType string
	// Filter maps attributes, spelled as in the document, to a string, a bool,
	// an int64, a uint64 or a float64. It may be empty.
	Filter map[string]any
	// Adapters has at least one name, all of configured adapters.
	Adapters []string
	Strategy Strategy
	// Priority orders the rules: the highest is tried first.
	Priority int

	// Line is the rule's line in the document, 0 if unknown.
	Line int
}

// Strategy says how the adapters of one rule are used.
type Strategy string

// The strategies of a rule.
const (
	StrategyMerge    Strategy = "merge"
	StrategyFirst    Strategy = "first"
	StrategyFallback Strategy = "fallback"
)

// EnabledAdapters returns the adapters that are to run, in the document's order.
func (c *Config) EnabledAdapters() []Adapter {
	var enabled []Adapter
	for _, a := range c.Adapters {
		if a.Enabled {
			enabled = append(enabled, a)
		}
	}
	return enabled
}

// DefaultAdapter returns the name of the adapter marked as default, or of the
// only enabled one, or "".
func (c *Config) DefaultAdapter() string {
	enabled := c.EnabledAdapters()
	for _, a := range enabled {
		if a.Default {
			return a.Name
		}
	}
	if len(enabled) == 1 {
		return enabled[0].Name
	}
	return ""
}
