package sdk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"google.golang.org/grpc/status"

	"github.com/netweave/netweave/sdk/internal/protocol"
)

// maxStack keeps a logged stack within one line of what the host reads, in bytes.
const maxStack = 32 << 10

// contain runs an author's code. A panic becomes an Internal error and is
// logged with its stack; the process goes on. method names the code.
func (s *server) contain(method string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			stack := debug.Stack()
			s.logger.Error("panic in the plugin's "+method,
				"panic", fmt.Sprint(p), "stack", string(stack[:min(len(stack), maxStack)]))
			err = &Error{
				Code: Internal, Source: SourcePlugin,
				Message: method + " panicked; the plugin's log has the stack",
			}
		}
	}()
	return f()
}

// answer makes the gRPC status of what an author's method returned. What does
// not travel is logged here: the cause of an error, and whatever is not the
// caller's fault.
func (s *server) answer(ctx context.Context, method string, err error) error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*Error](err); ok {
		e := *own
		if e.Source == "" {
			e.Source = e.Code.Source()
		}
		if ctx.Err() == nil && (e.Source != SourceCaller || e.Err != nil) {
			s.logger.Warn(method+" failed", "code", string(e.Code), "source", string(e.Source), "error", e.Error(), "cause", cause(e.Err))
		}
		return protocol.Status(protocol.Fault{Code: string(e.Code), Source: string(e.Source), Message: e.Error()})
	}
	if closing, ok := errors.AsType[*Error](context.Cause(ctx)); ok && ctx.Err() != nil {
		return protocol.Status(protocol.Fault{Code: string(closing.Code), Source: string(closing.Source), Message: closing.Message})
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return status.FromContextError(ctx.Err()).Err()
	}
	s.logger.Warn(method+" failed", "error", err.Error())
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return protocol.Status(protocol.Fault{Code: string(Timeout), Source: string(SourceBackend), Message: err.Error()})
	}
	return protocol.Status(protocol.Fault{Code: string(Internal), Source: string(SourcePlugin), Message: err.Error()})
}

func cause(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// lies is the error for an answer that breaks the contract of Backend.
func lies(method, format string, args ...any) *Error {
	return &Error{Code: Internal, Source: SourcePlugin, Message: method + ": " + fmt.Sprintf(format, args...)}
}
