package request

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// NextLink returns the Link header to the next page: the same request, of which
// the parameter of that name has another value. external is the URL that callers
// reach the gateway by, "" for a link relative to the host.
func NextLink(r *http.Request, external, name, value string) string {
	return LinkTo(NextPage(r, external, name, value))
}

// LinkTo returns the Link header to the next page at uri.
func LinkTo(uri string) string { return "<" + uri + `>; rel="next"` }

// NextPage returns the URI of NextLink. Parameters in without are left out.
func NextPage(r *http.Request, external, name, value string, without ...string) string {
	var b strings.Builder
	const around = len(`?&=`)
	b.Grow(around + len(external) + len(Path(r)) + len(r.URL.RawQuery) + len(name) + len(value))
	b.WriteString(external)
	writeURI(&b, Path(r))
	b.WriteByte('?')
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		sent, _, _ := strings.Cut(part, "=")
		if sent = unescaped(sent); part == "" || sent == name || slices.Contains(without, sent) {
			continue
		}
		writeURI(&b, part)
		b.WriteByte('&')
	}
	b.WriteString(name)
	b.WriteByte('=')
	b.WriteString(value)
	return b.String()
}

// unescaped returns a parameter's name, escaped as it came, as it is meant.
func unescaped(name string) string {
	if strings.IndexByte(name, '%') >= 0 {
		if plain, err := url.QueryUnescape(name); err == nil {
			return plain
		}
	}
	return name
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
