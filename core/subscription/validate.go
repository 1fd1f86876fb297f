package subscription

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/subscription"
)

// What a caller may say, in bytes.
const (
	maxCallback   = 2048
	maxConsumerID = 255
	minSecret     = 16
	maxSecret     = 512

	// encodedSecret starts a secret that is the base64 of a key, by Standard
	// Webhooks, which wants keys of these lengths.
	encodedSecret = "whsec_"
	minKey        = 24
	maxKey        = 64
)

// validate checks what a caller says who may read so much, and returns the filter
// in canonical form.
func (s *Service) validate(ctx context.Context, sc scope.Scope, surface string, spec subscription.Spec, r o2.Reaches) (filter string, err error) {
	family, err := s.family(surface)
	if err != nil {
		return "", err
	}
	if err := checkConsumerID(spec.ConsumerSubscriptionID); err != nil {
		return "", err
	}
	if spec.Secret != nil {
		if err := checkSecret(spec.Secret.Reveal()); err != nil {
			return "", err
		}
	}
	selection, err := family.Compile(spec.Filter)
	if err != nil {
		return "", err
	}
	if err := hearable(r, selection); err != nil {
		return "", err
	}
	if err := s.checkCallback(ctx, sc, spec.Callback); err != nil {
		return "", err
	}
	return selection.Text, nil
}

func (s *Service) checkCallback(ctx context.Context, sc scope.Scope, callback string) error {
	wrong := func(format string, args ...any) error {
		return &o2.FieldError{Attribute: "callback", Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case callback == "":
		return wrong("is mandatory: the URL that notifications are sent to")
	case len(callback) > maxCallback:
		return wrong("has %d bytes: at most %d are allowed", len(callback), maxCallback)
	case !printable(callback):
		return wrong("has characters that a URL cannot have")
	}
	err := s.config.Callbacks.Check(ctx, callback)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("checking the callback: %w", ctx.Err())
	case err != nil:
		return wrong("cannot be used: %v", err)
	}
	if s.config.HostInCertificate {
		if u, err := url.Parse(callback); err != nil || !sc.Hosts(u.Hostname()) {
			return wrong("has a host that is not among the alternative names of your client certificate, and this gateway sends to no other")
		}
	}
	return nil
}

func checkConsumerID(id string) error {
	switch {
	case len(id) > maxConsumerID:
		return &o2.FieldError{
			Attribute: "consumerSubscriptionId",
			Reason:    fmt.Sprintf("has %d bytes: at most %d are allowed", len(id), maxConsumerID),
		}
	case !printable(id):
		return &o2.FieldError{Attribute: "consumerSubscriptionId", Reason: "has characters that cannot be printed"}
	}
	return nil
}

func checkSecret(secret string) error {
	wrong := func(format string, args ...any) error {
		return &o2.FieldError{Attribute: "secret", Reason: fmt.Sprintf(format, args...)}
	}
	if secret == "" {
		return nil
	}
	if len(secret) < minSecret || len(secret) > maxSecret {
		return wrong("has %d bytes: it is to have from %d to %d, or none", len(secret), minSecret, maxSecret)
	}
	encoded, ok := strings.CutPrefix(secret, encodedSecret)
	if !ok {
		return nil
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	switch {
	case err != nil:
		return wrong("is not base64 behind %q", encodedSecret)
	case len(key) < minKey || len(key) > maxKey:
		return wrong("is a key of %d bytes: it is to have from %d to %d", len(key), minKey, maxKey)
	}
	return nil
}

// printable reports whether s is text without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
