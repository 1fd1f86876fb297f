package detection

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/subscription"
)

// either has the tests' family select changes.
func either(c *Config) {
	f := family()
	compile := f.Compile
	f.Compile = func(filter string) (*subscription.Selection, error) {
		s, err := compile(filter)
		if err == nil {
			s.Either = true
		}
		return s, err
	}
	c.Families = []subscription.Family{f}
}

// TestFiltersThatSelectChanges: a change is told if either state is selected, and a
// filter that changes makes nothing new and takes nothing away.
func TestFiltersThatSelectChanges(t *testing.T) {
	b := newRig(t, either)
	s := subscribed(1, "(eq,name,red)")
	b.create(s)
	b.views.set(resource(1, "red"), resource(2, "blue"))
	b.turn()
	b.wantQueue(s, "+1")
	b.views.set(resource(1, "blue"), resource(2, "green"))
	b.turn()
	b.wantQueue(s, "+1 ~1")
	b.views.set(resource(2, "red"))
	b.turn()
	b.wantQueue(s, "+1 ~1 ~2")
	s = next(s, "(eq,name,blue)")
	b.update(s)
	b.turn()
	b.wantQueue(s, "+1 ~1 ~2")
	b.views.set(resource(2, "white"))
	b.views.remove(key(1))
	b.turn()
	b.wantQueue(s, "+1 ~1 ~2 -1")

	// An initial state is what is selected.
	late := subscribed(2, "(eq,name,white)")
	b.create(late)
	b.turn()
	b.wantQueue(late, "+2")
}

// TestReachesOfFiltersThatSelectChanges: what comes into reach is new, what leaves
// it gone.
func TestReachesOfFiltersThatSelectChanges(t *testing.T) {
	b := newRig(t, either)
	b.views.setOwned("acme", resource(1, "red"), resource(2, "blue"))
	b.views.setOwned(scope.SharedOwner, resource(3, "red"), resource(4, "blue"))
	s := subscribed(1, "(eq,name,red)", reaching("acme", o2.ReachTenant))
	b.create(s)
	b.turn()
	b.wantQueue(s, "+1")
	s = next(s, "(eq,name,blue)")
	s.Reaches = o2.Reaches{o2.KindResource: o2.ReachTenant | o2.ReachShared}
	b.update(s)
	b.turn()
	b.wantQueue(s, "+1 +4")
	s = next(s, "(eq,name,blue)")
	s.Reaches = o2.Reaches{o2.KindResource: o2.ReachShared}
	b.update(s)
	b.turn()
	b.wantQueue(s, "+1 +4 -2")
}

// TestRedeliveryToAFilterThatSelectsChanges ends with what is, selected or not.
func TestRedeliveryToAFilterThatSelectsChanges(t *testing.T) {
	b := newRig(t, either)
	s := subscribed(1, "(eq,name,red)")
	b.create(s)
	b.views.set(resource(1, "red"))
	b.turn()
	b.giveUp(s)
	b.views.set(resource(1, "blue"))
	b.turn()
	b.views.set(resource(1, "green"))
	b.turn()
	b.drain(s)
	if _, err := b.log.RequestRedelivery(b.ctx, s.ID, nil); err != nil {
		t.Fatal(err)
	}
	b.turn()
	b.wantQueue(s, "+1 ~1")
}
