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
