package sdk

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestCanonicalJSON(t *testing.T) {
	type disk struct {
		Size int    `json:"size"`
		Bus  string `json:"bus"`
	}
	for name, tc := range map[string]struct {
		in   map[string]any
		want string
	}{
		"nothing":          {nil, ""},
		"empty":            {map[string]any{}, ""},
		"sorted keys":      {map[string]any{"b": 1, "a": map[string]any{"z": nil, "y": true}}, `{"a":{"y":true,"z":null},"b":1}`},
		"no escapes":       {map[string]any{"u": "a<b>&c"}, `{"u":"a<b>&c"}`},
		"struct":           {map[string]any{"d": disk{5, "nvme"}}, `{"d":{"bus":"nvme","size":5}}`},
		"struct in a list": {map[string]any{"d": []any{disk{5, "nvme"}}}, `{"d":[{"bus":"nvme","size":5}]}`},
		"raw":              {map[string]any{"r": json.RawMessage(`{ "b":1, "a":2 }`)}, `{"r":{"a":2,"b":1}}`},
		"big numbers":      {map[string]any{"n": uint64(math.MaxUint64), "m": json.Number("12345678901234567890.5")}, `{"m":12345678901234567890.5,"n":18446744073709551615}`},
		"odd text":         {map[string]any{"t": "a\xffb"}, "{\"t\":\"a\ufffdb\"}"},
		"typed strings":    {map[string]any{"l": []string{"b", "a"}, "m": map[string]string{"y": "1", "x": "2"}}, `{"l":["b","a"],"m":{"x":"2","y":"1"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := canonicalJSON("Extensions", tc.in)
			if err != nil || string(got) != tc.want {
				t.Errorf("got %s, %v; want %s", got, err, tc.want)
			}
		})
	}
}

func TestCanonicalJSONNamesTheCulprit(t *testing.T) {
	_, err := canonicalJSON("Extensions", map[string]any{"ok": 1, "acme.temperature": math.NaN(), "z": func() {}})
	if want := `Extensions["acme.temperature"] cannot be sent as JSON: json: unsupported value: NaN`; fmt.Sprint(err) != want &&
		!strings.HasPrefix(fmt.Sprint(err), `Extensions["acme.temperature"] cannot be sent as JSON: `) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseMap(t *testing.T) {
	got, err := parseMap("extensions", []byte(`{"n":12345678901234567890}`))
	if want := (map[string]any{"n": json.Number("12345678901234567890")}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := parseMap("extensions", nil); got != nil || err != nil {
		t.Errorf("nothing: got %v, %v", got, err)
	}
	for _, wrong := range []string{`[]`, `{`, `{} {}`, `5`} {
		if _, err := parseMap("extensions", []byte(wrong)); err == nil {
			t.Errorf("%s was accepted", wrong)
		}
	}
}

func TestInteger(t *testing.T) {
	for _, tc := range []struct {
		in   any
		want int64
		ok   bool
	}{
		{json.Number("3"), 3, true}, {json.Number("3.0"), 3, true}, {json.Number("1e3"), 1000, true},
		{json.Number("3.5"), 0, false}, {json.Number("9223372036854775807"), math.MaxInt64, true},
		{json.Number("9223372036854775808"), 0, false}, {json.Number("x"), 0, false},
		{5, 5, true}, {int32(-5), -5, true}, {int64(6), 6, true}, {uint(7), 7, true}, {uint32(8), 8, true}, {uint64(9), 9, true},
		{2.0, 2, true}, {2.5, 0, false}, {math.NaN(), 0, false}, {math.Inf(1), 0, false},
		{"3", 0, false}, {nil, 0, false}, {true, 0, false},
	} {
		if got, ok := Integer(tc.in); got != tc.want || ok != tc.ok {
			t.Errorf("Integer(%#v) = %d, %v; want %d, %v", tc.in, got, ok, tc.want, tc.ok)
		}
	}
	if _, ok := Integer(uint64(math.MaxUint64)); ok {
		t.Error("a number past int64 was accepted")
	}
}
