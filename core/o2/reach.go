package o2

// Reach says whose objects a subscription hears of. Reaches add up; they are
// those of package scope, bit by bit, which this package may not know.
type Reach uint8

// The reaches.
const (
	// ReachTenant is over the objects of the subscription's own tenant.
	ReachTenant Reach = 1 << iota
	// ReachShared is over what everyone owns together.
	ReachShared
	// ReachAll is over everyone's objects, the platform's included.
	ReachAll

	reachMask = ReachTenant | ReachShared | ReachAll
)

// sharedOwner is scope.SharedOwner.
const sharedOwner = "*"

// Covers reports whether r, of a subscription of tenant, extends to what owner
// owns. What has no owner is the platform's.
func (r Reach) Covers(tenant, owner string) bool {
	switch {
	case r&ReachAll != 0:
		return true
	case owner == "":
		return false
	case owner == sharedOwner:
		return r&ReachShared != 0
	default:
		return r&ReachTenant != 0 && owner == tenant
	}
}

// Reaches is a Reach for every kind of object, by Kind. The zero Reaches is that
// of a subscription from before there were any: it hears of its tenant's objects
// of every kind, or of everyone's if it is the platform's. No other subscription
// has it, as one that may hear of nothing is not made.
type Reaches [KindCount]Reach

// Over returns the reaches that hold, for a subscription of the platform or of a
// tenant.
func (r Reaches) Over(platform bool) Reaches {
	if r != (Reaches{}) {
		return r
	}
	before := ReachTenant
	if platform {
		before = ReachAll
	}
	for kind := range r {
		r[kind] = before
	}
	return r
}

// Bytes returns r as stores keep it: a byte for each kind, nothing for the zero
// Reaches.
func (r Reaches) Bytes() []byte {
	if r == (Reaches{}) {
		return nil
	}
	b := make([]byte, len(r))
	for kind := range r {
		b[kind] = byte(r[kind])
	}
	return b
}

// ReachesOf reads what Bytes wrote. Kinds that it does not tell of are not heard
// of, and kinds and reaches that this program does not know are left out.
func ReachesOf(b []byte) (r Reaches) {
	for kind := range min(len(b), len(r)) {
		r[kind] = Reach(b[kind]) & reachMask
	}
	return r
}
