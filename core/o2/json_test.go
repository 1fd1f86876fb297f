package o2

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

func TestParseJSON(t *testing.T) {
	for in, want := range map[string]JSON{
		"": "", " \n": "", "null": "", "{}": "", " { } ": "",
		`{"b":1,"a":{"d":[1, 2],"c":null}}`:   `{"a":{"c":null,"d":[1,2]},"b":1}`,
		`{"n":9007199254740993,"f":1.50e+03}`: `{"f":1.50e+03,"n":9007199254740993}`,
		`{"h":"<&>","u":"\u00e9","q":"\""}`:   `{"h":"<&>","q":"\"","u":"é"}`,
		`{"a":1,"a":2}`:                       `{"a":2}`,
	} {
		if got, err := ParseJSON([]byte(in)); err != nil || got != want {
			t.Errorf("ParseJSON(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"[]", "1", `"x"`, "{", `{"a":1} x`, `{"a":1}{"b":2}`, "true", `{a:1}`, `{"a":NaN}`} {
		if got, err := ParseJSON([]byte(in)); err == nil || got != "" {
			t.Errorf("ParseJSON(%q) = %q, %v; want an error", in, got, err)
		}
	}
}

func TestJSONOf(t *testing.T) {
	if got, err := JSONOf(map[string]any{"b": []string{"<x>"}, "a": 1}); err != nil || got != `{"a":1,"b":["<x>"]}` {
		t.Errorf("JSONOf = %q, %v", got, err)
	}
	if got, err := JSONOf(nil); err != nil || got != "" {
		t.Errorf("JSONOf(nil) = %q, %v", got, err)
	}
	for name, v := range map[string]any{"infinity": math.Inf(1), "function": func() {}, "channel": make(chan int)} {
		if got, err := JSONOf(map[string]any{"a": v}); err == nil {
			t.Errorf("JSONOf of a %s = %q", name, got)
		}
	}
}

func TestMap(t *testing.T) {
	got, err := JSON(`{"a":9007199254740993,"b":[true]}`).Map()
	want := map[string]any{"a": json.Number("9007199254740993"), "b": []any{true}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Map = %v, %v", got, err)
	}
	if got, err := JSON("").Map(); err != nil || got == nil || len(got) != 0 {
		t.Errorf("Map of nothing = %v, %v; want an empty map", got, err)
	}
	if _, err := JSON("{").Map(); err == nil {
		t.Error("Map of broken JSON gives no error")
	}
}
