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

// clock keeps the last second as text: a busy gateway writes thousands of lines
// in each.
type clock struct {
	second int64
	text   []byte
}

// append appends t in UTC with microseconds.
func (c *clock) append(b []byte, t time.Time) []byte {
	if s := t.Unix(); s != c.second || c.text == nil {
		c.second = s
		c.text = t.UTC().AppendFormat(c.text[:0], "2006-01-02T15:04:05.")
	}
	b = append(b, c.text...)
	micro := t.Nanosecond() / int(time.Microsecond)
	for unit := 100_000; unit > 0; unit /= 10 {
		b = append(b, byte('0'+micro/unit%10))
	}
	return append(b, 'Z')
}

// appendTo appends the entry as one line. The order of the keys is fixed; user
// and tenant are left out for a caller without them, query if there was none.
func (e *Entry) appendTo(b []byte, c *clock) []byte {
	b = append(b, `{"time":"`...)
	b = c.append(b, e.Time)
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
