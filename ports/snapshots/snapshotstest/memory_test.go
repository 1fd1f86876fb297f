package snapshotstest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		log := eventlogtest.NewMemory()
		return Store{
			Snapshots: &Memory{Leads: log.Leads},
			Lead: func(t *testing.T) store.Token {
				g, err := log.Lead(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return g.Fence
			},
		}
	})
}
