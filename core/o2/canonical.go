package o2

import (
	"encoding/json"
	"iter"
	"strings"
	"unicode/utf8"
)

// maxQuickDepth bounds the quick check's recursion; deeper objects are left to
// the full decoder.
const maxQuickDepth = 64

// isCanonical reports whether raw is one JSON object in exactly the form that
// ParseJSON would give it. It may say no of an object that is, and the caller
// then decodes it; it never says yes of one that is not.
func isCanonical(raw []byte) bool {
	if len(raw) < 3 || raw[0] != '{' || !utf8.Valid(raw) {
		return false // "{}" is "" in canonical form
	}
	c := canonicalChecker{s: raw}
	return c.object(0) && c.i == len(raw)
}

type canonicalChecker struct {
	s []byte
	i int
}

// eat moves past b if it is next.
func (c *canonicalChecker) eat(b byte) bool {
	if c.i < len(c.s) && c.s[c.i] == b {
		c.i++
		return true
	}
	return false
}

func (c *canonicalChecker) word(w string) bool {
	if len(c.s)-c.i >= len(w) && string(c.s[c.i:c.i+len(w)]) == w {
		c.i += len(w)
		return true
	}
	return false
}

func (c *canonicalChecker) value(depth int) bool {
	if c.i >= len(c.s) {
		return false
	}
	switch c.s[c.i] {
	case '{':
		return c.object(depth + 1)
	case '[':
		return c.array(depth + 1)
	case '"':
		_, ok := c.text()
		return ok
	case 't':
		return c.word("true")
	case 'f':
		return c.word("false")
	case 'n':
		return c.word("null")
	default:
		return c.number()
	}
}

func (c *canonicalChecker) object(depth int) bool {
	if depth > maxQuickDepth || !c.eat('{') {
		return false
	}
	if c.eat('}') {
		return true
	}
	var last []byte
	for first := true; ; first = false {
		start := c.i
		escaped, ok := c.text()
		if !ok || escaped {
			return false // the order of escaped keys is that of their meaning
		}
		key := c.s[start:c.i]
		// Both end in a quote, which is smaller than most of what may follow a
		// common beginning, but not than all: compare what is between.
		key = key[1 : len(key)-1]
		if !first && string(last) >= string(key) || !c.eat(':') || !c.value(depth) {
			return false
		}
		last = key
		if c.eat('}') {
			return true
		}
		if !c.eat(',') {
			return false
		}
	}
}

func (c *canonicalChecker) array(depth int) bool {
	if depth > maxQuickDepth || !c.eat('[') {
		return false
	}
	if c.eat(']') {
		return true
	}
	for {
		if !c.value(depth) {
			return false
		}
		if c.eat(']') {
			return true
		}
		if !c.eat(',') {
			return false
		}
	}
}

// text moves past a string that is escaped as encoding/json does it, and tells
// whether anything in it is.
func (c *canonicalChecker) text() (escaped, ok bool) {
	if !c.eat('"') {
		return false, false
	}
	for c.i < len(c.s) {
		switch b := c.s[c.i]; {
		case b == '"':
			c.i++
			return escaped, true
		case b == '\\':
			escaped = true
			if !c.escape() {
				return false, false
			}
		case b < ' ':
			return false, false
		case b == 0xe2 && (c.word("\u2028") || c.word("\u2029")):
			return false, false // encoding/json escapes both
		default:
			c.i++
		}
	}
	return false, false
}

func (c *canonicalChecker) escape() bool {
	for _, short := range []string{`\"`, `\\`, `\n`, `\t`, `\r`, `\b`, `\f`, `\u2028`, `\u2029`} {
		if c.word(short) {
			return true
		}
	}
	if !c.word(`\u00`) || len(c.s)-c.i < 2 {
		return false
	}
	high, low := c.s[c.i], c.s[c.i+1]
	c.i += 2
	if high != '0' && high != '1' {
		return false
	}
	switch {
	case low >= '0' && low <= '9':
		return high == '1' || low < '8' // backspace and tab have short forms
	case low >= 'a' && low <= 'f':
		return high == '1' || low == 'b' || low == 'e' || low == 'f' // as have \n, \f and \r
	default:
		return false
	}
}

func (c *canonicalChecker) number() bool {
	c.eat('-')
	if !c.eat('0') && !c.digits() {
		return false
	}
	if c.eat('.') && !c.digits() {
		return false
	}
	if c.eat('e') || c.eat('E') {
		if !c.eat('+') {
			c.eat('-')
		}
		return c.digits()
	}
	return true
}

func (c *canonicalChecker) digits() bool {
	start := c.i
	for c.i < len(c.s) && c.s[c.i] >= '0' && c.s[c.i] <= '9' {
		c.i++
	}
	return c.i > start
}

// With returns the object with the text value under key, in its place.
func (j JSON) With(key, value string) JSON {
	member := quoted(key) + ":" + quoted(value)
	if j == "" {
		return JSON("{" + member + "}")
	}
	s := string(j)
	start, end, found := j.member(key)
	switch {
	case found:
		return JSON(s[:start] + member + s[end:])
	case start == len(s)-1: // behind the last
		return JSON(s[:start] + "," + member + s[start:])
	default:
		return JSON(s[:start] + member + "," + s[start:])
	}
}

// Without returns the object without key.
func (j JSON) Without(key string) JSON {
	if j == "" {
		return j
	}
	s := string(j)
	start, end, found := j.member(key)
	switch {
	case !found:
		return j
	case start == 1 && end == len(s)-1: // it was all there is
		return ""
	case start == 1:
		return JSON(s[:start] + s[end+1:])
	default:
		return JSON(s[:start-1] + s[end:])
	}
}

// Members yields the keys at the top level, in order, each with its value as JSON.
func (j JSON) Members() iter.Seq2[string, string] {
	return func(yield func(key, value string) bool) {
		s := string(j)
		for i := 1; i < len(s)-1; {
			keyEnd := skipText(s, i)
			end := skipValue(s, keyEnd+1)
			if !yield(plainText(s[i:keyEnd]), s[keyEnd+1:end]) || end >= len(s)-1 {
				return
			}
			i = end + 1 // past the comma
		}
	}
}

// plainText is what a JSON string stands for.
func plainText(quoted string) string {
	text := quoted[1 : len(quoted)-1]
	if strings.IndexByte(text, '\\') >= 0 {
		if err := json.Unmarshal([]byte(quoted), &text); err != nil {
			return quoted[1 : len(quoted)-1]
		}
	}
	return text
}

// member finds key at the top level: where its member starts and ends, or, if
// it is not there, where it would have to start.
func (j JSON) member(key string) (start, end int, found bool) {
	s := string(j)
	for i := 1; i < len(s)-1; {
		keyEnd := skipText(s, i)
		name := plainText(s[i:keyEnd])
		if name > key {
			return i, i, false
		}
		end := skipValue(s, keyEnd+1)
		if name == key {
			return i, end, true
		}
		if end >= len(s)-1 {
			break
		}
		i = end + 1 // past the comma
	}
	return len(s) - 1, len(s) - 1, false
}

// skipText returns the index behind the string that starts at i.
func skipText(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return i
}

// skipValue returns the index behind the value that starts at i.
func skipValue(s string, i int) int {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			i = skipText(s, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			if depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// quoted returns s as a canonical JSON string.
func quoted(s string) string {
	plain := utf8.ValidString(s)
	for i := 0; plain && i < len(s); i++ {
		plain = s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] != 0xe2
	}
	if plain {
		return `"` + s + `"`
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // a string can always be encoded
	}
	return strings.TrimSuffix(b.String(), "\n")
}
