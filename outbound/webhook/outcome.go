package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/netweave/netweave/ports/webhook"
)

// failed is a failure with its class.
type failed struct {
	webhook.Failure
	outcome outcome
}

// maxRetryAfter bounds what a receiver can ask for: longer is a mistake.
const maxRetryAfter = 24 * time.Hour

// answered returns nil for 2xx, else *failed.
func answered(status int, h http.Header, now time.Time) error {
	f := &failed{Failure: webhook.Failure{Status: status}}
	switch {
	case status >= 200 && status <= 299:
		return nil
	case status >= 300 && status <= 399:
		f.outcome = outcome3xx
		f.Reason = "redirects are not followed (" + strconv.Itoa(status) + ")"
		return f
	case status >= 500:
		f.outcome = outcome5xx
	default:
		f.outcome = outcome4xx
	}
	f.Reason = "the receiver answered " + strconv.Itoa(status)
	if text := http.StatusText(status); text != "" {
		f.Reason += " " + text
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		f.RetryAfter = retryAfter(h.Get("Retry-After"), now)
	}
	return f
}

// retryAfter reads seconds or an HTTP date; 0 for anything else and for the past.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	var wait time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 64); err == nil {
		wait = time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// unanswered tells why there was no answer. Nothing of err's own text is told
// unless it is of a fixed wording: it may name addresses or quote the receiver.
func unanswered(err error, timedOut bool, timeout time.Duration) *failed {
	f := &failed{outcome: outcomeNetwork}
	if r, ok := errors.AsType[*refusal](err); ok {
		f.outcome, f.Reason = outcomeRefused, r.Error()
		return f
	}
	if timedOut {
		f.Reason = "timed out after " + timeout.String()
		return f
	}
	f.Reason = networkReason(err)
	return f
}

func networkReason(err error) string {
	if reason := certificateReason(err); reason != "" {
		return reason
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "the host's name is not known to the name server"
		}
		return "the host's name cannot be resolved at the moment"
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return "the receiver ended TLS: " + strings.TrimPrefix(alert.Error(), "tls: ")
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return "the receiver ended TLS: " + strings.TrimPrefix(op.Err.Error(), "tls: ")
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the receiver does not speak TLS"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		switch errno {
		case syscall.ECONNRESET, syscall.EPIPE:
			return "connection reset"
		case syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT:
			return errno.Error()
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection was closed without an answer"
	}
	// These have no type that one could ask for.
	switch text := err.Error(); {
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "the receiver does not speak TLS"
	case strings.Contains(text, "http2: client conn could not be established"):
		return "the receiver closed the connection at once; it may want a client certificate"
	case strings.Contains(text, "http2: "):
		return "the connection broke off"
	}
	return "the receiver did not answer in HTTP"
}

// certificateReason tells what is wrong with the receiver's certificate, "" if
// it is not that.
func certificateReason(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "certificate signed by unknown authority"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate is for another host"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "the certificate has expired or is not yet valid"
		}
		return "the certificate is not valid"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate cannot be verified"
	}
	return ""
}
