package o2

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// JSON is a JSON object in canonical form: keys sorted at every level, no
// insignificant white space. "" stands for no object.
type JSON string

// ParseJSON checks that raw is one JSON object and returns its canonical form.
// Empty input, "null" and "{}" give "". Numbers keep their digits. An object that
// common decoders could not read is an error.
func ParseJSON(raw []byte) (JSON, error) {
	j, err := parseJSON(raw)
	if err != nil {
		return "", err
	}
	if err := j.readable(); err != nil {
		return "", err
	}
	return j, nil
}

func parseJSON(raw []byte) (JSON, error) {
	trimmed := bytes.TrimSpace(raw)
	if len(trimmed) == 0 || string(trimmed) == "null" {
		return "", nil
	}
	if isCanonical(trimmed) {
		return JSON(trimmed), nil
	}
	dec := json.NewDecoder(bytes.NewReader(trimmed))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return "", fmt.Errorf("not a JSON object: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("not a JSON object: something follows its end")
	}
	return JSONOf(m)
}

// JSONOf returns the canonical form of m. It fails if m holds what JSON cannot.
func JSONOf(m map[string]any) (JSON, error) {
	if len(m) == 0 {
		return "", nil
	}
	var b strings.Builder
	enc := json.NewEncoder(&b) // sorts the keys of maps
	enc.SetEscapeHTML(false)
	if err := enc.Encode(m); err != nil {
		return "", fmt.Errorf("not expressible as JSON: %w", err)
	}
	return JSON(strings.TrimSuffix(b.String(), "\n")), nil
}

// Map decodes the object; numbers are json.Number. "" gives an empty map.
func (j JSON) Map() (map[string]any, error) {
	m := map[string]any{}
	if j == "" {
		return m, nil
	}
	dec := json.NewDecoder(strings.NewReader(string(j)))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	return m, nil
}
