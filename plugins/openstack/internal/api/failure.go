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

// ErrMoved is in the error of a list whose pages do not fit one another.
var ErrMoved = errors.New("the inventory changed while it was read, or pages of it are missing")

// failure is what came of one request, if not an answer.
type failure struct {
	err       error
	transient bool          // a read may be tried again
	after     time.Duration // the least that OpenStack wants to be left alone; 0 if it does not say
	expired   bool          // the token was refused, and with it the request unread
}

// gaveUp is the failure of a call whose own context has ended.
func gaveUp(ctx context.Context, x exchange) *failure {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &failure{err: sdk.Errorf(sdk.Timeout, "%s: OpenStack did not answer in time%s: %w", x.doing, doubt(x), ctx.Err())}
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
func (c *Client) broken(x exchange, err error, secrets []string) *failure {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the whole URL again
	}
	text := redact(err.Error(), secrets)
	op, isOp := errors.AsType[*net.OpError](err)
	code := sdk.Unavailable
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{transient: true, err: sdk.Errorf(sdk.Timeout, "%s: OpenStack did not answer within %v%s", x.doing, c.timeout, doubt(x))}
	case isOp && op.Op == "dial":
	case !x.reads():
		code = sdk.Timeout // as good as no answer
		text += doubt(x)
	}
	return &failure{transient: true, err: sdk.Errorf(code, "%s: no answer from OpenStack: %s", x.doing, text)}
}

// garbled is the failure of an answer that cannot be read, cut ones among them.
func garbled(x exchange, header http.Header, err error) *failure {
	if !x.reads() {
		return &failure{err: sdk.Errorf(sdk.Timeout, "%s: OpenStack's answer cannot be read%s: %w", x.doing, doubt(x), err)}
	}
	hint := ""
	if kind := header.Get("Content-Type"); !strings.Contains(kind, "json") {
		hint = fmt.Sprintf(" (it is %q: is the catalog's endpoint right, and no proxy between?)", printable(kind, 60))
	}
	return &failure{transient: true, err: sdk.Errorf(sdk.Unavailable, "%s: OpenStack's answer cannot be read%s: %w", x.doing, hint, err)}
}

// refused is the failure of a request that was answered with an error.
func refused(x exchange, status int, header http.Header, raw []byte, secrets []string) *failure {
	said, spoken := message([]byte(redact(string(raw), secrets))) // before it is cut short
	said = redact(said, secrets)
	f := &failure{transient: status >= 500 || tooMany(status)}
	if tooMany(status) || status == http.StatusServiceUnavailable {
		f.after = retryAfter(header.Get("Retry-After"), time.Now())
	}
	code := codeOf(status)
	hint := ""
	switch {
	case status == http.StatusForbidden && strings.Contains(strings.ToLower(said), "quota"):
		code = sdk.Exhausted
		hint = ": raise the quota of the adapter's project, or delete servers"
	case status == http.StatusForbidden && strings.HasPrefix(said, "Maximum number of"): // metadata items, say
		code = sdk.Invalid
	case status == http.StatusForbidden:
		hint = ": the adapter's user needs the role admin in its project, or a policy that allows this"
	case status == http.StatusUnauthorized:
		f.expired = true
		hint = ": log in was possible but this service refused the token; check that it trusts the same Keystone"
	case status == http.StatusNotFound && (x.object == "" || !spoken):
		// Not an object that is missing but the call itself, or something between
		// OpenStack and here: that must not pass for a deletion.
		code = sdk.Unavailable
		hint = " (is the catalog's endpoint right?)"
	case status == http.StatusNotFound:
		f.err = notThere(x.object)
		return f
	case status == http.StatusNotAcceptable:
		code = sdk.Unavailable
		hint = fmt.Sprintf(" (Nova must speak microversion %s, as Train and later do, and Placement %s)", ComputeVersion, PlacementVersion)
	case code == sdk.Invalid && x.reads():
		code = sdk.Unavailable // no caller's fault
	case status >= 300 && status < 400:
		hint = " (the catalog's endpoint must be where the service itself answers)"
	case status >= 500:
		hint = doubt(x)
	}
	if !spoken {
		said = http.StatusText(status)
	}
	e := sdk.Errorf(code, "%s: OpenStack answered %d, %s%s", x.doing, status, said, hint)
	if status == http.StatusBadRequest && strings.Contains(said, "arker") {
		e.Err = ErrMoved
	}
	f.err = e
	return f
}

func tooMany(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestEntityTooLarge
}

// message finds the text in an error of Nova ({"itemNotFound": {"message": ...}}),
// of Keystone ({"error": {...}}) or of Placement ({"errors": [{"detail": ...}]}).
func message(raw []byte) (text string, spoken bool) {
	var body map[string]json.RawMessage
	if json.Unmarshal(raw, &body) != nil {
		return "", false
	}
	var several []struct{ Title, Detail string }
	if json.Unmarshal(body["errors"], &several) == nil && len(several) > 0 {
		return printable(strings.TrimSpace(several[0].Detail), 300), true
	}
	for _, part := range body {
		var one struct {
			Message *string `json:"message"`
		}
		if json.Unmarshal(part, &one) == nil && one.Message != nil {
			return printable(*one.Message, 300), true
		}
	}
	return "", false
}

func codeOf(status int) sdk.Code {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return sdk.Denied
	case http.StatusNotFound, http.StatusGone:
		return sdk.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return sdk.Conflict
	case http.StatusTooManyRequests, http.StatusRequestEntityTooLarge:
		return sdk.Throttled
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return sdk.Timeout
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return sdk.Unsupported
	}
	if status >= 400 && status < 500 {
		return sdk.Invalid
	}
	return sdk.Unavailable
}

// redact takes secrets out of a text.
func redact(text string, secrets []string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	return text
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
