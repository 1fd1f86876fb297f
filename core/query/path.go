package query

import (
	"encoding/json"
	"strings"
)

// LeafKind tells what a Leaf is.
type LeafKind uint8

// The kinds of leaf that a path can end at.
const (
	LeafText LeafKind = iota
	LeafNumber
	LeafBool
)

// Leaf is one simple value inside a JSON object.
type Leaf struct {
	Kind LeafKind
	// Text is the string without its quotes and escapes, the number's digits as
	// they stand, or "true" or "false".
	Text string
}

// AnyKey is the path step that stands for the keys of a map themselves.
const AnyKey = "@key"

// Leaves calls visit with every simple value in a JSON object that path leads
// to, until visit returns false; it reports whether any was visited. It decodes only what it
// visits and allocates only for strings with escapes.
//
// The steps of a path are joined by "/". A step is a key, and since keys may
// hold "/" themselves, every key that the rest of the path starts with is
// followed. "@" before a key is allowed, and AnyKey alone gives the keys of a
// map as texts. Arrays are no step: a path goes on into each element. What is
// null, or an object where the path ends, is no simple value.
func Leaves(object, path string, visit func(Leaf) bool) bool {
	w := walker{s: object, visit: visit}
	w.value(path, false)
	return w.found
}

// walker reads JSON left to right, trusting nothing: at what it cannot read it
// stops.
type walker struct {
	s     string
	pos   int
	visit func(Leaf) bool
	found bool
	done  bool
}

// value reads the value at pos; ended tells that the path leads no further.
// It leaves pos behind the value, or at the end of s where it is broken.
func (w *walker) value(path string, ended bool) {
	w.space()
	if w.pos >= len(w.s) {
		return
	}
	switch w.s[w.pos] {
	case '{':
		if ended {
			w.skip()
			return
		}
		w.object(path)
	case '[':
		w.pos++
		for w.more(']') {
			w.value(path, ended)
			if w.done {
				return
			}
		}
	case '"':
		text, ok := w.text()
		if ok && ended {
			w.leaf(Leaf{Kind: LeafText, Text: text})
		}
	default:
		word := w.word()
		if !ended {
			return
		}
		switch word {
		case "null", "":
		case "true", "false":
			w.leaf(Leaf{Kind: LeafBool, Text: word})
		default:
			w.leaf(Leaf{Kind: LeafNumber, Text: word})
		}
	}
}

func (w *walker) object(path string) {
	w.pos++
	for w.more('}') {
		if w.pos >= len(w.s) || w.s[w.pos] != '"' {
			w.fail()
			return
		}
		key, ok := w.text()
		w.space()
		if !ok || w.pos >= len(w.s) || w.s[w.pos] != ':' {
			w.fail()
			return
		}
		w.pos++
		if path == AnyKey {
			w.leaf(Leaf{Kind: LeafText, Text: key})
			if !w.done {
				w.skip()
			}
		} else if rest, ended, ok := stepInto(path, key); ok {
			w.value(rest, ended)
		} else {
			w.skip()
		}
		if w.done {
			return
		}
	}
}

// stepInto reports whether path starts with key, what is left of it behind that
// step, and whether nothing is.
func stepInto(path, key string) (rest string, ended, ok bool) {
	if !strings.HasPrefix(path, key) && path != "" && path[0] == '@' {
		path = path[1:]
	}
	switch {
	case !strings.HasPrefix(path, key):
		return "", false, false
	case len(path) == len(key):
		return "", true, true
	case path[len(key)] == '/':
		return path[len(key)+1:], false, true
	}
	return "", false, false
}

// more moves to the next member of an object or array and reports whether there
// is one; it passes the closing bracket.
func (w *walker) more(closing byte) bool {
	w.space()
	if w.pos < len(w.s) && w.s[w.pos] == ',' {
		w.pos++
		w.space()
	}
	if w.pos >= len(w.s) {
		return false
	}
	if w.s[w.pos] == closing {
		w.pos++
		return false
	}
	return true
}

func (w *walker) leaf(l Leaf) {
	w.found = true
	if !w.visit(l) {
		w.done = true
	}
}

func (w *walker) fail() { w.pos = len(w.s) }

func (w *walker) space() {
	for w.pos < len(w.s) {
		switch w.s[w.pos] {
		case ' ', '\n', '\t', '\r':
			w.pos++
		default:
			return
		}
	}
}

// word reads a number or literal. It moves on by at least one byte, so that
// every loop over broken input ends.
func (w *walker) word() string {
	start := w.pos
	for w.pos < len(w.s) {
		switch w.s[w.pos] {
		case ',', '}', ']', ':', ' ', '\n', '\t', '\r', '"', '{', '[':
			if w.pos == start {
				w.fail()
				return ""
			}
			return w.s[start:w.pos]
		}
		w.pos++
	}
	return w.s[start:]
}

// raw reads the string at pos and returns what is between its quotes.
func (w *walker) raw() (raw string, escaped, ok bool) {
	start := w.pos + 1
	for i := start; ; {
		n := strings.IndexByte(w.s[i:], '"')
		if n < 0 {
			w.fail()
			return "", false, false
		}
		// A quote behind an odd number of backslashes is part of the string.
		end := i + n
		backslashes := 0
		for end-backslashes > start && w.s[end-backslashes-1] == '\\' {
			backslashes++
		}
		i = end + 1
		if backslashes%2 == 0 {
			w.pos = i
			raw = w.s[start:end]
			return raw, strings.IndexByte(raw, '\\') >= 0, true
		}
	}
}

func (w *walker) text() (string, bool) {
	start := w.pos
	raw, escaped, ok := w.raw()
	if !ok || !escaped {
		return raw, ok
	}
	var text string
	if err := json.Unmarshal([]byte(w.s[start:w.pos]), &text); err != nil {
		w.fail()
		return "", false
	}
	return text, true
}

// skip passes the value at pos.
func (w *walker) skip() {
	w.space()
	depth := 0
	for w.pos < len(w.s) {
		switch w.s[w.pos] {
		case '"':
			w.raw()
		case '{', '[':
			depth++
			w.pos++
			continue
		case '}', ']':
			depth--
			w.pos++
		case ',', ':', ' ', '\n', '\t', '\r':
			w.pos++
			continue
		default:
			w.word()
		}
		if depth <= 0 {
			return
		}
	}
}
