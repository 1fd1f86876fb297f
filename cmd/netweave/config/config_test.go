package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const oneAdapter = "adapters:\n  - {name: lab, type: mock}\n"

func load(t *testing.T, text string) (*Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func mustLoad(t *testing.T, text string) *Config {
	t.Helper()
	c, err := load(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestArchitectureExampleLoadsUnchanged(t *testing.T) {
	t.Setenv("DTIAS_API_KEY", "k-123")
	c, err := Load("testdata/architecture.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		name, kind       string
		enabled, primary bool
		config           string
	}
	var got []row
	for _, a := range c.Adapters {
		got = append(got, row{a.Name, a.Type, a.Enabled, a.Default, string(a.Config.JSON())})
	}
	want := []row{
		{"kubernetes", "kubernetes", true, true, `{"kubeconfig":"/etc/kubernetes/admin.conf","namespace":"default","ocloudId":"ocloud-kubernetes-1"}`},
		{"dtias", "dtias", true, false, `{"apiKey":"k-123","endpoint":"https://dtias.dell.com/api","ocloudId":"ocloud-dtias-1","timeout":"30s"}`},
		{"aws", "aws", false, false, `{"credentials":"~/.aws/credentials","ocloudId":"ocloud-aws-1","region":"us-east-1"}`},
	}
	if !slices.Equal(got, want) {
		t.Errorf("adapters:\n got %v\nwant %v", got, want)
	}
	wantRules := []Rule{
		{ResourceType: "ResourcePool", Filter: map[string]any{"extensions.type": "bare-metal"}, Adapters: []string{"dtias"}, Strategy: StrategyMerge, Priority: 10, Line: 37},
		{ResourceType: "ResourcePool", Filter: map[string]any{"extensions.type": "cloud"}, Adapters: []string{"aws"}, Strategy: StrategyMerge, Priority: 10, Line: 44},
		{ResourceType: "Resource", Filter: map[string]any{"extensions.hasGPU": true}, Adapters: []string{"kubernetes"}, Strategy: StrategyMerge, Priority: 10, Line: 51},
		{ResourceType: "*", Adapters: []string{"kubernetes"}, Strategy: StrategyMerge, Priority: 1, Line: 58},
	}
	if !reflect.DeepEqual(c.Routing.Rules, wantRules) {
		t.Errorf("rules:\n got %v\nwant %v", c.Routing.Rules, wantRules)
	}
	if got, want := fmt.Sprint(c.Notes), "[line 47: routing.rules[1].adapter: the adapter aws is disabled: it takes nothing until it is enabled]"; got != want {
		t.Errorf("notes:\n got %s\nwant %s", got, want)
	}
	if got := c.DefaultAdapter(); got != "kubernetes" {
		t.Errorf("default adapter: got %q, want kubernetes", got)
	}
	if c.Server.Listen != "127.0.0.1:8080" || c.Log.Level != "info" {
		t.Errorf("defaults: got listen %q, level %q", c.Server.Listen, c.Log.Level)
	}
}

// unbounded are the quotas that bound nothing.
var unbounded = Quotas{-1, -1, -1, -1, -1, -1}

func TestDefaults(t *testing.T) {
	c := mustLoad(t, oneAdapter)
	want := &Config{
		Path: c.Path,
		Server: Server{
			Listen:    "127.0.0.1:8080",
			TLS:       TLS{ClientAuth: ClientAuthAuto},
			Limits:    Limits{BodyBytes: 1 << 20, HeaderBytes: 64 << 10, DefaultPageSize: 100, MaxPageSize: 10000},
			AccessLog: AccessLog{Enabled: true, Path: "-"},
			Timeouts: ServerTimeouts{
				ReadHeader: 10 * time.Second, Read: 30 * time.Second, Write: 90 * time.Second, Idle: 2 * time.Minute,
				Change: time.Minute, Shutdown: 30 * time.Second,
			},
		},
		Log: Log{Level: "info", Format: "json"},
		Plugins: Plugins{
			Dir: "bin/plugins", StateDir: "data/state", Env: []string{"KUBERNETES_SERVICE_*"},
			StartTimeout: 10 * time.Second, OpenTimeout: 30 * time.Second, CloseTimeout: 5 * time.Second,
			CrashLimit: 5, CrashWindow: 2 * time.Minute, Quarantine: 5 * time.Minute,
			Breaker: Breaker{Failures: 5, Open: 10 * time.Second},
			Limits:  PluginLimits{Objects: 1_000_000, ObjectBytes: 256 << 10, TotalBytes: 1 << 30},
		},
		Runtime: Runtime{GCPercent: 50},
		Role:    RoleAll,
		Store: Store{
			Type: StoreEmbedded, Embedded: Embedded{Path: "data/netweave.db"},
			Redis: Redis{Prefix: "netweave:", WaitTimeout: time.Second},
		},
		Leadership: Leadership{
			Type: InStore, LeaseDuration: 10 * time.Second,
			Kubernetes: KubernetesLease{Namespace: "netweave", Name: "netweave-leader"},
		},
		Subscriptions: Subscriptions{
			Store: InStore, Kubernetes: KubernetesSubscriptions{Namespace: "netweave"},
			Limits:   SubscriptionLimits{PerTenant: 1000, Total: 100_000},
			Delivery: Delivery{Timeout: 10 * time.Second, MaxAge: 24 * time.Hour, Concurrency: 256, Batch: 64, Grace: 500 * time.Millisecond},
			Queue:    Queue{CoalesceLength: 1000, CoalesceAge: 10 * time.Minute, HardCap: 200_000},
		},
		Alarms: Alarms{PollInterval: 5 * time.Second, RetentionDays: 30, MaxRecords: 100_000},
		Auth: Auth{
			Require: RequireCertificate, Certificate: CertificateNames{Source: "cn"}, ProxyHeader: "Client-Cert",
			OIDC: OIDC{UserClaim: "sub", TenantClaim: "tenant", Algorithms: []string{"RS256", "ES256", "PS256", "EdDSA"}},
		},
		Tenancy: Tenancy{
			Unlabelled: UnlabelledPlatform, Store: InStore, Kubernetes: KubernetesTenancy{Namespace: "netweave"}, Quotas: unbounded,
		},
		RateLimits: RateLimits{
			Tenant: ClassRates{Read: Rate{20_000, 40_000}, Write: Rate{1000, 2000}, Admin: Rate{200, 400}},
			User:   ClassRates{Read: Rate{10_000, 20_000}, Write: Rate{500, 1000}, Admin: Rate{100, 200}},
		},
		Audit:  Audit{Retention: 90 * 24 * time.Hour},
		OCloud: OCloud{ID: "netweave", Name: "netweave"},
		API:    API{Docs: APIDocs{Enabled: true}},
		Adapters: []Adapter{{
			Name: "lab", Type: "mock", Enabled: true, Line: 2,
			PollInterval: 30 * time.Second, StaleAfter: 30 * time.Second, ReadyWait: 30 * time.Second,
			Timeouts: AdapterTimeouts{Read: 30 * time.Second, Write: 45 * time.Second, Health: 5 * time.Second},
		}},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
	if got := c.DefaultAdapter(); got != "lab" {
		t.Errorf("the only enabled adapter is the default: got %q", got)
	}
	if got := string(c.Adapters[0].Config.JSON()); got != "{}" {
		t.Errorf("no config: got %s, want {}", got)
	}
}

func TestProblems(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"empty", "", []string{"adapters: at least one adapter must be there and enabled"}},
		{"no mapping", "- a\n", []string{"line 1: must be a mapping with the sections server, log, plugins, runtime, role, store, leadership, subscriptions, alarms, rateLimits, audit, auth, tenancy, oCloud, api, adapters and routing"}},
		{"larger than configurations are", strings.Repeat("#", 5<<20), []string{"the document is larger than 4194304 bytes"}},
		{"indented with a tab", "server:\n\tlisten: 127.0.0.1:1\n", []string{"line 2: not YAML: a character cannot stand here: " +
			"indent with spaces, not tabs, and put texts that start with @, % or a backquote in quotes"}},
		{"directive", "%YAML 1.2\n---\n" + oneAdapter, []string{"not YAML: the %YAML directive is not understood: leave it out"}},
		{"key that is a list", oneAdapter + "? [a]\n: b\n", []string{"not YAML: a key is no plain text"}},
		{"no YAML", "a: [1\nb: }\n", []string{"line 1: not YAML: did not find expected ',' or ']'"}},
		{"two documents", oneAdapter + "---\nlog: {}\n", []string{"line 3: a second document starts here: write one configuration a file"}},
		{"unknown section", oneAdapter + "servr: {}\n", []string{"line 3: servr: unknown key: did you mean server?"}},
		{"unknown key", oneAdapter + "server:\n  colour: red\n", []string{
			"line 4: server.colour: unknown key: the keys here are listen, externalURL, hints, tls, limits, timeouts, accessLog"}},
		{"key in other case", oneAdapter + "server:\n  Listen: 127.0.0.1:1\n", []string{"line 4: server.Listen: unknown key: did you mean listen?"}},
		{"dotted key", oneAdapter + "server.listen: 127.0.0.1:1\n", []string{
			"line 3: server.listen: unknown key: the keys here are adapters, routing, server, log, plugins, runtime, role, store, leadership, subscriptions, alarms, rateLimits, audit, auth, tenancy, oCloud, api"}},
		{"key twice", oneAdapter + "log: {level: info, level: debug}\n", []string{"line 3: log.level: is there twice"}},
		{"section is no mapping", oneAdapter + "server: 1\n", []string{
			"line 3: server: must be a mapping with the keys listen, externalURL, hints, tls, limits, timeouts, accessLog"}},
		{"number for text", oneAdapter + "server: {listen: 8080}\n", []string{"line 3: server.listen: must be text: put it in quotes"}},
		{"text for number", oneAdapter + "server: {limits: {bodyBytes: \"2000\"}}\n", []string{"line 3: server.limits.bodyBytes: must be a whole number"}},
		{"fraction for number", oneAdapter + "server: {limits: {bodyBytes: 2000.5}}\n", []string{"line 3: server.limits.bodyBytes: must be a whole number"}},
		{"out of range", oneAdapter + "server: {limits: {maxPageSize: 100001}}\n", []string{"line 3: server.limits.maxPageSize: must be from 1 to 100000"}},
		{"text for flag", oneAdapter + "server: {hints: \"true\"}\n", []string{"line 3: server.hints: must be true or false"}},
		{"number for duration", oneAdapter + "server: {timeouts: {idle: 30}}\n", []string{`line 3: server.timeouts.idle: must be a duration such as "30s"`}},
		{"no duration", oneAdapter + "server: {timeouts: {idle: soon}}\n", []string{`line 3: server.timeouts.idle: must be a duration such as "30s"`}},
		{"negative duration", oneAdapter + "server: {timeouts: {idle: -1s}}\n", []string{`line 3: server.timeouts.idle: must be at least 10ms`}},
		{"bad level", oneAdapter + "log: {level: loud}\n", []string{"line 3: log.level: must be one of trace, debug, info, warn, error"}},
		{"bad port", oneAdapter + "server: {listen: \"127.0.0.1:http\"}\n", []string{"line 3: server.listen: must end in a port from 0 to 65535"}},
		{"no port", oneAdapter + "server: {listen: \"127.0.0.1\"}\n", []string{`line 3: server.listen: must be host:port, for example "127.0.0.1:8080"`}},
		{"bad URL", oneAdapter + "server: {externalURL: \"o2ims.example.org\"}\n", []string{
			`line 3: server.externalURL: must be an http or https URL without query, for example "https://o2ims.example.org"`}},
		{"page sizes", oneAdapter + "server: {limits: {defaultPageSize: 50, maxPageSize: 20}}\n", []string{
			"line 3: server.limits.defaultPageSize: must not exceed server.limits.maxPageSize, which is 20"}},
		{"timeouts", oneAdapter + "server: {timeouts: {change: 2m}}\n", []string{
			"line 3: server.timeouts.change: must be shorter than server.timeouts.write, which is 1m30s"}},
		{"certificate without key", oneAdapter + "server: {tls: {certFile: a.pem}}\n", []string{
			"line 3: server.tls: certFile and keyFile go together: set both or none"}},
		{"revocation lists without authorities", oneAdapter + "server: {tls: {certFile: c.pem, keyFile: k.pem, crlFile: crl.pem}}\n", []string{
			"line 3: server.tls.crlFile: is about client certificates: set server.tls.clientCAFile too"}},
		{"what to ask of clients without authorities", oneAdapter + "server: {tls: {certFile: c.pem, keyFile: k.pem, clientAuth: require}}\n", []string{
			"line 3: server.tls.clientAuth: is about client certificates: set server.tls.clientCAFile too"}},
		{"what to ask of clients", oneAdapter + "server: {tls: {clientAuth: optional}}\n", []string{
			"line 3: server.tls.clientAuth: must be one of auto, require, request"}},
		{"client CA alone", oneAdapter + "server: {tls: {clientCAFile: ca.pem}}\n", []string{
			"line 3: server.tls.clientCAFile: client certificates need TLS: set server.tls.certFile and server.tls.keyFile too"}},
		{"bad variable pattern", oneAdapter + "plugins: {env: [\"*\"]}\n", []string{
			"line 3: plugins.env: must list names of variables, each with at most one * at its end and something before it"}},
		{"list of numbers", oneAdapter + "plugins: {env: [1]}\n", []string{"line 3: plugins.env: must be a list of texts"}},
		{"adapters no list", "adapters: {name: a}\n", []string{
			"line 1: adapters: must be a list of adapters", "line 1: adapters: at least one adapter must be there and enabled"}},
		{"adapter no mapping", "adapters: [lab]\n", []string{
			"line 1: adapters[0]: must be a mapping with the keys name, type, enabled, default, config, pollInterval, staleAfter, readyWait, timeouts",
			"line 1: adapters[0].name: is missing: every adapter needs a name of its own",
			"line 1: adapters[0].type: is missing: it names the plugin, for example kubernetes or mock"}},
		{"adapter without name and type", "adapters:\n  - enabled: true\n", []string{
			"line 2: adapters[0].name: is missing: every adapter needs a name of its own",
			"line 2: adapters[0].type: is missing: it names the plugin, for example kubernetes or mock"}},
		{"bad names", "adapters:\n  - {name: \"a b\", type: ../mock}\n", []string{
			"line 2: adapters[0].name: must be 1 to 63 letters, digits, dots, dashes and underscores, and start with a letter or digit",
			"line 2: adapters[0].type: must name a plugin: lower-case letters, digits, dots, dashes and underscores"}},
		{"same name", "adapters:\n  - {name: lab, type: mock}\n  - {name: lab, type: mock}\n", []string{
			"line 3: adapters[1].name: adapters[0] has the name lab already: names must differ"}},
		{"two defaults", "adapters:\n  - {name: a, type: mock, default: true}\n  - {name: b, type: mock, default: true}\n", []string{
			"line 3: adapters[1].default: adapters[0] is the default already: only one can be"}},
		{"default disabled", "adapters:\n  - {name: a, type: mock}\n  - {name: b, type: mock, default: true, enabled: false}\n", []string{
			"line 3: adapters[1].default: the default adapter must be enabled"}},
		{"all disabled", "adapters:\n  - {name: a, type: mock, enabled: false}\n", []string{
			"line 2: adapters: at least one adapter must be there and enabled"}},
		{"unknown adapter key", "adapters:\n  - {name: a, type: mock, enable: true}\n", []string{
			"line 2: adapters[0].enable: unknown key: did you mean enabled?"}},
		{"adapter's types", "adapters:\n  - {name: a, type: mock, default: 1, pollInterval: 5, timeouts: {read: x}}\n", []string{
			"line 2: adapters[0].default: must be true or false",
			`line 2: adapters[0].pollInterval: must be a duration such as "30s"`,
			`line 2: adapters[0].timeouts.read: must be a duration such as "30s"`}},
		{"plugin config no mapping", "adapters:\n  - {name: a, type: mock, config: [1]}\n", []string{
			"line 2: adapters[0].config: must be a mapping of the plugin's own keys"}},
		{"plugin config key twice", "adapters:\n  - name: a\n    type: mock\n    config: {seed: 1, seed: 2}\n", []string{
			"line 4: adapters[0].config.seed: is there twice"}},
		{"plugin config not finite", "adapters:\n  - {name: a, type: mock, config: {rate: .inf}}\n", []string{
			"line 2: adapters[0].config.rate: must be a finite number"}},
		{"rule for an unknown adapter", oneAdapter + "routing:\n  rules:\n    - {resourceType: \"*\", adapter: laab}\n", []string{
			"line 5: routing.rules[0].adapter: no adapter has the name laab: the adapters are [lab]"}},
		{"rule without adapter and type", oneAdapter + "routing:\n  rules:\n    - {priority: 1}\n", []string{
			"line 5: routing.rules[0]: names no adapter: write adapter, or adapters with a strategy",
			`line 5: routing.rules[0].resourceType: is missing: write ResourcePool, Resource, ResourceType, DeploymentManager or "*"`}},
		{"rule with both", oneAdapter + "routing:\n  rules:\n    - {resourceType: Resource, adapter: lab, adapters: [lab]}\n", []string{
			"line 5: routing.rules[0].adapters: adapter is there as well: write one of the two"}},
		{"rule with an adapter twice", oneAdapter + "routing:\n  rules:\n    - {resourceType: Resource, adapters: [lab, lab]}\n", []string{
			"line 5: routing.rules[0].adapters[1]: names the adapter lab again: once is enough"}},
		{"rule's values", oneAdapter + "routing:\n  rules:\n    - {resourceType: Pool, adapters: [lab], strategy: random, priority: high, filter: {a: [1]}}\n", []string{
			"line 5: routing.rules[0].filter.a: must be text, a number, true or false",
			"line 5: routing.rules[0].priority: must be a whole number",
			`line 5: routing.rules[0].resourceType: must be ResourcePool, Resource, ResourceType, DeploymentManager or "*"`,
			"line 5: routing.rules[0].strategy: must be one of merge, first, fallback"}},
		{"many at once", "log: {level: loud}\nadapters:\n  - {name: a, type: mock, colour: red}\nserver: {listen: \":80\"}\n", []string{
			"line 1: log.level: must be one of trace, debug, info, warn, error",
			"line 3: adapters[0].colour: unknown key: the keys here are name, type, enabled, default, config, pollInterval, staleAfter, readyWait, timeouts",
			"line 4: server.listen: " + RefusedListen(":80")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := load(t, tc.text)
			var invalid *Invalid
			if !errors.As(err, &invalid) {
				t.Fatalf("got %v, %v, want *Invalid", c, err)
			}
			got := make([]string, 0, len(invalid.Problems))
			for _, p := range invalid.Problems {
				got = append(got, p.String())
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("problems:\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(tc.want, "\n     "))
			}
		})
	}
}

func TestListenIsRefusedUnlessAuthenticatedOrLoopback(t *testing.T) {
	const whole = "tls: {certFile: c.pem, keyFile: k.pem, clientCAFile: ca.pem}"
	for _, tc := range []struct {
		listen, tls string
		refused     bool
	}{
		{"127.0.0.1:8080", "", false},
		{"[::1]:0", "", false},
		{"localhost:8080", "", false},
		{"127.0.0.1:8443", "tls: {certFile: c.pem, keyFile: k.pem}", false},
		{":8080", "", true},
		{"0.0.0.0:8080", "", true},
		{"192.0.2.7:8080", "", true},
		{"[::]:8443", "", true},
		{"gateway.example.org:8443", "", true},
		{"0.0.0.0:8443", "tls: {certFile: c.pem, keyFile: k.pem}", true},
		{"0.0.0.0:8443", "tls: {certFile: c.pem, keyFile: k.pem, clientCAFile: ca.pem, clientAuth: request}", false},
		{"0.0.0.0:8443", "tls: {certFile: c.pem, keyFile: k.pem, clientCAFile: ca.pem, clientAuth: require, crlFile: crl.pem}", false},
		{"127.0.0.1:8443", "tls: {certFile: c.pem, keyFile: k.pem, clientCAFile: ca.pem, clientAuth: request}", false},
		{"0.0.0.0:8443", whole, false},
		{":8443", whole, false},
	} {
		t.Run(tc.listen+" "+tc.tls, func(t *testing.T) {
			text := oneAdapter + "server:\n  listen: \"" + tc.listen + "\"\n"
			if tc.tls != "" {
				text += "  " + tc.tls + "\n"
			}
			_, err := load(t, text)
			if !tc.refused {
				if err != nil {
					t.Fatalf("got %v, want no error", err)
				}
				return
			}
			want := "line 4: server.listen: " + tc.listen + " can be reached from other machines: set server.tls.certFile, " +
				"server.tls.keyFile and server.tls.clientCAFile (or auth.oidc or auth.tokens) so that callers are authenticated, or listen on a loopback address such as 127.0.0.1:8080"
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("got %v, want %q in it", err, want)
			}
		})
	}
}

// Not even a file without an end is read to its end.
func TestReadingEndsBeyondTheGreatestDocument(t *testing.T) {
	var invalid *Invalid
	if _, err := Load("/dev/zero"); !errors.As(err, &invalid) ||
		!slices.Equal(invalid.Problems, []Problem{{Reason: "the document is larger than 4194304 bytes"}}) {
		t.Errorf("got %v", err)
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v, want an error that says the file is not there", err)
	}
}
