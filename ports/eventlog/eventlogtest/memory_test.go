package eventlogtest

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := NewMemory()
		return Store{Log: m, Assignment: m.Partitions, States: func(*testing.T) int { return m.States() }}
	})
}
