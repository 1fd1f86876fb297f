// Package body reads JSON request bodies strictly: within a limit, valid text,
// one JSON value and nothing after it, no name twice, and all as the OpenAPI
// document's schema has it. What it finds wrong is a problem.Problem that names
// the attribute and says what would be right.
package body

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/netweave/netweave/inbound/http/problem"
)

const (
	mediaType = "application/json"
	// MergePatch is the media type of merge patches (RFC 7396).
	MergePatch = "application/merge-patch+json"
)

// Reader reads the bodies of one kind of request. It is immutable and safe for
// concurrent use.
type Reader struct {
	schema *Schema
	limit  int64
	media  string
}

// NewReader returns a Reader of bodies that schema describes, of at most limit
// bytes.
func NewReader(schema *Schema, limit int64) *Reader {
	return &Reader{schema: schema, limit: limit, media: mediaType}
}

// NewPatchReader is NewReader for bodies that are merge patches.
func NewPatchReader(schema *Schema, limit int64) *Reader {
	return &Reader{schema: schema, limit: limit, media: MergePatch}
}

// Read reads r's body into dst, a pointer to the type generated for the schema.
// Every error is a problem.Problem: 400, 408, 413 or 415.
func (b *Reader) Read(r *http.Request, dst any) error {
	raw, err := b.readAll(r)
	if err != nil {
		return err
	}
	value, count, err := parse(raw)
	if err != nil {
		return err
	}
	// Only now: a wrong type with an unreadable body is 400.
	if err := b.checkMediaType(r.Header.Get("Content-Type")); err != nil {
		return err
	}
	if err := b.schema.check(value, count); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		return badRequest("the body does not fit its type: %v", err)
	}
	return nil
}

func (b *Reader) readAll(r *http.Request) ([]byte, error) {
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, problem.Problem{
			Status: http.StatusUnsupportedMediaType,
			Detail: fmt.Sprintf("Content-Encoding %q is not taken: send the body as it is", encoding),
		}
	}
	tooLarge := problem.Problem{
		Status: http.StatusRequestEntityTooLarge,
		Detail: fmt.Sprintf("the body is longer than %d bytes", b.limit),
	}
	if r.ContentLength > b.limit {
		return nil, tooLarge
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, b.limit+1))
	if err != nil {
		var network net.Error
		if errors.As(err, &network) && network.Timeout() {
			return nil, problem.Problem{Status: http.StatusRequestTimeout, Detail: "the body did not arrive in time"}
		}
		return nil, badRequest("the body could not be read to its end")
	}
	if int64(len(raw)) > b.limit {
		return nil, tooLarge
	}
	if len(raw) == 0 {
		return nil, badRequest("the body is empty: send a JSON object")
	}
	if !utf8.Valid(raw) {
		return nil, badRequest("the body is not valid UTF-8")
	}
	return raw, nil
}

func (b *Reader) checkMediaType(contentType string) error {
	if contentType == b.media {
		return nil
	}
	if got, parameters, err := mime.ParseMediaType(contentType); err == nil && got == b.media {
		if charset := parameters["charset"]; charset == "" || strings.EqualFold(charset, "utf-8") {
			return nil
		}
	}
	return problem.Problem{
		Status: http.StatusUnsupportedMediaType,
		Detail: fmt.Sprintf("Content-Type %q is not taken: send %s", contentType, b.media),
	}
}

func badRequest(format string, args ...any) problem.Problem {
	return problem.Problem{Status: http.StatusBadRequest, Detail: fmt.Sprintf(format, args...)}
}
