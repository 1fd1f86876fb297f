package redis

import (
	"encoding/binary"
	"errors"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/eventlog"
)

// packActivation returns a as it is kept: '1' if it has overflowed, else '0',
// which scripts read; 'p' for a platform's subscription, else 't'; the version;
// tenant, surface and filter behind their lengths; and a byte for each kind of
// object that says whose it hears of. An earlier version reads to the filter, and
// writes no more.
func packActivation(a *eventlog.Activation) string {
	b := []byte("0t")
	if a.Overflowed {
		b[0] = '1'
	}
	if a.Platform {
		b[1] = 'p'
	}
	b = binary.AppendUvarint(b, a.Version)
	for _, t := range []string{a.Tenant, a.Surface, a.Filter} {
		b = binary.AppendUvarint(b, uint64(len(t)))
		b = append(b, t...)
	}
	return string(append(b, a.Reaches.Bytes()...))
}

var errActivation = errors.New("a stored activation cannot be read")

// unpackActivation reads what packActivation wrote; the subscription is not in it.
func unpackActivation(packed string) (a eventlog.Activation, err error) {
	if len(packed) < 2 || packed[0] != '0' && packed[0] != '1' || packed[1] != 't' && packed[1] != 'p' {
		return a, errActivation
	}
	a.Overflowed, a.Platform = packed[0] == '1', packed[1] == 'p'
	rest := []byte(packed[2:])
	version, n := binary.Uvarint(rest)
	if n <= 0 {
		return a, errActivation
	}
	a.Version, rest = version, rest[n:]
	for _, t := range []*string{&a.Tenant, &a.Surface, &a.Filter} {
		length, n := binary.Uvarint(rest)
		if n <= 0 || length > uint64(len(rest)-n) {
			return a, errActivation
		}
		end := n + int(length)
		*t, rest = string(rest[n:end]), rest[end:]
	}
	a.Reaches = o2.ReachesOf(rest)
	return a, nil
}
