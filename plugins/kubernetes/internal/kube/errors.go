package kube

import (
	"context"
	"errors"
	"net"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/netweave/netweave/sdk"
)

// Error puts an error of the API into the sdk's terms. doing says what was being
// done, in the -ing form; nil stays nil.
func Error(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*sdk.Error](err); ok {
		return err
	}
	return sdk.Errorf(code(err), "%s: %w", doing, err)
}

func code(err error) sdk.Code {
	var timeout net.Error
	switch {
	case isNotFound(err), apierrors.IsGone(err):
		return sdk.NotFound
	case apierrors.IsAlreadyExists(err), apierrors.IsConflict(err):
		return sdk.Conflict
	case apierrors.IsInvalid(err), apierrors.IsBadRequest(err), apierrors.IsRequestEntityTooLargeError(err), apierrors.IsNotAcceptable(err), apierrors.IsUnsupportedMediaType(err):
		return sdk.Invalid
	case apierrors.IsMethodNotSupported(err):
		return sdk.Unsupported
	case apierrors.IsForbidden(err) && overQuota(err):
		return sdk.Exhausted
	case refused(err):
		return sdk.Denied
	case apierrors.IsTooManyRequests(err):
		return sdk.Throttled
	case apierrors.IsTimeout(err), apierrors.IsServerTimeout(err), errors.Is(err, context.DeadlineExceeded):
		return sdk.Timeout
	case errors.As(err, &timeout) && timeout.Timeout():
		return sdk.Timeout
	default:
		return sdk.Unavailable
	}
}

// overQuota tells a ResourceQuota's refusal, which has no reason of its own.
func overQuota(err error) bool { return strings.Contains(err.Error(), "exceeded quota") }

func refused(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err)
}

func isNotFound(err error) bool { return apierrors.IsNotFound(err) }

// IsConflict tells that an object changed between reading and writing it.
func IsConflict(err error) bool { return apierrors.IsConflict(err) }

// IsNotFound tells that an object is not there.
func IsNotFound(err error) bool { return isNotFound(err) }

// IsForbidden tells that the plugin lacks the right.
func IsForbidden(err error) bool { return apierrors.IsForbidden(err) }

// IsTooManyRequests tells that the server wants to be asked again later.
func IsTooManyRequests(err error) bool { return apierrors.IsTooManyRequests(err) }
