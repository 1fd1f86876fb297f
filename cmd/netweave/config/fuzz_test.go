package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Whatever the document, it is either accepted whole or refused with reasons.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("../../../configs/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/architecture.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	for _, text := range []string{
		"", "~", "- a", "a: &a [*a]", "adapters: [{<<: [{name: a}, {type: b}], config: {1: 2, ~: 3, ? [x] : y}}]",
		"server: &s {<<: *s}", "? {a: b}\n: c", "adapters: [{name: \"${A\", type: $${B}, config: {a: !!binary YQ==, b: 2001-01-01, c: .nan}}]",
		"routing: {rules: [{adapters: [~, [a], {b: c}], filter: {a: ~, b: 0x10, c: 1e400}}]}", "server: {limits: {bodyBytes: 99999999999999999999}}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, problems := parse(text)
		for _, p := range problems {
			if p.Reason == "" || p.Line < 0 {
				t.Errorf("a problem without words: %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		if len(c.EnabledAdapters()) == 0 {
			t.Error("accepted without an enabled adapter")
		}
		for _, a := range c.Adapters {
			var m map[string]any
			if err := json.Unmarshal(a.Config.JSON(), &m); err != nil || a.Name == "" || a.Type == "" {
				t.Errorf("accepted an adapter that is none: %+v: %v", a, err)
			}
		}
		for _, r := range c.Routing.Rules {
			if len(r.Adapters) == 0 || r.ResourceType == "" {
				t.Errorf("accepted a rule that is none: %+v", r)
			}
		}
	})
}
