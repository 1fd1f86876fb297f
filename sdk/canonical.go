package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// canonicalJSON encodes m with sorted keys at every level, compact and without
// HTML escapes, so that equal content gives equal bytes and the host can keep
// them as they are. An empty m gives no bytes. field names m in errors.
func canonicalJSON(field string, m map[string]any) ([]byte, error) {
	if len(m) == 0 {
		return nil, nil
	}
	raw, err := compactJSON(m)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be sent as JSON: %w", blame(field, m), err)
	}
	if isCanonical(m) {
		return raw, nil
	}
	// Structs keep the order of their fields and json.Marshaler any order: only
	// maps are sorted by the encoder, so make it all maps.
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var plain map[string]any
	if err := dec.Decode(&plain); err != nil {
		return nil, fmt.Errorf("%s cannot be sent as JSON: %w", field, err)
	}
	return compactJSON(plain)
}

func compactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// isCanonical tells whether the encoder alone gives v's canonical form: v is made
// of nothing but maps, lists and plain values, and its texts are UTF-8 (of others
// the encoder makes escapes).
func isCanonical(v any) bool {
	switch v := v.(type) {
	case nil, bool, json.Number,
		int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64,
		[]int, []int64, []float64, []bool:
		return true
	case string:
		return utf8.ValidString(v)
	case []string:
		return !slices.ContainsFunc(v, func(s string) bool { return !utf8.ValidString(s) })
	case map[string]string:
		for key, text := range v {
			if !utf8.ValidString(key) || !utf8.ValidString(text) {
				return false
			}
		}
		return true
	case map[string]any:
		for key, item := range v {
			if !utf8.ValidString(key) || !isCanonical(item) {
				return false
			}
		}
		return true
	case []any:
		return !slices.ContainsFunc(v, func(item any) bool { return !isCanonical(item) })
	default:
		return false
	}
}

// blame names the entry of m that cannot be encoded.
func blame(field string, m map[string]any) string {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if _, err := compactJSON(m[key]); err != nil {
			return fmt.Sprintf("%s[%q]", field, key)
		}
	}
	return field
}

// parseMap decodes a JSON object with numbers as json.Number; nothing gives nil.
func parseMap(field string, raw []byte) (map[string]any, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s is not a JSON object: %w", field, err)
	}
	if dec.More() {
		return nil, fmt.Errorf("%s: something follows the JSON object", field)
	}
	return m, nil
}
