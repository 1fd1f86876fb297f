package o2imsv1

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/netweave/netweave/inbound/http/exchange"
)

// pathOf returns the path of r without its trailing slash, as it was routed.
func pathOf(r *http.Request) string {
	if e := exchange.From(r.Context()); e != nil && e.Routing().RoutePath != "" {
		return e.Routing().RoutePath
	}
	return r.URL.Path
}

// nextLink returns the Link header to the page that marker starts: the same
// request with another marker.
func (a *API) nextLink(r *http.Request, marker string) string {
	var b strings.Builder
	b.WriteByte('<')
	b.WriteString(a.config.ExternalURL)
	writeURI(&b, pathOf(r))
	b.WriteByte('?')
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if name, _, _ := strings.Cut(part, "="); part == "" || isMarker(name) {
			continue
		}
		writeURI(&b, part)
		b.WriteByte('&')
	}
	b.WriteString(paramMarker)
	b.WriteByte('=')
	b.WriteString(marker)
	b.WriteString(`>; rel="next"`)
	return b.String()
}

// isMarker reports whether a parameter's name, escaped as it came, is the marker's.
func isMarker(name string) bool {
	if strings.IndexByte(name, '%') >= 0 {
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
	}
	return name == paramMarker
}

const hexDigits = "0123456789ABCDEF"

// writeURI writes a part of a URI as it came, escaping what a caller may send raw
// but what may not stand in a Link header.
func writeURI(b *strings.Builder, s string) {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("<>\"\\^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
			continue
		}
		b.WriteByte(c)
	}
}
