package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/versions"
)

// policy lets a page use this gateway's own files and requests, and nothing else.
// Swagger UI's style has its icons in itself, as data.
var policy = []string{"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}

var pages = template.Must(template.New("").Funcs(template.FuncMap{"day": day, "short": short}).ParseFS(web, "web/*.html"))

// day is a date as people write it, "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// short is a title beside the product's name.
func short(title string) string {
	title = strings.TrimPrefix(title, "netweave ")
	return strings.ToUpper(title[:1]) + title[1:]
}

// page is what the templates know.
type page struct {
	// Docs leads from the page to the place of all others: links are relative, so
	// that the pages also work where a proxy serves them below a path of its own.
	Docs   string
	Server string
	Rows   []versions.Row
	// Shown is the version that a reference is of.
	Shown versions.Row
}

func (d *Docs) overview(w http.ResponseWriter, r *http.Request) {
	docs := "docs/"
	if strings.HasSuffix(r.URL.Path, "/") {
		docs = "./"
	}
	d.page(w, r, "overview.html", page{Docs: docs})
}

func (d *Docs) reference(w http.ResponseWriter, r *http.Request) {
	p := page{Docs: "./"}
	if strings.HasSuffix(r.URL.Path, "/") {
		p.Docs = "../"
	}
	label := chi.URLParam(r, "label")
	for _, row := range d.rows(time.Now()) {
		if row.Label == label && row.Document != nil {
			p.Shown = row
			d.page(w, r, "reference.html", p)
			return
		}
	}
	problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is no reference %q; the references are %s", label, strings.Join(d.labels(), ", ")))
}

func (d *Docs) page(w http.ResponseWriter, r *http.Request, name string, p page) {
	p.Server, p.Rows = d.server(r), d.rows(time.Now())
	var body bytes.Buffer
	if err := pages.ExecuteTemplate(&body, name, p); err != nil {
		panic(err) // contained and told by the server: tests fill every template
	}
	w.Header()["Content-Security-Policy"] = policy
	send(w, r, "text/html; charset=utf-8", body.Bytes())
}
