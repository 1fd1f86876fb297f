package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// A new setting has to be put among those that take effect at once or those that need
// a restart, and the guide says which are which.
func TestEverySettingIsHotOrCold(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, s := range Settings() {
		keys = append(keys, s.Key)
		hot, cold := slices.Contains(hotKeys, s.Key), slices.Contains(coldKeys, s.Key)
		if hot == cold {
			t.Errorf("%s: hot %v, cold %v: put it into one of the lists in hot.go", s.Key, hot, cold)
		}
		if s.Hot != hot {
			t.Errorf("%s: Settings says hot %v", s.Key, s.Hot)
		}
		// The guide has a row for a hot setting, or for all of its section.
		parts := strings.Split(s.Key, ".")
		documented := strings.Contains(string(guide), fmt.Sprintf("| `%s` | at once |", s.Key))
		for i := range parts {
			documented = documented || strings.Contains(string(guide), fmt.Sprintf("| `%s.*` | at once |", strings.Join(parts[:i], ".")))
		}
		if documented != hot {
			t.Errorf("%s: hot %v, and docs/operator.md says %v: see \"Changing the configuration while it runs\"", s.Key, hot, documented)
		}
	}
	for _, key := range slices.Concat(hotKeys, coldKeys) {
		if !slices.Contains(keys, key) {
			t.Errorf("%s is no setting", key)
		}
	}
	for key, want := range map[string]bool{
		"adapters[lab].config.token": true, "routing.rules[0]": true, "log.level": true,
		"api.versions[o2ims/v1].sunset": true, "auth.tokens[0]": false, "server.listen": false, "no.such.key": false,
	} {
		if IsHot(key) != want {
			t.Errorf("IsHot(%s) is %v", key, !want)
		}
	}
}

func TestTheHotPartsAreTaken(t *testing.T) {
	read := func(text string) *Config {
		c, problems := parse([]byte(text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c
	}
	before := read("server: {listen: \"127.0.0.1:1\"}\nlog: {level: info, format: text}\nadapters: [{name: a, type: mock}]\n")
	next := read("server: {listen: \"127.0.0.1:2\"}\nlog: {level: debug, format: json}\nadapters: [{name: b, type: mock}]\n" +
		"api: {versions: {o2ims/v1: {deprecated: 2026-07-01}}}\nrateLimits: {user: {read: {perSecond: 7}}}\nrouting: {rules: [{resourceType: \"*\", adapter: b}]}\n")
	merged := before.WithHotOf(next)
	if got := Cold(Diff(merged.Entries(), next.Entries())); !slices.Equal(got, []string{"log.format", "server.listen"}) {
		t.Errorf("what is left: %v", got)
	}
	for _, c := range Diff(before.Entries(), merged.Entries()) {
		if !c.Hot() {
			t.Errorf("%s is cold, and was taken", c.Key)
		}
	}
	if merged.Server.Listen != "127.0.0.1:1" || merged.Log != (Log{Level: "debug", Format: "text"}) || merged.RateLimits.User.Read.PerSecond != 7 ||
		merged.Adapters[0].Name != "b" || len(merged.Routing.Rules) != 1 || len(merged.API.Versions) != 1 {
		t.Errorf("got %+v", merged)
	}
	if before.Log.Level != "info" || before.Adapters[0].Name != "a" {
		t.Error("what was before has changed")
	}
}
