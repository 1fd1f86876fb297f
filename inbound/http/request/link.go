package request

import (
	"net/http"
	"net/url"
	"strings"
)

// NextLink returns the Link header to the next page: the same request, of which
// the parameter of that name has another value. external is the URL that callers
// reach the gateway by, "" for a link relative to the host.
func NextLink(r *http.Request, external, name, value string) string {
	var b strings.Builder
	const around = len(`<?&=>; rel="next"`)
	b.Grow(around + len(external) + len(Path(r)) + len(r.URL.RawQuery) + len(name) + len(value))
	b.WriteByte('<')
	b.WriteString(external)
	writeURI(&b, Path(r))
	b.WriteByte('?')
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if sent, _, _ := strings.Cut(part, "="); part == "" || unescaped(sent) == name {
			continue
		}
		writeURI(&b, part)
		b.WriteByte('&')
	}
	b.WriteString(name)
	b.WriteByte('=')
	b.WriteString(value)
	b.WriteString(`>; rel="next"`)
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
