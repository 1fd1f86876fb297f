package monitoringv1

import (
	"bytes"
	"encoding/json"

	"github.com/netweave/netweave/core/o2"
)

// mergePatch returns what a merge patch (RFC 7396) makes of extensions. No patch
// changes nothing.
func mergePatch(extensions o2.JSON, patch json.RawMessage) (o2.JSON, error) {
	if len(patch) == 0 {
		return extensions, nil
	}
	target, err := objectOf([]byte(extensions))
	if err != nil {
		return "", err
	}
	changes, err := objectOf(patch)
	if err != nil {
		return "", err
	}
	raw, err := json.Marshal(merged(target, changes))
	if err != nil {
		return "", &o2.FieldError{Attribute: attributeExtensions, Reason: err.Error()}
	}
	return readExtensions(raw)
}

func objectOf(raw []byte) (map[string]any, error) {
	object := map[string]any{}
	if len(raw) == 0 {
		return object, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil {
		return nil, &o2.FieldError{Attribute: attributeExtensions, Reason: err.Error()}
	}
	return object, nil
}

// merged is RFC 7396's MergePatch of a patch that is an object.
func merged(target any, patch map[string]any) map[string]any {
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for key, value := range patch {
		switch v := value.(type) {
		case nil:
			delete(object, key)
		case map[string]any:
			object[key] = merged(object[key], v)
		default:
			object[key] = v
		}
	}
	return object
}
