package protocol

import (
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// maxFaultMessage bounds what travels in a gRPC trailer, in bytes.
const maxFaultMessage = 4 << 10

// Fault is an error as it travels: code and source by the names that sdk.Code
// and sdk.Source have.
type Fault struct {
	Code, Source, Message string
}

// Status is the gRPC status that carries f. The detail is what counts; the
// gRPC code is for tools that know nothing of it.
func Status(f Fault) error {
	f.Message = clip(strings.ToValidUTF8(f.Message, "\uFFFD"))
	plain := status.New(grpcCode(f.Code), f.Message)
	detailed, err := plain.WithDetails(&pluginv1.FaultDetail{Code: f.Code, Source: f.Source, Message: f.Message})
	if err != nil {
		return plain.Err()
	}
	return detailed.Err()
}

// FaultOf finds the fault in a status; ok is false where it carries none.
func FaultOf(s *status.Status) (f Fault, ok bool) {
	for _, detail := range s.Details() {
		if d, is := detail.(*pluginv1.FaultDetail); is {
			return Fault{Code: d.GetCode(), Source: d.GetSource(), Message: d.GetMessage()}, true
		}
	}
	return Fault{}, false
}

func grpcCode(code string) codes.Code {
	switch code {
	case "not-found":
		return codes.NotFound
	case "conflict":
		return codes.Aborted
	case "invalid":
		return codes.InvalidArgument
	case "unsupported":
		return codes.Unimplemented
	case "denied":
		return codes.PermissionDenied
	case "exhausted", "throttled":
		return codes.ResourceExhausted
	case "unavailable":
		return codes.Unavailable
	case "timeout":
		return codes.DeadlineExceeded
	default:
		return codes.Internal
	}
}

// clip shortens s to maxFaultMessage bytes without cutting a character.
func clip(s string) string {
	if len(s) <= maxFaultMessage {
		return s
	}
	const mark = "..."
	end := maxFaultMessage - len(mark)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + mark
}
