package embedded

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

func sampleEntry() eventlog.Entry {
	return eventlog.Entry{
		Position: 1 << 60, Sequence: 1 << 40, Type: o2.EventDeleted, Object: o2.ObjectKey{Kind: o2.KindResourceType, ID: "x\x00"},
		Prior: 7, Post: 1 << 63, PriorDigest: o2.Digest{1, 15: 2}, PostDigest: o2.Digest{3}, At: noon, Coalesced: true,
	}
}

func TestRecords(t *testing.T) {
	key := numberKey(1 << 60)
	e := sampleEntry()
	if got, err := decodeEntry(key, appendEntry(nil, e)); err != nil || got != e {
		t.Errorf("an entry came back as %+v, %v", got, err)
	}
	least := eventlog.Entry{Position: 1 << 60, Type: o2.EventResync}
	if got, err := decodeEntry(key, appendEntry(nil, least)); err != nil || got != least {
		t.Errorf("an entry came back as %+v, %v", got, err)
	}
	d := deadLetter{Entry: e, attempts: 9, first: noon, diedAt: noon.Add(time.Nanosecond), reason: "why", redelivering: true}
	if got, err := decodeDeadLetter(key, encodeDeadLetter(d)); err != nil || got != d {
		t.Errorf("a dead letter came back as %+v, %v", got, err)
	}
	q := &queue{attempts: 3, first: noon, next: noon.Add(time.Hour), lastSuccess: noon, lastError: "why", lastFailure: noon}
	q.Activation = eventlog.Activation{
		Subscription: "s", Version: 4, Tenant: "t", Platform: true, Surface: "o", Filter: "f", Overflowed: true,
	}
	if got, err := decodeActive("s", encodeActive(q)); err != nil || !reflect.DeepEqual(got, q) {
		t.Errorf("a queue came back as %+v, %v", got, err)
	}
}

// FuzzRecords reads anything: what can be read is written the same again, and
// the rest is an error.
func FuzzRecords(f *testing.F) {
	e := appendEntry(nil, sampleEntry())
	f.Add(e)
	f.Add(e[:len(e)-1])
	f.Add(encodeDeadLetter(deadLetter{Entry: sampleEntry(), reason: "why"}))
	f.Add(encodeActive(&queue{lastError: "why", first: noon}))
	f.Add([]byte{0, 1, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, raw []byte) {
		key := numberKey(5)
		if e, err := decodeEntry(key, raw); err == nil {
			if again, err := decodeEntry(key, appendEntry(nil, e)); err != nil || again != e {
				t.Errorf("%+v came back as %+v, %v", e, again, err)
			}
		} else if !errors.Is(err, errRecord) {
			t.Errorf("error %v, want %v", err, errRecord)
		}
		if d, err := decodeDeadLetter(key, raw); err == nil {
			if again, err := decodeDeadLetter(key, encodeDeadLetter(d)); err != nil || again != d {
				t.Errorf("%+v came back as %+v, %v", d, again, err)
			}
		}
		if q, err := decodeActive("s", raw); err == nil {
			if again, err := decodeActive("s", encodeActive(q)); err != nil || !reflect.DeepEqual(again, q) {
				t.Errorf("%+v came back as %+v, %v", q, again, err)
			}
		}
		if s, err := decodeState(raw); err == nil {
			if again, err := decodeState(encodeState(s)); err != nil || again.Owner != s.Owner ||
				string(o2.Encode(again.Object)) != string(o2.Encode(s.Object)) {
				t.Errorf("%+v came back as %+v, %v", s, again, err)
			}
		}
	})
}
