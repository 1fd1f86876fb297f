package audittest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/audit/audittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	audittest.Run(t, func(*testing.T) audittest.Store { return audittest.Store{Audit: &audittest.Memory{}} })
}
