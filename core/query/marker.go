package query

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

const (
	// markerVersion is the first byte of a marker. Being below 0x80 in its high
	// bits, it makes every marker start with "A": no marker is a page number.
	markerVersion = 1
	// sortedVersion is that of a marker in a sorted list, which has the key as well.
	sortedVersion = 2
	// markerKeyLen bytes bind a marker to its key: enough to catch a mix-up. A
	// forged marker gains nothing, since the page it opens is the caller's own.
	markerKeyLen = 8
	// maxPage bounds page numbers, so that page times page size cannot overflow.
	maxPage = 1_000_000_000

	uuidLen = 36

	markerParameter = "nextpage_opaque_marker"
)

// Position is where a page starts.
type Position struct {
	// After is the id behind which the page starts, "" for the beginning.
	After string
	// Key is, in a sorted list, what the object of that id was sorted by.
	Key string
	// Page is the 1-based page number of an older client, 0 if After counts.
	Page int
}

// EncodeMarker makes the opaque marker of the page after an id. key stands for
// all that must be the same when the marker comes back: surface, path, filter,
// tenant.
func EncodeMarker(key string, after string) string {
	return EncodePosition(key, Position{After: after})
}

// EncodePosition is EncodeMarker for a list that may be sorted.
func EncodePosition(key string, p Position) string {
	b := make([]byte, 0, 1+markerKeyLen+len(p.After)+len(p.Key))
	if p.Key == "" {
		b = append(b, markerVersion)
	} else {
		b = append(b, sortedVersion)
	}
	b = append(b, markerKey(key)...)
	b = append(b, p.After...)
	b = append(b, p.Key...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeMarker reads a marker made under the same key, or a plain positive page
// number. A marker of another key is an *Error.
func DecodeMarker(key, marker string) (Position, error) {
	if marker != "" && strings.Trim(marker, "0123456789") == "" {
		page, err := strconv.Atoi(marker)
		if err != nil || page < 1 || page > maxPage {
			return Position{}, markerError("a page number lies between 1 and " + strconv.Itoa(maxPage))
		}
		return Position{Page: page}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(marker)
	if err != nil || len(b) < 1+markerKeyLen+uuidLen {
		return Position{}, markerError("this is no marker of ours")
	}
	bound, at := b[1:1+markerKeyLen], b[1+markerKeyLen:]
	p := Position{After: string(at[:uuidLen]), Key: string(at[uuidLen:])}
	after, ok := canonicalUUID(p.After)
	if !ok || after != p.After || b[0] != markerVersion && b[0] != sortedVersion || (b[0] == sortedVersion) != (p.Key != "") {
		return Position{}, markerError("this is no marker of ours")
	}
	if string(bound) != string(markerKey(key)) {
		return Position{}, markerError("this marker belongs to another list, filter or caller")
	}
	return p, nil
}

func markerKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:markerKeyLen]
}

func markerError(reason string) *Error {
	return &Error{Parameter: markerParameter, Reason: reason + "; start again without " + markerParameter}
}
