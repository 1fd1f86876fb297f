// Package health answers the operator's questions: /healthz (is the process
// alive), /readyz (should it get requests, and how do its store and its backends
// stand), /version and /metrics. openapi.yaml describes them.
package health

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/ports/inventory"
)

//go:embed openapi.yaml
var document []byte

// Document returns the OpenAPI document, in YAML; not to be changed.
func Document() []byte { return document }

// The paths that are served here.
const (
	PathAlive   = "/healthz"
	PathReady   = "/readyz"
	PathVersion = "/version"
	PathMetrics = "/metrics"
)

// Open reports whether path is one that is answered without an identity: probes
// have none. What it then tells is no more than whether all is well.
func Open(path string) bool { return path == PathAlive || path == PathReady }

// Build tells what is running.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
}

// Handlers answers. It is safe for concurrent use.
type Handlers struct {
	// Statuses is asked for every readiness probe.
	Statuses inventory.Statuses
	// Store tells why the store cannot be used, nil while it can. It is asked for
	// every readiness probe; nil where there is no store to ask.
	Store func() error
	// Trusts reports whether a request comes from those who run the gateway. Others
	// are told neither versions, nor metrics, nor how backends stand: that is more
	// than a tenant's business. nil trusts everyone.
	Trusts func(r *http.Request) bool
	// Draining reports whether the gateway is about to stop.
	Draining func() bool
	// Metrics serves /metrics; nil serves nothing there.
	Metrics http.Handler
	Build   Build
}

// Routes adds the paths to r.
func (h *Handlers) Routes(r chi.Router) {
	r.Get(PathAlive, h.alive)
	r.Get(PathReady, h.ready)
	r.Get(PathVersion, h.guarded(h.version))
	if h.Metrics != nil {
		r.Get(PathMetrics, h.guarded(h.Metrics.ServeHTTP))
	}
}

func (h *Handlers) trusts(r *http.Request) bool { return h.Trusts == nil || h.Trusts(r) }

func (h *Handlers) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !h.trusts(r) {
			problem.Write(w, http.StatusForbidden, "this is for those who run the gateway alone")
			return
		}
		next(w, r)
	}
}

func (h *Handlers) alive(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]string{"status": "ok"})
}

func (h *Handlers) version(w http.ResponseWriter, _ *http.Request) { answer(w, h.Build) }

// answer sends v, which is made of texts, numbers and the like alone.
func answer(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // contained and told by the server: it is a fault of the code
	}
	b = append(b, '\n')
	header := w.Header()
	header["Content-Type"] = []string{"application/json"}
	header["Content-Length"] = []string{strconv.Itoa(len(b))}
	header["Cache-Control"] = []string{"no-store"}
	// An error here is the caller's connection: there is nobody left to tell.
	_, _ = w.Write(b)
}
