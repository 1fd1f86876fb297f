package nouns

import (
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/jsontext"
)

// timeForm is how APIs show a time, in UTC (RFC 3339).
const timeForm = "2006-01-02T15:04:05.000Z"

// Time returns t as APIs show it.
func Time(t time.Time) string { return t.UTC().Format(timeForm) }

// AppendTime appends t as a JSON string.
func AppendTime(b []byte, t time.Time) []byte {
	b = append(b, '"')
	b = t.UTC().AppendFormat(b, timeForm)
	return append(b, '"')
}

// AppendMoment appends name, which holds comma, quotes and colon, and t, or
// nothing if it is zero.
func AppendMoment(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	return AppendTime(append(b, name...), t)
}

// AppendOptional appends name, which holds comma, quotes and colon, and value,
// or nothing if there is no value.
func AppendOptional(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return jsontext.Append(append(b, name...), value)
}

// AppendTexts appends a list, "[]" for none.
func AppendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.Append(b, s)
	}
	return append(b, ']')
}

// AppendObject appends an object, "{}" for none.
func AppendObject(b []byte, o o2.JSON) []byte {
	if o == "" {
		return append(b, '{', '}')
	}
	return append(b, o...)
}

// AppendNames appends name and description, behind a comma.
func AppendNames(b []byte, h *o2.Header) []byte {
	b = jsontext.Append(append(b, `,"name":`...), h.Name)
	return jsontext.Append(append(b, `,"description":`...), h.Description)
}

// AppendExtensions appends extensions, those that are not state included, and ends
// the object.
func AppendExtensions(b []byte, h *o2.Header) []byte {
	b = append(b, `,"extensions":`...)
	return append(AppendMerged(b, h.Extensions, h.Volatile), '}')
}
