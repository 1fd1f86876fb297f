package redis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// An entry is packed as: position, prior, post (unsigned, 8 bytes each, big
// endian), the time in milliseconds (signed, 8 bytes), which the scripts read;
// sequence (8), nanoseconds beyond the milliseconds (4), type, flags, kind and
// the length of the object's id (1 each), the digests (16 each), the id. A dead
// letter has more behind it.
const entrySize = 80

const flagCoalesced = 1

var errPacked = errors.New("a packed entry cannot be read")

// packEntry returns e as queues hold it.
func packEntry(e *eventlog.Entry) string {
	b := make([]byte, 0, entrySize+len(e.Object.ID))
	b = binary.BigEndian.AppendUint64(b, e.Position)
	b = binary.BigEndian.AppendUint64(b, e.Prior)
	b = binary.BigEndian.AppendUint64(b, e.Post)
	ms := e.At.UnixMilli()
	b = binary.BigEndian.AppendUint64(b, uint64(ms))
	b = binary.BigEndian.AppendUint64(b, e.Sequence)
	b = binary.BigEndian.AppendUint32(b, uint32(e.At.Nanosecond()%int(time.Millisecond)))
	var flags byte
	if e.Coalesced {
		flags |= flagCoalesced
	}
	b = append(b, byte(e.Type), flags, byte(e.Object.Kind), byte(len(e.Object.ID)))
	b = append(b, e.PriorDigest[:]...)
	b = append(b, e.PostDigest[:]...)
	return string(append(b, e.Object.ID...))
}

// unpackEntry reads what packEntry wrote, and returns what follows it.
func unpackEntry(packed string) (e eventlog.Entry, rest string, err error) {
	if len(packed) < entrySize || len(packed) < entrySize+int(packed[47]) {
		return e, "", fmt.Errorf("%w: it has %d bytes", errPacked, len(packed))
	}
	b := []byte(packed[:entrySize])
	at := time.UnixMilli(int64(binary.BigEndian.Uint64(b[24:])))
	end := entrySize + int(b[47])
	e = eventlog.Entry{
		Position: binary.BigEndian.Uint64(b), Prior: binary.BigEndian.Uint64(b[8:]), Post: binary.BigEndian.Uint64(b[16:]),
		At: at.Add(time.Duration(binary.BigEndian.Uint32(b[40:]))).UTC(), Sequence: binary.BigEndian.Uint64(b[32:]),
		Type: o2.EventType(b[44]), Coalesced: b[45]&flagCoalesced != 0,
		Object:      o2.ObjectKey{Kind: o2.Kind(b[46]), ID: o2.ID(packed[entrySize:end])},
		PriorDigest: o2.Digest(b[48:64]), PostDigest: o2.Digest(b[64:80]),
	}
	return e, packed[end:], nil
}

// unpackEntries reads a script's array of entries.
func unpackEntries(packed []any) ([]eventlog.Entry, error) {
	entries := make([]eventlog.Entry, 0, len(packed))
	for _, p := range packed {
		e, _, err := unpackEntry(text(p))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// packLetter returns what a dead letter has beyond its entry.
func packLetter(f *eventlog.Failure, died time.Time) string {
	b := binary.AppendUvarint(nil, uint64(f.Attempts))
	b = binary.AppendVarint(b, nanoseconds(f.First))
	b = binary.AppendVarint(b, nanoseconds(died))
	return string(append(b, f.Reason...))
}

// unpackLetter reads a dead letter: the entry, and what packLetter wrote.
func unpackLetter(packed string) (d eventlog.DeadLetter, err error) {
	e, rest, err := unpackEntry(packed)
	if err != nil {
		return d, err
	}
	b := []byte(rest)
	attempts, n := binary.Uvarint(b)
	first, m := binary.Varint(b[max(n, 0):])
	died, k := binary.Varint(b[max(n, 0)+max(m, 0):])
	if n <= 0 || m <= 0 || k <= 0 {
		return d, fmt.Errorf("%w: the dead letter ends too early", errPacked)
	}
	d.Entry, d.Attempts, d.First, d.DiedAt = e, int(attempts), moment(first), moment(died)
	d.Reason = string(b[n+m+k:])
	return d, nil
}

// packState returns a state: its owner behind the owner's length, then the object.
func packState(s *eventlog.State) string {
	b := binary.AppendUvarint(nil, uint64(len(s.Owner)))
	b = append(b, s.Owner...)
	return string(append(b, o2.Encode(s.Object)...))
}

// unpackState reads what packState wrote.
func unpackState(packed string) (s eventlog.State, err error) {
	length, n := binary.Uvarint([]byte(packed[:min(len(packed), binary.MaxVarintLen64)]))
	if n <= 0 || length > uint64(len(packed)-n) {
		return s, errors.New("a packed state cannot be read: it ends too early")
	}
	end := n + int(length)
	s.Owner = packed[n:end]
	s.Object, err = o2.Decode([]byte(packed[end:]))
	return s, err
}

// nanoseconds is a time as it is kept; 0 is none.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment is the time that nanoseconds kept.
func moment(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// parseMoment reads nanoseconds of a script's answer; nil is none.
func parseMoment(v any) (time.Time, error) {
	t := text(v)
	if t == "" {
		return time.Time{}, nil
	}
	ns, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("a stored time is %q", t)
	}
	return moment(ns), nil
}
