package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// maxDepth bounds how deep objects and arrays may nest.
const maxDepth = 64

// parse reads one JSON value. Numbers are json.Number.
func parse(raw []byte) (any, error) {
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, badRequest("the body is not valid JSON: %v (at byte %d)", syntax, syntax.Offset)
		}
		return nil, badRequest("the body is not valid JSON: %v", err)
	}
	p := parser{dec: json.NewDecoder(bytes.NewReader(raw))}
	p.dec.UseNumber()
	return p.value("", 0)
}

// parser builds a value from tokens, because the decoder by itself lets the last
// of two equal names win.
type parser struct {
	dec *json.Decoder
}

// value reads the value at path.
func (p parser) value(path string, depth int) (any, error) {
	if depth > maxDepth {
		return nil, badRequest("%s: nested deeper than %d levels", nameOf(path), maxDepth)
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, badRequest("the body is not valid JSON: %v", err)
	}
	switch token {
	case json.Delim('{'):
		return p.object(path, depth)
	case json.Delim('['):
		return p.array(path, depth)
	}
	return token, nil
}

func (p parser) object(path string, depth int) (any, error) {
	members := map[string]any{}
	for p.dec.More() {
		token, err := p.dec.Token()
		if err != nil {
			return nil, badRequest("the body is not valid JSON: %v", err)
		}
		name, _ := token.(string) // the decoder gives nothing else here
		at := join(path, name)
		if _, twice := members[name]; twice {
			return nil, badRequest("%s is given twice", nameOf(at))
		}
		if members[name], err = p.value(at, depth+1); err != nil {
			return nil, err
		}
	}
	return members, p.end()
}

func (p parser) array(path string, depth int) (any, error) {
	elements := []any{}
	for p.dec.More() {
		v, err := p.value(join(path, strconv.Itoa(len(elements))), depth+1)
		if err != nil {
			return nil, err
		}
		elements = append(elements, v)
	}
	return elements, p.end()
}

// end reads the closing bracket.
func (p parser) end() error {
	if _, err := p.dec.Token(); err != nil {
		return badRequest("the body is not valid JSON: %v", err)
	}
	return nil
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
