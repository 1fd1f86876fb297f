package matching

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/eventlog"
)

// filled makes an index of n subscriptions with id, pool and type filters, ten
// of which select resource 1; the others select other resources of its tenant.
func filled(t testing.TB, s *schemas, n int) *Index {
	t.Helper()
	x := &Index{}
	for i := range n {
		k := 1
		if i >= 10 {
			k = i
		}
		filter := ""
		switch i % 4 {
		case 0:
			filter = fmt.Sprintf("(eq,id,%s)", id(k))
		case 1:
			filter = fmt.Sprintf("(eq,pool,%s)", pool(k))
		case 2:
			filter = fmt.Sprintf("(eq,type,%s)", typ(k))
		case 3: // all of the same pool: the type tells them apart
			filter = fmt.Sprintf("(eq,pool,%s);(eq,type,%s)", pool(1), typ(k))
		}
		x.Put(id(i), "acme", own, s.selection(t, filter, o2.KindResource))
	}
	return x
}

// TestCostDoesNotGrow counts the conditions that are evaluated for one change, of
// a tenant's object and of one that is shared.
func TestCostDoesNotGrow(t *testing.T) {
	for owner, reach := range map[string]o2.Reach{"acme": o2.ReachTenant, scope.SharedOwner: o2.ReachShared} {
		prior, post := state(owner, resource(1, "red", pool(1), typ(1))), state(owner, resource(1, "blue", pool(1), typ(1)))
		for _, n := range []int{10, 1000, 20_000} {
			s := newSchemas()
			x := filled(t, s, n)
			if reach != o2.ReachTenant {
				for i := range n { // of as many tenants
					m := x.members[id(i)]
					x.Put(id(i), fmt.Sprintf("tenant-%d", i), o2.Reaches{o2.KindResource: reach | o2.ReachTenant}, m.selection)
				}
			}
			s.reads = 0
			if got := len(x.Match(nil, prior, post)); got != 10 {
				t.Errorf("%s: of %d, %d match, want 10", owner, n, got)
			}
			// Eight filters of one condition and two of two, before and after.
			if want := 2 * (8*1 + 2*2); s.reads != want {
				t.Errorf("%s: of %d, %d conditions were evaluated, want %d", owner, n, s.reads, want)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	prior, post := state("acme", resource(1, "red", pool(1), typ(1))), state("acme", resource(1, "blue", pool(1), typ(1)))
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("subscriptions=%d", n), func(b *testing.B) {
			x := filled(b, newSchemas(), n)
			var targets []eventlog.Target
			b.ReportAllocs()
			for b.Loop() {
				targets = x.Match(targets[:0], prior, post)
			}
			if len(targets) != 10 {
				b.Fatalf("%d match", len(targets))
			}
		})
	}
}
