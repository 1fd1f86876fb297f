package o2ims

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/eventfilter"
)

// FilterText returns the filter that a subscription's body gives, in the query
// language: a text is one already, and an object says what attributes are to be
// equal to. raw is valid JSON, a string or an object, or nothing.
func FilterText(raw json.RawMessage) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	if raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return "", eventfilter.Error("%v", err)
		}
		return text, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return "", eventfilter.Error("it is neither a text nor an object: %v", err)
	}
	conditions, err := equalities(nil, "", object)
	if err != nil {
		return "", err
	}
	return strings.Join(conditions, ";"), nil
}

// equalities appends a condition for each simple value in object, whose path is
// "" or ends with a slash.
func equalities(list []string, path string, object map[string]any) ([]string, error) {
	if len(object) == 0 && path != "" {
		return nil, eventfilter.Error("%s is an empty object: name what is in it, or leave it out", strings.TrimSuffix(path, "/"))
	}
	for _, key := range slices.Sorted(maps.Keys(object)) { // so that of several faults the same is told
		var text string
		at := path + key
		switch v := object[key].(type) {
		case map[string]any:
			var err error
			if list, err = equalities(list, at+"/", v); err != nil {
				return nil, err
			}
			continue
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = "false"
			if v {
				text = "true"
			}
		default:
			return nil, eventfilter.Error("%s: want a text, a number, true, false or an object of these; "+
				"for several values write the filter as a text, with in", at)
		}
		list = append(list, "("+query.Equal.String()+","+inQuotes(at)+","+inQuotes(text)+")")
	}
	return list, nil
}

func inQuotes(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
