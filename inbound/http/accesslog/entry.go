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
	b = appendMicroseconds(append(b, c.text...), t.Nanosecond())
	return append(b, 'Z')
}

// appendSeconds appends d, which is not negative, in seconds with six decimals.
func appendSeconds(b []byte, d time.Duration) []byte {
	d = (max(d, 0) + time.Microsecond/2).Truncate(time.Microsecond)
	b = append(strconv.AppendInt(b, int64(d/time.Second), 10), '.')
	return appendMicroseconds(b, int(d%time.Second))
}

// appendMicroseconds appends what is less than a second in six digits.
func appendMicroseconds(b []byte, nanoseconds int) []byte {
	micro := nanoseconds / int(time.Microsecond)
	for unit := 100_000; unit > 0; unit /= 10 {
		b = append(b, byte('0'+micro/unit%10))
	}
	return b
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
	b = appendSeconds(append(b, `,"duration":`...), e.Duration)
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
