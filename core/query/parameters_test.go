package query

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseParameters(t *testing.T) {
	tests := []struct {
		raw  string
		want Parameters
	}{
		{"", nil},
		{"&&", Parameters{}},
		{"filter=(eq,a,b);(eq,c,d)", Parameters{"filter": {"(eq,a,b);(eq,c,d)"}}},
		{"filter=(eq,a,b)%3B(eq,c,d)", Parameters{"filter": {"(eq,a,b);(eq,c,d)"}}},
		{"filter=a&limit=5&filter=b", Parameters{"filter": {"a", "b"}, "limit": {"5"}}},
		{"all_fields", Parameters{"all_fields": {""}}},
		{"a=b=c", Parameters{"a": {"b=c"}}},
		{"a=x+y%2B%20z", Parameters{"a": {"x y+ z"}}},
		{"%66ilter=x", Parameters{"filter": {"x"}}},
		{"=x", Parameters{"": {"x"}}},
		{"n=%C3%A9", Parameters{"n": {"é"}}},
	}
	for _, tt := range tests {
		got, err := ParseParameters(tt.raw)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParseParameters(%q) = %v, %v; want %v", tt.raw, got, err, tt.want)
		}
	}
}

func TestParseParametersErrors(t *testing.T) {
	const escape = `a "%" that two hexadecimal digits do not follow: write a plain "%" as %25`
	for raw, want := range map[string]string{
		"limit=5&filter=100%":     "filter: its value has " + escape,
		"filter=%zz":              "filter: its value has " + escape,
		"a=1&%=2":                 "query: the name of parameter 2 has " + escape,
		"filter=%ff":              "filter: its value is not UTF-8 once unescaped",
		strings.Repeat("a&", 101): "query: there are more than 100 parameters",
	} {
		if _, err := ParseParameters(raw); err == nil || err.Error() != want {
			t.Errorf("ParseParameters(%.20q) fails with %v, want %s", raw, err, want)
		}
	}
}

func FuzzParseParameters(f *testing.F) {
	f.Add("filter=(eq,a,b);(eq,c,d)&limit=5&all_fields")
	f.Add("%66=%zz&&=")
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := ParseParameters(raw)
		if err == nil && len(p) > maxParameters {
			t.Fatalf("%d parameters", len(p))
		}
	})
}
