package o2_test

import (
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
)

// TestReachesAreThoseOfScopes: what a caller may read is what its subscription
// hears of.
func TestReachesAreThoseOfScopes(t *testing.T) {
	owners := []string{"", scope.SharedOwner, "acme", "bolt", scope.PlatformTenant, scope.DefaultTenant}
	for bits := range uint8(8) {
		for _, tenant := range []string{"", "acme", scope.SharedOwner} {
			for _, owner := range owners {
				got, want := o2.Reach(bits).Covers(tenant, owner), scope.Reach(bits).Covers(tenant, owner)
				if got != want {
					t.Errorf("reach %03b of tenant %q over what %q owns: %v, in package scope %v", bits, tenant, owner, got, want)
				}
			}
		}
	}
	for name, pair := range map[string][2]uint8{
		"tenant": {uint8(o2.ReachTenant), uint8(scope.ReachTenant)},
		"shared": {uint8(o2.ReachShared), uint8(scope.ReachShared)},
		"all":    {uint8(o2.ReachAll), uint8(scope.ReachAll)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %d here and %d in package scope", name, pair[0], pair[1])
		}
	}
}

func TestReachesOfBefore(t *testing.T) {
	var none o2.Reaches
	for kind := range none {
		if got := none.Over(false)[kind]; got != o2.ReachTenant {
			t.Errorf("a tenant's former subscription has the reach %v over kind %d", got, kind)
		}
		if got := none.Over(true)[kind]; got != o2.ReachAll {
			t.Errorf("the platform's former subscription has the reach %v over kind %d", got, kind)
		}
	}
	some := o2.Reaches{o2.KindResource: o2.ReachShared}
	if some.Over(false) != some || some.Over(true) != some {
		t.Error("reaches that were asked for are not those that hold")
	}
}

func TestReachesComeBack(t *testing.T) {
	for name, r := range map[string]o2.Reaches{
		"none": {}, "one": {o2.KindResourceType: o2.ReachTenant}, "all": {7, 7, 7, 7},
	} {
		if got := o2.ReachesOf(r.Bytes()); got != r {
			t.Errorf("%s: %v came back as %v", name, r, got)
		}
	}
	if got, want := o2.ReachesOf([]byte{0xff, 2}), (o2.Reaches{7, 2}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := o2.ReachesOf([]byte{1, 2, 3, 4, 5, 6}), (o2.Reaches{1, 2, 3, 4, 5}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
