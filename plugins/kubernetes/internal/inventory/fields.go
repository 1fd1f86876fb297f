package inventory

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"unique"
)

// Field is one extension: a string, a bool, an int64, or a *shared.
type Field struct {
	key   string
	value any
}

// shared is a map or list. Equal ones are stored once, whichever objects they
// belong to: ten thousand healthy Nodes share one set of conditions. Nobody may
// change what it holds.
type shared struct {
	text  string
	plain any
}

// fields collects extensions in the order they are set.
type fields []Field

// set adds key unless value is empty: "", nil, a map or list without elements.
// Values are strings, booleans, int64, and maps and lists of strings.
func (f *fields) set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool, int64:
	default:
		s := share(v)
		if s == nil {
			return
		}
		value = s
	}
	*f = append(*f, Field{key: key, value: value})
}

// own is set for a map or list that no other object has, so that looking for its
// like is in vain.
func (f *fields) own(key string, value map[string]any) {
	if len(value) > 0 {
		*f = append(*f, Field{key: key, value: &shared{text: encode(value), plain: value}})
	}
}

// addTo puts the extensions into dst, as values that encode to one form only.
func (f fields) addTo(dst map[string]any) {
	for _, field := range f {
		if s, ok := field.value.(*shared); ok {
			dst[field.key] = s.plain
		} else {
			dst[field.key] = field.value
		}
	}
}

func (f fields) equal(other fields) bool {
	return slices.EqualFunc(f, other, func(a, b Field) bool {
		if a.key != b.key {
			return false
		}
		left, ok := a.value.(*shared)
		if !ok {
			return a.value == b.value
		}
		right, ok := b.value.(*shared)
		return ok && (left == right || left.text == right.text)
	})
}

// sharedCount bounds how many different values are remembered; beyond it the
// memory starts anew, and what was shared stays so.
const sharedCount = 4096

var known = struct {
	mu    sync.Mutex
	texts map[string]*shared
}{texts: map[string]*shared{}}

// share returns the one copy of a map or list, nil if it is empty.
func share(value any) *shared {
	text := encode(value)
	switch text {
	case "null", "{}", "[]":
		return nil
	}
	known.mu.Lock()
	defer known.mu.Unlock()
	s := known.texts[text]
	if s == nil {
		if len(known.texts) >= sharedCount {
			clear(known.texts)
		}
		s = &shared{text: text, plain: value}
		known.texts[text] = s
	}
	return s
}

// encode returns value as compact JSON, maps sorted by key.
func encode(value any) string {
	return string(appendJSON(make([]byte, 0, 256), value))
}

func appendJSON(b []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return appendText(b, v)
	case []string:
		b = append(b, '[')
		for i, item := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(b, item)
		}
		return append(b, ']')
	case map[string]string:
		return appendMap(b, v, appendText)
	case map[string]any:
		return appendMap(b, v, appendJSON)
	default:
		return appendAny(b, v)
	}
}

func appendMap[V any](b []byte, m map[string]V, item func([]byte, V) []byte) []byte {
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, key), ':')
		b = item(b, m[key])
	}
	return append(b, '}')
}

// appendText writes what JSON has as it is. Most texts in a cluster are names,
// and there are a hundred thousand of them to encode while a gateway starts.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendAny(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendAny leaves it to the standard encoder.
func appendAny(b []byte, value any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return append(b, "null"...)
	}
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

// intern returns a shared copy of a string that many objects have.
func intern(s string) string {
	if s == "" {
		return ""
	}
	return unique.Make(s).Value()
}
