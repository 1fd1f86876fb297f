package config

import (
	"slices"
	"strings"
	"testing"
)

const compared = `
adapters:
  - {name: a, type: mock, config: {token: one, deep: {x: [1, 2]}}}
  - {name: b, type: mock, enabled: false}
routing: {rules: [{resourceType: "*", adapter: a, filter: {extensions.type: metal}}]}
subscriptions: {callbacks: {allowNetworks: [10.0.0.0/8]}}
auth: {tokens: [{user: u, sha256: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]}
`

func TestDiff(t *testing.T) {
	read := func(text string) []Entry {
		t.Helper()
		c, problems := parse([]byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c.Entries()
	}
	for _, tt := range []struct {
		name, old, new string
		want           []string
	}{
		{"nothing", "", "", nil},
		{"a comment and an order", "{name: b, type: mock, enabled: false}", "{enabled: false, type: mock, name: b} # why", nil},
		{"a default spelled out", "name: a, type: mock,", "name: a, type: mock, enabled: true, pollInterval: 30000ms,", nil},
		{"a plugin's key", "token: one", "token: two", []string{"adapters[a].config.token"}},
		{"a plugin's key that comes", "token: one", "token: one, user: me", []string{"adapters[a].config.user"}},
		{"a plugin's key that goes", "token: one, ", "", []string{"adapters[a].config.token"}},
		{"deep in a plugin's key", "[1, 2]", "[1, 3]", []string{"adapters[a].config.deep"}},
		{"another number", "[1, 2]", `[1, "2"]`, []string{"adapters[a].config.deep"}},
		{"enabled", "enabled: false", "enabled: true", []string{"adapters[b].enabled"}},
		{"timeouts", "name: a,", "name: a, timeouts: {read: 1s},", []string{"adapters[a].timeouts.read"}},
		{"a rule's filter", "metal", "cloud", []string{"routing.rules[0]"}},
		{"a rule's kind of value", "extensions.type: metal", "extensions.type: true", []string{"routing.rules[0]"}},
		{"a network", "10.0.0.0/8", "10.0.0.0/9", []string{"subscriptions.callbacks.allowNetworks"}},
		{"a token's hash", "9f86", "9f87", []string{"auth.tokens[0]"}},
		{"a token's user", "user: u", "user: v", []string{"auth.tokens[0]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			after := strings.Replace(compared, tt.old, tt.new, 1)
			if tt.old != tt.new && after == compared {
				t.Fatal("the case changes nothing")
			}
			var keys []string
			for _, c := range Diff(read(compared), read(after)) {
				keys = append(keys, c.Key)
			}
			if !slices.Equal(keys, tt.want) {
				t.Errorf("got %v, want %v", keys, tt.want)
			}
		})
	}
}

func TestAdaptersThatComeAndGo(t *testing.T) {
	entry := func(key string) Entry { return Entry{Key: key, Value: "v"} }
	before := []Entry{entry("adapters[a].enabled"), entry("adapters[a].type"), entry("adapters[b].type"), entry("log.level")}
	after := []Entry{entry("adapters[b].config.x"), entry("adapters[b].type"), entry("adapters[c].type")}
	added, removed, rest := ByAdapter(Diff(before, after), before, after)
	if !slices.Equal(added, []string{"c"}) || !slices.Equal(removed, []string{"a"}) || len(rest) != 2 ||
		rest[0].Key != "adapters[b].config.x" || rest[0].Before != nil || rest[1].Key != "log.level" || rest[1].After != nil {
		t.Errorf("got %v, %v, %v", added, removed, rest)
	}
}

func TestNothingThatMayBeASecretIsShown(t *testing.T) {
	t.Setenv("REDIS", "hush-hush")
	c, problems := parse([]byte(compared + "store: {type: redis, redis: {addresses: [\"a:1\"], password: \"${REDIS}\"}}\n"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	hidden := 0
	for _, e := range c.Entries() {
		secret := strings.HasPrefix(e.Key, "auth.tokens[") || strings.Contains(e.Key, "].config.") || e.Key == "store.redis.password" ||
			e.Key == "store.redis.sentinelPassword"
		if e.Hidden != secret {
			t.Errorf("%s: hidden %v", e.Key, e.Hidden)
		}
		if !e.Hidden {
			continue
		}
		hidden++
		one, other := e.Digest("one"), e.Digest("other")
		if one == other || one != e.Digest("one") || len(one) != 32 || strings.Contains(one, e.Value) && e.Value != "" {
			t.Errorf("%s: digests %s and %s", e.Key, one, other)
		}
	}
	if hidden != 5 {
		t.Errorf("%d are hidden, want 5", hidden)
	}
}

func TestVersionsTellConfigurationsApart(t *testing.T) {
	read := func(text string) string {
		c, problems := parse([]byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c.Version()
	}
	first := read(compared)
	if again := read(compared + "# a comment\n"); again != first || len(first) != 12 {
		t.Errorf("got %s and %s", first, again)
	}
	if other := read(strings.Replace(compared, "one", "two", 1)); other == first {
		t.Errorf("another secret has the same version, %s", first)
	}
}
