package snapshotstest

import (
	"testing"

	"github.com/netweave/netweave/ports/eventlog/eventlogtest"
	"github.com/netweave/netweave/ports/store"
)

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
