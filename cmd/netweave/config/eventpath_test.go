package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

const onRedis = "store: {type: redis, redis: {addresses: [\"127.0.0.1:6379\"]}}\n"

func TestEventPathSettings(t *testing.T) {
	t.Setenv("LAB_REDIS_PASSWORD", "r3d1s")
	c := mustLoad(t, oneAdapter+`
role: controller
store:
  type: redis
  redis:
    addresses: ["10.0.0.1:26379", "[::1]:26379"]
    masterName: mymaster
    password: ${LAB_REDIS_PASSWORD}
    tls: {enabled: true, caFile: ca.pem}
leadership: {type: kubernetes, leaseDuration: 3s}
subscriptions:
  callbacks:
    allowHTTP: true
    allowNetworks: [10.1.2.3/16, "fd00::/8"]
    oauth2: {tokenURL: "https://sso.example.org/t", clientID: n, clientSecretFile: f, hosts: ["*.example.org"], scopes: [a, b]}
  delivery: {timeout: 2s}
`)
	r := c.Store.Redis
	got := fmt.Sprint(c.Role, c.Role.Serves(), c.Role.Controls(), r.Addresses, r.MasterName, r.Password.Reveal(), r.Replicas, r.TLS.Enabled,
		c.Leadership.Type, c.Leadership.LeaseDuration, c.Subscriptions.Delivery.Timeout, c.Subscriptions.Callbacks.OAuth2)
	want := "controllerfalsetrue[10.0.0.1:26379 [::1]:26379]mymasterr3d1s1truekubernetes3s2s" +
		"{[*.example.org] https://sso.example.org/t n f [a b]}"
	if strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	networks := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}
	if !slices.Equal(c.Subscriptions.Callbacks.AllowNetworks, networks) {
		t.Errorf("networks %v, want %v", c.Subscriptions.Callbacks.AllowNetworks, networks)
	}
}

func TestReplicasFollowTheSentinels(t *testing.T) {
	for _, tc := range []struct {
		redis string
		want  int
	}{
		{`{addresses: ["a:1"]}`, 0},
		{`{addresses: ["a:1"], replicas: 2}`, 2},
		{`{addresses: ["a:1", "b:1"], masterName: m}`, 1},
		{`{addresses: ["a:1"], masterName: m, replicas: 0}`, 0},
	} {
		if got := mustLoad(t, oneAdapter+"store: {type: redis, redis: "+tc.redis+"}\n").Store.Redis.Replicas; got != tc.want {
			t.Errorf("%s: %d replicas, want %d", tc.redis, got, tc.want)
		}
	}
}

func TestEventPathProblems(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"bad role", "role: leader\n", []string{"line 3: role: must be one of all, gateway, controller"}},
		{"roles need a shared store", "role: gateway\n", []string{
			"line 3: role: is gateway, and several processes need a store that they share: set store.type to redis, or role to all"}},
		{"a Lease needs a shared store", "leadership: {type: kubernetes}\n", []string{
			"line 3: leadership.type: is kubernetes, and the embedded store has one process, which always leads: set store.type to redis, or leadership.type to store"}},
		{"no address", "store: {type: redis}\n", []string{`store.redis.addresses: is missing: where is Redis, for example ["127.0.0.1:6379"]?`}},
		{"bad address", "store: {type: redis, redis: {addresses: [localhost]}}\n", []string{
			`line 3: store.redis.addresses: must list addresses as host:port, for example "127.0.0.1:6379"`,
			`line 3: store.redis.addresses: is missing: where is Redis, for example ["127.0.0.1:6379"]?`}},
		{"several addresses", "store: {type: redis, redis: {addresses: [\"a:1\", \"b:1\"]}}\n", []string{
			"line 3: store.redis.addresses: has several addresses, which are Sentinels: set store.redis.masterName, or name one server"}},
		{"a password in the document", "store: {redis: {password: hunter2, sentinelPassword: x$y}}\n", []string{
			"line 3: store.redis.password: is a secret: write ${VARIABLE} and nothing else, and set that variable",
			"line 3: store.redis.sentinelPassword: is a secret: write ${VARIABLE} and nothing else, and set that variable"}},
		{"half a certificate", "store: {type: redis, redis: {addresses: [\"a:1\"], tls: {enabled: true, certFile: c}}}\n", []string{
			"line 3: store.redis.tls: certFile and keyFile go together: set both or none"}},
		{"TLS that is off", "store: {type: redis, redis: {addresses: [\"a:1\"], tls: {caFile: c}}}\n", []string{
			"line 3: store.redis.tls: has settings and is not enabled: set store.redis.tls.enabled to true, or leave them out"}},
		{"http to nowhere", "subscriptions: {callbacks: {allowHTTP: true}}\n", []string{
			"line 3: subscriptions.callbacks.allowHTTP: needs subscriptions.callbacks.allowNetworks: plain http goes nowhere else"}},
		{"hosts without certificates", "subscriptions: {callbacks: {hostInCertificate: true}}\n", []string{
			"line 3: subscriptions.callbacks.hostInCertificate: needs callers who show certificates: set server.tls.clientCAFile, and auth.require to any, certificate or both"}},
		{"no network", "subscriptions: {callbacks: {allowNetworks: [10.0.0.1]}}\n", []string{
			`line 3: subscriptions.callbacks.allowNetworks: must list networks, for example "10.0.0.0/8"`}},
		{"half of OAuth2", "subscriptions: {callbacks: {oauth2: {tokenURL: \"https://a/\"}}}\n", []string{
			"line 3: subscriptions.callbacks.oauth2: tokenURL needs clientID, clientSecretFile and hosts as well"}},
		{"plain OAuth2", "subscriptions: {callbacks: {oauth2: {tokenURL: \"http://a/\", hosts: [\"a:1\"]}}}\n", []string{
			`line 3: subscriptions.callbacks.oauth2.hosts: must list host names, for example "smo.example.com" or "*.example.com"`,
			"line 3: subscriptions.callbacks.oauth2.tokenURL: must be an https URL without user name and password"}},
		{"limits", "subscriptions: {limits: {perTenant: 10, total: 5}}\n", []string{
			"line 3: subscriptions.limits.perTenant: must not exceed subscriptions.limits.total, which is 5"}},
		{"queue", "subscriptions: {queue: {coalesceLength: 10, hardCap: 5}}\n", []string{
			"line 3: subscriptions.queue.coalesceLength: must not exceed subscriptions.queue.hardCap, which is 5"}},
		{"a Lease in parts of seconds", onRedis + "leadership: {type: kubernetes, leaseDuration: 2500ms}\n", []string{
			"line 4: leadership.leaseDuration: must be in whole seconds: a Lease knows no parts of them"}},
		{"lease too short", "leadership: {leaseDuration: 10ms}\n", []string{"line 3: leadership.leaseDuration: must be at least 1s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantProblems(t, oneAdapter+tc.text, tc.want)
		})
	}
}

func TestTheCommandLineOverrides(t *testing.T) {
	t.Setenv("NETWEAVE_ROLE", "gateway")
	role := func(value string) Override { return Override{Key: "role", Value: value, Flag: "--role"} }
	c, problems := parse([]byte(oneAdapter+onRedis+"role: all\n"), role("controller"))
	if len(problems) > 0 || c.Role != RoleController {
		t.Errorf("got %v, %v", c, problems)
	}
	_, problems = parse([]byte(oneAdapter+onRedis), role("leader"))
	if want := []Problem{{Key: "role", Reason: "must be one of all, gateway, controller (its value comes from --role)"}}; !slices.Equal(problems, want) {
		t.Errorf("got %v, want %v", problems, want)
	}
}

func TestSecretsOfTheStoreAreNotPrinted(t *testing.T) {
	t.Setenv("NETWEAVE_STORE_REDIS_PASSWORD", "s3cr3t-v4lue")
	c := mustLoad(t, oneAdapter)
	if c.Store.Redis.Password.Reveal() != "s3cr3t-v4lue" || c.Store.Redis.WaitTimeout != time.Second {
		t.Errorf("the variable was not read")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if shown := fmt.Sprintf(verb, *c); strings.Contains(shown, "s3cr3t") {
			t.Errorf("%s shows the secret: %s", verb, shown)
		}
	}
}
