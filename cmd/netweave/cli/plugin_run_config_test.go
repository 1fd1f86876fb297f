package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTrialConfig(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		path        string
		set         []string
		want, wrong string
	}{
		"nothing":       {want: `{}`},
		"YAML":          {path: file("rack: r7\nauth: {user: me}\n"), want: `{"auth":{"user":"me"},"rack":"r7"}`},
		"JSON":          {path: file(`{"size": 12345678901234567890}`), want: `{"size":12345678901234567890}`},
		"an empty file": {path: file(""), want: `{}`},
		"settings on top": {
			path: file("auth: {user: me}\nn: 1\ny: no\n"), set: []string{"auth.password=a=b", "n=2", "list=[1]", "yes=true", "text=two words"},
			want: `{"auth":{"password":"a=b","user":"me"},"list":[1],"n":2,"text":"two words","y":"no","yes":true}`,
		},
		"a new object":     {set: []string{"a.b.c=x"}, want: `{"a":{"b":{"c":"x"}}}`},
		"into a text":      {path: file("a: x\n"), set: []string{"a.b=1"}, wrong: "--set a.b: a is no object"},
		"no value":         {set: []string{"rack"}, wrong: `--set "rack": want KEY=VALUE`},
		"a list":           {path: file("- a\n"), wrong: "is no configuration: want a YAML or JSON object of the plugin's keys"},
		"a key twice":      {path: file("a: 1\na: 2\n"), wrong: "is no configuration"},
		"no file":          {path: "nowhere.yaml", wrong: "open nowhere.yaml: no such file or directory"},
		"an empty setting": {set: []string{"=1"}, wrong: `--set "=1": want KEY=VALUE`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := trialConfig(c.path, c.set)
			if c.wrong != "" {
				if !strings.Contains(fmt.Sprint(err), c.wrong) {
					t.Errorf("got %v, want %s", err, c.wrong)
				}
				return
			}
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}
