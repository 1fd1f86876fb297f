package pluginhost

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// errDeadline is the cause of the end of a call that took longer than we allow.
var errDeadline = errors.New("no answer within the adapter's time-out")

// maxMessage bounds the text of a plugin that reaches a caller, in bytes.
const maxMessage = 1 << 10

// sentinels translates the sdk's codes. An internal error of a plugin is an answer
// that says nothing: broken.
var sentinels = map[sdk.Code]error{
	sdk.NotFound: backend.ErrNotFound, sdk.Conflict: backend.ErrConflict, sdk.Invalid: backend.ErrInvalid,
	sdk.Unsupported: backend.ErrUnsupported, sdk.Denied: backend.ErrDenied, sdk.Exhausted: backend.ErrExhausted,
	sdk.Throttled: backend.ErrThrottled, sdk.Unavailable: backend.ErrUnavailable, sdk.Timeout: backend.ErrTimeout,
	sdk.Internal: backend.ErrBroken,
}

// translator makes the port's errors of one adapter.
type translator struct {
	adapter string
	redact  redactor
}

func (t translator) errorOf(source backend.Source, code error, message string) *backend.Error {
	return &backend.Error{Backend: t.adapter, Source: source, Code: code, Message: t.clean(message)}
}

// broken is a plugin's answer that makes no sense.
func (t translator) broken(message string) *backend.Error {
	return t.errorOf(backend.SourcePlugin, backend.ErrBroken, message)
}

// unavailable says that no process is there to ask.
func (t translator) unavailable(message string) *backend.Error {
	return t.errorOf(backend.SourcePlugin, backend.ErrUnavailable, message)
}

// fault says what a call's error means. ctx is the call's context: what ended
// it is a better witness than the status that came of it. died tells whether the
// process is gone.
func (t translator) fault(ctx context.Context, err error, died bool) error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*backend.Error](err); ok {
		return own
	}
	awaitDeadline(ctx, err)
	switch cause := context.Cause(ctx); {
	case cause == nil:
	case errors.Is(cause, errDraining), errors.Is(cause, errDied):
		return t.unavailable(cause.Error())
	case errors.Is(cause, errDeadline):
		return t.errorOf(backend.SourcePlugin, backend.ErrTimeout, errDeadline.Error())
	case errors.Is(cause, context.DeadlineExceeded):
		// The caller's patience was shorter than ours; it is silence all the same.
		return t.errorOf(backend.SourcePlugin, backend.ErrTimeout, "no answer within the request's time")
	default:
		return t.errorOf(backend.SourceCaller, context.Canceled, "")
	}
	if died {
		return t.unavailable(errDied.Error())
	}
	if lostConnection(err) {
		return t.unavailable(errLost.Error()) // gRPC's own words tell paths
	}
	e := wire.FromStatus(err)
	code, ok := sentinels[e.Code]
	if !ok {
		code = backend.ErrBroken
	}
	source := backend.Source(e.Source)
	if errors.Is(e.Err, context.Canceled) {
		source = backend.SourcePlugin // not by us: see above
	}
	return t.errorOf(source, code, e.Message)
}

// awaitDeadline lets the context's own clock catch up with gRPC's, or with the
// plugin's, which may see the same deadline pass a moment earlier.
func awaitDeadline(ctx context.Context, err error) {
	if status.Code(err) != codes.DeadlineExceeded {
		return
	}
	if end, ok := ctx.Deadline(); ok && time.Until(end) < clockSkew {
		<-ctx.Done()
	}
}

// clockSkew is how far two timers for one deadline are believed to be apart.
const clockSkew = 20 * time.Millisecond

// unaware is the error of a plugin that knows nothing of the sdk's, and says in
// gRPC's own words that its backend is unavailable.
func (t translator) unaware(err error) *backend.Error {
	return t.errorOf(backend.SourceBackend, backend.ErrUnavailable, status.Convert(err).Message())
}

// lostConnection reports whether gRPC may have said so, and not the plugin: only
// asking it again tells.
func lostConnection(err error) bool {
	s, ok := status.FromError(err)
	return ok && s.Code() == codes.Unavailable && len(s.Details()) == 0
}

// clean makes a plugin's text fit for answers and logs: bounded, one line, no
// secret of the adapter's configuration.
func (t translator) clean(s string) string {
	s = tame(t.redact.text(strings.ToValidUTF8(s, "\uFFFD")), "")
	if len(s) <= maxMessage {
		return s
	}
	end := maxMessage - len("...")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}

// isFault reports whether err speaks against the plugin or the backend, and so
// counts against the breaker.
func isFault(err error) bool {
	e, ok := errors.AsType[*backend.Error](err)
	if !ok || e.Source == backend.SourceCaller {
		return false
	}
	for _, innocent := range []error{
		backend.ErrNotFound, backend.ErrConflict, backend.ErrInvalid, backend.ErrUnsupported, backend.ErrExhausted,
		backend.ErrReplaced,
	} {
		if errors.Is(e, innocent) {
			return false
		}
	}
	return true
}
