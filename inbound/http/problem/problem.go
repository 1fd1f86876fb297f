// Package problem writes the gateway's errors: application/problem+json
// documents (RFC 9457) of one shape for every API family, and the one table that
// says which error of the core is which status.
package problem

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// ContentType is the media type of every error.
const ContentType = "application/problem+json"

// maxDetail bounds a detail in bytes: it may quote what the caller sent.
const maxDetail = 2048

// Problem is one error as the caller sees it.
type Problem struct {
	// Status is the HTTP status, 400 to 599.
	Status int
	// Detail tells a person what was wrong and what would be right.
	Detail string
	// RetryAfter is in seconds; 0 leaves the header out.
	RetryAfter int
	// Additional are further attributes for programs; nil for none.
	Additional map[string]any
}

// Error makes a Problem an error that is told to the caller as it is.
func (p Problem) Error() string { return p.Detail }

type document struct {
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Status     int            `json:"status"`
	Detail     string         `json:"detail"`
	Additional map[string]any `json:"additionalAttributes,omitempty"`
}

// describing are headers that describe the answer that is not sent now.
var describing = []string{
	"Age", "Cache-Control", "Content-Encoding", "Content-Length", "Etag", "Link", "Location", "Warning",
	"X-Netweave-Partial", "X-Netweave-Stale",
}

// Write sends p in place of whatever answer the header was prepared for.
func (p Problem) Write(w http.ResponseWriter) {
	h := w.Header()
	for _, name := range describing {
		delete(h, name)
	}
	body := p.Encode()
	h["Content-Type"] = []string{ContentType}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	h["Cache-Control"] = []string{"no-store"}
	if p.RetryAfter > 0 {
		h["Retry-After"] = []string{strconv.Itoa(p.RetryAfter)}
	}
	w.WriteHeader(p.Status)
	// An error here is the caller's connection: there is nobody left to tell.
	_, _ = w.Write(body)
}

// Encode returns the document.
func (p Problem) Encode() []byte {
	detail := p.Detail
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "") + "..."
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	d := document{Type: "about:blank", Title: http.StatusText(p.Status), Status: p.Status, Detail: detail, Additional: p.Additional}
	if err := enc.Encode(d); err != nil {
		// Only an additional attribute can fail to encode; the rest is text.
		d.Additional = nil
		b.Reset()
		_ = enc.Encode(d) // numbers and strings always encode
	}
	return b.Bytes()
}

// Write sends a problem that needs no more than a status and a sentence.
func Write(w http.ResponseWriter, status int, detail string) {
	Problem{Status: status, Detail: detail}.Write(w)
}
