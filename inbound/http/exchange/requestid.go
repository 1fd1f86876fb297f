package exchange

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync/atomic"
)

// maxRequestID bounds an id that a caller chose, in bytes.
const maxRequestID = 64

var (
	processID = newProcessID()
	requests  atomic.Uint64
)

func newProcessID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the process instead
	return hex.EncodeToString(b[:]) + "-"
}

// NewRequestID returns an id that no other request of any process has: the
// process's random part and a count.
func NewRequestID() string {
	b := make([]byte, 0, len(processID)+16)
	b = append(b, processID...)
	return string(strconv.AppendUint(b, requests.Add(1), 16))
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
