package sdk

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain lets the test binary stand in for a plugin's executable and for the
// host that starts it; see parent_test.go.
func TestMain(m *testing.M) {
	switch os.Getenv(roleVariable) {
	case "host":
		os.Exit(actAsHost())
	case "plugin":
		actAsPlugin()
	}
	goleak.VerifyTestMain(m)
}
