package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

const (
	// maxDepth bounds how deep objects and arrays may nest.
	maxDepth = 64
	// maxValues bounds how many values a body holds at all levels: a short body of
	// very many costs far more to check than to send.
	maxValues = 1 << 15
)

// parse reads one JSON value and counts the values in it. Numbers are json.Number.
func parse(raw []byte) (value any, count int, err error) {
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, 0, badRequest("the body is not valid JSON: %v (at byte %d)", syntax, syntax.Offset)
		}
		return nil, 0, badRequest("the body is not valid JSON: %v", err)
	}
	if at := loneSurrogate(raw); at >= 0 {
		return nil, 0, badRequest(`the body is not valid text: half a surrogate pair, %s, at byte %d`, raw[at:at+escapeLength], at+1)
	}
	p := parser{dec: json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	value, err = p.value(nil, 0)
	return value, p.count, err
}

// parser builds a value from tokens, because the decoder by itself lets the last
// of two equal names win.
type parser struct {
	dec   *json.Decoder
	count int
}

// place is where a value stands: a member or element of what stands at parent. It
// is spelled only for a message, since names can be long and their values many.
type place struct {
	parent *place
	name   string
	index  int
	listed bool
}

func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.listed:
		return join(p.parent.String(), strconv.Itoa(p.index))
	}
	return join(p.parent.String(), p.name)
}

// value reads the value at a place.
func (p *parser) value(at *place, depth int) (any, error) {
	if depth > maxDepth {
		return nil, badRequest("%s: nested deeper than %d levels", nameOf(at.String()), maxDepth)
	}
	if p.count++; p.count > maxValues {
		return nil, badRequest("the body holds more than %d values", maxValues)
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, badRequest("the body is not valid JSON: %v", err)
	}
	switch token {
	case json.Delim('{'):
		return p.object(at, depth)
	case json.Delim('['):
		return p.array(at, depth)
	}
	return token, nil
}

func (p *parser) object(at *place, depth int) (any, error) {
	members := map[string]any{}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return nil, badRequest("the body is not valid JSON: %v", err)
		}
		name, _ := token.(string) // the decoder gives nothing else here
		member := &place{parent: at, name: name}
		if _, twice := members[name]; twice {
			return nil, badRequest("%s is given twice", nameOf(member.String()))
		}
		if members[name], err = p.value(member, depth+1); err != nil {
			return nil, err
		}
	}
	return members, p.end()
}

func (p *parser) array(at *place, depth int) (any, error) {
	elements := []any{}
	for p.dec.More() {
		v, err := p.value(&place{parent: at, index: len(elements), listed: true}, depth+1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
	}
	return elements, p.end()
}

// end reads the closing bracket.
func (p *parser) end() error {
	if _, err := p.dec.Token(); err != nil {
		return badRequest("the body is not valid JSON: %v", err)
	}
	return nil
}

// escapeLength is the length of an escape such as \u00e9.
const escapeLength = 6

// loneSurrogate returns where valid JSON escapes one half of a surrogate pair
// without the other, -1 if it nowhere does. Such a half is no character: the
// decoder would put another in its place, and what was sent would not be what is
// kept.
func loneSurrogate(raw []byte) int {
	for i := 0; i < len(raw); {
		next := bytes.IndexByte(raw[i:], '\\')
		if next < 0 {
			break
		}
		i += next
		if raw[i+1] != 'u' {
			i += 2
			continue
		}
		if half := raw[i : i+escapeLength]; isHigh(half) {
			if end := i + 2*escapeLength; end > len(raw) || !isLow(raw[i+escapeLength:end]) {
				return i
			}
			i += escapeLength
		} else if isLow(half) {
			return i
		}
		i += escapeLength
	}
	return -1
}

// isHigh and isLow tell the halves \ud800 to \udbff and \udc00 to \udfff.
func isHigh(escape []byte) bool { return isHalf(escape, "89abAB") }

func isLow(escape []byte) bool { return isHalf(escape, "cdefCDEF") }

func isHalf(escape []byte, third string) bool {
	return escape[0] == '\\' && escape[1] == 'u' && (escape[2] == 'd' || escape[2] == 'D') &&
		bytes.IndexByte([]byte(third), escape[3]) >= 0
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

// nameOf names the value at path in a message.
func nameOf(path string) string {
	if path == "" {
		return "the body"
	}
	return path
}
