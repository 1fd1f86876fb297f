package o2

import (
	"fmt"
	"strconv"
)

// maxDepth is how deep an object may be nested. Lists nest it further, and some
// decoders stop at 64 levels: one object beyond that would make a whole list
// unreadable.
const maxDepth = 32

// longInteger is a length that no integer beyond a double's range comes short of.
const longInteger = 300

// readable reports what in sound JSON common decoders cannot read: too many
// levels, or a number that no double holds.
func (j JSON) readable() error {
	depth := 0
	for i := 0; i < len(j); {
		switch b := j[i]; {
		case b == '"':
			i = skipText(string(j), i)
			continue
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return fmt.Errorf("nested deeper than %d levels", maxDepth)
			}
		case b == '}' || b == ']':
			depth--
		case b == '-' || b >= '0' && b <= '9':
			end := i + 1
			exponent := false
			for ; end < len(j) && partOfNumber(j[end]); end++ {
				exponent = exponent || j[end] == 'e' || j[end] == 'E'
			}
			if number := string(j[i:end]); exponent || len(number) >= longInteger {
				if _, err := strconv.ParseFloat(number, 64); err != nil {
					return fmt.Errorf("unreadable to others: the number %.40s is out of a double's range", number)
				}
			}
			i = end
			continue
		}
		i++
	}
	return nil
}

func partOfNumber(b byte) bool {
	return b >= '0' && b <= '9' || b == '.' || b == '-' || b == '+' || b == 'e' || b == 'E'
}
