package body

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const document = `openapi: 3.0.3
info: {title: t, version: "1"}
paths: {}
components:
  schemas:
    Thing:
      type: object
      additionalProperties: false
      properties:
        tags: {type: array, items: {type: string}}
        extensions: {type: object, additionalProperties: true}
`

// A body within the limit that holds very many values, or many under a very long
// name, must not cost more than its length: it took minutes to spell their places.
func TestBodiesThatCostMoreThanTheyWeigh(t *testing.T) {
	schemas, err := LoadSchemas([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := schemas.Get("Thing")
	if err != nil {
		t.Fatal(err)
	}
	reader := NewReader(schema, 1<<20)
	list := func(of string, n int) string { return "[" + strings.TrimSuffix(strings.Repeat(of+",", n), ",") + "]" }
	long := strings.Repeat("k", 900<<10)
	for name, tt := range map[string]struct{ body, want string }{
		"many elements under a long name": {`{"extensions":{"` + long + `":` + list("0", 30_000) + `}}`, ""},
		"more values than can be":         {`{"extensions":{"a":` + list("0", 32_766) + `}}`, "the body holds more than 32768 values"},
		"as many as can be":               {`{"extensions":{"a":` + list("0", 32_765) + `}}`, ""},
		"many faults":                     {`{"tags":` + list("0", 30_000) + `}`, "tags/0 must be a string"},
		"a few faults":                    {`{"tags":[0,"a",1]}`, "tags/0 must be a string; tags/2 must be a string"},
		"deep under a long name": {
			`{"extensions":{"` + long[:9] + `":` + strings.Repeat("[", 80) + strings.Repeat("]", 80) + `}}`,
			"extensions/kkkkkkkkk" + strings.Repeat("/0", 63) + ": nested deeper than 64 levels",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Type", "application/json")
			var into struct{}
			start := time.Now()
			got := ""
			if err := reader.Read(r, &into); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %.200q, want %q", got, tt.want)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// Without what it says of elements, a schema still says all else.
func TestUnlisted(t *testing.T) {
	schemas, err := LoadSchemas([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := schemas.Get("Thing")
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]string{
		`{"tags":[0,null,{"a":[1]},"x"],"extensions":{"a":1}}`: "",
		`{"tags":"x"}`:     "tags must be an array",
		`{"extensions":1}`: "extensions must be an object",
		`{"other":1}`:      "other is unknown; known are extensions, tags",
		`[]`:               "the body must be an object",
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		var into struct{}
		got := ""
		if err := NewReader(schema.Unlisted(), 1<<20).Read(r, &into); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"tags":[0]}`))
	r.Header.Set("Content-Type", "application/json")
	if err := NewReader(schema, 1<<20).Read(r, new(struct{})); err == nil {
		t.Error("the schema itself has been changed")
	}
}
