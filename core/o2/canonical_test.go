package o2

import (
	"encoding/json"
	"testing"
)

func TestParseJSONGivesOneForm(t *testing.T) {
	for name, tc := range map[string]struct {
		raw   string
		want  JSON
		quick bool // recognised without decoding
	}{
		"nothing":                 {"", "", false},
		"null":                    {"null", "", false},
		"empty":                   {"{}", "", false},
		"sorted":                  {`{"a":1,"b":{"c":[true,null,"x"]}}`, `{"a":1,"b":{"c":[true,null,"x"]}}`, true},
		"unsorted":                {`{"b":1,"a":2}`, `{"a":2,"b":1}`, false},
		"unsorted inside":         {`{"a":[{"d":1,"c":2}]}`, `{"a":[{"c":2,"d":1}]}`, false},
		"key that begins another": {`{"a":1,"a.b":2,"ab":3}`, `{"a":1,"a.b":2,"ab":3}`, true},
		"key before its quote":    {`{"a":1,"a!":2}`, `{"a":1,"a!":2}`, true},
		"duplicate key":           {`{"a":1,"a":2}`, `{"a":2}`, false},
		"white space":             {"{\"a\": 1}\n", `{"a":1}`, false},
		"surrounding white space": {" {\"a\":1}\n", `{"a":1}`, false},
		"digits are kept":         {`{"a":12345678901234567890.10e+5}`, `{"a":12345678901234567890.10e+5}`, true},
		"short escapes":           {`{"a":"\n\t\r\b\f\"\\"}`, `{"a":"\n\t\r\b\f\"\\"}`, true},
		"control characters":      {`{"a":"\u0000\u0007\u000b\u001f"}`, `{"a":"\u0000\u0007\u000b\u001f"}`, true},
		"long form of a newline":  {`{"a":"\u000a"}`, `{"a":"\n"}`, false},
		"upper-case escape":       {`{"a":"\u001F"}`, `{"a":"\u001f"}`, false},
		"needless escape":         {`{"a":"\u0041\/"}`, `{"a":"A/"}`, false},
		"line separator":          {"{\"a\":\"\u2028\"}", `{"a":"\u2028"}`, false},
		"escaped line separator":  {`{"a":"\u2028"}`, `{"a":"\u2028"}`, true},
		"no escaping for HTML":    {`{"a":"<&>"}`, `{"a":"<&>"}`, true},
		"escaped key":             {`{"a\"b":1}`, `{"a\"b":1}`, false},
		"beyond ASCII":            {`{"ä":"€😀"}`, `{"ä":"€😀"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseJSON([]byte(tc.raw))
			if err != nil || got != tc.want {
				t.Errorf("ParseJSON(%s) = %q, %v, want %q", tc.raw, got, err, tc.want)
			}
			if quick := isCanonical([]byte(tc.raw)); quick != tc.quick {
				t.Errorf("recognised at once: %v, want %v", quick, tc.quick)
			}
		})
	}
}

func TestParseJSONRefusesWhatIsNoObject(t *testing.T) {
	for _, raw := range []string{`[1]`, `"a"`, `1`, `{"a":01}`, `{"a":1`, `{"a":1}}`, `{"a":1}{}`, `{"a":.5}`, `{"a":1.}`, `{"a":-}`, `{a:1}`, `{"a":"` + "\n" + `"}`, `{"a":tru}`, `{"a":1,}`} {
		if got, err := ParseJSON([]byte(raw)); err == nil {
			t.Errorf("ParseJSON(%s) = %q, want an error", raw, got)
		}
	}
}

func TestJSONWithAndWithout(t *testing.T) {
	for _, tc := range []struct{ before, key, with, without JSON }{
		{``, "n", `{"n":"v"}`, ``},
		{`{"a":1}`, "n", `{"a":1,"n":"v"}`, `{"a":1}`},
		{`{"z":1}`, "n", `{"n":"v","z":1}`, `{"z":1}`},
		{`{"a":{"n":1},"z":["n",{"n":2}]}`, "n", `{"a":{"n":1},"n":"v","z":["n",{"n":2}]}`, `{"a":{"n":1},"z":["n",{"n":2}]}`},
		{`{"n":[1,2]}`, "n", `{"n":"v"}`, ``},
		{`{"a":1,"n":{"x":"},"},"z":2}`, "n", `{"a":1,"n":"v","z":2}`, `{"a":1,"z":2}`},
		{`{"n":1,"z":2}`, "n", `{"n":"v","z":2}`, `{"z":2}`},
		{`{"a":"\"n\":","n":1}`, "n", `{"a":"\"n\":","n":"v"}`, `{"a":"\"n\":"}`},
		{`{"m\"":1,"o":2}`, "n", `{"m\"":1,"n":"v","o":2}`, `{"m\"":1,"o":2}`},
	} {
		if got := tc.before.With(string(tc.key), "v"); got != tc.with {
			t.Errorf("%q.With(%q) = %q, want %q", tc.before, tc.key, got, tc.with)
		}
		if got := tc.before.Without(string(tc.key)); got != tc.without {
			t.Errorf("%q.Without(%q) = %q, want %q", tc.before, tc.key, got, tc.without)
		}
	}
}

// FuzzCanonicalJSON holds the quick check to the decoder's word, and With and
// Without to what a map would do.
func FuzzCanonicalJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"b":[1,{"c":"\u001f"}],"a":-0.5e3}`, `{"a":"\u2028","a":1}`, "{\"\xff\":1}", `{"a\\b":1,"n":2,"z":{}}`} {
		f.Add([]byte(seed), "n")
	}
	f.Fuzz(func(t *testing.T, raw []byte, key string) {
		parsed, err := ParseJSON(raw)
		if err != nil {
			return
		}
		m, err := parsed.Map()
		if err != nil {
			t.Fatalf("%q was accepted as %q, which does not decode: %v", raw, parsed, err)
		}
		again, err := JSONOf(m)
		if err != nil || again != parsed {
			t.Fatalf("%q was accepted as %q, its canonical form is %q (%v)", raw, parsed, again, err)
		}
		// A key that is no UTF-8 is not what a decoder would see.
		var seen string
		if text, err := json.Marshal(key); err != nil || json.Unmarshal(text, &seen) != nil || seen != key {
			return
		}
		delete(m, key)
		if want, err := JSONOf(m); err != nil || parsed.Without(key) != want {
			t.Fatalf("%q.Without(%q) = %q, want %q (%v)", parsed, key, parsed.Without(key), want, err)
		}
		m[key] = "v"
		if want, err := JSONOf(m); err != nil || parsed.With(key, "v") != want {
			t.Fatalf("%q.With(%q) = %q, want %q (%v)", parsed, key, parsed.With(key, "v"), want, err)
		}
	})
}
