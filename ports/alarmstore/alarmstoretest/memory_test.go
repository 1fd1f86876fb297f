package alarmstoretest_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/netweave/netweave/ports/alarmstore/alarmstoretest"
	"github.com/netweave/netweave/ports/bus/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	alarmstoretest.Run(t, func(*testing.T) alarmstoretest.Store {
		b := &bustest.Memory{}
		m := &alarmstoretest.Memory{Bus: b}
		return alarmstoretest.Store{Alarms: m, Other: m, Bus: b}
	})
}
