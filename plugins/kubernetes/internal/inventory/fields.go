package inventory

import (
	"bytes"
	"encoding/json"
	"strings"
	"unique"
)

// Field is one extension in its JSON form. Equal values are stored once,
// whichever objects they belong to: ten thousand healthy Nodes share one set of
// conditions.
type Field struct {
	key   string
	value unique.Handle[string]
}

// fields collects extensions in the order they are set.
type fields []Field

// set adds key unless value is empty: "", nil, a map or list without elements.
func (f *fields) set(key string, value any) {
	text := encode(value)
	switch text {
	case `""`, "null", "{}", "[]":
		return
	}
	*f = append(*f, Field{key: key, value: unique.Make(text)})
}

// addTo puts the extensions into dst, as json.RawMessage.
func (f fields) addTo(dst map[string]any) {
	for _, field := range f {
		dst[field.key] = json.RawMessage(field.value.Value())
	}
}

// encode returns value as compact JSON, maps sorted by key. Values are maps,
// lists, strings, numbers and booleans, which always encode.
func encode(value any) string {
	if s, ok := value.(string); ok && plain(s) {
		return `"` + s + `"`
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plain tells whether JSON has s as it is. Most texts in a cluster are names,
// and there are a hundred thousand of them to encode while a gateway starts.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// intern returns a shared copy of a string that many objects have.
func intern(s string) string {
	if s == "" {
		return ""
	}
	return unique.Make(s).Value()
}
