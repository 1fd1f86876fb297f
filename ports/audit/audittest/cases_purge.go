package audittest

import (
	"fmt"

	"github.com/netweave/netweave/ports/audit"
)

var purgeCases = []struct {
	name string
	run  func(*fixture)
}{
	{"a purge removes what is older, and moves the anchors", func(f *fixture) {
		var v, w []audit.Record
		for i := range 4 {
			v = append(v, f.add("v", "acme", i))
			w = append(w, f.add("w", "other", 2*i))
		}
		f.wantPurged(2, 100, 3)
		f.wantChains(f.anchored("v", v[1]), f.anchored("w", w[0]))
		f.wantWalk("v", 0, v[2:]...)
		f.wantWalk("w", 0, w[1:]...)
		f.wantWalk("w", 1, w[1:]...)
		f.wantQuery(audit.Query{Tenant: "acme"}, v[3], v[2])
		f.wantQuery(audit.Query{Tenant: "other", Until: at(3)}, w[1])
		f.wantQuery(audit.Query{Before: place(v[1])})
		f.wantPurged(2, 100, 0)
		five := f.add("v", "acme", 9)
		f.wantWalk("v", 0, v[2], v[3], five)
		f.wantChains(f.anchored("v", v[1]), f.anchored("w", w[0]))
	}},
	{"an emptied chain keeps its anchor and goes on", func(f *fixture) {
		f.add("w", "acme", 1)
		two := f.add("w", "acme", 2)
		f.wantPurged(1000, 100, 2)
		f.wantChains(f.anchored("w", two))
		f.wantWalk("w", 0)
		f.wantQuery(audit.Query{})
		f.wantQuery(audit.Query{Tenant: "acme"})
		f.wantStale("a new beginning", following(audit.Link{}, "w", "acme", at(3)))
		f.wantPurged(1000, 100, 0)
		three := f.add("w", "acme", 3)
		f.wantWalk("w", 0, three)
		f.wantChains(f.anchored("w", two))
	}},
	{"a purge goes no further than its limit", func(f *fixture) {
		const each = 7
		for i := range each {
			f.add("v", "acme", i)
			f.add("w", "acme", i)
		}
		left := 2 * each
		for left > 0 {
			n := min(4, left)
			f.wantPurged(1000, 4, n)
			left -= n
			got, err := f.Audit.Query(f.ctx, audit.Query{Limit: 100})
			f.must("Query", err)
			f.equal("the number left", len(got), left)
			f.wantWhole()
		}
		f.wantPurged(1000, 4, 0)
		f.wantWhole()
	}},
	{"a chain stays whole whatever its clock did", func(f *fixture) {
		one, two := f.add("w", "acme", 5), f.add("w", "acme", 90)
		three, four := f.add("w", "acme", 10), f.add("w", "acme", 95)
		f.wantPurged(50, 100, 1)
		f.wantWalk("w", 0, two, three, four)
		f.wantChains(f.anchored("w", one))
		f.wantQuery(audit.Query{}, four, two, three)
		f.wantPurged(91, 100, 2)
		f.wantWalk("w", 0, four)
		f.wantQuery(audit.Query{Tenant: "acme"}, four)
		f.wantChains(f.anchored("w", three))
	}},
}

// wantPurged purges what is older than that.
func (f *fixture) wantPurged(beforeMS, limit, want int) {
	f.t.Helper()
	got, err := f.Audit.Purge(f.ctx, at(beforeMS), limit)
	f.must("Purge", err)
	f.equal(fmt.Sprintf("what was purged before %d, at most %d", beforeMS, limit), got, want)
}

// anchored is the chain as it ought to be after its last purge.
func (f *fixture) anchored(writer string, last audit.Record) audit.Chain {
	c := f.heads[writer]
	c.Anchor = last.Link
	return c
}

// wantWhole sees that each chain has every record from its anchor to its head.
func (f *fixture) wantWhole() {
	f.t.Helper()
	chains, err := f.Audit.Chains(f.ctx)
	f.must("Chains", err)
	for _, c := range chains {
		at := c.Anchor
		f.must("Walk", f.Other.Walk(f.ctx, c.Writer, 0, func(r audit.Record) error {
			if r.Number != at.Number+1 || r.Previous != at.Hash {
				return fmt.Errorf("record %d of %s does not follow on %d", r.Number, c.Writer, at.Number)
			}
			at = r.Link
			return nil
		}))
		f.equal("the last record of "+c.Writer, at, c.Head)
		f.equal("the head of "+c.Writer, c.Head, f.heads[c.Writer].Head)
	}
}
