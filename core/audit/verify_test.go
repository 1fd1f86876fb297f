package audit

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/ports/audit"
)

// chained returns a shelf with two chains of ten.
func chained(t *testing.T) *shelf {
	t.Helper()
	s := newShelf()
	for _, writer := range []string{"gw-1", "gw-2"} {
		c := chain{writer: writer}
		var records []audit.Record
		for i := range 10 {
			e := entryAt(i, "smo-alpha", "alice")
			records = append(records, c.link(&e))
		}
		if err := s.Append(context.Background(), records); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	rehash := func(r *audit.Record) { r.Hash = hashOf(r) }
	for name, tt := range map[string]struct {
		tamper func(s *shelf, r []audit.Record) []audit.Record
		want   []string
	}{
		"nothing":           {func(_ *shelf, r []audit.Record) []audit.Record { return r }, nil},
		"one removed":       {func(_ *shelf, r []audit.Record) []audit.Record { return slices.Delete(r, 3, 4) }, []string{"gw-1 4 missing: it is not there"}},
		"the first removed": {func(_ *shelf, r []audit.Record) []audit.Record { return r[1:] }, []string{"gw-1 1 missing: it is not there"}},
		"the last removed":  {func(_ *shelf, r []audit.Record) []audit.Record { return r[:9] }, []string{"gw-1 10 missing: it is not there"}},
		"a run removed": {
			func(_ *shelf, r []audit.Record) []audit.Record { return slices.Delete(r, 2, 6) },
			[]string{"gw-1 3 missing: numbers 3 to 6 are not there"},
		},
		"all removed": {func(*shelf, []audit.Record) []audit.Record { return nil }, []string{"gw-1 1 missing: numbers 1 to 10 are not there"}},
		"data altered": {
			func(_ *shelf, r []audit.Record) []audit.Record {
				r[4].Data = bytes.Replace(r[4].Data, []byte("alice"), []byte("mallo"), 1)
				return r
			},
			[]string{"gw-1 5 altered: its content does not have its hash"},
		},
		"time altered": {
			func(_ *shelf, r []audit.Record) []audit.Record { r[4].At = r[4].At.Add(time.Millisecond); return r },
			[]string{"gw-1 5 altered: its content does not have its hash"},
		},
		"tenant altered": {
			func(_ *shelf, r []audit.Record) []audit.Record { r[9].Tenant = "smo-beta"; return r },
			[]string{"gw-1 10 altered: its content does not have its hash"},
		},
		"altered, with a hash that fits": {
			func(_ *shelf, r []audit.Record) []audit.Record {
				r[4].Tenant = "smo-beta"
				rehash(&r[4])
				return r
			},
			[]string{"gw-1 6 altered: it does not follow number 5: one of the two was replaced"},
		},
		"the last altered, with a hash that fits": {
			func(_ *shelf, r []audit.Record) []audit.Record {
				r[9].Tenant = "smo-beta"
				rehash(&r[9])
				return r
			},
			[]string{"gw-1 10 altered: the chain's head has another hash"},
		},
		"two swapped": {
			func(_ *shelf, r []audit.Record) []audit.Record { r[4], r[5] = r[5], r[4]; return r },
			[]string{
				"gw-1 5 missing: it is not there", "gw-1 5 altered: it stands behind number 6",
				"gw-1 5 altered: it does not follow number 6: one of the two was replaced", "gw-1 6 missing: it is not there",
			},
		},
		"one moved from another chain": {
			func(s *shelf, r []audit.Record) []audit.Record { r[4] = s.records["gw-2"][4]; return r },
			[]string{"gw-1 5 altered: it is by another writer, \"gw-2\""},
		},
		"the chain's head removed": {
			func(s *shelf, r []audit.Record) []audit.Record { delete(s.chains, "gw-1"); return r },
			[]string{"gw-1 10 head missing: there are records of this writer, and no chain"},
		},
		"the chain's head set back": {
			func(s *shelf, r []audit.Record) []audit.Record {
				s.chains["gw-1"] = audit.Chain{Writer: "gw-1", Head: r[6].Link}
				return r
			},
			[]string{"gw-1 8 head missing: the chain's head is number 7"},
		},
		"re-chained with earlier times": {
			func(s *shelf, r []audit.Record) []audit.Record {
				r[9].At = r[0].At.Add(-time.Hour)
				rehash(&r[9])
				s.chains["gw-1"] = audit.Chain{Writer: "gw-1", Head: r[9].Link}
				return r
			},
			[]string{"gw-1 10 altered: its time lies before that of the record before it"},
		},
		"no entry": {
			func(s *shelf, r []audit.Record) []audit.Record {
				r[9].Data = []byte("x")
				rehash(&r[9])
				s.chains["gw-1"] = audit.Chain{Writer: "gw-1", Head: r[9].Link}
				return r
			},
			[]string{"gw-1 10 altered: it is no entry"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := chained(t)
			s.records["gw-1"] = tt.tamper(s, s.records["gw-1"])
			r, err := Verify(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range r.Findings {
				got = append(got, fmt.Sprintf("%s %d %s: %s", f.Writer, f.Number, f.What, f.Detail))
			}
			if !slices.Equal(got, tt.want) || r.Total != len(tt.want) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(tt.want, "\n     "))
			}
		})
	}
}

func TestVerifyWhileTheLogIsUsed(t *testing.T) {
	s := chained(t)
	purged := false
	s.walking = func(r audit.Record) {
		if r.Writer != "gw-1" || r.Number != 1 || purged {
			return
		}
		purged = true
		if _, err := s.Purge(context.Background(), begin.Add(4*time.Second), 4); err != nil {
			t.Error(err)
		}
		s.set(func() { // what was read before it was purged
			s.records["gw-1"] = slices.Clone(s.records["gw-1"])
		})
		c := chain{writer: "gw-2", head: s.chains["gw-2"].Head}
		e := entryAt(20, "smo-alpha", "alice")
		if err := s.Append(context.Background(), []audit.Record{c.link(&e)}); err != nil {
			t.Error(err)
		}
		c = chain{writer: "gw-3"}
		if err := s.Append(context.Background(), []audit.Record{c.link(&e)}); err != nil {
			t.Error(err)
		}
	}
	r, err := Verify(context.Background(), s)
	if err != nil || r.Total != 0 || r.Chains != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

// A walk that begins at an anchor which moved on meanwhile starts over.
func TestVerifyStartsOverBehindAPurge(t *testing.T) {
	s := chained(t)
	chains, err := s.Chains(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Purge(context.Background(), begin.Add(4*time.Second), 100); err != nil {
		t.Fatal(err)
	}
	v := &verifier{store: s}
	if err := v.chain(context.Background(), chains[0]); err != nil || v.report.Total != 0 || v.report.Records != 6 {
		t.Errorf("%+v, %v", v.report, err)
	}
}
