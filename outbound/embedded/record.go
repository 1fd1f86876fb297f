package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// errRecord means that a record of the file cannot be read.
var errRecord = errors.New("a record cannot be read")

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// noTime stands for the zero time.
const noTime = math.MinInt64

func appendTime(b []byte, at time.Time) []byte {
	if at.IsZero() {
		return binary.AppendVarint(b, noTime)
	}
	return binary.AppendVarint(b, at.UnixNano())
}

// reader reads what the append functions wrote. Its first fault stays.
type reader struct {
	rest   []byte
	broken bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.skip(size)
	return n
}

func (r *reader) time() time.Time {
	n, size := binary.Varint(r.rest)
	r.skip(size)
	if n == noTime || r.broken {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func (r *reader) text() string { return string(r.bytes(r.number())) }

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.skip(0)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) digest() (d o2.Digest) {
	copy(d[:], r.bytes(uint64(len(d))))
	return d
}

// skip drops size bytes; a size of 0 or less is a fault.
func (r *reader) skip(size int) {
	if size <= 0 {
		r.broken, r.rest = true, nil
		return
	}
	r.rest = r.rest[size:]
}

// end returns an error unless all was read and nothing is left.
func (r *reader) end(what string) error {
	if r.broken || len(r.rest) > 0 {
		return fmt.Errorf("%w: %s", errRecord, what)
	}
	return nil
}

const (
	flagCoalesced = 1 << iota
	flagRedelivering
	flagPlatform
	flagOverflowed
)

// appendEntry writes an entry without its position, which is its key.
func appendEntry(b []byte, e eventlog.Entry) []byte {
	var flags byte
	if e.Coalesced {
		flags = flagCoalesced
	}
	b = append(b, flags, byte(e.Type), byte(e.Object.Kind))
	b = appendText(b, string(e.Object.ID))
	b = binary.AppendUvarint(b, e.Sequence)
	b = binary.AppendUvarint(b, e.Prior)
	b = binary.AppendUvarint(b, e.Post)
	b = append(b, e.PriorDigest[:]...)
	b = append(b, e.PostDigest[:]...)
	return appendTime(b, e.At)
}

func (r *reader) entry(position uint64) eventlog.Entry {
	flags := r.byte()
	return eventlog.Entry{
		Position: position, Coalesced: flags&flagCoalesced != 0, Type: o2.EventType(r.byte()),
		Object:   o2.ObjectKey{Kind: o2.Kind(r.byte()), ID: o2.ID(r.text())},
		Sequence: r.number(), Prior: r.number(), Post: r.number(),
		PriorDigest: r.digest(), PostDigest: r.digest(), At: r.time(),
	}
}

func decodeEntry(key, value []byte) (eventlog.Entry, error) {
	r := reader{rest: value}
	e := r.entry(number(key))
	return e, r.end("an event")
}

// deadLetter is a dead letter without its states.
type deadLetter struct {
	eventlog.Entry
	attempts      int
	first, diedAt time.Time
	reason        string
	redelivering  bool
}

func encodeDeadLetter(d deadLetter) []byte {
	var flags byte
	if d.redelivering {
		flags = flagRedelivering
	}
	b := appendEntry([]byte{flags}, d.Entry)
	b = binary.AppendUvarint(b, uint64(d.attempts))
	b = appendTime(b, d.first)
	b = appendTime(b, d.diedAt)
	return appendText(b, d.reason)
}

func decodeDeadLetter(key, value []byte) (deadLetter, error) {
	r := reader{rest: value}
	flags := r.byte()
	d := deadLetter{
		Entry: r.entry(number(key)), redelivering: flags&flagRedelivering != 0,
		attempts: int(r.number()), first: r.time(), diedAt: r.time(), reason: r.text(),
	}
	return d, r.end("a dead letter")
}

func encodeState(s eventlog.State) []byte {
	return append(appendText(nil, s.Owner), o2.Encode(s.Object)...)
}

func decodeState(value []byte) (eventlog.State, error) {
	r := reader{rest: value}
	owner := r.text()
	object, err := o2.Decode(r.rest)
	if err != nil {
		return eventlog.State{}, fmt.Errorf("%w: a state: %w", errRecord, err)
	}
	return eventlog.State{Object: object, Owner: owner}, nil
}

// encodeActive writes what lasts of a queue but its entries, and whose objects it
// is about (see reachesBucket).
func encodeActive(q *queue) []byte {
	var flags byte
	if q.Platform {
		flags |= flagPlatform
	}
	if q.Overflowed {
		flags |= flagOverflowed
	}
	b := binary.AppendUvarint([]byte{flags}, q.Version)
	for _, s := range []string{q.Tenant, q.Surface, q.Filter, q.lastError} {
		b = appendText(b, s)
	}
	b = binary.AppendUvarint(b, uint64(q.attempts))
	for _, at := range []time.Time{q.first, q.next, q.lastSuccess, q.lastFailure} {
		b = appendTime(b, at)
	}
	return b
}

func decodeActive(id o2.ID, value []byte) (*queue, error) {
	r := reader{rest: value}
	flags := r.byte()
	q := &queue{}
	q.Subscription = id
	q.Platform, q.Overflowed = flags&flagPlatform != 0, flags&flagOverflowed != 0
	q.Version = r.number()
	q.Tenant, q.Surface, q.Filter, q.lastError = r.text(), r.text(), r.text(), r.text()
	q.attempts = int(r.number())
	q.first, q.next, q.lastSuccess, q.lastFailure = r.time(), r.time(), r.time(), r.time()
	return q, r.end("how a subscription is in force")
}
