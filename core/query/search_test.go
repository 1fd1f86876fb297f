package query

import (
	"errors"
	"strings"
	"testing"
)

func TestSearch(t *testing.T) {
	for text, want := range map[string]bool{
		"node":                 true,
		"NODE Rack":            true,
		"rack node":            true,
		"ode":                  true,
		"node shelf":           false,
		"asset-7":              true,
		"RED":                  true,
		"green":                false,
		"z1":                   true,  // a value within extensions
		"zone":                 false, // a name within extensions
		"9007199254740993":     true,
		"200":                  true,
		"true":                 true,
		"0.5":                  true,
		"k8s.machineset.name":  false,
		"workers":              true,
		idPool[:8]:             true,
		strings.ToUpper(idOne): true,
		"it's;":                true,
		" \t ":                 true,
		"":                     true,
	} {
		f, err := Search(resourceSchema, text)
		if err != nil || f.Match(sample()) != want {
			t.Errorf("%q: %v, %v; want %v", text, f.Match(sample()), err, want)
		}
	}
	if f, err := Search(resourceSchema, "  "); f != nil || err != nil {
		t.Errorf("a search for nothing: %v, %v", f, err)
	}
}

// TestSearchFindsWhatIsOver an object too.
func TestSearchFindsWhatIsOver(t *testing.T) {
	schema := NewSchema("Thing", Attribute{Name: "ext", Type: JSON, Get: func(o any) Value { return o.(Value) }})
	f, err := Search(schema, "heartbeat-7")
	if err != nil || !f.Match(Value{JSON: `{"a":1}`, Over: `{"b":"heartbeat-7"}`}) || f.Match(Value{JSON: `{"a":1}`, Over: `{"b":"x"}`}) {
		t.Errorf("got %v, %v", f, err)
	}
}

func TestSearchesAddUp(t *testing.T) {
	search := func(text string) *Filter {
		f, err := Search(resourceSchema, text)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	condition, err := NewFilter(resourceSchema, "tags", Equal, "red")
	if err != nil {
		t.Fatal(err)
	}
	both := And(condition, search("b a"), search("A"))
	if want := "(eq,tags,red);(q,a,b)"; both.String() != want || !both.Searches() || len(both.Conditions()) != 1 || both.Schema() != resourceSchema {
		t.Errorf("got %s, want %s", both, want)
	}
	if condition.Searches() || (*Filter)(nil).Searches() || condition.String() != "(eq,tags,red)" {
		t.Error("a filter without a search has one")
	}
	if search("o'brien").String() == search("o").String() {
		t.Error("two searches are spelled alike")
	}
}

func TestWrongSearches(t *testing.T) {
	for text, want := range map[string]string{
		strings.Repeat("x", 257):  "q: it is longer than 256 bytes",
		"\xff":                    "q: it is not UTF-8",
		"1 2 3 4 5 6 7 8 9 10 11": "q: it has more than 10 words",
	} {
		_, err := Search(resourceSchema, text)
		var mistake *Error
		if !errors.As(err, &mistake) || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestValuesAnywhere(t *testing.T) {
	for document, want := range map[string]string{
		`{"a":"x","b":["y",{"c":"z"}],"n":-1.5e3,"t":true,"u":null}`: "x|y|z|-1.5e3|true|null|",
		`{"a\"b":"c\"d","e":"\u00e9\\"}`:                             `c"d|é\|`,
		`{}`:                                                         "",
		``:                                                           "",
		`{"cut`:                                                      "cut|",
		`{"a":"b\`:                                                   "",
	} {
		var got strings.Builder
		anyValue(document, func(text string) bool { got.WriteString(text + "|"); return false })
		if got.String() != want {
			t.Errorf("%s: got %s, want %s", document, got.String(), want)
		}
	}
}
