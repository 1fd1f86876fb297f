package problem

import (
	"context"
	"errors"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// retrySoon is what a caller is told to wait, in seconds, where nobody knows better.
const retrySoon = 5

// backendStatus is how a backend's code is told to the caller. Nothing of a
// backend is ever a 500.
var backendStatus = []struct {
	code       error
	status     int
	retryAfter int
}{
	{backend.ErrNotFound, http.StatusNotFound, 0},
	{backend.ErrConflict, http.StatusConflict, 0},
	{backend.ErrInvalid, http.StatusBadRequest, 0},
	{backend.ErrUnsupported, http.StatusNotImplemented, 0},
	{backend.ErrDenied, http.StatusBadGateway, 0},
	{backend.ErrExhausted, http.StatusServiceUnavailable, 0},
	{backend.ErrThrottled, http.StatusServiceUnavailable, retrySoon},
	{backend.ErrUnavailable, http.StatusServiceUnavailable, retrySoon},
	{backend.ErrTimeout, http.StatusGatewayTimeout, 0},
	{backend.ErrBroken, http.StatusBadGateway, 0},
}

// Of returns the problem that tells err to the caller. known is false for an
// error that no port declares: it is told as 503 without its text, and the caller
// of Of logs it.
func Of(err error) (p Problem, known bool) {
	var (
		wrongQuery *query.Error
		wrongField *o2.FieldError
		ofBackend  *backend.Error
		ready      Problem
		twin       *subscriptionstore.DuplicateError
		limit      *subscriptionstore.LimitError
	)
	if errors.As(err, &ready) {
		return ready, true
	}
	if p, ok := ofTenancy(err); ok {
		return p, true
	}
	switch {
	case errors.As(err, &wrongQuery):
		return Problem{Status: http.StatusBadRequest, Detail: wrongQuery.Error()}, true
	case errors.As(err, &wrongField):
		return Problem{Status: http.StatusBadRequest, Detail: wrongField.Error()}, true
	case errors.Is(err, authz.ErrDenied):
		return Problem{Status: http.StatusForbidden, Detail: err.Error()}, true
	case errors.As(err, &ofBackend):
		return ofBackendError(ofBackend), true
	case errors.Is(err, inventory.ErrNotFound):
		return Problem{Status: http.StatusNotFound, Detail: "there is no such object"}, true
	case errors.Is(err, inventory.ErrNotSynced):
		return Problem{
			Status: http.StatusServiceUnavailable, RetryAfter: retrySoon,
			Detail: "the backend that this request covers has not been read yet; see /readyz",
		}, true
	case errors.Is(err, inventory.ErrNoBackend):
		return Problem{Status: http.StatusNotImplemented, Detail: err.Error()}, true
	case errors.Is(err, store.ErrNotFound):
		return Problem{Status: http.StatusNotFound, Detail: "there is no such object"}, true
	case errors.Is(err, subscriptionstore.ErrConflict):
		return Problem{Status: http.StatusConflict, Detail: subscriptionstore.ErrConflict.Error() + ": read it again and repeat the change"}, true
	case errors.As(err, &twin):
		return Problem{
			Status: http.StatusConflict,
			Detail: "there is a subscription with the same callback, consumerSubscriptionId and filter",
		}, true
	case errors.As(err, &limit):
		return ofLimit(limit), true
	case errors.Is(err, store.ErrUnconfirmed):
		return Problem{
			Status: http.StatusServiceUnavailable, RetryAfter: retrySoon,
			Detail: "the change is made, but not yet safe against the loss of a server: the same request again completes it",
		}, true
	case errors.Is(err, store.ErrUnavailable):
		return Problem{
			Status: http.StatusServiceUnavailable, RetryAfter: retrySoon,
			Detail: "the store is unavailable; if this was a change, it may have happened: send the same request again",
		}, true
	case errors.Is(err, context.DeadlineExceeded):
		return Problem{
			Status: http.StatusGatewayTimeout,
			Detail: "no answer within the time limit; a change may have happened nevertheless",
		}, true
	case errors.Is(err, context.Canceled):
		return Problem{Status: http.StatusServiceUnavailable, RetryAfter: retrySoon, Detail: "the request was cancelled"}, true
	}
	return Problem{
		Status: http.StatusServiceUnavailable, RetryAfter: retrySoon,
		Detail: "the gateway cannot answer this now; its log has the reason under this request's id",
	}, false
}

func ofBackendError(err *backend.Error) Problem {
	p := Problem{
		Status: http.StatusBadGateway, Detail: err.Error(),
		Additional: map[string]any{"backend": err.Backend},
	}
	for _, row := range backendStatus {
		if errors.Is(err.Code, row.code) {
			p.Status, p.RetryAfter = row.status, row.retryAfter
			return p
		}
	}
	return p
}
