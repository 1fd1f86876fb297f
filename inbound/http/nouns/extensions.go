package nouns

import (
	"strings"

	"github.com/netweave/netweave/core/o2"
)

// AppendMerged appends the union of two canonical objects, in canonical form
// itself. Where both have a key, two objects are merged and otherwise b wins.
func AppendMerged(dst []byte, a, b o2.JSON) []byte {
	switch {
	case b == "" || b == "{}":
		return AppendObject(dst, a)
	case a == "" || a == "{}":
		return append(dst, b...)
	}
	dst = append(dst, '{')
	left, right := members(a), members(b)
	first := true
	put := func(key string) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(append(dst, key...), ':')
	}
	lk, lv, lok := left.next()
	rk, rv, rok := right.next()
	for lok || rok {
		switch {
		case !rok || lok && lk < rk:
			put(lk)
			dst = append(dst, lv...)
			lk, lv, lok = left.next()
		case !lok || rk < lk:
			put(rk)
			dst = append(dst, rv...)
			rk, rv, rok = right.next()
		default:
			put(lk)
			if lv[0] == '{' && rv[0] == '{' {
				dst = AppendMerged(dst, o2.JSON(lv), o2.JSON(rv))
			} else {
				dst = append(dst, rv...)
			}
			lk, lv, lok = left.next()
			rk, rv, rok = right.next()
		}
	}
	return append(dst, '}')
}

// scanner walks the members of a canonical object: valid JSON without white
// space, its keys in order.
type scanner struct{ rest string }

func members(o o2.JSON) scanner { return scanner{rest: string(o[1 : len(o)-1])} }

// next returns the next key, in its quotes, and its value.
func (s *scanner) next() (key, value string, ok bool) {
	if s.rest == "" {
		return "", "", false
	}
	end := stringEnd(s.rest)
	key = s.rest[:end]
	s.rest = s.rest[end+1:] // the colon
	end = valueEnd(s.rest)
	value = s.rest[:end]
	s.rest = strings.TrimPrefix(s.rest[end:], ",")
	return key, value, true
}

// stringEnd returns the length of the JSON string that s starts with.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// valueEnd returns the length of the JSON value that s starts with.
func valueEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i += stringEnd(s[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}
