package versions

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// announcement is what the answers of one version say of its end: the headers of
// netweave's own, spelled as clients know them, and the standard ones, Deprecation
// (RFC 9745) and Sunset (RFC 8594), with their links.
type announcement struct {
	base        string
	deprecation Deprecation

	since, unix, sunset, httpSunset, guide, links []string
}

var yes = []string{"true"}

func newAnnouncement(v Version, d Deprecation) announcement {
	a := announcement{
		base: v.Base, deprecation: d,
		since: []string{d.Since.UTC().Format(time.DateOnly)}, unix: []string{fmt.Sprintf("@%d", d.Since.Unix())},
	}
	if !d.Sunset.IsZero() {
		a.sunset, a.httpSunset = []string{d.Sunset.UTC().Format(time.DateOnly)}, []string{d.Sunset.UTC().Format(http.TimeFormat)}
	}
	if d.Guide != "" {
		a.guide, a.links = []string{d.Guide}, []string{"<" + d.Guide + `>; rel="deprecation"`}
		if a.sunset != nil {
			a.links = append(a.links, "<"+d.Guide+`>; rel="sunset"`)
		}
	}
	return a
}

// Announce has every answer of a version that is deprecated, or will be, say so,
// errors included.
func (m *Matrix) Announce(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if list := m.announced.Load(); list != nil {
			w = announcing(w, r.URL.Path, *list)
		}
		next.ServeHTTP(w, r)
	})
}

func announcing(w http.ResponseWriter, path string, list []announcement) http.ResponseWriter {
	for i := range list {
		a := &list[i]
		rest, within := strings.CutPrefix(path, a.base)
		if !within || rest != "" && rest[0] != '/' {
			continue
		}
		a.set(w.Header(), time.Now())
		if a.links == nil {
			return w
		}
		return &linking{ResponseWriter: w, links: a.links}
	}
	return w
}

func (a *announcement) set(h http.Header, now time.Time) {
	if !now.Before(a.deprecation.Since) {
		h["X-API-Deprecated"] = yes
	}
	h["X-API-Deprecation-Date"], h["Deprecation"] = a.since, a.unix
	if a.sunset != nil {
		h["X-API-Sunset-Date"], h["Sunset"] = a.sunset, a.httpSunset
	}
	if a.guide != nil {
		h["X-API-Migration-Guide"] = a.guide
	}
}

// linking adds links to those that the answer has by then: a page's own is set
// late, and a problem drops what was set before.
type linking struct {
	http.ResponseWriter
	links []string // nil once they are added
}

func (l *linking) add() {
	if l.links != nil {
		h := l.Header()
		h["Link"] = slices.Concat(h["Link"], l.links)
		l.links = nil
	}
}

// WriteHeader sends the header with a status.
func (l *linking) WriteHeader(status int) {
	if status >= http.StatusOK {
		l.add()
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (l *linking) Write(p []byte) (int, error) {
	l.add()
	return l.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (l *linking) Unwrap() http.ResponseWriter { return l.ResponseWriter }
