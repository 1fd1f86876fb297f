package query

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func TestLeaves(t *testing.T) {
	const j = `{"a":1,"b":{"c":[1,"x",true,null],"d":{"e":"deep"}},"é":"accent","k8s.machineset.name":"m",` +
		`"l":{"node.io/type":"t","node.io":{"type":"nested"},"plain":"p"},"list":[{"n":1},{"n":2},{}],"q\"x":"quoted key","s":"a\nb"}`
	tests := map[string][]Leaf{
		"a":                   {{LeafNumber, "1"}},
		"b/c":                 {{LeafNumber, "1"}, {LeafText, "x"}, {LeafBool, "true"}},
		"b/d/e":               {{LeafText, "deep"}},
		"b/d":                 nil,
		"b":                   nil,
		"a/b":                 nil,
		"missing":             nil,
		"":                    nil,
		"b/":                  nil,
		"é":                   {{LeafText, "accent"}},
		"k8s.machineset.name": {{LeafText, "m"}},
		"k8s.machineset":      nil,
		"l/node.io/type":      {{LeafText, "t"}, {LeafText, "nested"}},
		"l/@node.io/type":     {{LeafText, "t"}, {LeafText, "nested"}},
		"l/@plain":            {{LeafText, "p"}},
		"l/@key":              {{LeafText, "node.io/type"}, {LeafText, "node.io"}, {LeafText, "plain"}},
		"list/n":              {{LeafNumber, "1"}, {LeafNumber, "2"}},
		"list/@key":           {{LeafText, "n"}, {LeafText, "n"}},
		`q"x`:                 {{LeafText, "quoted key"}},
		"s":                   {{LeafText, "a\nb"}},
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			var got []Leaf
			found := Leaves(j, path, func(l Leaf) bool {
				got = append(got, l)
				return true
			})
			if !reflect.DeepEqual(got, want) {
				t.Errorf("Leaves(%q) = %v, want %v", path, got, want)
			}
			if found != (len(want) > 0) {
				t.Errorf("Leaves(%q) found = %v with %d leaves", path, found, len(want))
			}
		})
	}
}

func TestLeavesStopsWhenToldTo(t *testing.T) {
	for _, path := range []string{"a", "@key", "a/b"} {
		visits := 0
		found := Leaves(`{"a":[1,2,{"b":[1,2]},{"b":3}],"c":2}`, path, func(Leaf) bool {
			visits++
			return false
		})
		if visits != 1 || !found {
			t.Errorf("Leaves(%q): %d visits, found %v; want one visit", path, visits, found)
		}
	}
}

func TestLeavesOfBrokenJSON(t *testing.T) {
	for _, j := range []string{"", "{", `{"a`, `{"a"`, `{"a":`, `{"a":}`, `{"a":[`, `{"a":[}`, `{"a":"x`, `{a:1}`, `[1]`, `"x"`, "}", `{"a":{"b":}}`, `{"\x":1}`, `{"a":"\`} {
		for _, path := range []string{"a", "a/b", "@key", ""} {
			Leaves(j, path, func(Leaf) bool { return true }) // must end, and not panic
		}
	}
}

func FuzzLeaves(f *testing.F) {
	f.Add(`{"a":{"b":[1,2,{"c":"x"}]}}`, "a/b/c")
	f.Add(`{"a/b":{"c":1},"a":{"b/c":2}}`, "a/b/c")
	f.Add(`{"m":{"x":1,"y":null}}`, "m/@key")
	f.Add(`{"a":"\u00e9\"","b":1e9}`, "a")
	f.Add(`{"a":[[[`, "a")
	f.Fuzz(func(t *testing.T, raw, path string) {
		var got []string
		Leaves(raw, path, func(l Leaf) bool {
			got = append(got, l.Text)
			return true
		})
		canonical, err := o2.ParseJSON([]byte(raw))
		if err != nil {
			return
		}
		got = nil
		Leaves(string(canonical), path, func(l Leaf) bool {
			got = append(got, l.Text)
			return true
		})
		m, err := canonical.Map()
		if err != nil {
			t.Fatalf("canonical form %q does not parse: %v", canonical, err)
		}
		var want []string
		slowLeaves(m, path, false, &want)
		// A map has no order: compare as bags.
		if !sameBag(got, want) {
			t.Errorf("Leaves(%q) of %s = %q, want %q", path, canonical, got, want)
		}
	})
}

// slowLeaves is Leaves over a decoded value: the model of the fuzz test.
func slowLeaves(v any, path string, ended bool, out *[]string) {
	switch x := v.(type) {
	case map[string]any:
		if ended {
			return
		}
		for key, inner := range x {
			if path == AnyKey {
				*out = append(*out, key)
				continue
			}
			p := path
			if !strings.HasPrefix(p, key) {
				p = strings.TrimPrefix(p, "@")
			}
			if p == key {
				slowLeaves(inner, "", true, out)
			} else if strings.HasPrefix(p, key+"/") {
				slowLeaves(inner, p[len(key)+1:], false, out)
			}
		}
	case []any:
		for _, inner := range x {
			slowLeaves(inner, path, ended, out)
		}
	case string:
		if ended {
			*out = append(*out, x)
		}
	case json.Number:
		if ended {
			*out = append(*out, x.String())
		}
	case bool:
		if ended {
			*out = append(*out, map[bool]string{true: "true", false: "false"}[x])
		}
	}
}

func sameBag(a, b []string) bool {
	count := map[string]int{}
	for _, s := range a {
		count[s]++
	}
	for _, s := range b {
		count[s]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
