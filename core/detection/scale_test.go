package detection

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

// BenchmarkOneChange is what the leader does for one change of one of 100,000
// objects, of which 10 of 1,000 subscriptions hear; the log is in memory.
func BenchmarkOneChange(b *testing.B) {
	rig := newRig(b)
	const objects = 100_000
	var all []o2.Object
	for n := range objects {
		all = append(all, resource(n, "red", in(pool(n%100))))
	}
	rig.views.set(all...)
	rig.turn()
	for n := range 1000 {
		rig.create(subscribed(n, fmt.Sprintf("(eq,pool,%s)", pool(n%100)), unasked))
	}
	rig.turn()
	runtime.GC()
	for i := 0; b.Loop(); i++ {
		rig.views.set(resource(i%objects, fmt.Sprint("name ", i), in(pool(i%objects%100))))
		if _, err := rig.term.turn(rig.ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTakingOver is a new leader's reading and comparing of 100,000 objects.
func BenchmarkTakingOver(b *testing.B) {
	rig := newRig(b)
	for n := range 100_000 {
		rig.views.set(resource(n, "red", in(pool(n%100))))
	}
	rig.turn()
	for b.Loop() {
		rig.elect()
		rig.turn()
		rig.term.follower.Close()
	}
}
