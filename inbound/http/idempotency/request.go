package idempotency

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// maxKey bounds a key, in bytes.
const maxKey = 255

// judge says what is wrong with the values of the header, "" if nothing.
func judge(sent []string) string {
	if len(sent) > 1 {
		return "it is given more than once"
	}
	key := sent[0]
	if key == "" || len(key) > maxKey {
		return fmt.Sprintf("want 1 to %d characters, such as a UUID", maxKey)
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return "want printable ASCII characters alone, such as a UUID"
		}
	}
	return ""
}

// readBody reads r's body and puts it back, for the handler to read it again.
// whole is false if the body is longer than limit or could not be read to its
// end; the handler then meets just that.
func readBody(r *http.Request, limit int64) (body []byte, whole bool) {
	if r.ContentLength > limit {
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	var rest io.Reader = r.Body
	if err != nil {
		rest = failing{err}
	}
	whole = err == nil && int64(len(body)) <= limit
	if whole {
		rest = http.NoBody
	}
	r.Body = readBack{Reader: io.MultiReader(bytes.NewReader(body), rest), Closer: r.Body}
	return body, whole
}

// readBack is a body of which a part has been read before.
type readBack struct {
	io.Reader
	io.Closer
}

// failing reads nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
