package electiontest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/election"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := &Memory{}
		return Store{
			Candidate: func(*testing.T) election.Election { return m.Candidate() },
			Depose:    func(*testing.T) { m.Depose() },
		}
	})
}
