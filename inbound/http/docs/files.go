package docs

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
	"github.com/swaggest/swgui/v5/static"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/conditional"
	"github.com/netweave/netweave/inbound/http/problem"
)

//go:embed web
var web embed.FS

var types = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png",
}

// file is one that the pages need.
type file struct {
	kind, tag  string
	content    []byte
	compressed bool // by gzip
	// plain returns the content for who takes no compression; it is unpacked once.
	plain func() []byte
}

// files are Swagger UI's, which are embedded compressed, and our own.
func files() (map[string]*file, error) {
	all := map[string]*file{}
	for name, read := range map[string]func(string) ([]byte, error){
		"swagger-ui-bundle.js.gz": static.FS.ReadFile,
		"swagger-ui.css.gz":       static.FS.ReadFile,
		"favicon-32x32.png":       static.FS.ReadFile,
		"web/reference.js":        web.ReadFile,
		"web/docs.css":            web.ReadFile,
	} {
		content, err := read(name)
		if err != nil {
			return nil, fmt.Errorf("the documentation's files: %w", err)
		}
		name, compressed := strings.CutSuffix(path.Base(name), ".gz")
		all[name] = &file{
			kind: types[path.Ext(name)], tag: tagOf(content), content: content, compressed: compressed,
			plain: sync.OnceValue(func() []byte { return unpacked(content) }),
		}
	}
	return all, nil
}

func unpacked(content []byte) []byte {
	var plain bytes.Buffer
	unpack, err := gzip.NewReader(bytes.NewReader(content))
	if err == nil {
		_, err = plain.ReadFrom(unpack)
	}
	if err != nil {
		panic(err) // contained and told by the server: the file is part of it
	}
	return plain.Bytes()
}

func tagOf(content []byte) string {
	sum := sha256.Sum256(content)
	return conditional.Tag("docs", o2.Digest(sum[:16]))
}

func (d *Docs) asset(w http.ResponseWriter, r *http.Request) {
	f := d.files[chi.URLParam(r, "asset")]
	if f == nil {
		problem.Write(w, http.StatusNotFound, fmt.Sprintf("there is nothing at %q", r.URL.Path))
		return
	}
	content, tag := f.content, f.tag
	switch {
	case !f.compressed:
	case conditional.AcceptsGzip(r):
		w.Header()["Content-Encoding"] = []string{"gzip"}
		w.Header()["Vary"] = []string{"Accept-Encoding"}
		tag = strings.TrimSuffix(tag, `"`) + conditional.Suffix + `"`
	default:
		content = f.plain()
	}
	sendTagged(w, r, f.kind, tag, content)
}

// send answers with content.
func send(w http.ResponseWriter, r *http.Request, kind string, content []byte) {
	sendTagged(w, r, kind, tagOf(content), content)
}

func sendTagged(w http.ResponseWriter, r *http.Request, kind, tag string, content []byte) {
	h := w.Header()
	h["Cache-Control"] = []string{"private, no-cache"}
	if held, ok := conditional.Match(r, tag); ok {
		delete(h, "Content-Encoding")
		h["Etag"] = []string{held}
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Etag"] = []string{tag}
	h["Content-Type"] = []string{kind}
	h["Content-Length"] = []string{strconv.Itoa(len(content))}
	// An error here is the caller's connection: there is nobody left to tell.
	_, _ = w.Write(content)
}
