package redis

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
	"pgregory.net/rapid"
)

func anyTime(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "none") {
		return time.Time{}
	}
	return time.Unix(0, rapid.Int64Range(1, 1<<62).Draw(t, "ns")).UTC()
}

func anyDigest(t *rapid.T) (d o2.Digest) {
	copy(d[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "digest"))
	return d
}

func anyEntry(t *rapid.T) eventlog.Entry {
	number := rapid.Uint64Range(0, 1<<53)
	return eventlog.Entry{
		Position: number.Draw(t, "position"), Sequence: number.Draw(t, "sequence"),
		Type:   rapid.SampledFrom([]o2.EventType{o2.EventCreated, o2.EventModified, o2.EventDeleted, o2.EventResync}).Draw(t, "type"),
		Object: o2.ObjectKey{Kind: o2.Kind(rapid.IntRange(0, 3).Draw(t, "kind")), ID: o2.ID(rapid.StringN(0, 36, 36).Draw(t, "id"))},
		Prior:  number.Draw(t, "prior"), Post: number.Draw(t, "post"),
		PriorDigest: anyDigest(t), PostDigest: anyDigest(t), At: anyTime(t), Coalesced: rapid.Bool().Draw(t, "coalesced"),
	}
}

func TestEntriesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyEntry(t)
		got, rest, err := unpackEntry(packEntry(&want) + "rest")
		if err != nil || rest != "rest" || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v came back as %+v, %q, %v", want, got, rest, err)
		}
		f := &eventlog.Failure{
			Attempts: rapid.IntRange(0, 1<<40).Draw(t, "attempts"), First: anyTime(t), Reason: rapid.String().Draw(t, "reason"),
		}
		died := anyTime(t)
		letter, err := unpackLetter(packEntry(&want) + packLetter(f, died))
		wantLetter := eventlog.DeadLetter{
			Delivery: eventlog.Delivery{Entry: want, Attempts: f.Attempts, First: f.First}, DiedAt: died, Reason: f.Reason,
		}
		if err != nil || !reflect.DeepEqual(letter, wantLetter) {
			t.Fatalf("%+v came back as %+v, %v", wantLetter, letter, err)
		}
	})
}

// TestEntriesStayAsTheyAre pins how an entry is packed: stored queues are, and
// the scripts read its first 32 bytes and the id's length at 48.
func TestEntriesStayAsTheyAre(t *testing.T) {
	e := eventlog.Entry{
		Position: 1, Prior: 2, Post: 3, Sequence: 4, Type: o2.EventModified, Coalesced: true,
		Object: o2.ObjectKey{Kind: o2.KindResource, ID: "id"}, At: time.Unix(1, 2_000_003).UTC(),
		PriorDigest: o2.Digest{5}, PostDigest: o2.Digest{6},
	}
	want := "0000000000000001" + "0000000000000002" + "0000000000000003" + "00000000000003ea" + "0000000000000004" +
		"00000003" + "02" + "01" + "02" + "02" + "05" + strings.Repeat("00", 15) + "06" + strings.Repeat("00", 15) + "6964"
	if got := hex.EncodeToString([]byte(packEntry(&e))); got != want {
		t.Errorf("packed as\n%s, want\n%s", got, want)
	}
}

func TestStatesComeBack(t *testing.T) {
	r := &o2.Resource{Header: o2.Header{ID: o2.NewID(), NativeID: "n", Backend: "b", Name: "a\x00b"}, Tags: []string{"x"}}
	o2.Seal(r)
	for _, owner := range []string{"", "tenant", strings.Repeat("long", 100)} {
		want := eventlog.State{Object: r, Owner: owner}
		got, err := unpackState(packState(&want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v came back as %+v, %v", want, got, err)
		}
	}
}

func TestActivationsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := eventlog.Activation{
			Version: rapid.Uint64().Draw(t, "version"), Tenant: rapid.String().Draw(t, "tenant"),
			Platform: rapid.Bool().Draw(t, "platform"), Surface: rapid.String().Draw(t, "surface"),
			Filter: rapid.String().Draw(t, "filter"), Overflowed: rapid.Bool().Draw(t, "overflowed"),
		}
		if rapid.Bool().Draw(t, "reaches") {
			for kind := range want.Reaches {
				want.Reaches[kind] = o2.Reach(rapid.IntRange(0, 7).Draw(t, "reach"))
			}
		}
		got, err := unpackActivation(packActivation(&want))
		if err != nil || got != want {
			t.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
	})
}

// TestActivationsOfBefore are read as they always were, and what is new is behind
// all that an earlier version reads.
func TestActivationsOfBefore(t *testing.T) {
	a := eventlog.Activation{Version: 3, Tenant: "t", Surface: "s", Filter: "f"}
	const before = "0t\x03\x01t\x01s\x01f"
	if got := packActivation(&a); got != before {
		t.Errorf("without reaches it is %q, want %q", got, before)
	}
	if got, err := unpackActivation(before); err != nil || got != a {
		t.Errorf("it came back as %+v, %v", got, err)
	}
	a.Reaches = o2.Reaches{1, 2, 3, 4}
	if got := packActivation(&a); got != before+"\x01\x02\x03\x04\x00" {
		t.Errorf("with reaches it is %q", got)
	}
}

// FuzzStored reads anything as each of the things that are stored: what cannot
// be read is an error and never a panic.
func FuzzStored(f *testing.F) {
	e := eventlog.Entry{Position: 1, Object: o2.ObjectKey{ID: "id"}}
	r := &o2.Resource{Header: o2.Header{ID: "i"}}
	o2.Seal(r)
	a := eventlog.Activation{Tenant: "t", Surface: "s"}
	f.Add([]byte(packEntry(&e)))
	f.Add([]byte(packEntry(&e) + packLetter(&eventlog.Failure{Attempts: 1, Reason: "r"}, time.Unix(1, 0))))
	f.Add([]byte(packState(&eventlog.State{Object: r, Owner: "o"})))
	f.Add([]byte(packActivation(&a)))
	f.Add(packObjects([]o2.Object{r})[0])
	f.Fuzz(func(t *testing.T, stored []byte) {
		s := string(stored)
		if e, rest, err := unpackEntry(s); err == nil {
			if again, _, err := unpackEntry(packEntry(&e) + rest); err != nil || again.Position != e.Position || again.Object != e.Object {
				t.Errorf("%+v came back as %+v, %v", e, again, err)
			}
		}
		if d, err := unpackLetter(s); err == nil {
			f := eventlog.Failure{Attempts: d.Attempts, First: d.First, Reason: d.Reason}
			again, err := unpackLetter(packEntry(&d.Entry) + packLetter(&f, d.DiedAt))
			if err != nil || again.Reason != d.Reason || again.Attempts != d.Attempts || !again.DiedAt.Equal(d.DiedAt) {
				t.Errorf("%+v came back as %+v, %v", d, again, err)
			}
		}
		if _, err := unpackState(s); err == nil && len(s) == 0 {
			t.Error("nothing is a state")
		}
		if a, err := unpackActivation(s); err == nil {
			if again, err := unpackActivation(packActivation(&a)); err != nil || again != a {
				t.Errorf("%+v came back as %+v, %v", a, again, err)
			}
		}
		if _, objects, err := unpackObjects(stored); err == nil {
			for _, o := range objects {
				if o.Head() == nil {
					t.Error("an object without a head")
				}
			}
		}
	})
}
