package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDocumentBytes bounds the document: configurations are written by people.
const maxDocumentBytes = 4 << 20

// parseDocument returns the document's root mapping, nil for an empty document.
func parseDocument(data []byte) (*yaml.Node, *Problem) {
	if len(data) > maxDocumentBytes {
		return nil, &Problem{Reason: fmt.Sprintf("the document is larger than %d bytes", maxDocumentBytes)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, syntaxProblem(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, syntaxProblem(err)
		}
		return nil, &Problem{Line: second.Line, Reason: "a second document starts here: write one configuration a file"}
	}
	root := resolve(doc.Content[0])
	if isNull(root) {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, &Problem{Line: root.Line, Reason: "must be a mapping with the sections server, log, plugins, runtime, role, store, leadership, subscriptions, alarms, rateLimits, audit, auth, tenancy, oCloud, api, adapters and routing"}
	}
	// A trial decode has the library's guard against aliases that multiply.
	var trial any
	var typed *yaml.TypeError
	if err := root.Decode(&trial); err != nil && !errors.As(err, &typed) {
		return nil, syntaxProblem(err)
	}
	return root, nil
}

var (
	yamlLine  = regexp.MustCompile(`line (\d+): `)
	yamlQuote = regexp.MustCompile("`[^`]*`")
	yamlKey   = regexp.MustCompile(`invalid map key: .*`)
)

// rewordings are for what the YAML library says in terms of its own.
var rewordings = strings.NewReplacer(
	"found character that cannot start any token",
	"a character cannot stand here: indent with spaces, not tabs, and put texts that start with @, % or a backquote in quotes",
	"found incompatible YAML document", "the %YAML directive is not understood: leave it out",
)

// syntaxProblem rewords the YAML library's error, without any value it quotes.
func syntaxProblem(err error) *Problem {
	text := yamlQuote.ReplaceAllString(err.Error(), "a value")
	p := &Problem{}
	if m := yamlLine.FindStringSubmatchIndex(text); m != nil {
		if line, convErr := strconv.Atoi(text[m[2]:m[3]]); convErr == nil {
			p.Line = line
			text = text[:m[0]] + text[m[1]:]
		}
	}
	text = yamlKey.ReplaceAllString(text, "a key is no plain text")
	p.Reason = "not YAML: " + rewordings.Replace(strings.TrimPrefix(text, "yaml: "))
	return p
}

// resolve follows aliases.
func resolve(n *yaml.Node) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool {
	n = resolve(n)
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

// field is one key of a mapping and its value.
type field struct {
	key   string
	name  *yaml.Node
	value *yaml.Node
}

// fields returns a mapping's fields in their order; keys that are no text or are
// there twice are problems. Merge keys ("<<") are read as YAML 1.1 has them.
func (r *reader) fields(n *yaml.Node, path string) []field {
	var own, merged []field
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := resolve(n.Content[i]), n.Content[i+1]
		switch {
		case name.ShortTag() == "!!merge":
			merged = append(merged, r.merge(value, path)...)
		case name.Kind != yaml.ScalarNode:
			r.problem(path, name, "has a key that is no text")
		case seen[name.Value]:
			r.problem(join(path, name.Value), name, "is there twice")
		default:
			seen[name.Value] = true
			own = append(own, field{key: name.Value, name: name, value: value})
		}
	}
	for _, f := range merged {
		if !seen[f.key] {
			seen[f.key] = true
			own = append(own, f)
		}
	}
	return own
}

func (r *reader) merge(value *yaml.Node, path string) []field {
	switch value = resolve(value); value.Kind {
	case yaml.MappingNode:
		return r.fields(value, path)
	case yaml.SequenceNode:
		var all []field
		for _, item := range value.Content {
			all = append(all, r.merge(item, path)...)
		}
		return all
	default:
		r.problem(path, value, `"<<" takes a mapping or a list of mappings`)
		return nil
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
