package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/netweave/netweave/ports/audit"
)

// encoding names the way in which records are hashed: another way has another.
const encoding = "netweave audit record 1"

// hashOf returns the hash that belongs to a record. Each part is preceded by its
// length, so that no two records are hashed alike.
func hashOf(r *audit.Record) string {
	var b []byte
	for _, text := range []string{encoding, r.Writer, r.Previous, r.Tenant, string(r.Data)} {
		b = binary.BigEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	b = binary.BigEndian.AppendUint64(b, r.Number)
	b = binary.BigEndian.AppendUint64(b, uint64(r.At.UnixMilli()))
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
