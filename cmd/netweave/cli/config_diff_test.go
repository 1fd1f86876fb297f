package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/netweave/netweave/cmd/netweave/config"
)

const compared = `log: {level: info}
adapters:
  - {name: a, type: mock, default: true, config: {token: hush-one}}
  - {name: b, type: mock}
routing: {rules: [{resourceType: "*", adapter: b, priority: 1}]}
`

func TestConfigDiff(t *testing.T) {
	before := document(t, "", compared)
	same := document(t, "", compared+"# a comment\n")
	other := document(t, "", strings.NewReplacer("level: info", "level: debug, format: text", "hush-one", "hush-two", "name: b", "name: c",
		"adapter: b", "adapter: c").Replace(compared))
	bad := document(t, "", strings.Replace(compared, "type: mock", "typ: mock", 1))
	const want = `+ adapter c: added
- adapter b: removed
~ adapters[a].config.token: changed (at once)
~ log.format: json -> text (needs a restart)
~ log.level: info -> debug (at once)
~ routing.rules[0]: * to b by merge, priority 1 -> * to c by merge, priority 1 (at once)

1 of these need a restart: log.format
`
	c, err := config.Load(before)
	if err != nil {
		t.Fatal(err)
	}
	gateway := tells(t, c)
	for _, tt := range []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"the same", []string{same, "--against", before}, ExitOK, "nothing would change\n", ""},
		{"another", []string{other, "--against", before}, ExitDifferences, want, ""},
		{"the same as in force", []string{same, "--url", gateway.URL}, ExitOK, "nothing would change\n", ""},
		{"another than in force", []string{other, "--url", gateway.URL + "/"}, ExitDifferences, want, ""},
		{"a bad file", []string{bad, "--against", before}, ExitConfig, "", "unknown key: did you mean type?"},
		{"against a bad file", []string{before, "--against", bad}, ExitConfig, "", "unknown key: did you mean type?"},
		{"no gateway", []string{before, "--url", "http://127.0.0.1:1"}, ExitFailure, "", "no gateway can be reached at http://127.0.0.1:1"},
		{"another server", []string{before, "--url", gateway.URL + "/elsewhere"}, ExitFailure, "", "the gateway answers 404: nothing is there"},
		{"against nothing", []string{before}, ExitUsage, "", "either --against FILE or --url URL"},
		{"against both", []string{before, "--against", before, "--url", gateway.URL}, ExitUsage, "", "either --against FILE or --url URL"},
		{"no file", nil, ExitUsage, "", "config diff needs one argument, FILE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := netweave(t, append([]string{"config", "diff"}, tt.args...)...)
			if got.code != tt.code || got.stdout != tt.stdout || !strings.Contains(got.stderr, tt.stderr) || (tt.stderr == "") != (got.stderr == "") {
				t.Errorf("got %+v", got)
			}
			if strings.Contains(got.stdout+got.stderr, "hush") {
				t.Error("a secret is shown")
			}
		})
	}
}

// tells is a gateway that has c in force.
func tells(t *testing.T, c *config.Config) *httptest.Server {
	t.Helper()
	const salt = "salt"
	settings := []map[string]string{}
	for _, e := range c.Entries() {
		one := map[string]string{"key": e.Key, "value": e.Value}
		if e.Hidden {
			one = map[string]string{"key": e.Key, "digest": e.Digest(salt)}
		}
		settings = append(settings, one)
	}
	body, err := json.Marshal(map[string]any{"salt": salt, "settings": settings})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/admin/v1/configuration" {
			body := `{"detail":"nothing is there"}`
			w.WriteHeader(http.StatusNotFound)
			if _, err := w.Write([]byte(body)); err != nil {
				t.Error(err)
			}
			return
		}
		if _, err := w.Write(body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server
}
