package o2

import (
	"crypto/rand"
	"crypto/sha1" // RFC 4122 defines version 5 by SHA-1; nothing secret hangs on it.
	"encoding/hex"
)

// ID is an object's identifier in every API: a UUID in canonical lower case.
type ID string

// idSpace is netweave's own UUID name space (RFC 4122, section 4.3).
var idSpace = [16]byte{0x6e, 0x65, 0x74, 0x77, 0x65, 0x61, 0x76, 0x65, 0x80, 0x6f, 0x32, 0x69, 0x6d, 0x73, 0x69, 0x64}

// DeriveID returns the id of the object that backend calls native. A native id
// that is a UUID is kept, in lower case; any other becomes the UUIDv5 of the
// backend's name and the native id, the same in every process and for ever.
func DeriveID(backend, native string) ID {
	if id, ok := ParseID(native); ok {
		return id
	}
	h := sha1.New()
	h.Write(idSpace[:])
	h.Write([]byte(backend))
	h.Write([]byte{0})
	h.Write([]byte(native))
	return nameBased([sha1.Size]byte(h.Sum(nil)))
}

// NewID returns a random id (UUIDv4).
func NewID() ID {
	var u [16]byte
	rand.Read(u[:])
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return formatID(u)
}

// nameBased makes the UUIDv5 of a hash.
func nameBased(sum [sha1.Size]byte) ID {
	u := [16]byte(sum[:16])
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return formatID(u)
}

// ParseID reads a UUID in its 8-4-4-4-12 form, in either case, and returns it
// in lower case. ok is false for anything else.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != 36 {
		return "", false
	}
	upper := false
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return "", false
			}
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			upper = true
		default:
			return "", false
		}
	}
	if !upper {
		return ID(s), true
	}
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'F' {
			b[i] = c + 'a' - 'A'
		}
	}
	return ID(b), true
}

func formatID(u [16]byte) ID {
	var b [36]byte
	hex.Encode(b[0:8], u[0:4])
	b[8] = '-'
	hex.Encode(b[9:13], u[4:6])
	b[13] = '-'
	hex.Encode(b[14:18], u[6:8])
	b[18] = '-'
	hex.Encode(b[19:23], u[8:10])
	b[23] = '-'
	hex.Encode(b[24:36], u[10:16])
	return ID(b[:])
}

// OCloudID returns an O-Cloud's id as the O-RAN APIs show it: text itself if it is
// a UUID, else one derived from it.
func OCloudID(text string) ID {
	if id, ok := ParseID(text); ok {
		return id
	}
	return derived("oCloud", text)
}

// derived makes the id of what has no id of a backend's: what says of what sort it
// is, and parts name it among those.
func derived(what string, parts ...string) ID {
	h := sha1.New()
	h.Write(idSpace[:])
	h.Write([]byte(what))
	for _, part := range parts {
		h.Write(appendText(nil, part))
	}
	return nameBased([sha1.Size]byte(h.Sum(nil)))
}
