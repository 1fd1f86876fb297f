package subscriptionstoretest_test

import (
	"testing"

	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscriptionstore/subscriptionstoretest"
)

func TestMemory(t *testing.T) {
	subscriptionstoretest.Run(t, func(*testing.T) subscriptionstoretest.Store {
		log := eventlogtest.NewMemory()
		return subscriptionstoretest.Store{
			Subscriptions: subscriptionstoretest.NewMemory(log),
			Epoch:         func(*testing.T) store.Token { return log.Epoch() },
		}
	})
}
