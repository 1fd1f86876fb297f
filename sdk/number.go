package sdk

import (
	"encoding/json"
	"math"
)

// Integer reads a whole number from an extension, whether it came over the wire
// (a json.Number), from a client library or from Go code. ok is false if v is no
// number, or none that an int64 can hold exactly.
func Integer(v any) (n int64, ok bool) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return wholeNumber(f, err == nil)
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case uint:
		return int64(v), uint64(v) <= math.MaxInt64
	case uint32:
		return int64(v), true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case float64:
		return wholeNumber(v, true)
	default:
		return 0, false
	}
}

// wholeNumber accepts what a float64 holds exactly.
func wholeNumber(f float64, valid bool) (int64, bool) {
	const exact = 1 << 53
	if !valid || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}
