package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestVariablesOverrideScalars(t *testing.T) {
	t.Setenv("NETWEAVE_SERVER_LISTEN", "127.0.0.1:9999")
	t.Setenv("NETWEAVE_SERVER_LIMITS_BODYBYTES", "4096")
	t.Setenv("NETWEAVE_SERVER_HINTS", "true")
	t.Setenv("NETWEAVE_SERVER_TIMEOUTS_IDLE", "7s")
	t.Setenv("NETWEAVE_LOG_LEVEL", "") // counts as unset
	t.Setenv("NETWEAVE_PLUGINS_ENV", "AWS_*, HTTPS_PROXY")
	t.Setenv("NETWEAVE_ADAPTERS_0_POLLINTERVAL", "9s")
	t.Setenv("NETWEAVE_ADAPTERS_0_DEFAULT", "true")
	t.Setenv("NETWEAVE_ADAPTERS_0_CONFIG_OCLOUDID", "elsewhere")
	t.Setenv("NETWEAVE_ADAPTERS_0_CONFIG_SEED", "42")
	t.Setenv("NETWEAVE_ADAPTERS_1_ENABLED", "false")
	t.Setenv("NETWEAVE_ROUTING_RULES_0_PRIORITY", "3")
	c := mustLoad(t, `
server: {listen: "127.0.0.1:1", limits: {bodyBytes: 2048}}
log: {level: debug}
adapters:
  - {name: a, type: mock, config: {ocloudId: here, seed: 7, keep: 1}}
  - {name: b, type: mock}
routing: {rules: [{resourceType: "*", adapter: a, priority: 1}]}
`)
	got := fmt.Sprint(c.Server.Listen, c.Server.Limits.BodyBytes, c.Server.Hints, c.Server.Timeouts.Idle, c.Log.Level, c.Plugins.Env,
		c.Adapters[0].PollInterval, c.Adapters[0].Default, string(c.Adapters[0].Config.JSON()), c.Adapters[1].Enabled, c.Routing.Rules[0].Priority)
	want := fmt.Sprint("127.0.0.1:9999", 4096, true, 7*time.Second, "debug", []string{"AWS_*", "HTTPS_PROXY"},
		9*time.Second, true, `{"keep":1,"ocloudId":"elsewhere","seed":42}`, false, 3)
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestVariablesThatAreWrong(t *testing.T) {
	t.Setenv("NETWEAVE_SERVER_LIMITS_BODYBYTES", "many")
	t.Setenv("NETWEAVE_ADAPTERS_0_ENABLED", "perhaps")
	t.Setenv("NETWEAVE_ADAPTERS_0_CONFIG_SEED", "seven")
	_, err := load(t, "adapters:\n  - {name: a, type: mock, enabled: true, config: {seed: 7}}\n")
	var invalid *Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want *Invalid", err)
	}
	want := []Problem{
		{Key: "server.limits.bodyBytes", Reason: "must be a whole number (its value comes from NETWEAVE_SERVER_LIMITS_BODYBYTES)"},
		{Key: "adapters[0].config.seed", Line: 2, Reason: "must be a whole number, like the value it replaces (its value comes from NETWEAVE_ADAPTERS_0_CONFIG_SEED)"},
		{Key: "adapters[0].enabled", Line: 2, Reason: "must be true or false (its value comes from NETWEAVE_ADAPTERS_0_ENABLED)"},
	}
	if !slices.Equal(invalid.Problems, want) {
		t.Errorf("\n got %v\nwant %v", invalid.Problems, want)
	}
}

func TestVariablesThatAreMisspeltAreNoted(t *testing.T) {
	t.Setenv("NETWEAVE_SERVER_LISTNE", "127.0.0.1:1")
	t.Setenv("NETWEAVE_ADAPTERS_0_ENABLE", "false")
	t.Setenv("NETWEAVE_SERVICE_HOST", "10.0.0.1") // what a cluster sets for a service of our name
	t.Setenv("NETWEAVE_PORT_8443_TCP_ADDR", "10.0.0.1")
	want := []Problem{
		{Key: "NETWEAVE_ADAPTERS_0_ENABLE", Reason: "this variable overrides nothing: did you mean NETWEAVE_ADAPTERS_0_ENABLED?"},
		{Key: "NETWEAVE_SERVER_LISTNE", Reason: "this variable overrides nothing: did you mean NETWEAVE_SERVER_LISTEN?"},
	}
	if got := mustLoad(t, oneAdapter).Notes; !slices.Equal(got, want) {
		t.Errorf("\n got %v\nwant %v", got, want)
	}
}

func TestTextsHoldVariables(t *testing.T) {
	t.Setenv("LAB_HOST", "127.0.0.1")
	t.Setenv("LAB_PORT", "8081")
	t.Setenv("LAB_EMPTY", "")
	t.Setenv("LAB_BYTES", "2048")
	t.Setenv("LAB_NAME", "AWS_*")
	c := mustLoad(t, `
server: {listen: "${LAB_HOST}:${LAB_PORT}", limits: {bodyBytes: "${LAB_BYTES}"}}
plugins: {env: [HOME, "${LAB_NAME}"]}
adapters:
  - name: a
    type: mock
    config:
      url: http://${LAB_HOST}/x
      list: ["${LAB_PORT}", plain$LAB_PORT]
      literal: $${LAB_HOST}
      empty: "${LAB_EMPTY}"
  - {name: b, type: aws, enabled: false, config: {key: "${LAB_MISSING}"}}
`)
	if got := fmt.Sprint(c.Server.Listen, " ", c.Server.Limits.BodyBytes, c.Plugins.Env); got != "127.0.0.1:8081 2048 [HOME AWS_*]" {
		t.Errorf("got %s", got)
	}
	want := `{"empty":"","list":["8081","plain$LAB_PORT"],"literal":"${LAB_HOST}","url":"http://127.0.0.1/x"}`
	if got := string(c.Adapters[0].Config.JSON()); got != want {
		t.Errorf("config:\n got %s\nwant %s", got, want)
	}
}

func TestMissingVariablesNameKeyAndVariable(t *testing.T) {
	_, err := load(t, `
log: {level: "${LAB_MISSING_LEVEL}"}
plugins: {env: ["${LAB_MISSING_NAME}"]}
adapters:
  - name: dtias
    type: dtias
    config: {deep: [{apiKey: "${LAB_MISSING_KEY}"}], odd: "${not a name}", open: "${LAB"}
`)
	want := "\n  line 2: log.level: needs the variable LAB_MISSING_LEVEL, which is not set" +
		"\n  line 3: plugins.env: needs the variable LAB_MISSING_NAME, which is not set" +
		"\n  line 7: adapters[0].config.deep[0].apiKey: needs the variable LAB_MISSING_KEY, which is not set" +
		"\n  line 7: adapters[0].config.odd: has a ${ that names no variable: write ${NAME}, or $${ for a literal ${" +
		"\n  line 7: adapters[0].config.open: has a ${ that names no variable: write ${NAME}, or $${ for a literal ${"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("\n got %v\nwant it to end in %s", err, want)
	}
}

func TestUserDataKeepsItsCaseAndDots(t *testing.T) {
	c := mustLoad(t, `
adapters:
  - name: a
    type: mock
    config: {OCloudId: X, node.Labels: {Zone.Name/x: 1, when: 2026-01-02, big: 18446744073709551615, ratio: 0.5, "yes": yes, none: ~, list: [true, 1_000]}}
routing:
  rules:
    - resourceType: Resource
      filter: {extensions.hasGPU: true, extensions.K8s.Name: Big, extensions.n: 3, extensions.f: 1.5}
      adapters: [a]
      strategy: first
`)
	want := `{"OCloudId":"X","node.Labels":{"Zone.Name/x":1,"big":18446744073709551615,"list":[true,1000],"none":null,"ratio":0.5,"when":"2026-01-02","yes":"yes"}}`
	if got := string(c.Adapters[0].Config.JSON()); got != want {
		t.Errorf("config:\n got %s\nwant %s", got, want)
	}
	rule := c.Routing.Rules[0]
	if got, want := fmt.Sprintf("%#v", rule.Filter), fmt.Sprintf("%#v", map[string]any{
		"extensions.hasGPU": true, "extensions.K8s.Name": "Big", "extensions.n": int64(3), "extensions.f": 1.5,
	}); got != want {
		t.Errorf("filter:\n got %s\nwant %s", got, want)
	}
	if rule.Strategy != StrategyFirst || !slices.Equal(rule.Adapters, []string{"a"}) {
		t.Errorf("rule: got %v", rule)
	}
}

func TestAliasesAndMergeKeys(t *testing.T) {
	c := mustLoad(t, `
adapters:
  - &first
    name: a
    type: mock
    pollInterval: 5s
    config: &shared {seed: 1, pools: 2}
  - <<: *first
    name: b
    config: {<<: *shared, pools: 3}
  - {name: c, type: mock, config: *shared}
`)
	if got := string(c.Adapters[2].Config.JSON()); got != `{"pools":2,"seed":1}` {
		t.Errorf("a config that is an alias: got %s", got)
	}
	b := c.Adapters[1]
	if got := fmt.Sprint(b.Name, b.Type, b.PollInterval, string(b.Config.JSON())); got != `bmock5s{"pools":3,"seed":1}` {
		t.Errorf("got %s", got)
	}
}

func TestAliasesThatMultiplyAreRefused(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	_, err := load(t, b.String())
	if err == nil || !strings.Contains(err.Error(), "excessive aliasing") {
		t.Errorf("got %v, want a refusal for excessive aliasing", err)
	}
}

// No error and no way of printing a configuration shows what came from a
// variable or is in an adapter's own configuration.
func TestNothingShowsASecret(t *testing.T) {
	const secret = "s3cr3t-v4lue"
	t.Setenv("LAB_SECRET", secret)
	for _, text := range []string{
		"log: {level: \"${LAB_SECRET}\"}\n" + oneAdapter,
		"server: {listen: \"${LAB_SECRET}\", externalURL: \"${LAB_SECRET}\", limits: {bodyBytes: \"${LAB_SECRET}\"}}\n" + oneAdapter,
		"adapters:\n  - {name: \"${LAB_SECRET} x\", type: \"${LAB_SECRET} x\", pollInterval: \"${LAB_SECRET}\", enabled: \"${LAB_SECRET}\"}\n",
		"adapters:\n  - {name: a, type: mock, config: " + secret + "}\n",
		"adapters:\n  - {name: a, type: mock, config: {a: !!int " + secret + "}}\n",
		"adapters:\n  - {name: a, type: mock, config: {k: .nan, b: \"${LAB_SECRET}\"}}\n",
		"adapters:\n  - {name: a, type: mock, config: {k: " + secret + "\n",
	} {
		_, err := load(t, text)
		if err == nil {
			t.Errorf("%q was accepted", text)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error shows the secret: %v", text, err)
		}
	}

	c := mustLoad(t, "adapters:\n  - {name: a, type: mock, config: {key: \"${LAB_SECRET}\"}}\n")
	if got := string(c.Adapters[0].Config.JSON()); !strings.Contains(got, secret) {
		t.Fatalf("the plugin does not get its secret: %s", got)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, c.Adapters[0].Config) + fmt.Sprintf(verb, *c); strings.Contains(shown, secret) {
			t.Errorf("%s shows the secret: %s", verb, shown)
		}
	}
}
