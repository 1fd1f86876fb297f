// Package recording takes a handler's answer instead of sending it, for whoever keeps
// it or makes it a part of another.
package recording

import (
	"bytes"
	"net/http"
)

// Answer is an http.ResponseWriter that records. It is made by New, and one goroutine
// uses it. What middleware has put into the real answer's header is not in it.
type Answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// New makes an Answer with nothing in it.
func New() *Answer { return &Answer{header: http.Header{}} }

// Header returns the answer's header.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader notes the status.
func (a *Answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write notes a part of the body.
func (a *Answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p) // of a buffer: it does not fail
}

// Status returns the status; of a handler that wrote nothing it is 200, as net/http
// has it.
func (a *Answer) Status() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}

// Body returns the body; not to be changed.
func (a *Answer) Body() []byte { return a.body.Bytes() }
