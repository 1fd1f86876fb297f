package pluginhost

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/netweave/netweave/ports/backend"
)

func TestTextsOfAPluginAreCleaned(t *testing.T) {
	tr := translator{adapter: "one", redact: newRedactor([]byte(`{"token":"tok-1"}`))}
	long := strings.Repeat("ä", maxMessage)
	for in, want := range map[string]string{
		"plain":                    "plain",
		"two\nlines\x1b[31m":       "two lines [31m",
		"with tok-1 in it":         "with [redacted] in it",
		"\xff":                     "\uFFFD",
		long:                       strings.Repeat("ä", (maxMessage-3)/2) + "...",
		strings.Repeat("x", 1<<10): strings.Repeat("x", 1<<10),
	} {
		if got := tr.clean(in); got != want {
			t.Errorf("%.40q became %.40q, want %.40q", in, got, want)
		}
	}
}

func TestFaultsOfOurOwnPassUnchanged(t *testing.T) {
	tr := translator{adapter: "one"}
	own := tr.broken("half a snapshot")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := tr.fault(ctx, own, true); !errors.Is(got, own) {
		t.Errorf("became %v", got)
	}
	if got := tr.fault(ctx, nil, true); got != nil {
		t.Errorf("no error became %v", got)
	}
	if want := "backend one: broken answer: half a snapshot"; own.Error() != want {
		t.Errorf("it says %q, want %q", own, want)
	}
}

func TestOnlyFaultsCount(t *testing.T) {
	for _, err := range []error{
		nil, errors.New("no port's error"),
		&backend.Error{Source: backend.SourceCaller, Code: backend.ErrTimeout},
		&backend.Error{Source: backend.SourceCaller, Code: context.Canceled},
		&backend.Error{Source: backend.SourcePlugin, Code: backend.ErrNotFound},
		&backend.Error{Source: backend.SourceBackend, Code: backend.ErrExhausted},
	} {
		if isFault(err) {
			t.Errorf("%v counts", err)
		}
	}
	for _, err := range []error{
		&backend.Error{Source: backend.SourcePlugin, Code: backend.ErrTimeout},
		&backend.Error{Source: backend.SourceBackend, Code: backend.ErrDenied},
	} {
		if !isFault(err) {
			t.Errorf("%v does not count", err)
		}
	}
}
