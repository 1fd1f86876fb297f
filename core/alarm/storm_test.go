package alarm

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
)

// TestAStormOfAlarms is taken as a whole, and costs little while nothing changes.
func TestAStormOfAlarms(t *testing.T) {
	const many = 5_000
	synctest.Test(t, func(t *testing.T) {
		l := newLab("lab")
		p := newSite().start(t, Settings{}, l)
		list := make([]backend.Alarm, many)
		for i := range list {
			list[i] = fan(at)
			list[i].NativeID = fmt.Sprint("fan-", i)
		}
		l.says(list...)
		p.lead()
		if n := p.book.size(); n != many {
			t.Errorf("there are %d", n)
		}
		counts := p.book.Severities()
		if counts[o2.SeverityMajor] != many {
			t.Errorf("by severity there are %v", counts)
		}
		p.next()
		l.says()
		p.next()
		if counts = p.book.Severities(); counts[o2.SeverityCleared] != many {
			t.Errorf("by severity there are %v", counts)
		}
		p.keeper.Configure(Settings{RetentionDays: 1, PollInterval: 20 * time.Hour})
		time.Sleep(50 * time.Hour)
		synctest.Wait()
		if n := p.book.size(); n != 0 {
			t.Errorf("after their retention there are %d", n)
		}
	})
}
