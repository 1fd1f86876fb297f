package assignmenttest

import (
	"testing"

	"github.com/netweave/netweave/ports/assignment"
)

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := &Memory{}
		return Store{Assignment: m, Check: func(_ *testing.T, h assignment.Held) error { return m.Check(h) }}
	})
}
