package o2

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
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

// One object that a client's decoder chokes on would cost it a whole list.
func TestParseJSONRefusesWhatOthersCannotRead(t *testing.T) {
	nested := func(levels int) string {
		return strings.Repeat(`{"a":`, levels-1) + "{}" + strings.Repeat("}", levels-1)
	}
	const deep, wide = "nested deeper than 32 levels", " is out of a double's range"
	for name, tc := range map[string]struct{ in, want string }{
		"32 levels":                  {nested(32), ""},
		"33 levels":                  {nested(33), deep},
		"33 levels, not canonical":   {" " + strings.Replace(nested(33), ":", " : ", 1), deep},
		"9000 levels":                {nested(9000), deep},
		"33 levels of lists":         {`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + "}", deep},
		"many side by side":          {`{"a":[` + strings.Repeat("[],", 100) + `[]]}`, ""},
		"brackets in a text":         {`{"a":"` + strings.Repeat(`[\"{`, 100) + `"}`, ""},
		"the greatest double":        {`{"a":1.7976931348623157e308}`, ""},
		"greater":                    {`{"a":[-1e999999]}`, "the number -1e999999" + wide},
		"as small as nothing":        {`{"a":1E-999999}`, ""},
		"an integer of 300 digits":   {`{"a":` + strings.Repeat("9", 300) + "}", ""},
		"an integer of 400 digits":   {`{"a":1,"b":` + strings.Repeat("9", 400) + "}", strings.Repeat("9", 40) + wide},
		"a fraction of 400 digits":   {`{"a":0.` + strings.Repeat("9", 400) + "}", ""},
		"what looks like one, in it": {`{"1e999":"1e999"}`, ""},
	} {
		got, err := ParseJSON([]byte(tc.in))
		switch {
		case tc.want == "" && (err != nil || got == ""):
			t.Errorf("%s: %q, %v", name, got, err)
		case tc.want != "" && (err == nil || got != "" || !strings.HasSuffix(err.Error(), tc.want)):
			t.Errorf("%s: %q, %v; want %q", name, got, err, tc.want)
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
