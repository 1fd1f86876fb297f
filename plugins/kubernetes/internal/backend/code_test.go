package backend

import (
	"errors"
	"testing"

	"github.com/netweave/netweave/sdk"
)

// wantCode fails unless err has the code and says something.
func wantCode(t testing.TB, what string, err error, code sdk.Code) {
	t.Helper()
	var fault *sdk.Error
	switch {
	case !errors.As(err, &fault):
		t.Errorf("%s: %v, want an error with code %s", what, err, code)
	case fault.Code != code:
		t.Errorf("%s: code %s (%v), want %s", what, fault.Code, err, code)
	case fault.Message == "":
		t.Errorf("%s: the error has no message", what)
	}
}
