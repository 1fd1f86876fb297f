package accesslog

import (
	"strconv"
	"time"

	"github.com/netweave/netweave/inbound/http/jsontext"
)

// Entry is one request, as the log shows it.
type Entry struct {
	// Time is when the request came, shown in UTC.
	Time time.Time
	// Duration is from then to the end of the answer, shown in seconds.
	Duration time.Duration
	Method   string
	// Path and Query are as the caller sent them; Route is the pattern that
	// matched, "unmatched" for none.
	Path, Query, Route string
	Status             int
	// Bytes is the length of the body as sent.
	Bytes                           int64
	User, Tenant, RequestID, Remote string
}

const timeFormat = "2006-01-02T15:04:05.000000Z"

// appendTo appends the entry as one line. The order of the keys is fixed; user
// and tenant are left out for a caller without them, query if there was none.
func (e *Entry) appendTo(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeFormat)
	b = jsontext.Append(append(b, `","method":`...), e.Method)
	b = jsontext.Append(append(b, `,"path":`...), e.Path)
	if e.Query != "" {
		b = jsontext.Append(append(b, `,"query":`...), e.Query)
	}
	b = jsontext.Append(append(b, `,"route":`...), e.Route)
	b = strconv.AppendInt(append(b, `,"status":`...), int64(e.Status), 10)
	b = strconv.AppendInt(append(b, `,"bytes":`...), e.Bytes, 10)
	b = strconv.AppendFloat(append(b, `,"duration":`...), e.Duration.Seconds(), 'f', 6, 64)
	if e.User != "" {
		b = jsontext.Append(append(b, `,"user":`...), e.User)
	}
	if e.Tenant != "" {
		b = jsontext.Append(append(b, `,"tenant":`...), e.Tenant)
	}
	b = jsontext.Append(append(b, `,"requestId":`...), e.RequestID)
	b = jsontext.Append(append(b, `,"remote":`...), e.Remote)
	return append(b, '}', '\n')
}
