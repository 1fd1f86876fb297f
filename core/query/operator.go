package query

import (
	"fmt"
	"strings"
)

// Operator compares an attribute with a condition's values.
type Operator uint8

// The operators of SOL 013, section 5.2. The first six take one value, the
// others one or more.
const (
	Equal Operator = iota
	NotEqual
	Greater
	GreaterOrEqual
	Less
	LessOrEqual
	In
	NotIn
	Contains
	ContainsNot

	operatorCount
)

var operatorNames = [operatorCount]string{"eq", "neq", "gt", "gte", "lt", "lte", "in", "nin", "cont", "ncont"}

// String returns the operator as a filter spells it, for example "eq".
func (op Operator) String() string {
	if op < operatorCount {
		return operatorNames[op]
	}
	return fmt.Sprintf("Operator(%d)", uint8(op))
}

// many reports whether op takes more than one value.
func (op Operator) many() bool { return op >= In }

// orders reports whether op asks which of two values is greater.
func (op Operator) orders() bool { return op >= Greater && op <= LessOrEqual }

// ifAbsent is the operator's answer for an attribute that is not there.
func (op Operator) ifAbsent() bool { return op == NotEqual || op == NotIn || op == ContainsNot }

func parseOperator(text string) (Operator, error) {
	for op, name := range operatorNames {
		if strings.EqualFold(text, name) {
			return Operator(op), nil
		}
	}
	return 0, fmt.Errorf("unknown operator %s; want one of %s", shown(text), strings.Join(operatorNames[:], ", "))
}

// shown quotes what a caller sent, cut to a length fit for an error's text.
func shown(text string) string {
	const most = 60
	if len(text) > most {
		cut := most
		for cut > 0 && text[cut]&0xc0 == 0x80 {
			cut--
		}
		text = text[:cut] + "..."
	}
	return fmt.Sprintf("%q", text)
}
