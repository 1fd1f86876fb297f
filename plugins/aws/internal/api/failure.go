package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"unicode"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aws/smithy-go"

	"github.com/netweave/netweave/sdk"
)

// errEmpty is the failure of an answer without the list that was asked for.
var errEmpty = errors.New("the answer lacks the list that was asked for")

// act is something that AWS is asked to do.
type act struct {
	// permission is what IAM calls it, such as ec2:DescribeInstances.
	permission string
	// doing says it in words.
	doing string
	// writes tells that it changes something.
	writes bool
	// lists tells that no answer to it is a caller's fault.
	lists bool
}

// failed makes an error of the sdk's of what came of an act.
func (c *Client) failed(ctx context.Context, a act, err error) error {
	if err == nil {
		return nil
	}
	c.log.Debug("a request to AWS failed", "action", a.permission, "code", codeIn(err))
	if _, ok := errors.AsType[*sdk.Error](err); ok {
		return err
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if errors.Is(err, errHeld) {
		return sdk.Errorf(sdk.Throttled, "%s: AWS asked for fewer requests, and there is no time left for this one", a.doing)
	}
	if errors.Is(err, errNoCredentials) {
		c.source.refused()
		_, why, _ := strings.Cut(err.Error(), errNoCredentials.Error()) // without the sdk's words before
		return sdk.Errorf(sdk.Denied, "%s: %w%s", a.doing, errNoCredentials, why)
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return c.answered(a, e, statusOf(err))
	}
	return c.unanswered(ctx, a, err)
}

// unanswered is for requests without an answer, or without one to its end.
func (c *Client) unanswered(ctx context.Context, a act, err error) error {
	timeout, isNet := errors.AsType[net.Error](err)
	late := ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) || isNet && timeout.Timeout()
	op, isOp := errors.AsType[*net.OpError](err)
	status := statusOf(err)
	switch {
	case late:
		return sdk.Errorf(sdk.Timeout, "%s: AWS did not answer in time%s", a.doing, doubt(a))
	case isOp && op.Op == "dial":
		return sdk.Errorf(sdk.Unavailable, "%s: AWS cannot be reached: %s", a.doing, c.clean(op.Error(), 200))
	case status >= 300:
		// A status alone, such as a load balancer's own page.
		return c.answered(a, &smithy.GenericAPIError{}, status)
	case a.writes:
		return sdk.Errorf(sdk.Timeout, "%s: the answer did not come, or cannot be read%s", a.doing, doubt(a))
	case errors.Is(err, errForeign):
		return sdk.Errorf(sdk.Unavailable, "%s: %w", a.doing, errForeign)
	default:
		return sdk.Errorf(sdk.Unavailable, "%s: no whole answer from AWS: %s", a.doing, c.clean(root(err).Error(), 200))
	}
}

// doubt is what to say of a write whose answer did not come.
func doubt(a act) string {
	if !a.writes {
		return ""
	}
	return "; it may have been done all the same, so look before you ask again"
}

// answered is for requests that AWS refused.
func (c *Client) answered(a act, e smithy.APIError, status int) error {
	code, said := e.ErrorCode(), c.clean(e.ErrorMessage(), 300)
	if code == "UnknownError" { // the sdk's word for an answer that is none of AWS's
		code, said = "", ""
	}
	kind := codeOf(code, said, status)
	switch {
	case kind == sdk.Denied:
		// What AWS says of a signature has parts of the request in it.
		if slices.Contains(unauthorized, code) {
			return sdk.Errorf(sdk.Denied, "%s: AWS does not allow it (%s): grant the permission %s to the plugin's role or user", a.doing, code, a.permission)
		}
		c.source.refused()
		return sdk.Errorf(sdk.Denied, "%s: AWS refused the credentials (%s): renew them where the plugin reads them; a file is read again at the next request", a.doing, orStatus(code, status))
	case kind == sdk.NotFound && a.lists, kind == sdk.Invalid && a.lists:
		kind = sdk.Unavailable
	case status >= 500 && a.writes && kind == sdk.Unavailable:
		return sdk.Errorf(sdk.Timeout, "%s: AWS answered %s%s", a.doing, orStatus(code, status), doubt(a))
	}
	return sdk.Errorf(kind, "%s: AWS answered %s", a.doing, strings.TrimSuffix(orStatus(code, status)+", "+said, ", "))
}

func orStatus(code string, status int) string {
	if code == "" {
		return http.StatusText(status)
	}
	return code
}

func codeIn(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

func statusOf(err error) int {
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return e.HTTPStatusCode()
	}
	return 0
}

// root is the innermost cause.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// clean is a text that fits on a line and has no configured secret in it.
func (c *Client) clean(text string, most int) string {
	for _, secret := range []string{c.cfg.SecretAccessKey, c.cfg.SessionToken, c.cfg.AccessKeyID} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[credentials]")
		}
	}
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
