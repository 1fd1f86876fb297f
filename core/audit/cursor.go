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
	// cursorVersion is the first byte of an encoded cursor.
	cursorVersion = 1
	// bindingLen bytes bind it to its query and caller: enough to catch a mix-up.
	// Who forges one gains nothing, since the page it opens is the caller's own.
	bindingLen = 8
	number     = 8 // bytes

	// parameter is what the cursor is called in errors.
	parameter = "after"
)

// bindingOf stands for all that must be the same when a cursor comes back.
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

func encodeCursor(binding []byte, c audit.Cursor) string {
	b := append([]byte{cursorVersion}, binding...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.At.UnixMilli()))
	b = binary.BigEndian.AppendUint64(b, c.Number)
	b = append(b, c.Writer...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor reads a cursor made under the same binding; any other is a
// *query.Error.
func decodeCursor(binding []byte, text string) (audit.Cursor, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) <= 1+bindingLen+2*number || b[0] != cursorVersion {
		return audit.Cursor{}, wrongCursor("this is no place in the audit log")
	}
	b = b[1:]
	if string(b[:bindingLen]) != string(binding) {
		return audit.Cursor{}, wrongCursor("it belongs to another query or caller")
	}
	b = b[bindingLen:]
	return audit.Cursor{
		At:     time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC(),
		Number: binary.BigEndian.Uint64(b[number:]),
		Writer: string(b[2*number:]),
	}, nil
}

func wrongCursor(reason string) error {
	return &query.Error{Parameter: parameter, Reason: reason + "; start again without " + parameter}
}
