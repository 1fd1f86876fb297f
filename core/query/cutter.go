package query

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Apply appends the selected part of object, one encoded JSON object, to dst.
// Members keep their order and their bytes; arrays of objects are cut element
// by element. What is no JSON object is appended as it is.
func (s *Selector) Apply(dst, object []byte) []byte {
	if s == nil {
		return append(dst, object...)
	}
	start := len(dst)
	c := cutter{src: object, dst: dst}
	ok := c.object(func(key []byte) (verdict, []string) {
		a, known := s.attributes[string(key)]
		switch {
		case known:
			return a.verdict, a.paths
		case s.others:
			return keep, nil
		}
		return drop, nil
	})
	c.space()
	if !ok || c.pos != len(object) {
		return append(c.dst[:start], object...)
	}
	return c.dst
}

// cutter copies parts of src to dst, reading src once from left to right.
type cutter struct {
	src, dst []byte
	pos      int
}

// object copies the members of the object at pos that choose keeps. It reports
// whether src was well-formed that far.
func (c *cutter) object(choose func(key []byte) (verdict, []string)) bool {
	c.space()
	if !c.take('{') {
		return false
	}
	c.dst = append(c.dst, '{')
	first := true
	for member := 0; ; member++ {
		more, ok := c.next(member, '}')
		if !ok {
			return false
		}
		if !more {
			break
		}
		before := len(c.dst)
		if !first {
			c.dst = append(c.dst, ',')
		}
		rawKey, ok := c.scanString()
		if !ok {
			return false
		}
		c.space()
		if !c.take(':') {
			return false
		}
		key, ok := keyText(rawKey)
		if !ok {
			return false
		}
		v, paths := choose(key)
		kept := false
		if v != drop {
			c.dst = append(append(c.dst, rawKey...), ':')
			if kept, ok = c.value(v, paths); !ok {
				return false
			}
		} else if _, ok = c.scanValue(); !ok {
			return false
		}
		if kept {
			first = false
		} else {
			c.dst = c.dst[:before]
		}
	}
	c.dst = append(c.dst, '}')
	return true
}

// value copies what verdict and paths leave of the value at pos. kept is false
// where nothing is left: a path leads into a simple value.
func (c *cutter) value(v verdict, paths []string) (kept, ok bool) {
	c.space()
	if v == keep {
		raw, ok := c.scanValue()
		c.dst = append(c.dst, raw...)
		return true, ok
	}
	switch {
	case c.pos < len(c.src) && c.src[c.pos] == '{':
		return true, c.object(func(key []byte) (verdict, []string) { return choosePart(v, paths, string(key)) })
	case c.take('['):
		return true, c.array(v, paths)
	}
	raw, ok := c.scanValue()
	if v == dropParts {
		c.dst = append(c.dst, raw...)
	}
	return v == dropParts, ok
}

func (c *cutter) array(v verdict, paths []string) bool {
	c.dst = append(c.dst, '[')
	first := true
	for member := 0; ; member++ {
		more, ok := c.next(member, ']')
		if !ok {
			return false
		}
		if !more {
			break
		}
		before := len(c.dst)
		if !first {
			c.dst = append(c.dst, ',')
		}
		kept, ok := c.value(v, paths)
		if !ok {
			return false
		}
		if kept {
			first = false
		} else {
			c.dst = c.dst[:before]
		}
	}
	c.dst = append(c.dst, ']')
	return true
}

// choosePart settles the member key of an object that paths lead into.
func choosePart(v verdict, paths []string, key string) (verdict, []string) {
	var rest []string
	for _, p := range paths {
		if !strings.HasPrefix(p, key) && strings.HasPrefix(p, "@") {
			p = p[1:]
		}
		switch {
		case p == key && v == keepParts:
			return keep, nil
		case p == key:
			return drop, nil
		case len(p) > len(key) && p[len(key)] == '/' && strings.HasPrefix(p, key):
			rest = append(rest, p[len(key)+1:])
		}
	}
	switch {
	case len(rest) > 0:
		return v, rest
	case v == keepParts:
		return drop, nil
	}
	return keep, nil
}

// keyText returns the key that raw, a JSON string with its quotes, spells.
func keyText(raw []byte) ([]byte, bool) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], true
	}
	var key string
	err := json.Unmarshal(raw, &key)
	return []byte(key), err == nil
}

func (c *cutter) space() {
	for c.pos < len(c.src) {
		switch c.src[c.pos] {
		case ' ', '\n', '\t', '\r':
			c.pos++
		default:
			return
		}
	}
}

func (c *cutter) take(b byte) bool {
	if c.pos < len(c.src) && c.src[c.pos] == b {
		c.pos++
		return true
	}
	return false
}

// next moves to a member of an object or array, past the comma before all but
// the first, or past the closing bracket.
func (c *cutter) next(member int, closing byte) (more, ok bool) {
	c.space()
	if c.take(closing) {
		return false, true
	}
	if member > 0 && !c.take(',') {
		return false, false
	}
	c.space()
	return true, true
}

// scanString passes the string at pos and returns it with its quotes.
func (c *cutter) scanString() ([]byte, bool) {
	start := c.pos
	if !c.take('"') {
		return nil, false
	}
	for ; c.pos < len(c.src); c.pos++ {
		switch c.src[c.pos] {
		case '"':
			c.pos++
			return c.src[start:c.pos], true
		case '\\':
			c.pos++
		}
	}
	return nil, false
}

// scanValue passes the value at pos and returns its bytes.
func (c *cutter) scanValue() ([]byte, bool) {
	c.space()
	start, depth := c.pos, 0
	for c.pos < len(c.src) {
		switch c.src[c.pos] {
		case '"':
			if _, ok := c.scanString(); !ok {
				return nil, false
			}
		case '{', '[':
			depth++
			c.pos++
		case '}', ']':
			if depth == 0 {
				return nil, false
			}
			depth--
			c.pos++
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return nil, false
			}
			c.pos++
		default:
			if end := bytes.IndexAny(c.src[c.pos:], ",:]}[{\" \n\t\r"); end > 0 {
				c.pos += end
			} else {
				c.pos = len(c.src)
			}
		}
		if depth == 0 {
			return c.src[start:c.pos], true
		}
	}
	return nil, false
}
