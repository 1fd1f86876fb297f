package nouns

import (
	"flag"
	"testing"

	"pgregory.net/rapid"

	"github.com/netweave/netweave/core/o2"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("rapid.seed", "1"); err != nil { // the same examples in every run
		panic(err)
	}
	m.Run()
}

func TestMergedExtensions(t *testing.T) {
	tests := []struct{ name, state, volatile, want string }{
		{"none", ``, ``, `{}`},
		{"state alone", `{"a":1}`, ``, `{"a":1}`},
		{"volatile alone", ``, `{"b":[1,"}"]}`, `{"b":[1,"}"]}`},
		{"in order", `{"a":1,"c":{"x":","}}`, `{"b":2,"d":null}`, `{"a":1,"b":2,"c":{"x":","},"d":null}`},
		{"volatile wins", `{"a":1,"b":"x"}`, `{"a":[2]}`, `{"a":[2],"b":"x"}`},
		{"objects merge", `{"k":{"a":1,"b":{"c":1}},"z":0}`, `{"k":{"b":{"d":2},"e":3}}`, `{"k":{"a":1,"b":{"c":1,"d":2},"e":3},"z":0}`},
		{"an empty object", `{"k":{}}`, `{"k":{"a":1}}`, `{"k":{"a":1}}`},
		{"escapes", `{"a\"b":"\\","c":1}`, `{"a\"b":2}`, `{"a\"b":2,"c":1}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendMerged(nil, o2.JSON(tt.state), o2.JSON(tt.volatile))); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The merge agrees with one of decoded maps, and its result is canonical.
func TestMergeModel(t *testing.T) {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.String(), func(s string) any { return s }),
		rapid.Map(rapid.IntRange(-9, 9), func(n int) any { return n }),
		rapid.Map(rapid.SliceOfN(rapid.String(), 0, 2), func(l []string) any { return l }),
	)
	key := rapid.SampledFrom([]string{"a", "b", "c.d", `e"f`, "g,h", "{", "ä"})
	object := rapid.MapOfN(key, rapid.OneOf(leaf, rapid.Map(rapid.MapOfN(key, leaf, 0, 3), func(m map[string]any) any { return m })), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		state, volatile := canonical(t, object.Draw(t, "state")), canonical(t, object.Draw(t, "volatile"))
		want := canonical(t, mergeMaps(decoded(t, state), decoded(t, volatile)))
		if got := AppendMerged(nil, state, volatile); string(got) != string(AppendObject(nil, want)) {
			t.Fatalf("%s and %s:\ngot  %s\nwant %s", state, volatile, got, want)
		}
	})
}

func mergeMaps(a, b map[string]any) map[string]any {
	for k, v := range b {
		inner, ok := v.(map[string]any)
		if outer, both := a[k].(map[string]any); ok && both {
			a[k] = mergeMaps(outer, inner)
			continue
		}
		a[k] = v
	}
	return a
}

func canonical(t *rapid.T, m map[string]any) o2.JSON {
	j, err := o2.JSONOf(m)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func decoded(t *rapid.T, j o2.JSON) map[string]any {
	m, err := j.Map()
	if err != nil {
		t.Fatal(err)
	}
	return m
}
