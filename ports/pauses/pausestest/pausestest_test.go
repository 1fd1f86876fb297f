package pausestest

import "testing"

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := &Memory{}
		return Store{Pauses: m, Other: m}
	})
}
