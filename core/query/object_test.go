package query

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestTwoObjectsMatchAsTheirUnion, whatever path and values, and however the two
// overlap.
func TestTwoObjectsMatchAsTheirUnion(t *testing.T) {
	schema := NewSchema("Thing", Attribute{Name: "ext", Type: JSON, Get: func(o any) Value { return o.(Value) }})
	key := rapid.SampledFrom([]string{"a", "b", "a/b", "@a", "b\"", "c"})
	leaf := rapid.SampledFrom([]any{nil, true, 1, "1", "x", "x\n", "a", []any{"x", 2}, map[string]any{}})
	inner := rapid.MapOfN(key, leaf, 0, 3)
	object := rapid.MapOfN(key, rapid.OneOf(leaf, rapid.Map(inner, func(m map[string]any) any { return m })), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		text := func(label string) string {
			b, err := json.Marshal(object.Draw(t, label))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		a, b := text("object"), text("over")
		operator := rapid.SampledFrom([]Operator{Equal, NotEqual, In, NotIn, Contains, ContainsNot, Greater}).Draw(t, "operator")
		path := rapid.SampledFrom([]string{"a", "b", "a/b", "a/b/b", "@a", "a/@key", AnyKey, "c/c"}).Draw(t, "path")
		value := rapid.SampledFrom([]string{"x", "1", "true", "a", "b", "x\n", "zz"})
		values := []string{value.Draw(t, "value")}
		if operator.many() {
			values = append(values, value.Draw(t, "another"))
		}
		f, err := NewFilter(schema, "ext/"+path, operator, values...)
		if err != nil {
			t.Fatal(err)
		}
		got, want := f.Match(Value{JSON: a, Over: b}), f.Match(Value{JSON: united(a, b)})
		if got != want {
			t.Errorf("%s over %s and %s: %v, of %s: %v", f, a, b, got, united(a, b), want)
		}
	})
}

func TestWhatStandsNowhereIsNotEqual(t *testing.T) {
	schema := NewSchema("Thing", Attribute{Name: "ext", Type: JSON, Get: func(o any) Value { return o.(Value) }})
	for name, tt := range map[string]struct {
		object, over, path, value string
		want                      bool
	}{
		"there":            {`{"a":"rack 7"}`, "", "a", "rack 7", true},
		"elsewhere":        {`{"a":"x","b":"rack 7"}`, "", "a", "rack 7", false},
		"over it":          {`{"a":"x"}`, `{"a":"rack 7"}`, "a", "rack 7", true},
		"under it":         {`{"a":"rack 7"}`, `{"a":"x"}`, "a", "rack 7", false},
		"beside it":        {`{"a":"rack 7"}`, `{"b":"x"}`, "a", "rack 7", true},
		"escaped":          {`{"a":"r\u0061ck 7"}`, "", "a", "rack 7", true},
		"beyond ASCII":     {`{"a":"Köln"}`, "", "a", "Köln", true},
		"with a quote":     {`{"a":"it\"s"}`, "", "a", `it"s`, true},
		"a number":         {`{"a":1.0}`, "", "a", "1", true},
		"a literal":        {`{"a":true}`, "", "a", "true", true},
		"a UUID":           {`{"a":"AAAAAAAA-0000-4000-8000-000000000001"}`, "", "a", "aaaaaaaa-0000-4000-8000-000000000001", true},
		"a time elsewhere": {`{"a":"2026-01-01T01:00:00+01:00"}`, "", "a", "2026-01-01T00:00:00Z", true},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := NewFilter(schema, "ext/"+tt.path, Equal, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Match(Value{JSON: tt.object, Over: tt.over}); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
