package pluginhost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/hashicorp/go-hclog"
)

// quiet turns everything that go-plugin says of itself into debug lines: what
// matters of it the supervisor says in its own words.
type quiet struct{ hclog.Logger }

// Log writes msg at debug level at most.
func (q quiet) Log(level hclog.Level, msg string, args ...any) {
	q.Logger.Log(min(level, hclog.Debug), msg, args...)
}

// Info writes a debug line.
func (q quiet) Info(msg string, args ...any) { q.Debug(msg, args...) }

// Warn writes a debug line.
func (q quiet) Warn(msg string, args ...any) { q.Debug(msg, args...) }

// Error writes a debug line.
func (q quiet) Error(msg string, args ...any) { q.Debug(msg, args...) }

// Named keeps what it returns as quiet.
func (q quiet) Named(name string) hclog.Logger { return quiet{q.Logger.Named(name)} }

// With keeps what it returns as quiet.
func (q quiet) With(args ...any) hclog.Logger { return quiet{q.Logger.With(args...)} }

// maxLogLine is how much of one line of a plugin's output is kept, in bytes.
const maxLogLine = 8 << 10

// outputLog makes our log lines of what a plugin writes: hclog's JSON lines
// keep their level and fields, anything else comes out as text. Lines are
// bounded in length and rate, secrets are blanked. Write never fails, and may
// be called from several goroutines only if each has its own outputLog.
type outputLog struct {
	log    hclog.Logger
	level  hclog.Level // of lines that do not say
	redact redactor
	limit  *rateLimit
	drop   func() // counts a line that was dropped

	buf      []byte
	cut      bool // the rest of the line is dropped
	panicked bool // a stack trace is running: all of it is an error
}

// Write takes any piece of the output.
func (o *outputLog) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		line := p
		if i >= 0 {
			line = p[:i]
		}
		if room := maxLogLine - len(o.buf); len(line) > room {
			line, o.cut = line[:room], true
		}
		o.buf = append(o.buf, line...)
		if i < 0 {
			break
		}
		o.flush()
		p = p[i+1:]
	}
	return n, nil
}

func (o *outputLog) flush() {
	line := strings.ToValidUTF8(string(bytes.TrimRight(o.buf, "\r ")), "\uFFFD")
	cut := o.cut
	o.buf, o.cut = o.buf[:0], false
	if line == "" {
		return
	}
	if o.beneath(line) {
		return
	}
	allowed, dropped := o.limit.take(time.Now())
	if !allowed {
		o.drop()
		if dropped == 1 {
			o.log.Warn("plugin writes too much: lines are dropped")
		}
		return
	}
	if dropped > 0 {
		o.log.Warn("lines of the plugin were dropped", "lines", dropped)
	}
	if !cut && o.structured(line) {
		return
	}
	o.plain(line)
}

// beneath reports whether the line is one of hclog's that would not be written
// anyway: a plugin logs more than we show, and that must not use up its rate.
func (o *outputLog) beneath(line string) bool {
	return line[0] == '{' &&
		(!o.log.IsDebug() && strings.Contains(line, `"@level":"debug"`) ||
			!o.log.IsTrace() && strings.Contains(line, `"@level":"trace"`))
}

// structured writes the line if it is one of hclog's.
func (o *outputLog) structured(line string) bool {
	if line[0] != '{' {
		return false
	}
	var fields map[string]any
	if json.Unmarshal([]byte(line), &fields) != nil {
		return false
	}
	msg, ok := fields["@message"].(string)
	if !ok {
		return false
	}
	level := o.level
	if name, ok := fields["@level"].(string); ok {
		if l := hclog.LevelFromString(name); l != hclog.NoLevel {
			level = l
		}
	}
	keys := make([]string, 0, len(fields))
	for k := range fields {
		if !strings.HasPrefix(k, "@") {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		// hclog marks every line of a value that has several, as a stack has.
		args = append(args, tame(o.redact.text(k), ""), tame(o.redact.text(fmt.Sprint(fields[k])), "\n\t"))
	}
	o.log.Log(level, tame(o.redact.text(msg), ""), args...)
	return true
}

func (o *outputLog) plain(line string) {
	level := o.level
	for prefix, l := range map[string]hclog.Level{
		"[TRACE]": hclog.Trace, "[DEBUG]": hclog.Debug, "[INFO]": hclog.Info, "[WARN]": hclog.Warn, "[ERROR]": hclog.Error,
	} {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			line, level = strings.TrimSpace(rest), l
			break
		}
	}
	if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
		o.panicked = true
	}
	if o.panicked {
		level = hclog.Error
	}
	o.log.Log(level, tame(o.redact.text(line), "\t"))
}

// tame makes blanks of control characters but those in keep: a plugin must
// neither begin a line that looks like ours nor speak to a terminal.
func tame(s, keep string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !strings.ContainsRune(keep, r) {
			return ' '
		}
		return r
	}, s)
}

// rateLimit is a token bucket that counts what it turned away. One plugin's
// streams share one, so it has its own lock.
type rateLimit struct {
	perSecond, burst float64

	mu      sync.Mutex
	tokens  float64
	last    time.Time
	dropped int
}

func newRateLimit(perSecond int, now time.Time) *rateLimit {
	burst := float64(5 * perSecond)
	return &rateLimit{perSecond: float64(perSecond), burst: burst, tokens: burst, last: now}
}

// take asks for one token. dropped is how many have been refused in a row, this
// one included if it is; a grant tells it once more, and starts over.
func (r *rateLimit) take(now time.Time) (ok bool, dropped int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tokens = min(r.burst, r.tokens+now.Sub(r.last).Seconds()*r.perSecond)
	r.last = now
	if r.tokens < 1 {
		r.dropped++
		return false, r.dropped
	}
	r.tokens--
	dropped, r.dropped = r.dropped, 0
	return true, dropped
}
