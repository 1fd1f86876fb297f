package bustest

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Store {
		m := &Memory{}
		return Store{Bus: m, Other: m, Lose: func(*testing.T, func()) { m.Miss(bus.Deliveries) }}
	})
}
