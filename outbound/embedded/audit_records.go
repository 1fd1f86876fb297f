package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/netweave/netweave/ports/audit"
)

// auditKey is a record's key: a writer's are together, by number.
func auditKey(writer string, number uint64) []byte {
	return binary.BigEndian.AppendUint64(appendText(nil, writer), number)
}

func encodeAudit(r audit.Record) []byte {
	b := binary.AppendVarint(nil, r.At.UnixMilli())
	for _, text := range []string{r.Hash, r.Previous, r.Tenant} {
		b = appendText(b, text)
	}
	return append(b, r.Data...)
}

func decodeAudit(writer string, number uint64, value []byte) (audit.Record, error) {
	v := reader{rest: value}
	r := audit.Record{Writer: writer, At: v.milli()}
	r.Number, r.Hash, r.Previous, r.Tenant = number, v.text(), v.text(), v.text()
	r.Data = bytes.Clone(v.rest)
	if v.broken || value == nil {
		return audit.Record{}, fmt.Errorf("%w: number %d of the audit log of %q", errRecord, number, writer)
	}
	return r, nil
}

// milli reads a time that was written in milliseconds.
func (r *reader) milli() time.Time {
	n, size := binary.Varint(r.rest)
	r.skip(size)
	return time.UnixMilli(n).UTC()
}

// chainKey is never empty, and keeps writers in order.
func chainKey(writer string) []byte { return append([]byte{1}, writer...) }

func encodeChain(c audit.Chain) []byte {
	b := binary.AppendUvarint(nil, c.Anchor.Number)
	b = appendText(b, c.Anchor.Hash)
	b = binary.AppendUvarint(b, c.Head.Number)
	b = appendText(b, c.Head.Hash)
	return binary.AppendVarint(b, c.LastAt.UnixMilli())
}

func decodeChain(key, value []byte) (audit.Chain, error) {
	if len(key) == 0 {
		return audit.Chain{}, fmt.Errorf("%w: a chain of the audit log has no writer", errRecord)
	}
	v := reader{rest: value}
	c := audit.Chain{Writer: string(key[1:])}
	c.Anchor = audit.Link{Number: v.number(), Hash: v.text()}
	c.Head = audit.Link{Number: v.number(), Hash: v.text()}
	c.LastAt = v.milli()
	return c, v.end("a chain of the audit log")
}

// placeKey is a place in the order of queries, behind a prefix. What is left of it
// behind the time is the writer, and at last the number in eight bytes.
func placeKey(prefix []byte, c audit.Cursor) []byte {
	b := append(timeKey(prefix, c.At.UnixMilli()), c.Writer...)
	return binary.BigEndian.AppendUint64(b, c.Number)
}

// timeKey is where a millisecond begins; those before 1970 come first.
func timeKey(prefix []byte, ms int64) []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(prefix), uint64(ms)^1<<63)
}

// roundUp returns the first millisecond that is not before t.
func roundUp(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

// placed reads the record that a place is of.
func placed(tx transaction, prefix, place []byte) (audit.Record, error) {
	rest := place[len(prefix):]
	if len(rest) < 16 {
		return audit.Record{}, fmt.Errorf("%w: a place in the audit log", errRecord)
	}
	writer, n := string(rest[8:len(rest)-8]), number(rest[len(rest)-8:])
	return decodeAudit(writer, n, tx.Bucket(auditBucket).Get(auditKey(writer, n)))
}
