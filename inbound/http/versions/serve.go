package versions

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// Path is where the matrix is served, to every caller who is known.
const Path = "/o2ims"

// Where a version's documents and its page are.
const (
	documentsPath = "/docs/openapi/"
	pagesPath     = "/docs/"
)

type answer struct {
	Versions []shown `json:"versions"`
}

type shown struct {
	Name           string     `json:"name"`
	API            string     `json:"api"`
	Version        string     `json:"version"`
	Title          string     `json:"title"`
	Base           string     `json:"base"`
	Status         Status     `json:"status"`
	ReleasedAt     string     `json:"releasedAt,omitempty"`
	DeprecatedAt   string     `json:"deprecatedAt,omitempty"`
	SunsetAt       string     `json:"sunsetAt,omitempty"`
	MigrationGuide string     `json:"migrationGuide,omitempty"`
	Documents      *documents `json:"documents,omitempty"`
	Reference      string     `json:"reference,omitempty"`
}

type documents struct {
	YAML string `json:"yaml"`
	JSON string `json:"json"`
}

// Routes adds the matrix to r. documented: the versions' documents are served.
func (m *Matrix) Routes(r chi.Router, documented bool) {
	r.Get(Path, func(w http.ResponseWriter, _ *http.Request) {
		var body bytes.Buffer
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(m.shown(time.Now(), documented)); err != nil {
			panic(err) // contained and told by the server: it is made of texts alone
		}
		h := w.Header()
		h["Content-Type"] = []string{"application/json"}
		h["Content-Length"] = []string{strconv.Itoa(body.Len())}
		h["Cache-Control"] = []string{"no-store"}
		// An error here is the caller's connection: there is nobody left to tell.
		_, _ = w.Write(body.Bytes())
	})
}

func (m *Matrix) shown(now time.Time, documented bool) answer {
	all := answer{Versions: []shown{}}
	for _, row := range m.Rows(now) {
		api, number := path.Split(row.Name())
		one := shown{
			Name: row.Name(), API: strings.TrimSuffix(api, "/"), Version: number, Title: row.Title, Base: row.Base, Status: row.Status, ReleasedAt: row.Released,
		}
		if d := row.Deprecation; d != nil {
			one.DeprecatedAt, one.MigrationGuide = d.Since.Format(time.DateOnly), d.Guide
			if !d.Sunset.IsZero() {
				one.SunsetAt = d.Sunset.Format(time.DateOnly)
			}
		}
		if documented && row.Document != nil {
			at := m.external + documentsPath + row.Label
			one.Documents = &documents{YAML: at + ".yaml", JSON: at + ".json"}
			one.Reference = m.external + pagesPath + row.Label
		}
		all.Versions = append(all.Versions, one)
	}
	return all
}
