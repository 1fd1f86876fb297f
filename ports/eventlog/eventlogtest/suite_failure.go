package eventlogtest

import (
	"time"

	"github.com/netweave/netweave/ports/eventlog"
)

var failureCases = []suiteCase{
	{"what failed waits for its time", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.claim(id, 2)
		next := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		before := time.Now().Add(-time.Minute)
		left := f.settle(id, eventlog.Settlement{Failed: failed(f.base+1, 3, next)})
		f.equal("what is left", left, 2)
		s := f.standing(id)
		if s.LastFailure.Before(before) || s.LastFailure.After(time.Now().Add(time.Minute)) {
			f.t.Errorf("the last failure was at %s, want about now", s.LastFailure)
		}
		s.LastFailure = time.Time{}
		f.equal("the standing", s, eventlog.Standing{
			Length: 2, Oldest: start.Add(time.Second), Attempts: 3, Next: next, LastError: "it said 500",
		})
		f.wantClaim(id, 2)
		f.wantDue(f.held, next.Add(-time.Second), 10)
		f.wantDue(f.held, next, 10, id)
		f.wantQueue(id, "#2 modified a 1>2")
	}},
	{"what failed is claimed again with its attempts when its time has come", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.claim(id, 2)
		f.settle(id, eventlog.Settlement{Failed: failed(f.base+1, 2, time.Now().Add(-time.Minute))})
		f.wantClaim(id, 2, "#1 created a ->1 ->a1 after 2 since 12:00:00", "#2 modified a 1>2 a1>a2")
		f.settle(id, eventlog.Settlement{Failed: failed(f.base+1, 3, time.Now().Add(-time.Minute))})
		f.wantClaim(id, 1, "#1 created a ->1 ->a1 after 3 since 12:00:00")
	}},
	{"what was delivered before the failure goes", func(f *fixture) {
		id := f.subscribe()
		for i := range 4 {
			f.put("a", i+1, id)
		}
		f.claim(id, 4)
		left := f.settle(id, eventlog.Settlement{
			Delivered: f.base + 2, DeliveredAt: f.at, Failed: failed(f.base+3, 1, time.Now().Add(-time.Minute)),
		})
		f.equal("what is left", left, 2)
		f.wantQueue(id, "#4 modified a 3>4")
		f.wantClaim(id, 4, "#3 modified a 2>3 a2>a3 after 1 since 12:00:00", "#4 modified a 3>4 a3>a4")
		f.equal("the last success", f.standing(id).LastSuccess, f.at)
	}},
	{"success ends the attempts, and the next entry is due at once", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.claim(id, 1)
		f.settle(id, eventlog.Settlement{Failed: failed(f.base+1, 2, time.Now().Add(-time.Minute))})
		f.claim(id, 1)
		f.settle(id, eventlog.Settlement{Delivered: f.base + 1, DeliveredAt: f.at})
		s := f.standing(id)
		s.LastFailure = time.Time{}
		f.equal("the standing", s, eventlog.Standing{
			Length: 1, Oldest: start.Add(2 * time.Second), LastSuccess: f.at, LastError: "it said 500",
		})
		f.wantDue(f.held, time.Now().Add(time.Minute), 10, id)
		f.wantClaim(id, 1, "#2 modified a 1>2 a1>a2")
	}},
	{"a failure of an entry that is no longer the first is left out", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.claim(id, 2)
		f.settle(id, eventlog.Settlement{Failed: failed(f.base+2, 5, time.Now().Add(time.Hour))})
		f.equal("the attempts", f.standing(id).Attempts, 0)
		f.wantClaim(id, 1, "#1 created a ->1 ->a1")
	}},
	{"an attempt that was none may wait all the same", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.claim(id, 1)
		next := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
		f.settle(id, eventlog.Settlement{Failed: &eventlog.Failure{Position: f.base + 1, Next: next, Reason: "held"}})
		f.equal("the attempts", f.standing(id).Attempts, 0)
		f.wantClaim(id, 1)
		f.wantDue(f.held, next, 10, id)
	}},
	{"what is given up on becomes a dead letter, and the next is due at once", func(f *fixture) {
		id := f.subscribe()
		f.put("a", 1, id)
		f.put("a", 2, id)
		f.put("a", 3)
		f.claim(id, 1)
		f.settle(id, eventlog.Settlement{Failed: failed(f.base+1, 1, time.Now().Add(-time.Minute))})
		before := time.Now().Add(-time.Minute)
		f.equal("the dead letter", f.number(f.die(id)), "1")
		dead, err := f.Log.DeadLetters(f.ctx, id, 0, 10)
		f.must("DeadLetters", err)
		if len(dead) != 1 {
			f.t.Fatalf("%d dead letters, want 1", len(dead))
		}
		f.equal("the dead letter", f.delivery(dead[0].Delivery), "#1 created a ->1 ->a1 after 9 since 12:00:00")
		f.equal("the reason", dead[0].Reason, "it said 500")
		f.equal("whether it is redelivering", dead[0].Redelivering, false)
		f.equal("when it was seen", utc(dead[0].At), start.Add(time.Second))
		if dead[0].DiedAt.Before(before) || dead[0].DiedAt.After(time.Now().Add(time.Minute)) {
			f.t.Errorf("it died at %s, want about now", dead[0].DiedAt)
		}
		s := f.standing(id)
		s.LastFailure = time.Time{}
		f.equal("the standing", s, eventlog.Standing{
			Length: 1, DeadLetters: 1, Oldest: start.Add(2 * time.Second), LastError: "it said 500",
		})
		f.wantDue(f.held, time.Now().Add(time.Minute), 10, id)
		f.equal("what is delivered next", f.deliver(id, 10), []string{"#2 modified a 1>2 a1>a2"})
		f.wantStates("while the dead letter refers to one", 2)
	}},
}
