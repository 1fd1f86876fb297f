package query

import "strings"

// number is a decimal number, compared exactly and without allocation whatever
// its size: 9007199254740993 differs from 9007199254740992.
type number struct {
	// negative is false for zero.
	negative bool
	// digits starts and ends with a digit other than 0 and may hold one point;
	// "" is zero.
	digits string
	// magnitude is the decimal exponent: the value is 0.digits times ten to it.
	magnitude int
}

// maxExponentDigits keeps exponents far from overflow; no quantity needs more.
const maxExponentDigits = 9

// parseNumber reads a JSON number; a leading "+" and leading zeros are let
// through. ok is false for anything else.
func parseNumber(s string) (n number, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		n.negative = s[0] == '-'
		s = s[1:]
	}
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa = s[:i]
		if exponent, ok = parseExponent(s[i+1:]); !ok {
			return number{}, false
		}
	}
	whole := len(mantissa)
	points := 0
	for i := range len(mantissa) {
		switch c := mantissa[i]; {
		case c == '.':
			whole = i
			points++
		case c < '0' || c > '9':
			return number{}, false
		}
	}
	if points > 1 || whole == 0 || points == 1 && whole == len(mantissa)-1 {
		return number{}, false
	}
	first := strings.IndexAny(mantissa, "123456789")
	if first < 0 {
		return number{}, true
	}
	last := strings.LastIndexAny(mantissa, "123456789")
	n.digits = mantissa[first : last+1]
	n.magnitude = exponent + whole - first
	if first > whole {
		n.magnitude++ // the point itself was counted
	}
	return n, true
}

func parseExponent(s string) (int, bool) {
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if s == "" || len(s) > maxExponentDigits {
		return 0, false
	}
	e := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		e = 10*e + int(s[i]-'0')
	}
	if negative {
		e = -e
	}
	return e, true
}

// compare returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a number) compare(b number) int {
	switch {
	case a.negative != b.negative:
		if a.negative {
			return -1
		}
		return 1
	case a.negative:
		return b.compareMagnitude(a)
	default:
		return a.compareMagnitude(b)
	}
}

func (a number) compareMagnitude(b number) int {
	switch {
	case a.digits == "" && b.digits == "":
		return 0
	case a.digits == "":
		return -1
	case b.digits == "":
		return 1
	case a.magnitude != b.magnitude:
		if a.magnitude < b.magnitude {
			return -1
		}
		return 1
	}
	i, j := 0, 0
	for i < len(a.digits) && j < len(b.digits) {
		if a.digits[i] == '.' {
			i++
			continue
		}
		if b.digits[j] == '.' {
			j++
			continue
		}
		if a.digits[i] != b.digits[j] {
			if a.digits[i] < b.digits[j] {
				return -1
			}
			return 1
		}
		i++
		j++
	}
	// Both end with a digit other than 0: what is left over makes it greater.
	switch {
	case i < len(a.digits):
		return 1
	case j < len(b.digits):
		return -1
	}
	return 0
}
