package query

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// condition is a Condition compiled: every value is read in every way that the
// attribute's type may call for.
type condition struct {
	Condition
	// inner is Path behind the attribute's name, "" for the attribute itself.
	inner string
	// literals are the readings of Values, in their order.
	literals []literal
	// plain says that no literal reads as anything but a text.
	plain bool
	// needles are texts of which a JSON attribute cannot lack all if the condition is
	// to hold; none where there are none.
	needles []string
	text    string
}

// literal is one value of a condition.
type literal struct {
	text   string
	number number
	// instant is the value read as RFC 3339.
	instant time.Time
	// numeric, timed and uuid tell which readings the value has.
	numeric, timed, uuid bool
}

func newCondition(s *Schema, path string, op Operator, values []string) (condition, error) {
	name, inner, deeper := strings.Cut(path, "/")
	a, ok := s.Lookup(name)
	if !ok {
		return condition{}, fmt.Errorf("unknown attribute %s; %s has %s", shown(name), s.name, s.names())
	}
	switch {
	case a.Type == JSON && inner == "":
		return condition{}, fmt.Errorf("attribute %s is an object; name what is in it, for example %s/key", a.Name, a.Name)
	case a.Type != JSON && deeper:
		return condition{}, fmt.Errorf("attribute %s has no parts: %s leads nowhere", a.Name, shown(path))
	case len(values) == 0:
		return condition{}, fmt.Errorf("%s of %s lacks a value", op, shown(path))
	case len(values) > 1 && !op.many():
		return condition{}, fmt.Errorf("%s takes one value, not %d; in, nin, cont and ncont take several, "+
			"and a value that holds a comma stands in single quotes", op, len(values))
	}
	if a.Type == Bool && op.orders() {
		return condition{}, fmt.Errorf("%s is true or false, which %s does not order; eq and neq compare it", a.Name, op)
	}
	c := condition{Condition: Condition{Path: path, Attribute: a, Operator: op}, inner: inner}
	for _, v := range values {
		l, err := readLiteral(a, op, v)
		if err != nil {
			return condition{}, err
		}
		c.literals = append(c.literals, l)
	}
	byText := func(x, y literal) int { return strings.Compare(x.text, y.text) }
	slices.SortFunc(c.literals, byText)
	c.literals = slices.CompactFunc(c.literals, func(x, y literal) bool { return x.text == y.text })
	for _, l := range c.literals {
		c.Values = append(c.Values, l.text)
	}
	c.plain = !slices.ContainsFunc(c.literals, func(l literal) bool { return l.numeric || l.timed || l.uuid })
	c.needles = c.findNeedles()
	c.text = c.write()
	return c, nil
}

func readLiteral(a *Attribute, op Operator, value string) (literal, error) {
	l := literal{text: value}
	l.number, l.numeric = parseNumber(value)
	l.instant, l.timed = readTime(value)
	id, isUUID := canonicalUUID(value)
	part := op == Contains || op == ContainsNot // compares parts of the text only
	switch a.Type {
	case UUID:
		if !isUUID && !part {
			return literal{}, fmt.Errorf("%s is not a UUID, as %s needs: 8-4-4-4-12 hexadecimal digits", shown(value), a.Name)
		}
		l.text, l.uuid = strings.ToLower(value), isUUID
	case Time:
		if !l.timed && !part {
			return literal{}, fmt.Errorf("%s is not an RFC 3339 time, as %s needs, for example 2026-01-31T12:00:00Z",
				shown(value), a.Name)
		}
	case Number:
		if !l.numeric && !part {
			return literal{}, fmt.Errorf("%s is not a number, as %s needs, for example 3", shown(value), a.Name)
		}
	case Bool:
		if value != "true" && value != "false" && !part {
			return literal{}, fmt.Errorf("%s is neither true nor false, as %s needs", shown(value), a.Name)
		}
	case JSON, Texts:
		if isUUID && !part {
			l.text, l.uuid = id, true
		}
	case Text:
	}
	return l, nil
}

// readTime reads an RFC 3339 time; the first test spares the parser, and the
// error that it would allocate, for nearly every other text.
func readTime(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[4] != '-' || s[7] != '-' {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

func (c *condition) match(o any) bool {
	v := c.Attribute.Get(o)
	if v.Absent {
		return c.Operator.ifAbsent()
	}
	switch c.Attribute.Type {
	case Text, Bool:
		return c.holdsText(v.Text)
	case Number:
		return c.holdsNumber(v.Text)
	case UUID:
		return c.holdsUUID(v.Text)
	case Time:
		return c.holdsTime(v.Text)
	case Texts:
		if len(v.Texts) == 0 {
			return c.Operator.ifAbsent()
		}
		return slices.ContainsFunc(v.Texts, c.holdsMember)
	case JSON:
		return c.matchObject(v)
	}
	return false
}

func (c *condition) holdsText(s string) bool {
	return c.any(func(l *literal) (int, bool) { return strings.Compare(s, l.text), true }, s)
}

func (c *condition) holdsUUID(s string) bool {
	return c.any(func(l *literal) (int, bool) { return compareUUID(s, l.text), true }, s)
}

// holdsMember answers for one of an attribute's texts, which may be ids.
func (c *condition) holdsMember(s string) bool {
	return c.any(func(l *literal) (int, bool) {
		if l.uuid {
			return compareUUID(s, l.text), true
		}
		return strings.Compare(s, l.text), true
	}, s)
}

func (c *condition) holdsTime(s string) bool {
	t, ok := readTime(s)
	return c.any(func(l *literal) (int, bool) { return t.Compare(l.instant), ok && l.timed }, s)
}

func (c *condition) holdsNumber(s string) bool {
	n, ok := parseNumber(s)
	return c.any(func(l *literal) (int, bool) { return n.compare(l.number), ok && l.numeric }, s)
}

func (c *condition) holdsLeaf(leaf Leaf) bool {
	switch leaf.Kind {
	case LeafNumber:
		return c.holdsNumber(leaf.Text)
	case LeafBool:
		return c.any(func(l *literal) (int, bool) {
			return strings.Compare(leaf.Text, l.text), leaf.Text == l.text
		}, leaf.Text)
	case LeafText:
	}
	return c.any(func(l *literal) (int, bool) {
		switch {
		case l.uuid:
			return compareUUID(leaf.Text, l.text), true
		case l.timed:
			if t, ok := readTime(leaf.Text); ok {
				return t.Compare(l.instant), true
			}
		}
		return strings.Compare(leaf.Text, l.text), true
	}, leaf.Text)
}

// compareUUID compares s with a lower-case text, whatever the case of s.
func compareUUID(s, lower string) int {
	if s == lower || strings.EqualFold(s, lower) {
		return 0
	}
	return strings.Compare(strings.ToLower(s), lower)
}

// any answers for one value of the object. compare orders it against a literal
// and reports whether the two are comparable at all: what is not is not equal,
// and neither greater nor less. text is the value as it reads.
func (c *condition) any(compare func(*literal) (int, bool), text string) bool {
	switch c.Operator {
	case Contains, ContainsNot:
		return c.contained(text) == (c.Operator == Contains)
	case In, NotIn:
		if c.plain {
			_, found := slices.BinarySearchFunc(c.literals, text, func(l literal, t string) int { return strings.Compare(l.text, t) })
			return found == (c.Operator == In)
		}
		for i := range c.literals {
			if d, ok := compare(&c.literals[i]); ok && d == 0 {
				return c.Operator == In
			}
		}
		return c.Operator == NotIn
	case Equal, NotEqual, Greater, GreaterOrEqual, Less, LessOrEqual:
	}
	d, ok := compare(&c.literals[0])
	switch c.Operator {
	case Equal:
		return ok && d == 0
	case NotEqual:
		return !ok || d != 0
	case Greater:
		return ok && d > 0
	case GreaterOrEqual:
		return ok && d >= 0
	case Less:
		return ok && d < 0
	case LessOrEqual:
		return ok && d <= 0
	}
	return false
}

func (c *condition) contained(text string) bool {
	if c.Attribute.Type == UUID {
		text = strings.ToLower(text) // ids are lower case already: no copy
	}
	for i := range c.literals {
		if strings.Contains(text, c.literals[i].text) {
			return true
		}
	}
	return false
}

func (c *condition) write() string {
	var b strings.Builder
	b.WriteByte('(')
	b.WriteString(c.Operator.String())
	b.WriteByte(',')
	b.WriteString(quoted(c.Path))
	for _, v := range c.Values {
		b.WriteByte(',')
		b.WriteString(quoted(v))
	}
	b.WriteByte(')')
	return b.String()
}

// quoted puts s in single quotes where the grammar needs them. White space of
// any kind at either end of an attribute would be dropped without.
func quoted(s string) string {
	if s != "" && !strings.ContainsAny(s, ",;()'\" ") && strings.TrimSpace(s) == s {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
