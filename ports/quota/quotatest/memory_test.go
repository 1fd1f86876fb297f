package quotatest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/quota/quotatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	quotatest.Run(t, func(*testing.T) quotatest.Store { return quotatest.Store{Quotas: &quotatest.Memory{}} })
}
