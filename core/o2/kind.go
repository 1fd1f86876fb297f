package o2

import "fmt"

// Kind tells which noun an object is.
type Kind uint8

// The kinds of object that a view holds.
const (
	KindDeploymentManager Kind = iota
	KindResourcePool
	KindResource
	KindResourceType
	// KindAlarm is the kind of alarms, which no backend's view holds: they have a view of
	// their own.
	KindAlarm

	kindCount
)

// Kinds lists every kind, in the order of their values.
func Kinds() []Kind {
	return []Kind{KindDeploymentManager, KindResourcePool, KindResource, KindResourceType, KindAlarm}
}

// InventoryKinds lists the kinds that backends have, in the order of their values.
func InventoryKinds() []Kind { return Kinds()[:KindAlarm] }

// KindCount is the number of kinds: the length of an array indexed by Kind.
const KindCount = int(kindCount)

var kindNames = [KindCount]string{"DeploymentManager", "ResourcePool", "Resource", "ResourceType", "Alarm"}

// String returns the name that O-RAN gives the noun, for example "ResourcePool".
func (k Kind) String() string {
	if int(k) < KindCount {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// ParseKind returns the inventory kind whose String is name.
func ParseKind(name string) (Kind, error) {
	for k, n := range kindNames[:KindAlarm] {
		if n == name {
			return Kind(k), nil
		}
	}
	return 0, fmt.Errorf("unknown object kind %q: want one of %v", name, kindNames[:KindAlarm])
}

// KindSet is a set of kinds. The zero KindSet is empty.
type KindSet uint8

// AllKinds is the set of every kind.
const AllKinds = KindSet(1<<kindCount - 1)

// SetOf returns the set of the kinds given.
func SetOf(kinds ...Kind) KindSet {
	var s KindSet
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

// Has reports whether k is in the set.
func (s KindSet) Has(k Kind) bool { return s&(1<<k) != 0 }
