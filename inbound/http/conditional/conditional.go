// Package conditional makes entity tags and answers If-None-Match.
//
// A tag is a function of what is sent and of nothing else, so every gateway of a
// deployment gives the same. Compression adds Suffix to it (RFC 9110, 8.8.3.3).
package conditional

import (
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// Suffix is what the compressing middleware puts at the end of the tag of an
// answer that it compresses.
const Suffix = "-gzip"

// Tag returns the strong entity tag, quotes included, of content with that digest
// in the given version of its encoding (a short text of letters and digits).
func Tag(version string, digest o2.Digest) string {
	b := make([]byte, 0, len(version)+3+2*len(digest))
	b = append(b, '"')
	b = append(b, version...)
	b = append(b, '-')
	b = hex.AppendEncode(b, digest[:])
	return string(append(b, '"'))
}

// Match reports whether r's If-None-Match names tag, so that 304 is the answer,
// and returns the tag to send along: the compressed answer's if that is what the
// caller holds and still takes. Comparison is weak; "*" matches anything.
func Match(r *http.Request, tag string) (held string, ok bool) {
	for _, line := range r.Header["If-None-Match"] {
		for rest := line; ; {
			rest = strings.TrimLeft(rest, " \t,")
			if rest == "" {
				break
			}
			if rest[0] == '*' {
				return tag, true
			}
			one, after, valid := cutTag(rest)
			if !valid {
				break // the rest of a malformed line says nothing
			}
			rest = after
			if one == tag {
				return tag, true
			}
			if isCompressed(one, tag) && AcceptsGzip(r) {
				return one, true
			}
		}
	}
	return "", false
}

// cutTag takes one entity tag off s; a weak one loses its mark.
func cutTag(s string) (tag, rest string, ok bool) {
	s = strings.TrimPrefix(s, "W/")
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	end := strings.IndexByte(s[1:], '"')
	if end < 0 {
		return "", "", false
	}
	return s[:end+2], s[end+2:], true
}

// isCompressed reports whether one is tag with Suffix inside its quotes.
func isCompressed(one, tag string) bool {
	return len(one) == len(tag)+len(Suffix) &&
		one[:len(tag)-1] == tag[:len(tag)-1] &&
		one[len(tag)-1:len(one)-1] == Suffix
}

// AcceptsGzip reports whether r's caller takes gzip.
func AcceptsGzip(r *http.Request) bool {
	for _, line := range r.Header["Accept-Encoding"] {
		for coding := range strings.SplitSeq(line, ",") {
			name, parameters, _ := strings.Cut(coding, ";")
			if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
				continue
			}
			q, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
			return !found || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
