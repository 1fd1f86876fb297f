package sdk

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decodeConfig reads an adapter's configuration into the author's type and lets
// it validate itself. Every error has code Invalid and names the key.
func decodeConfig[C any](raw []byte) (C, error) {
	var cfg C
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	tree, err := parseTree(raw)
	if err != nil {
		return cfg, Errorf(Invalid, "the configuration is no JSON: %w", err)
	}
	if _, ok := tree.(map[string]any); !ok && tree != nil {
		return cfg, Errorf(Invalid, "the configuration must be an object with keys and values")
	}
	if err := knownKeys("", tree, reflect.TypeFor[C]()); err != nil {
		return cfg, Errorf(Invalid, "%w", err)
	}
	if err := json.Unmarshal(raw, &cfg); err != nil {
		return cfg, Errorf(Invalid, "%w", plainConfigError(err))
	}
	if err := validate(&cfg); err != nil {
		if _, ok := errors.AsType[*Error](err); ok {
			return cfg, err
		}
		return cfg, Errorf(Invalid, "%w", err)
	}
	return cfg, nil
}

// parseTree decodes any JSON with its numbers as they stand.
func parseTree(raw []byte) (any, error) {
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil { // refuses what follows the end, too
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return tree, dec.Decode(&tree)
}

// validate calls the Validate method of *cfg or of cfg, if there is one.
func validate[C any](cfg *C) error {
	type validator interface{ Validate() error }
	if v, ok := any(cfg).(validator); ok {
		return v.Validate()
	}
	if v, ok := any(*cfg).(validator); ok {
		return v.Validate()
	}
	return nil
}

func plainConfigError(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where := e.Field
		if where == "" {
			where = "the configuration"
		}
		article := "a"
		if strings.ContainsAny(e.Value[:1], "ao") { // array, object
			article = "an"
		}
		return fmt.Errorf("%s: found %s %s where %s is wanted", where, article, e.Value, wanted(e.Type))
	}
	return err
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	default:
		return t.String()
	}
}

// knownKeys compares the configuration's keys with the fields of t, all the way
// down, and names the first that t does not have, by its full path. Types that
// decode themselves are tried here, since their errors do not know the path.
func knownKeys(path string, value any, t reflect.Type) error {
	if decodesItself(t) {
		return tryDecoding(path, value, t)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return knownKeys(path, value, t.Elem())
	case reflect.Slice, reflect.Array:
		list, _ := value.([]any)
		for i, item := range list {
			if err := knownKeys(fmt.Sprintf("%s[%d]", path, i), item, t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Map:
		m, _ := value.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if err := knownKeys(join(path, key), m[key], t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Struct:
		m, _ := value.(map[string]any)
		fields := map[string]reflect.Type{}
		collectFields(t, fields)
		for _, key := range slices.Sorted(maps.Keys(m)) {
			field, ok := lookupField(fields, key)
			if !ok {
				return unknownKey(join(path, key), fields)
			}
			if err := knownKeys(join(path, key), m[key], field); err != nil {
				return err
			}
		}
	}
	return nil
}

func tryDecoding(path string, value any, t reflect.Type) error {
	raw, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(raw, reflect.New(t).Interface())
	}
	if err != nil && path != "" {
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}

func decodesItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// collectFields finds the JSON names of t's fields as encoding/json does, those
// of embedded structs included.
func collectFields(t reflect.Type, into map[string]reflect.Type) {
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Tag.Get("json") == "-":
		case f.Anonymous && name == "" && embedded(f.Type) != nil:
			collectFields(embedded(f.Type), into)
		case !f.IsExported():
		case name == "":
			into[f.Name] = f.Type
		default:
			into[name] = f.Type
		}
	}
}

func embedded(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// lookupField ignores case, as encoding/json does.
func lookupField(fields map[string]reflect.Type, key string) (reflect.Type, bool) {
	if t, ok := fields[key]; ok {
		return t, true
	}
	for name, t := range fields {
		if strings.EqualFold(name, key) {
			return t, true
		}
	}
	return nil, false
}

func unknownKey(path string, fields map[string]reflect.Type) error {
	if len(fields) == 0 {
		return fmt.Errorf("%s: unknown key; there is nothing to configure here", path)
	}
	return fmt.Errorf("%s: unknown key; known are %s", path, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
