package inventory

import "testing"

func TestEncode(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"a name":      {"worker-1", `"worker-1"`},
		"a quote":     {`a"b`, `"a\"b"`},
		"a backslash": {`a\b`, `"a\\b"`},
		"a newline":   {"a\nb", `"a\nb"`},
		"markup":      {"<a&b>", `"<a&b>"`},
		"no ASCII":    {"Zürich", `"Zürich"`},
		"no UTF-8":    {"a\xffb", `"a\ufffdb"`},
		"delete":      {"a\x7fb", "\"a\x7fb\""},
		"a map":       {map[string]string{"b": "<", "a": "1"}, `{"a":"1","b":"<"}`},
		"a number":    {int64(3), "3"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := encode(test.value); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestFieldsShare keeps one copy of equal maps, and tells equal from different
// fields however they are kept.
func TestFieldsShare(t *testing.T) {
	one := func(value any) fields {
		var f fields
		f.set("key", value)
		return f
	}
	a, b := one(map[string]string{"x": "1"}), one(map[string]string{"x": "1"})
	if a[0].value != b[0].value {
		t.Error("equal maps are kept twice")
	}
	var own fields
	own.own("key", map[string]any{"x": "1"})
	for name, test := range map[string]struct {
		a, b fields
		want bool
	}{
		"equal maps":           {a, b, true},
		"a map of one's own":   {a, own, true},
		"different maps":       {a, one(map[string]string{"x": "2"}), false},
		"a map and a text":     {a, one(`{"x":"1"}`), false},
		"equal texts":          {one("x"), one("x"), true},
		"different texts":      {one("x"), one("y"), false},
		"a text and a boolean": {one("true"), one(true), false},
		"more":                 {append(one("x"), one("x")...), one("x"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.a.equal(test.b); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
			if got := test.b.equal(test.a); got != test.want {
				t.Errorf("the other way round: got %t, want %t", got, test.want)
			}
		})
	}
	for name, empty := range map[string]any{"a text": "", "a map": map[string]string{}, "a list": []string(nil), "nil": nil} {
		if f := one(empty); len(f) != 0 {
			t.Errorf("%s that is empty was kept: %v", name, f)
		}
	}
}
