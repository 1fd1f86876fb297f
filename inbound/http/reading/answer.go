package reading

import (
	"crypto/sha256"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/inventory"
)

// chunk is how many bytes of a list gather before they are sent: most pages go
// out in one write, and a very long one does not need its whole length in memory.
const chunk = 256 << 10

var (
	contentType  = []string{"application/json"}
	cacheControl = []string{"private, no-cache"}
	staleWarning = []string{`110 netweave "response is stale"`}

	// ages are the Age headers of answers from views that are kept current.
	ages = func() (a [64][]string) {
		for i := range a {
			a[i] = []string{strconv.Itoa(i)}
		}
		return a
	}()

	buffers = sync.Pool{New: func() any {
		b := make([]byte, 0, chunk)
		return &b
	}}
)

// SetFreshness tells how old the answer may be and what is missing from it.
func SetFreshness(h http.Header, f inventory.Freshness) {
	seconds := int64(max(f.Age, 0) / time.Second)
	if seconds < int64(len(ages)) {
		h["Age"] = ages[seconds]
	} else {
		h["Age"] = []string{strconv.FormatInt(seconds, 10)}
	}
	if len(f.Stale) > 0 {
		h["Warning"] = staleWarning
		h["X-Netweave-Stale"] = []string{strings.Join(f.Stale, ", ")}
	}
	if len(f.Partial) > 0 {
		h["X-Netweave-Partial"] = []string{strings.Join(f.Partial, ", ")}
	}
}

// objectDigest is the fingerprint of an object as selected.
func objectDigest(content o2.Digest, selector *query.Selector, byDefault bool) o2.Digest {
	if byDefault {
		return content
	}
	return fingerprint(content, selector.String())
}

// listDigest is the fingerprint of a page: its content and all that says which
// page of which list it is.
func listDigest(content o2.Digest, req *Request, closing string) o2.Digest {
	q := &req.Query
	return fingerprint(content, req.markerKey, selection(req.Selector, req.ByDefault), string(q.After),
		q.Key, strconv.Itoa(q.Limit), strconv.Itoa(q.Offset), closing)
}

// selection spells what is selected. What is omitted by default is all there is to
// tell from all attributes.
func selection(s *query.Selector, byDefault bool) string {
	if byDefault {
		return "default"
	}
	return s.String()
}

func fingerprint(content o2.Digest, parts ...string) o2.Digest {
	b := make([]byte, 0, 512)
	b = append(b, content[:]...)
	for _, p := range parts {
		b = append(append(b, p...), 0)
	}
	sum := sha256.Sum256(b)
	return o2.Digest(sum[:len(content)])
}

// appendItem appends an object as selected.
func appendItem(dst []byte, t Type, item inventory.Item, selector *query.Selector, byDefault bool) []byte {
	if byDefault {
		return append(dst, item.Encoded(t.Default)...)
	}
	encoded := item.Encoded(t.Shape)
	if selector.Whole() {
		return append(dst, encoded...)
	}
	return selector.Apply(dst, encoded)
}

// writeList sends a list, the items as they are encoded already.
func (a *Reading) writeList(w http.ResponseWriter, digest o2.Digest, items []inventory.Item, t Type, req *Request, closing string) {
	buf, _ := buffers.Get().(*[]byte)
	b := (*buf)[:0]
	b = append(b, a.format.Open...)
	whole := req.Selector.Whole()
	started := false
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendItem(b, t, item, req.Selector, req.ByDefault)
		if len(b) < chunk || !whole {
			continue
		}
		if !started {
			begin(w, http.StatusOK, len(b)+lengthOf(items[i+1:], t, req.ByDefault)+len(closing))
			started = true
		}
		if !send(w, b) {
			b = nil
			break
		}
		b = b[:0]
	}
	if b != nil {
		b = append(b, closing...)
		if !started {
			begin(w, http.StatusOK, len(b))
			a.pages.offer(digest, b)
		}
		send(w, b)
		if cap(b) <= 2*chunk {
			*buf = b
		}
	}
	buffers.Put(buf)
}

// lengthOf is what items that are not the first add to a list.
func lengthOf(items []inventory.Item, t Type, byDefault bool) int {
	shape := t.Shape
	if byDefault {
		shape = t.Default
	}
	n := 0
	for _, item := range items {
		n += 1 + len(item.Encoded(shape))
	}
	return n
}

func begin(w http.ResponseWriter, status, length int) {
	h := w.Header()
	h["Content-Type"] = contentType
	h["Content-Length"] = []string{strconv.Itoa(length)}
	w.WriteHeader(status)
}

// send writes a part of a body. It reports false if the caller is gone, which is
// nobody's to be told: the access log shows the bytes that were sent.
func send(w http.ResponseWriter, b []byte) bool {
	_, err := w.Write(b)
	return err == nil
}
