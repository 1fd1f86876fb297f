package idempotency

import (
	"bytes"
	"maps"
	"net/http"

	"github.com/netweave/netweave/ports/idempotency"
)

// recorder takes a handler's answer. What the middleware has put into the real
// answer's header is not in it: it belongs to one request.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the answer's header.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader notes the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write notes a part of the body.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p) // of a buffer: it does not fail
}

func (r *recorder) answer() *idempotency.Answer {
	r.WriteHeader(http.StatusOK) // as net/http does for a handler that wrote nothing
	return &idempotency.Answer{Status: r.status, Header: r.header, Body: r.body.Bytes()}
}

// write sends an answer.
func write(w http.ResponseWriter, a *idempotency.Answer) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	// An error here is the client's connection: the answer is kept for it.
	_, _ = w.Write(a.Body)
}
