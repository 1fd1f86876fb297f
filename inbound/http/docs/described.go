package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Every document says the same of its server: the one that it came from. What is
// served names it.
const (
	serversYAML = "\nservers:\n  - url: /\n"
	serversJSON = `"servers":[{"url":"/"}]`
)

// described is one version's document.
type described struct {
	before, after []byte // of serversYAML
	parse         func() ([]byte, error)
}

func describe(document []byte) (*described, error) {
	before, after, ok := bytes.Cut(document, []byte(serversYAML))
	if !ok {
		return nil, fmt.Errorf("its servers must be written as %q", serversYAML)
	}
	return &described{before: before, after: after, parse: sync.OnceValues(func() ([]byte, error) { return toJSON(document) })}, nil
}

// yaml returns the document for a server.
func (d *described) yaml(server string) []byte {
	return bytes.Join([][]byte{d.before, []byte("\nservers:\n  - url: "), quoted(server), []byte("\n"), d.after}, nil)
}

// json returns the document for a server, its keys in the document's order.
func (d *described) json(server string) ([]byte, error) {
	all, err := d.parse()
	if err != nil {
		return nil, err
	}
	return bytes.Replace(all, []byte(serversJSON), fmt.Appendf(nil, `"servers":[{"url":%s}]`, quoted(server)), 1), nil
}

// quoted is text as JSON has it, which YAML reads as well.
func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // no text fails to encode
	}
	return b
}

func toJSON(document []byte) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := encode(&b, &root); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// encode writes a node as JSON. It keeps the order of keys, which is what a reader
// of the document sees.
func encode(b *bytes.Buffer, n *yaml.Node) error {
	switch n.Kind {
	case yaml.DocumentNode:
		return encode(b, n.Content[0])
	case yaml.AliasNode:
		return encode(b, n.Alias)
	case yaml.MappingNode:
		return encodeAll(b, n.Content, 2, '{', '}')
	case yaml.SequenceNode:
		return encodeAll(b, n.Content, 1, '[', ']')
	case yaml.ScalarNode:
		return encodeScalar(b, n)
	}
	return errors.New("a node of no known kind")
}

// encodeAll writes what is between two brackets; of two in each, the first is a key.
func encodeAll(b *bytes.Buffer, content []*yaml.Node, each int, opening, closing byte) error {
	b.WriteByte(opening)
	for i := 0; i+each <= len(content); i += each {
		if i > 0 {
			b.WriteByte(',')
		}
		if each > 1 {
			b.Write(quoted(content[i].Value))
			b.WriteByte(':')
		}
		if err := encode(b, content[i+each-1]); err != nil {
			return err
		}
	}
	b.WriteByte(closing)
	return nil
}

func encodeScalar(b *bytes.Buffer, n *yaml.Node) error {
	if n.ShortTag() == "!!timestamp" { // which is YAML's own idea: JSON has none
		b.Write(quoted(n.Value))
		return nil
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	b.Write(text)
	return nil
}
