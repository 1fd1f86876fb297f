package exchange

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// maxRequestID bounds an id that a caller chose, in bytes.
const maxRequestID = 64

// NewRequestID returns an id that no other request of any process has. It is
// random: a count would tell each tenant how much the others ask.
func NewRequestID() string {
	const size = 16
	var raw [size]byte
	binary.NativeEndian.PutUint64(raw[:], rand.Uint64())
	binary.NativeEndian.PutUint64(raw[size/2:], rand.Uint64())
	var text [2 * size]byte
	hex.Encode(text[:], raw[:])
	return string(text[:])
}

// SaneRequestID reports whether an id that a caller sent may be kept: short, and
// of letters, digits and ". _ -" alone, so that it cannot forge a log line.
func SaneRequestID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
