package subscriptionstoretest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	subscriptionstoretest.Run(t, func(*testing.T) subscriptionstoretest.Store {
		log := eventlogtest.NewMemory()
		return subscriptionstoretest.Store{
			Subscriptions: subscriptionstoretest.NewMemory(log),
			Epoch:         func(*testing.T) store.Token { return log.Epoch() },
		}
	})
}
