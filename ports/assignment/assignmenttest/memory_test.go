package assignmenttest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/assignment"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := &Memory{}
		return Store{Assignment: m, Check: func(_ *testing.T, h assignment.Held) error { return m.Check(h) }}
	})
}
