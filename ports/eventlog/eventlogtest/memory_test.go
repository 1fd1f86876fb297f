package eventlogtest

import "testing"

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := NewMemory()
		return Store{Log: m, Assignment: m.Partitions, States: func(*testing.T) int { return m.States() }}
	})
}
