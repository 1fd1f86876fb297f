package detection

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
)

// TestPassingToAnotherTenant: neither hears of the other, not even if nothing but
// the owner changes.
func TestPassingToAnotherTenant(t *testing.T) {
	b := newRig(t)
	acme := subscribed(1, "")
	bolt := subscribed(2, "", func(s *o2.Subscription) { s.Tenant = "bolt" })
	platform := subscribed(3, "", func(s *o2.Subscription) { s.Tenant, s.Platform = "", true })
	b.create(acme, bolt, platform)
	unlabelled := resource(1, "red", owned(""))
	b.views.setOwned("acme", unlabelled)
	b.turn()
	b.views.setOwned("bolt", unlabelled)
	b.turn()
	b.wantQueue(acme, "+1 -1")
	b.wantQueue(bolt, "+1")
	b.wantQueue(platform, "+1")
	list, err := b.log.Queue(b.ctx, acme.ID)
	if err != nil {
		t.Fatal(err)
	}
	if gone := list[1]; gone.Post != 0 || gone.PostDigest != (o2.Digest{}) {
		t.Errorf("what acme hears of the object's end tells of its state under bolt: %+v", gone)
	}
}

// reaching makes a subscription of a tenant that hears of resources alone.
func reaching(tenant string, reach o2.Reach) func(*o2.Subscription) {
	return func(s *o2.Subscription) { s.Tenant, s.Reaches = tenant, o2.Reaches{o2.KindResource: reach} }
}

// TestSharedObjects reach whoever may read what is shared, in events as in an
// initial state; one that becomes shared, or ceases to be, enters and leaves.
func TestSharedObjects(t *testing.T) {
	b := newRig(t)
	own, both := subscribed(1, "", reaching("acme", o2.ReachTenant)), subscribed(2, "", reaching("acme", o2.ReachTenant|o2.ReachShared))
	common, others := subscribed(3, "", reaching("bolt", o2.ReachShared)), subscribed(4, "", reaching("bolt", o2.ReachTenant|o2.ReachShared))
	before := subscribed(5, "")
	platform := subscribed(6, "", func(s *o2.Subscription) {
		s.Tenant, s.Platform, s.Reaches = "", true, o2.Reaches{o2.KindResource: o2.ReachAll}
	})
	b.create(own, both, common, others, before, platform)
	unlabelled := resource(1, "red", owned(""))
	step := func(owner string, want ...string) {
		t.Helper()
		b.views.setOwned(owner, unlabelled)
		b.turn()
		for i, s := range []*o2.Subscription{own, both, common, others, before, platform} {
			b.wantQueue(s, want[i])
		}
	}
	step("acme", "+1", "+1", "", "", "+1", "+1")
	step(scope.SharedOwner, "+1 -1", "+1", "+1", "+1", "+1 -1", "+1")
	step("bolt", "+1 -1", "+1 -1", "+1 -1", "+1", "+1 -1", "+1")
	step("", "+1 -1", "+1 -1", "+1 -1", "+1 -1", "+1 -1", "+1")
	step(scope.SharedOwner, "+1 -1", "+1 -1 +1", "+1 -1 +1", "+1 -1 +1", "+1 -1", "+1")

	late, ownLate := subscribed(7, "", reaching("crab", o2.ReachShared)), subscribed(8, "", reaching("crab", o2.ReachTenant))
	b.create(late, ownLate)
	b.turn()
	b.wantQueue(late, "+1")
	b.wantQueue(ownLate, "")
}

// TestAPoolIsAnotherMatter: reaches are by kind.
func TestAPoolIsAnotherMatter(t *testing.T) {
	b := newRig(t)
	s := subscribed(1, "", func(s *o2.Subscription) { s.Reaches = o2.Reaches{o2.KindResourcePool: o2.ReachShared} })
	b.create(s)
	p := &o2.ResourcePool{Header: o2.Header{ID: id(9), NativeID: "9", Backend: "b", Name: "red"}}
	o2.Seal(p)
	b.views.setOwned(scope.SharedOwner, resource(1, "red"), p)
	b.turn()
	b.wantQueue(s, "+9")
	b.views.setOwned("acme", p)
	b.turn()
	b.wantQueue(s, "+9 -9")
}

// TestReachesThatChange give and take what the subscription selects, even under the
// version that is in force, as an earlier leader puts it there without them.
func TestReachesThatChange(t *testing.T) {
	b := newRig(t)
	b.views.setOwned("acme", resource(1, "red"))
	b.views.setOwned(scope.SharedOwner, resource(2, "red"))
	b.views.setOwned("bolt", resource(3, "red"))
	s := subscribed(1, "", reaching("acme", o2.ReachTenant|o2.ReachShared))
	b.create(s)
	b.turn()
	b.wantQueue(s, "+1 +2")
	for _, step := range []struct {
		reach o2.Reach
		want  string
	}{
		{o2.ReachTenant, "+1 +2 -2"},
		{o2.ReachTenant, "+1 +2 -2"},
		{o2.ReachShared, "+1 +2 -2 -1 +2"},
		{o2.ReachAll, "+1 +2 -2 -1 +2 +1 +3"},
		{o2.ReachTenant, "+1 +2 -2 -1 +2 +1 +3 -2 -3"},
	} {
		s = next(s, "")
		s.Reaches = o2.Reaches{o2.KindResource: step.reach}
		b.update(s)
		b.turn()
		b.wantQueue(s, step.want)
	}
	b.views.setOwned(scope.SharedOwner, resource(2, "blue"))
	b.views.setOwned("acme", resource(1, "blue"))
	b.turn()
	b.wantQueue(s, "+1 +2 -2 -1 +2 +1 +3 -2 -3 ~1")

	// An earlier leader has put the subscription into force without its reaches.
	shared := subscribed(2, "", reaching("acme", o2.ReachShared))
	b.create(shared)
	b.turn()
	b.wantQueue(shared, "+2")
	former := activation(shared)
	former.Reaches = o2.Reaches{}
	if _, err := b.log.Activate(b.ctx, b.term.guard, former, nil, false); err != nil {
		t.Fatal(err)
	}
	b.elect()
	b.turn()
	b.wantQueue(shared, "+2 -1 +2") // as the leader in between had told of what its tenant has
}
