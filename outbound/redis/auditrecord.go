package redis

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/netweave/netweave/ports/audit"
)

// packRecord returns a record as it is kept under its writer and number: the time
// in milliseconds (signed, 8 bytes, big endian), tenant, previous hash and hash,
// each behind its length (2 bytes), which the scripts read; and the data.
func packRecord(r audit.Record) (string, error) {
	b := binary.BigEndian.AppendUint64(nil, uint64(r.At.UnixMilli()))
	for _, part := range []string{r.Tenant, r.Previous, r.Hash} {
		if len(part) > math.MaxUint16 {
			return "", fmt.Errorf("record %d of %s has a tenant or hash of %d bytes: want at most %d", r.Number, r.Writer, len(part), math.MaxUint16)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(len(part)))
		b = append(b, part...)
	}
	return string(append(b, r.Data...)), nil
}

// unpackRecord reads what packRecord wrote.
func unpackRecord(writer string, n uint64, packed string) (r audit.Record, err error) {
	tooShort := fmt.Errorf("what is stored of record %d of %s cannot be read: it ends too early", n, writer)
	b := []byte(packed)
	if len(b) < 8 {
		return r, tooShort
	}
	r.Writer, r.Number = writer, n
	r.At = time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC()
	b = b[8:]
	for _, part := range []*string{&r.Tenant, &r.Previous, &r.Hash} {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return audit.Record{}, tooShort
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		*part, b = string(b[2:end]), b[end:]
	}
	r.Data = b
	return r, nil
}
