package query

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const encoded = `{"resourceId":"r1","resourceTypeId":"t1","resourcePoolId":"p1","description":"d","globalAssetId":"g","tags":["a","b"],` +
	`"extensions":{"k8s.machineset.name":"m","labels":{"a/b":"x","zone":"z"},"disks":[{"size":1,"ssd":true},{"size":2}],"n":1},"elements":[{"resourceId":"e"}],"unheard":1}`

func TestSelectorApply(t *testing.T) {
	const mandatory = `{"resourceId":"r1","resourceTypeId":"t1","resourcePoolId":"p1","description":"d"`
	const upToTags = mandatory + `,"globalAssetId":"g","tags":["a","b"]`
	const ext = `"extensions":{"k8s.machineset.name":"m","labels":{"a/b":"x","zone":"z"},"disks":[{"size":1,"ssd":true},{"size":2}],"n":1}`
	const elements = `"elements":[{"resourceId":"e"}]`
	tests := []struct {
		name   string
		params SelectorParams
		want   string
		text   string
	}{
		{"none: as exclude_default", SelectorParams{}, upToTags + "," + ext + `,"unheard":1}`, "-elements"},
		{"exclude_default", SelectorParams{ExcludeDefault: true}, upToTags + "," + ext + `,"unheard":1}`, "-elements"},
		{"all_fields", SelectorParams{AllFields: true}, encoded, ""},
		{"all_fields overrules", SelectorParams{AllFields: true, Fields: []string{"tags"}}, encoded, ""},
		{"fields: mandatory and named", SelectorParams{Fields: []string{"tags"}}, mandatory + `,"tags":["a","b"]}`,
			"-createdAt,-elements,-extensions,-globalAssetId,!*"},
		{"fields: omitted by default, but named", SelectorParams{Fields: []string{"elements"}}, mandatory + "," + elements + "}",
			"-createdAt,-extensions,-globalAssetId,-tags,!*"},
		{"fields: none named", SelectorParams{Fields: []string{""}}, mandatory + "}", "-createdAt,-elements,-extensions,-globalAssetId,-tags,!*"},
		{"fields: several lists", SelectorParams{Fields: []string{"tags,globalAssetId", "elements"}}, upToTags + "," + elements + "}",
			"-createdAt,-extensions,!*"},
		{"fields: nested", SelectorParams{Fields: []string{"extensions/n,extensions/labels/zone"}},
			mandatory + `,"extensions":{"labels":{"zone":"z"},"n":1}}`,
			"+extensions/labels/zone,+extensions/n,-createdAt,-elements,-globalAssetId,-tags,!*"},
		{"fields: dots and slashes in keys", SelectorParams{Fields: []string{"extensions/k8s.machineset.name,extensions/labels/a/b"}},
			mandatory + `,"extensions":{"k8s.machineset.name":"m","labels":{"a/b":"x"}}}`,
			"+extensions/k8s.machineset.name,+extensions/labels/a/b,-createdAt,-elements,-globalAssetId,-tags,!*"},
		{"fields: through arrays", SelectorParams{Fields: []string{"extensions/disks/ssd"}},
			mandatory + `,"extensions":{"disks":[{"ssd":true},{}]}}`,
			"+extensions/disks/ssd,-createdAt,-elements,-globalAssetId,-tags,!*"},
		{"fields: nested below a simple value", SelectorParams{Fields: []string{"extensions/n/x"}}, mandatory + `,"extensions":{}}`,
			"+extensions/n/x,-createdAt,-elements,-globalAssetId,-tags,!*"},
		{"fields: whole beats part", SelectorParams{Fields: []string{"extensions,extensions/n"}}, mandatory + "," + ext + "}",
			"-createdAt,-elements,-globalAssetId,-tags,!*"},
		{"fields with exclude_default", SelectorParams{ExcludeDefault: true, Fields: []string{"elements"}}, encoded, ""},
		{"exclude_fields", SelectorParams{ExcludeFields: []string{"extensions,tags"}},
			mandatory + `,"globalAssetId":"g",` + elements + `,"unheard":1}`, "-extensions,-tags"},
		{"exclude_fields: mandatory simple stays", SelectorParams{ExcludeFields: []string{"resourceId,description,extensions,elements"}},
			upToTags + `,"unheard":1}`, "-elements,-extensions"},
		{"exclude_fields: nested", SelectorParams{ExcludeFields: []string{"extensions/disks/ssd,extensions/labels/a/b,extensions/n"}},
			upToTags + `,"extensions":{"k8s.machineset.name":"m","labels":{"zone":"z"},"disks":[{"size":1},{"size":2}]},` + elements + `,"unheard":1}`,
			"-extensions/disks/ssd,-extensions/labels/a/b,-extensions/n"},
		{"exclude_fields with exclude_default", SelectorParams{ExcludeDefault: true, ExcludeFields: []string{"extensions"}},
			upToTags + `,"unheard":1}`, "-elements,-extensions"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := ParseSelector(resourceSchema, tt.params, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(s.Apply([]byte("before "), []byte(encoded))); got != "before "+tt.want {
				t.Errorf("Apply =\n  %s, want\n  before %s", got, tt.want)
			}
			if s.String() != tt.text || s.Whole() != (tt.text == "") {
				t.Errorf("String = %q, Whole = %v; want %q", s, s.Whole(), tt.text)
			}
		})
	}
}

func TestSelectorErrors(t *testing.T) {
	const known = "resourceId, resourceTypeId, resourcePoolId, description, globalAssetId, tags, createdAt, extensions, elements"
	tests := []struct {
		params SelectorParams
		want   string
	}{
		{SelectorParams{Fields: []string{"tags"}, ExcludeFields: []string{"extensions"}}, "fields: it cannot go together with exclude_fields; give one of them"},
		{SelectorParams{Fields: []string{"tags,colour"}}, `fields: unknown attribute "colour"; Resource has ` + known},
		{SelectorParams{ExcludeFields: []string{"colour/x"}}, `exclude_fields: unknown attribute "colour"; Resource has ` + known},
		{SelectorParams{AllFields: true, Fields: []string{"colour"}}, `fields: unknown attribute "colour"; Resource has ` + known},
		{SelectorParams{Fields: []string{"tags,,extensions"}}, `fields: unknown attribute ""; Resource has ` + known},
		{SelectorParams{Fields: []string{"tags/x"}}, `fields: attribute tags has no parts: "tags/x" leads nowhere`},
		{SelectorParams{Fields: []string{"extensions/"}}, `fields: "extensions/" ends with a slash; name what is in it, for example extensions/key`},
		{SelectorParams{Fields: []string{strings.Repeat("tags,", 100) + "tags"}}, "fields: it names more than 100 attributes"},
		{SelectorParams{Fields: []string{strings.Repeat("x", 8193)}}, "fields: it is longer than 8192 bytes"},
		{SelectorParams{Fields: []string{"extensions/\xff"}}, "fields: it is not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			s, err := ParseSelector(resourceSchema, tt.params, Limits{})
			var mistake *Error
			if s != nil || !errors.As(err, &mistake) || err.Error() != tt.want {
				t.Errorf("ParseSelector = %v, %v", s, err)
			}
		})
	}
}

func TestSelectorIsWholeWhereNothingIsOmittedByDefault(t *testing.T) {
	s, err := ParseSelector(NewSchema(resourceSchema.Name(), resourceSchema.Attributes()[:5]...), SelectorParams{}, Limits{})
	if err != nil || !s.Whole() || s.String() != "" {
		t.Errorf("selector %v, error %v; want a whole one", s, err)
	}
}

func TestSelectorLeavesWhatIsNoObjectAsItIs(t *testing.T) {
	s, err := ParseSelector(resourceSchema, SelectorParams{Fields: []string{"extensions/n"}}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "null", "[1]", "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"extensions":{"n":}}`,
		`{"extensions":[{"n":1}`, `{} x`, `{"extensions":{"n":1]}`, `{"a":"x`,
	} {
		if got := string(s.Apply([]byte("<"), []byte(text))); got != "<"+text {
			t.Errorf("Apply(%q) = %q", text, got)
		}
	}
	spaced := " {\n \"extensions\" : { \"n\" : 1 , \"m\" : 2 } , \"tags\" : [ ] }\n"
	if got, want := string(s.Apply(nil, []byte(spaced))), `{"extensions":{"n":1}}`; got != want {
		t.Errorf("Apply with white space = %s, want %s", got, want)
	}
}

func FuzzSelectorApply(f *testing.F) {
	f.Add(encoded, "tags,extensions/labels/zone", true)
	f.Add(encoded, "extensions/disks/ssd", false)
	f.Add(`{"extensions":{"a/b":{"c":1},"a":{"b/c":2}}}`, "extensions/a/b/c", true)
	f.Add(`{"extensions":[[{"n":"\u00e9"}],null]}`, "extensions/n", false)
	f.Add(`{"\u0074ags":[1,]}`, "", true)
	f.Fuzz(func(t *testing.T, object, paths string, include bool) {
		params := SelectorParams{ExcludeFields: []string{paths}}
		if include {
			params = SelectorParams{Fields: []string{paths}}
		}
		s, err := ParseSelector(resourceSchema, params, Limits{})
		if err != nil {
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Reason == "" {
				t.Fatalf("error %#v is no fit answer", err)
			}
			return
		}
		got := s.Apply(nil, []byte(object))
		if !json.Valid([]byte(object)) {
			return
		}
		if !json.Valid(got) {
			t.Fatalf("Apply(%q) with %q = %q, which is no JSON", object, paths, got)
		}
		if len(got) > len(object) {
			t.Fatalf("Apply(%q) with %q = %q, which is longer", object, paths, got)
		}
		if again := s.Apply(nil, got); string(again) != string(got) {
			t.Fatalf("Apply twice: %q, then %q", got, again)
		}
	})
}

func BenchmarkSelectorApply(b *testing.B) {
	for name, params := range map[string]SelectorParams{
		"fields":  {Fields: []string{"tags"}},
		"nested":  {Fields: []string{"extensions/labels/zone"}},
		"exclude": {ExcludeFields: []string{"extensions"}},
	} {
		s, err := ParseSelector(resourceSchema, params, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = s.Apply(dst[:0], []byte(encoded))
			}
		})
	}
}
