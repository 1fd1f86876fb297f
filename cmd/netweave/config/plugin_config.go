package config

import (
	"encoding/json"
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"
)

// PluginConfig is what an adapter's "config" holds, as the plugin gets it. It
// may hold secrets: however it is printed or logged, it shows none.
type PluginConfig struct{ encoded string }

// JSON returns the configuration as a JSON object, "{}" if there is none.
func (p PluginConfig) JSON() []byte {
	if p.encoded == "" {
		return []byte("{}")
	}
	return []byte(p.encoded)
}

// String hides the content.
func (PluginConfig) String() string { return "[hidden]" }

// GoString hides the content.
func (PluginConfig) GoString() string { return "[hidden]" }

// MarshalJSON hides the content; JSON returns it.
func (PluginConfig) MarshalJSON() ([]byte, error) { return []byte(`"[hidden]"`), nil }

// MarshalYAML hides the content.
func (PluginConfig) MarshalYAML() (any, error) { return "[hidden]", nil }

// pluginConfig reads an adapter's own configuration: any mapping, its keys as
// they are written, its times and dates kept as text.
func (r *reader) pluginConfig(n *yaml.Node, path string) PluginConfig {
	if isNull(n) {
		return PluginConfig{}
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.problem(path, n, "must be a mapping of the plugin's own keys")
		return PluginConfig{}
	}
	encoded, err := json.Marshal(r.free(n, path))
	if err != nil {
		r.problem(path, n, "cannot be given to the plugin as JSON")
		return PluginConfig{}
	}
	return PluginConfig{encoded: string(encoded)}
}

// free reads user data: a value of any shape that JSON can express.
func (r *reader) free(n *yaml.Node, path string) any {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, f := range r.fields(n, path) {
			m[f.key] = r.free(f.value, path+"."+f.key)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, item := range n.Content {
			list = append(list, r.free(item, fmt.Sprintf("%s[%d]", path, i)))
		}
		return list
	default:
		return r.freeScalar(n, path)
	}
}

// freeScalar reads one scalar as what it looks like in YAML. What comes from the
// environment, whole or in part, is text unless it replaces another type.
func (r *reader) freeScalar(n *yaml.Node, path string) any {
	tag := n.ShortTag()
	if text, ok := r.override(path); ok {
		if tag == "!!str" || tag == "!!null" {
			return text
		}
		n = &yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: n.Line}
		if got := n.ShortTag(); got != tag {
			r.problem(path, n, "must be "+tagNames[tag]+", like the value it replaces")
			return nil
		}
	}
	switch tag {
	case "!!null":
		return nil
	case "!!bool", "!!int", "!!float":
		var v any
		if err := n.Decode(&v); err != nil {
			r.problem(path, n, fmt.Sprintf("must be %s", tagNames[tag]))
			return nil
		}
		if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			r.problem(path, n, "must be a finite number")
			return nil
		}
		return v
	default:
		return r.expand(n, path)
	}
}

var tagNames = map[string]string{
	"!!bool": "true or false", "!!int": "a whole number", "!!float": "a number", "!!timestamp": "a time",
}

// filter reads a routing rule's conditions: attributes, as they are written, and
// plain values.
func (r *reader) filter(n *yaml.Node, path string) map[string]any {
	if isNull(n) {
		return nil
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.problem(path, n, `must be a mapping of attributes to values, for example {extensions.type: "bare-metal"}`)
		return nil
	}
	m := map[string]any{}
	for _, f := range r.fields(n, path) {
		at := path + "." + f.key
		if resolve(f.value).Kind != yaml.ScalarNode || isNull(f.value) {
			r.problem(at, f.value, "must be text, a number, true or false")
			continue
		}
		switch v := r.freeScalar(resolve(f.value), at).(type) {
		case nil: // reported already
		case int:
			m[f.key] = int64(v)
		default:
			m[f.key] = v
		}
	}
	return m
}
