// Package docs serves the API's documentation: /docs lists the versions of the
// APIs, /docs/{label} is the interactive reference of one, and
// /docs/openapi/{label}.yaml and .json are its OpenAPI document, which names this
// deployment's own URL. openapi.yaml describes these paths, and /o2ims.
//
// Nothing comes from elsewhere: the pages' only script and style are files of this
// binary, and the Content-Security-Policy lets no others run and no other host be
// asked. The pages hold what is published anyway, and no tenant's data: what a
// reader tries is a request of its own, with its own credentials.
//
// The reference is Swagger UI, under the Apache License 2.0, out of the Go module
// github.com/swaggest/swgui, whose checksum go.sum pins.
package docs

import (
	_ "embed"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/versions"
)

// Path is where the documentation begins.
const Path = "/docs"

//go:embed openapi.yaml
var document []byte

// Document returns the OpenAPI document of the paths that are no API's, in YAML;
// not to be changed.
func Document() []byte { return document }

// Within reports whether path is one of the documentation's.
func Within(path string) bool { return path == Path || strings.HasPrefix(path, Path+"/") }

// Docs serves the documentation. It is safe for concurrent use.
type Docs struct {
	external string
	rows     func(time.Time) []versions.Row
	byLabel  map[string]*described
	files    map[string]*file
}

// New makes the documentation of the versions in rows. External is what callers
// reach the gateway by; "" has each of them told what it asked.
func New(external string, rows func(time.Time) []versions.Row) (*Docs, error) {
	d := &Docs{external: strings.TrimSuffix(external, "/"), rows: rows, byLabel: map[string]*described{}}
	for _, row := range rows(time.Time{}) {
		if row.Document == nil {
			continue
		}
		doc, err := describe(row.Document)
		if err != nil {
			return nil, fmt.Errorf("the OpenAPI document of %s: %w", row.Name(), err)
		}
		d.byLabel[row.Label] = doc
	}
	var err error
	d.files, err = files()
	return d, err
}

// Routes adds the documentation to r.
func (d *Docs) Routes(r chi.Router) {
	r.Get(Path, d.overview)
	r.Get(Path+"/{label}", d.reference)
	r.Get(Path+"/openapi/{document}", d.openapi)
	r.Get(Path+"/assets/{asset}", d.asset)
}

// server returns the URL that the gateway was reached by.
func (d *Docs) server(r *http.Request) string {
	if d.external != "" {
		return d.external
	}
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

func (d *Docs) openapi(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "document")
	label, extension, _ := cutLast(name, ".")
	doc := d.byLabel[label]
	switch {
	case doc == nil || extension != "yaml" && extension != "json":
		problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is no document %q; the documents are %s, with .yaml or .json",
			name, strings.Join(d.labels(), ", ")))
	case extension == "yaml":
		send(w, r, "application/yaml", doc.yaml(d.server(r)))
	default:
		content, err := doc.json(d.server(r))
		if err != nil {
			panic(err) // contained and told by the server: tests read every document
		}
		send(w, r, "application/json", content)
	}
}

func (d *Docs) labels() []string {
	var labels []string
	for _, row := range d.rows(time.Time{}) {
		if row.Document != nil {
			labels = append(labels, row.Label)
		}
	}
	return labels
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}
