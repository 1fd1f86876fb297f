package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/netweave/netweave/sdk"
)

// errNotSent is in errors of requests that never left.
var errNotSent = errors.New("the request could not be made")

// failure is what came of one request, if not an answer.
type failure struct {
	err       error
	transient bool          // a read may be tried again
	after     time.Duration // the least that DTIAS wants to be left alone; 0 if it does not say
	denied    bool          // the key was refused
	usedKey   string
}

// gaveUp is the failure of a call whose own context has ended.
func gaveUp(ctx context.Context, x exchange) *failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &failure{err: sdk.Errorf(sdk.Timeout, "%s: DTIAS did not answer in time%s: %w", x.doing, doubt(x), ctx.Err())}
	}
	return &failure{err: ctx.Err()}
}

// doubt is what to say of a write whose answer did not come.
func doubt(x exchange) string {
	if x.reads() {
		return ""
	}
	return "; it may have been done all the same, so look before you ask again"
}

// broken is the failure of a request that got no answer, or none to its end.
func (c *Client) broken(x exchange, err error, key string) *failure {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the whole URL again
	}
	text := redact(err.Error(), key)
	op, isOp := errors.AsType[*net.OpError](err)
	code := sdk.Unavailable
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{transient: true, err: sdk.Errorf(sdk.Timeout, "%s: DTIAS did not answer within %v%s", x.doing, c.timeout, doubt(x))}
	case errors.Is(err, errNotSent), isOp && op.Op == "dial":
	case !x.reads():
		code = sdk.Timeout // as good as no answer
		text += doubt(x)
	}
	return &failure{transient: true, err: sdk.Errorf(code, "%s: no answer from DTIAS: %s", x.doing, text)}
}

// garbled is the failure of an answer that cannot be read, cut ones among them.
func garbled(x exchange, header http.Header, err error) *failure {
	if !x.reads() {
		return &failure{err: sdk.Errorf(sdk.Timeout, "%s: DTIAS's answer cannot be read%s: %w", x.doing, doubt(x), err)}
	}
	hint := ""
	if kind := header.Get("Content-Type"); !strings.Contains(kind, "json") {
		hint = fmt.Sprintf(" (it is %q: is endpoint right, and no proxy between?)", printable(kind, 60))
	}
	return &failure{transient: true, err: sdk.Errorf(sdk.Unavailable, "%s: DTIAS's answer cannot be read%s: %w", x.doing, hint, err)}
}

// refused is the failure of a request that was answered with no 2xx.
func refused(x exchange, status int, header http.Header, raw []byte, key string) *failure {
	var p problem
	spoken := json.Unmarshal(raw, &p) == nil && (p.Code != "" || p.Message != "")
	if !spoken {
		p = problem{}
	}
	f := &failure{transient: status >= 500 || status == http.StatusTooManyRequests}
	code := codeOf(status, p.Code)
	switch {
	case code == sdk.NotFound && (x.object == "" || !spoken):
		// Not an object that is missing but the call itself, or something between
		// DTIAS and here: that must not pass for a deletion.
		code = sdk.Unavailable
	case code == sdk.NotFound:
		f.err = notThere(x.object)
		return f
	case code == sdk.Throttled:
		f.after = retryAfter(header.Get("Retry-After"), time.Now())
	case code == sdk.Denied:
		f.denied, f.usedKey = true, key
	}
	if status == http.StatusServiceUnavailable {
		f.after = retryAfter(header.Get("Retry-After"), time.Now())
	}
	said := http.StatusText(status)
	if spoken {
		said = p.text()
	}
	hint := ""
	switch {
	case status >= 300 && status < 400:
		hint = " (endpoint must be where DTIAS itself answers)"
	case status == http.StatusNotFound && !spoken:
		hint = " (is endpoint right?)"
	}
	f.err = sdk.Errorf(code, "%s: DTIAS answered %d, %s%s", x.doing, status, redact(said, key), hint)
	return f
}

// inBody is the error that a 200 had inside.
func inBody(x exchange, p *problem) error {
	return sdk.Errorf(codeOf(http.StatusInternalServerError, p.Code), "%s: DTIAS answered with an error, %s", x.doing, p.text())
}

// text is code and message, as far as there are.
func (p *problem) text() string {
	return strings.Trim(printable(p.Code, 60)+": "+printable(p.Message, 300), ": ")
}

// codeOf tells what an answer means: by its own code if that is known.
func codeOf(status int, code string) sdk.Code {
	switch code {
	case codeAuthFailed:
		return sdk.Denied
	case codeNotFound:
		return sdk.NotFound
	case codeInsufficientCapacity:
		return sdk.Exhausted
	case codeProvisioningFailed, codePowerFailed:
		return sdk.Unavailable
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return sdk.Denied
	case http.StatusNotFound, http.StatusGone:
		return sdk.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return sdk.Conflict
	case http.StatusTooManyRequests:
		return sdk.Throttled
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return sdk.Timeout
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return sdk.Unsupported
	case http.StatusInsufficientStorage:
		return sdk.Exhausted
	}
	if status >= 400 && status < 500 {
		return sdk.Invalid
	}
	return sdk.Unavailable
}

// redact takes the key out of a text.
func redact(text, key string) string {
	if key == "" {
		return text
	}
	return strings.ReplaceAll(text, key, "[key]")
}

// printable is a text that fits on a line.
func printable(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
