package audittest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/store"
)

// Store is what the suite tests: one empty store.
type Store struct {
	Audit audit.Store
	// Other is the same store as another process has it; nil for one that one
	// process alone has.
	Other audit.Store
}

// Run runs the suite. open is called once for each test and cleans up through t.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, c := range slices.Concat(cases, purgeCases) {
		t.Run(c.name, func(t *testing.T) {
			f := &fixture{Store: open(t), t: t, ctx: t.Context(), heads: map[string]audit.Chain{}}
			if f.Other == nil {
				f.Other = f.Audit
			}
			c.run(f)
		})
	}
}

type fixture struct {
	Store
	t   *testing.T
	ctx context.Context
	// heads are the chains as they ought to be.
	heads map[string]audit.Chain
}

// noon is when the suite's first records were made; those behind it are some
// milliseconds later.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

// following returns the record that follows on the link.
func following(previous audit.Link, writer, tenant string, when time.Time) audit.Record {
	n := previous.Number + 1
	data := fmt.Appendf(nil, `{"z":"\u00e9 <&>", "number": %d}`, n)
	sum := sha256.Sum256(fmt.Append(data, previous.Hash, writer, tenant, when.UnixMilli()))
	return audit.Record{
		Writer: writer, Link: audit.Link{Number: n, Hash: hex.EncodeToString(sum[:])}, Previous: previous.Hash,
		At: when, Tenant: tenant, Data: data,
	}
}

// next returns a record that follows on the writer's last, and takes it for
// stored.
func (f *fixture) next(writer, tenant string, ms int) audit.Record {
	c := f.heads[writer]
	r := following(c.Head, writer, tenant, at(ms))
	c.Writer, c.Head, c.LastAt = writer, r.Link, r.At
	f.heads[writer] = c
	return r
}

// add stores a record in an append of its own.
func (f *fixture) add(writer, tenant string, ms int) audit.Record {
	f.t.Helper()
	r := f.next(writer, tenant, ms)
	f.append(r)
	return r
}

func (f *fixture) append(list ...audit.Record) {
	f.t.Helper()
	f.must("Append", f.Audit.Append(f.ctx, list))
}

func (f *fixture) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

func (f *fixture) wantStale(what string, list ...audit.Record) {
	f.t.Helper()
	if err := f.Audit.Append(f.ctx, list); !errors.Is(err, store.ErrStale) {
		f.t.Errorf("Append of %s: error %v, want %v", what, err, store.ErrStale)
	}
}

// wantChains compares every chain, which are to come by writer.
func (f *fixture) wantChains(want ...audit.Chain) {
	f.t.Helper()
	for _, s := range []audit.Store{f.Audit, f.Other} {
		got, err := s.Chains(f.ctx)
		f.must("Chains", err)
		f.equal("the number of chains", len(got), len(want))
		for i := range min(len(got), len(want)) {
			f.equal("a chain", got[i], want[i])
		}
	}
}

// wantWalk compares what is left of a writer's records behind a number.
func (f *fixture) wantWalk(writer string, after uint64, want ...audit.Record) {
	f.t.Helper()
	for _, s := range []audit.Store{f.Audit, f.Other} {
		var got []audit.Record
		f.must("Walk", s.Walk(f.ctx, writer, after, func(r audit.Record) error {
			got = append(got, r)
			return nil
		}))
		f.same(fmt.Sprintf("the records of %s behind %d", writer, after), got, want)
	}
}

// wantQuery compares what a query gives, in order.
func (f *fixture) wantQuery(q audit.Query, want ...audit.Record) {
	f.t.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	got, err := f.Other.Query(f.ctx, q)
	f.must("Query", err)
	f.same(fmt.Sprintf("what %+v gives", q), got, want)
}

func (f *fixture) same(what string, got, want []audit.Record) {
	f.t.Helper()
	if len(got) != len(want) {
		f.t.Errorf("%s are %s, want %s", what, places(got), places(want))
		return
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			f.t.Errorf("%s: the %d. is\n  %+v, want\n  %+v", what, i+1, got[i], want[i])
		}
	}
}

func places(list []audit.Record) (text []string) {
	for _, r := range list {
		text = append(text, fmt.Sprintf("%s/%d", r.Writer, r.Number))
	}
	return text
}

func (f *fixture) equal(what string, got, want any) {
	f.t.Helper()
	if !reflect.DeepEqual(got, want) {
		f.t.Errorf("%s is\n  %+v, want\n  %+v", what, got, want)
	}
}

// reversed returns the list with the latest first.
func reversed(list ...audit.Record) (latest []audit.Record) {
	for i := range list {
		latest = append(latest, list[len(list)-1-i])
	}
	return latest
}
