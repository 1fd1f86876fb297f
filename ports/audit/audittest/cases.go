package audittest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/store/storetest"
)

var cases = []struct {
	name string
	run  func(*fixture)
}{
	{"an empty log has nothing", func(f *fixture) {
		f.wantChains()
		f.wantQuery(audit.Query{})
		f.wantWalk("nobody", 0)
		f.append()
		f.wantChains()
		f.wantPurged(1000, 10, 0)
	}},
	{"records come back whole", func(f *fixture) {
		one, two := f.next("w", "acme", 1), f.next("w", "platform", 2)
		two.Data = []byte(`{"path":"/a?b=\u0000", "text":"` + strings.Repeat("\u4e16", 3000) + `"}`)
		f.append(one, two)
		three := f.add("w", "", 2)
		f.wantWalk("w", 0, one, two, three)
		f.wantWalk("w", 1, two, three)
		f.wantWalk("w", 3)
		f.wantWalk("w", 99)
		f.wantQuery(audit.Query{}, three, two, one)
		f.wantChains(f.heads["w"])
	}},
	{"each writer has its chain", func(f *fixture) {
		a, b := f.add("pod-1", "acme", 1), f.add("pod-10", "acme", 2)
		c, d := f.add("pod-1", "other", 3), f.add("pod-2", "acme", 4)
		f.wantWalk("pod-1", 0, a, c)
		f.wantWalk("pod-10", 0, b)
		f.wantWalk("pod-2", 0, d)
		f.wantWalk("pod", 0)
		f.wantChains(f.heads["pod-1"], f.heads["pod-10"], f.heads["pod-2"])
		f.wantQuery(audit.Query{}, d, c, b, a)
	}},
	{"a record that does not follow on the head is stale", func(f *fixture) {
		one := f.add("w", "acme", 1)
		two := following(one.Link, "w", "acme", at(2))
		three := following(two.Link, "w", "acme", at(3))
		otherHash, noHash := two, two
		otherHash.Previous, noHash.Previous = three.Hash, ""
		f.wantStale("the first again", one)
		f.wantStale("one too far on", three)
		f.wantStale("one that follows on another", otherHash)
		f.wantStale("one that follows on nothing", noHash)
		f.wantStale("the second of a new writer", following(one.Link, "new", "acme", at(2)))
		zero := following(audit.Link{}, "new", "acme", at(2))
		zero.Number = 0
		f.wantStale("one without a number", zero)
		f.wantChains(f.heads["w"])
		f.wantWalk("w", 0, one)
		f.append(two)
		f.wantWalk("w", 0, one, two)
	}},
	{"of a batch all is stored or nothing", func(f *fixture) {
		one := f.add("w", "acme", 1)
		two := following(one.Link, "w", "acme", at(2))
		three := following(two.Link, "w", "acme", at(3))
		four := following(three.Link, "w", "acme", at(4))
		stranger := following(two.Link, "other", "acme", at(3))
		broken := three
		broken.Previous = one.Hash
		f.wantStale("a batch with a gap", two, four)
		f.wantStale("a batch that does not hang together", two, broken)
		f.wantStale("a batch out of order", three, two)
		f.wantStale("a batch that begins behind the head", one, two)
		f.wantStale("a batch of two writers", two, stranger)
		f.wantChains(f.heads["w"])
		f.wantWalk("w", 0, one)
		f.wantQuery(audit.Query{}, one)
		f.append(two, three, four)
		f.wantWalk("w", 0, one, two, three, four)
	}},
	{"of two that follow on the same, one is stored", func(f *fixture) {
		first := f.add("w", "acme", 1)
		errs := storetest.AtOnce(12, func(i int) error {
			return []audit.Store{f.Audit, f.Other}[i%2].Append(f.ctx, []audit.Record{following(first.Link, "w", fmt.Sprint("t", i), at(2))})
		})
		stored := 0
		for _, err := range errs {
			if err == nil {
				stored++
			} else if !errors.Is(err, store.ErrStale) {
				f.t.Errorf("Append: error %v, want %v", err, store.ErrStale)
			}
		}
		f.equal("the number stored", stored, 1)
	}},
	{"many writers at once lose nothing", func(f *fixture) {
		const writers, each = 8, 20
		errs := storetest.AtOnce(writers, func(i int) error {
			s, head := []audit.Store{f.Audit, f.Other}[i%2], audit.Link{}
			for n := range each {
				r := following(head, fmt.Sprint("w", i), "acme", at(n))
				if err := s.Append(f.ctx, []audit.Record{r}); err != nil {
					return err
				}
				head = r.Link
			}
			return nil
		})
		f.must("Append", errors.Join(errs...))
		got, err := f.Audit.Query(f.ctx, audit.Query{Tenant: "acme", Limit: 2 * writers * each})
		f.must("Query", err)
		f.equal("the number of records", len(got), writers*each)
	}},
	{"the latest come first, and pages neither skip nor repeat", func(f *fixture) {
		// Of each writer there are several in the same millisecond.
		for i := range 12 {
			f.add("a", "acme", i/4)
			f.add("b", []string{"acme", "other"}[i%2], i/6)
			if i%3 == 0 {
				f.add("ab", "acme", 1)
			}
		}
		for _, tenant := range []string{"", "acme", "other"} {
			whole, err := f.Audit.Query(f.ctx, audit.Query{Tenant: tenant, Limit: 1000})
			f.must("Query", err)
			f.equal("the number of records of "+tenant, len(whole), map[string]int{"": 28, "acme": 22, "other": 6}[tenant])
			for i := 1; i < len(whole); i++ {
				if compare(place(whole[i-1]), place(whole[i])) <= 0 {
					f.t.Errorf("%s comes before %s", places(whole[i-1:i]), places(whole[i:i+1]))
				}
			}
			for size := 1; size <= 7; size += 2 {
				var paged []audit.Record
				q := audit.Query{Tenant: tenant, Limit: size}
				for range len(whole)/size + 1 {
					page, err := f.Other.Query(f.ctx, q)
					f.must("Query", err)
					if len(page) == 0 {
						break
					}
					paged = append(paged, page...)
					q.Before = place(page[len(page)-1])
				}
				f.wantQuery(q)
				f.same(fmt.Sprintf("pages of %d", size), paged, whole)
			}
		}
	}},
	{"what is added meanwhile moves no page", func(f *fixture) {
		one, two, three := f.add("w", "acme", 1), f.add("w", "acme", 2), f.add("w", "acme", 3)
		f.wantQuery(audit.Query{Limit: 2}, three, two)
		f.add("w", "acme", 3)
		f.add("x", "acme", 4)
		f.wantQuery(audit.Query{Limit: 2, Before: place(two)}, one)
		f.wantQuery(audit.Query{Before: place(one)})
	}},
	{"a place where no record is, is a place", func(f *fixture) {
		one, three := f.add("w", "acme", 1), f.add("w", "acme", 3)
		f.wantQuery(audit.Query{Before: audit.Cursor{At: at(2), Writer: "nobody", Number: 7}}, one)
		f.wantQuery(audit.Query{Before: audit.Cursor{At: at(3), Writer: "v", Number: 1 << 40}}, one)
		f.wantQuery(audit.Query{Before: audit.Cursor{At: at(3), Writer: "x"}}, three, one)
		f.wantQuery(audit.Query{Before: audit.Cursor{At: at(3), Writer: "w", Number: 1 << 40}}, three, one)
		f.wantQuery(audit.Query{Before: audit.Cursor{At: at(0)}})
	}},
	{"numbers count as numbers", func(f *fixture) {
		var all []audit.Record
		for range 12 {
			all = append(all, f.next("w", "acme", 5))
		}
		f.append(all...)
		f.wantQuery(audit.Query{}, reversed(all...)...)
		f.wantWalk("w", 8, all[8:]...)
	}},
	{"a tenant's records are its own", func(f *fixture) {
		kept := map[string][]audit.Record{}
		tenants := []string{"acme", "acme2", "ac", "a\x00b", "a", "*", "platform", "\u00e9", "a/b", "a:b"}
		for i := range 3 * len(tenants) {
			tenant := tenants[i%len(tenants)]
			kept[tenant] = append(kept[tenant], f.add("w", tenant, i/2))
		}
		for _, tenant := range tenants {
			f.wantQuery(audit.Query{Tenant: tenant}, reversed(kept[tenant]...)...)
			f.wantQuery(audit.Query{Tenant: tenant, Limit: 1}, kept[tenant][2])
		}
		f.wantQuery(audit.Query{Tenant: "nobody"})
		f.wantQuery(audit.Query{Tenant: "acm"})
	}},
	{"from is inclusive, until is not", func(f *fixture) {
		var r []audit.Record
		for i := range 5 {
			r = append(r, f.add("w", []string{"acme", "other"}[i%2], i))
		}
		f.wantQuery(audit.Query{From: at(2)}, r[4], r[3], r[2])
		f.wantQuery(audit.Query{Until: at(2)}, r[1], r[0])
		f.wantQuery(audit.Query{From: at(1), Until: at(4)}, r[3], r[2], r[1])
		f.wantQuery(audit.Query{From: at(1), Until: at(4), Tenant: "acme"}, r[2])
		f.wantQuery(audit.Query{From: at(1), Until: at(4), Before: place(r[3])}, r[2], r[1])
		f.wantQuery(audit.Query{Until: at(2), Before: place(r[4])}, r[1], r[0])
		f.wantQuery(audit.Query{From: at(0), Limit: 1}, r[4])
		f.wantQuery(audit.Query{From: at(3), Until: at(3)})
		f.wantQuery(audit.Query{From: at(4), Until: at(1)})
		f.wantQuery(audit.Query{From: at(9)})
		f.wantQuery(audit.Query{Until: at(0)})
	}},
	{"a walk ends where its function fails", func(f *fixture) {
		for i := range 5 {
			f.add("w", "acme", i)
		}
		enough, seen := errors.New("enough"), 0
		err := f.Audit.Walk(f.ctx, "w", 1, func(r audit.Record) error {
			if seen++; r.Number == 3 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || seen != 2 {
			f.t.Errorf("Walk: %v after %d records, want %v after 2", err, seen, enough)
		}
	}},
	{"a long chain is walked whole, and its walker may write", func(f *fixture) {
		const n = 700
		var all []audit.Record
		for i := range n {
			all = append(all, f.next("w", "acme", i))
		}
		f.append(all[:n/2]...)
		f.append(all[n/2:]...)
		f.wantWalk("w", 0, all...)
		f.must("Walk", f.Audit.Walk(f.ctx, "w", n-2, func(r audit.Record) error {
			f.add("other", "acme", int(r.Number))
			return nil
		}))
		f.wantWalk("w", n-1, all[n-1])
		f.equal("what the walker wrote", f.heads["other"].Head.Number, uint64(2))
	}},
	{"what is given and returned is the caller's own", func(f *fixture) {
		r := f.next("w", "acme", 1)
		given := r
		given.Data = []byte(string(r.Data))
		f.append(given)
		clear(given.Data)
		got, err := f.Audit.Query(f.ctx, audit.Query{Limit: 1})
		f.must("Query", err)
		clear(got[0].Data)
		f.wantQuery(audit.Query{}, r)
	}},
}
