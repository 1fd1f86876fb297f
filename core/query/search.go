package query

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	searchParameter = "q"
	maxSearch       = 256 // bytes
	maxWords        = 10
)

// Search returns the filter of the objects in which each word of text is found, in
// whatever case: in one of their attributes, or in a value within one. Nothing but
// white space gives nil: every object.
func Search(s *Schema, text string) (*Filter, error) {
	fail := func(format string, args ...any) error {
		return &Error{Parameter: searchParameter, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(text) > maxSearch:
		return nil, fail("it is longer than %d bytes", maxSearch)
	case !utf8.ValidString(text):
		return nil, fail("it is not UTF-8")
	}
	words := strings.Fields(strings.ToLower(text))
	if len(words) > maxWords {
		return nil, fail("it has more than %d words", maxWords)
	}
	return conjunction(s, nil, words), nil
}

// searchText spells what is searched for, unlike any condition.
func searchText(words []string) string {
	var b strings.Builder
	b.WriteString("(q")
	for _, word := range words {
		b.WriteByte(',')
		b.WriteString(quoted(word))
	}
	b.WriteByte(')')
	return b.String()
}

// mentions reports whether each of the words, which are in lower case, is in one of
// o's texts. Every text is looked at once.
func (s *Schema) mentions(o any, words []string) bool {
	var found uint // by the place of the word; there are maxWords at most
	all := uint(1)<<len(words) - 1
	has := func(text string) bool {
		text = strings.ToLower(text)
		for i, word := range words {
			if found&(1<<i) == 0 && strings.Contains(text, word) {
				found |= 1 << i
			}
		}
		return found == all
	}
	for i := range s.attributes {
		a := &s.attributes[i]
		v := a.Get(o)
		switch {
		case v.Absent:
		case a.Type == Texts:
			if slices.ContainsFunc(v.Texts, has) {
				return true
			}
		case a.Type == JSON:
			if anyValue(v.JSON, has) || v.Over != "" && anyValue(v.Over, has) {
				return true
			}
		case has(v.Text):
			return true
		}
	}
	return false
}

// anyValue reports whether a simple value anywhere in a JSON document satisfies has.
// Names are no values. It allocates only for strings with escapes.
func anyValue(document string, has func(string) bool) bool {
	for i := 0; i < len(document); {
		switch c := document[i]; {
		case c == '"':
			end := i + 1
			escaped := false
			for end < len(document) && document[end] != '"' {
				if document[end] == '\\' {
					escaped = true
					end++
				}
				end++
			}
			end = min(end+1, len(document))
			literal := document[i:end]
			i = end
			if i < len(document) && document[i] == ':' {
				continue // a name: canonical form has no white space
			}
			text := strings.Trim(literal, `"`)
			if escaped && json.Unmarshal([]byte(literal), &text) != nil {
				continue
			}
			if has(text) {
				return true
			}
		case strings.IndexByte("{}[],: \t\r\n", c) >= 0:
			i++
		default:
			end := i
			for end < len(document) && strings.IndexByte("{}[],", document[end]) < 0 {
				end++
			}
			if has(document[i:end]) {
				return true
			}
			i = end
		}
	}
	return false
}
