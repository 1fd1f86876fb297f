package wire

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/internal/protocol"
)

// FromStatus makes an *sdk.Error of what a call to a plugin failed with, and
// nil of nil. Where the plugin said what happened, that is it. Where it did not:
// a cancelled call is Unavailable and the caller's (and wraps
// context.Canceled), a deadline is a Timeout of the backend (and wraps
// context.DeadlineExceeded), a lost connection is Unavailable and the plugin's,
// an unknown method is Unsupported, gRPC's own words for what is not found, in
// conflict, invalid or denied are taken as that, and anything else is Internal.
func FromStatus(err error) *sdk.Error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*sdk.Error](err); ok {
		return own
	}
	s := status.FromContextError(err)
	if s.Code() == codes.Unknown {
		s = status.Convert(err)
	}
	if f, ok := protocol.FaultOf(s); ok {
		if e := fromFault(f); e != nil {
			return e
		}
	}
	return fromCode(s)
}

// ToStatus makes the gRPC error that carries e: what a server of the wire
// answers with. A nil e gives nil.
func ToStatus(e *sdk.Error) error {
	if e == nil {
		return nil
	}
	source := e.Source
	if source == "" {
		source = e.Code.Source()
	}
	return protocol.Status(protocol.Fault{Code: string(e.Code), Source: string(source), Message: e.Error()})
}

// fromFault returns nil for a code that this host does not know: then the
// status' own code is the better witness.
func fromFault(f protocol.Fault) *sdk.Error {
	code := sdk.Code(f.Code)
	if !code.Valid() {
		return nil
	}
	source := sdk.Source(f.Source)
	switch source {
	case sdk.SourceCaller, sdk.SourceBackend, sdk.SourcePlugin:
	default:
		source = code.Source()
	}
	return &sdk.Error{Code: code, Source: source, Message: f.Message}
}

func fromCode(s *status.Status) *sdk.Error {
	e := &sdk.Error{Code: sdk.Internal, Source: sdk.SourcePlugin, Message: s.Message()}
	switch s.Code() {
	case codes.Canceled:
		e.Code, e.Source, e.Err = sdk.Unavailable, sdk.SourceCaller, context.Canceled
		e.Message = "the call was cancelled"
	case codes.DeadlineExceeded:
		e.Code, e.Source, e.Err = sdk.Timeout, sdk.SourceBackend, context.DeadlineExceeded
		e.Message = "no answer within the deadline"
	case codes.Unavailable:
		e.Code = sdk.Unavailable
		e.Message = "the plugin's process cannot be reached: " + s.Message()
	case codes.Unimplemented:
		e.Code, e.Source = sdk.Unsupported, sdk.SourceCaller
	case codes.NotFound:
		e.Code, e.Source = sdk.NotFound, sdk.SourceCaller
	case codes.InvalidArgument:
		e.Code, e.Source = sdk.Invalid, sdk.SourceCaller
	case codes.Aborted, codes.AlreadyExists:
		e.Code, e.Source = sdk.Conflict, sdk.SourceCaller
	case codes.PermissionDenied, codes.Unauthenticated:
		e.Code, e.Source = sdk.Denied, sdk.SourceBackend
		// ResourceExhausted says too little: gRPC itself has it for a message that is
		// too large.
	}
	return e
}
