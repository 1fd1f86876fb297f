package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/netweave/netweave/sdk"
)

func TestError(t *testing.T) {
	machines := schema.GroupResource{Group: "machine.openshift.io", Resource: "machines"}
	for name, test := range map[string]struct {
		err    error
		code   sdk.Code
		source sdk.Source
	}{
		"not found":          {apierrors.NewNotFound(machines, "m"), sdk.NotFound, sdk.SourceCaller},
		"exists":             {apierrors.NewAlreadyExists(machines, "m"), sdk.Conflict, sdk.SourceCaller},
		"conflict":           {apierrors.NewConflict(machines, "m", errors.New("changed")), sdk.Conflict, sdk.SourceCaller},
		"invalid":            {apierrors.NewInvalid(schema.GroupKind{Kind: "Machine"}, "m", nil), sdk.Invalid, sdk.SourceCaller},
		"bad request":        {apierrors.NewBadRequest("no"), sdk.Invalid, sdk.SourceCaller},
		"method":             {apierrors.NewMethodNotSupported(machines, "delete"), sdk.Unsupported, sdk.SourceCaller},
		"forbidden":          {apierrors.NewForbidden(machines, "m", errors.New("no right")), sdk.Denied, sdk.SourceBackend},
		"unauthorized":       {apierrors.NewUnauthorized("who"), sdk.Denied, sdk.SourceBackend},
		"quota":              {apierrors.NewForbidden(machines, "m", errors.New("exceeded quota: machines")), sdk.Exhausted, sdk.SourceBackend},
		"too many":           {apierrors.NewTooManyRequests("later", 1), sdk.Throttled, sdk.SourceBackend},
		"server timeout":     {apierrors.NewServerTimeout(machines, "list", 1), sdk.Timeout, sdk.SourceBackend},
		"deadline":           {fmt.Errorf("get: %w", context.DeadlineExceeded), sdk.Timeout, sdk.SourceBackend},
		"unavailable":        {apierrors.NewServiceUnavailable("down"), sdk.Unavailable, sdk.SourceBackend},
		"internal":           {apierrors.NewInternalError(errors.New("etcd")), sdk.Unavailable, sdk.SourceBackend},
		"refused connection": {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, sdk.Unavailable, sdk.SourceBackend},
		"one of the sdk's":   {sdk.Errorf(sdk.Unsupported, "no"), sdk.Unsupported, sdk.SourceCaller},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *sdk.Error
			if err := Error("reading m", test.err); !errors.As(err, &fault) || fault.Code != test.code || fault.Source != test.source {
				t.Errorf("got %+v, want code %s and source %s", fault, test.code, test.source)
			}
			if !errors.Is(Error("reading m", test.err), test.err) {
				t.Error("the cause is lost")
			}
		})
	}
	if err := Error("reading m", nil); err != nil {
		t.Errorf("nil became %v", err)
	}
}
