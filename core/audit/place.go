package audit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/core/scope"
	"github.com/netweave/netweave/ports/audit"
	"github.com/netweave/netweave/ports/auditlog"
)

const (
	// placeVersion is the first byte of an encoded place.
	placeVersion = 1
	// bindingLen bytes bind it to its query and caller: enough to catch a mix-up.
	// Who forges one gains nothing, since the page it opens is the caller's own.
	bindingLen = 8
	millisLen  = 8
	hashLen    = 16 // characters

	// parameter is what the place is called in errors.
	parameter = "after"
)

// place is where a page ends: behind the record of that time and hash. A cursor
// would tell the caller the record's number, and so how much others do.
type place struct {
	at time.Time
	// hash is the beginning of the record's, "" once it was passed.
	hash string
}

func placeOf(r *audit.Record) place {
	return place{at: r.At.UTC(), hash: r.Hash[:min(len(r.Hash), hashLen)]}
}

// cursor returns where to look for the place from.
func (p *place) cursor() audit.Cursor {
	if p.at.IsZero() {
		return audit.Cursor{}
	}
	return audit.Cursor{At: p.at.Add(time.Millisecond)}
}

// skips reports whether r, the next record in order, was on a page before.
func (p *place) skips(r *audit.Record) bool {
	if p.hash == "" || r.At.Before(p.at) {
		return false
	}
	if placeOf(r).hash == p.hash {
		p.hash = ""
	}
	return true
}

func (p place) encode(binding []byte) string {
	b := append([]byte{placeVersion}, binding...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.at.UnixMilli()))
	b = append(b, p.hash...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodePlace reads a place encoded under the same binding; any other is a
// *query.Error.
func decodePlace(binding []byte, text string) (place, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 1+bindingLen+millisLen+hashLen || b[0] != placeVersion {
		return place{}, wrongPlace("this is no place in the audit log")
	}
	b = b[1:]
	if string(b[:bindingLen]) != string(binding) {
		return place{}, wrongPlace("it belongs to another query or caller")
	}
	b = b[bindingLen:]
	return place{at: time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC(), hash: string(b[millisLen:])}, nil
}

func wrongPlace(reason string) error {
	return &query.Error{Parameter: parameter, Reason: reason + "; start again without " + parameter}
}

// bindingOf stands for all that must be the same when a place comes back.
func bindingOf(sc scope.Scope, q auditlog.Query) []byte {
	h := sha256.New()
	for _, text := range []string{
		sc.Home(), strconv.FormatBool(sc.Platform()), strconv.FormatBool(sc.Reach().Has(scope.ReachAll)),
		q.Tenant, q.User, q.Action, q.Resource, string(q.Result),
		strconv.FormatInt(milli(q.From), 10), strconv.FormatInt(milli(q.Until), 10),
	} {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(text))))
		h.Write([]byte(text))
	}
	return h.Sum(nil)[:bindingLen]
}

func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
