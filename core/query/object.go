package query

import (
	"encoding/json"
	"strings"
)

// matchObject answers for an attribute that is a JSON object.
func (c *condition) matchObject(v Value) bool {
	if len(c.needles) > 0 && c.lacking(v.JSON) && (v.Over == "" || c.lacking(v.Over)) {
		return false
	}
	holds := false
	visit := func(l Leaf) bool {
		holds = c.holdsLeaf(l)
		return !holds
	}
	var found bool
	switch {
	case v.Over == "":
		found = Leaves(v.JSON, c.inner, visit)
	case c.inner == AnyKey || overlaps(v.JSON, v.Over, c.inner):
		found = Leaves(united(v.JSON, v.Over), c.inner, visit)
	default:
		// What the path leads to is in one of the two, or in both by different keys.
		found = Leaves(v.JSON, c.inner, visit)
		if !holds {
			found = Leaves(v.Over, c.inner, visit) || found
		}
	}
	if !found {
		return c.Operator.ifAbsent()
	}
	return holds
}

// mostNeedles bounds how many texts are looked for before an object is read.
const mostNeedles = 8

// findNeedles returns the texts of which one has to stand in an object for the
// condition to hold, where that is so simple that they can be looked for without
// reading it.
func (c *condition) findNeedles() []string {
	if c.Attribute.Type != JSON || c.Operator != Equal && c.Operator != In || !c.plain || len(c.literals) > mostNeedles {
		return nil
	}
	for _, l := range c.literals {
		if strings.ContainsFunc(l.text, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r > '~' }) {
			return nil // it may be escaped
		}
	}
	return c.Values
}

// lacking reports whether none of the needles is anywhere in an object, with
// certainty: where anything is escaped nothing is certain.
func (c *condition) lacking(object string) bool {
	for _, needle := range c.needles {
		if strings.Contains(object, needle) {
			return false
		}
	}
	return strings.IndexByte(object, '\\') < 0
}

// overlaps reports whether two objects share a key that path may go by.
func overlaps(a, b, path string) bool {
	shared := false
	eachKey(b, func(key string) {
		if _, _, ok := stepInto(path, key); ok && !shared {
			eachKey(a, func(other string) { shared = shared || other == key })
		}
	})
	return shared
}

// eachKey calls visit with the keys of an object.
func eachKey(object string, visit func(key string)) {
	w := walker{s: object}
	w.space()
	if w.pos >= len(w.s) || w.s[w.pos] != '{' {
		return
	}
	w.pos++
	for w.more('}') {
		if w.pos >= len(w.s) || w.s[w.pos] != '"' {
			return
		}
		key, ok := w.text()
		w.space()
		if !ok || w.pos >= len(w.s) || w.s[w.pos] != ':' {
			return
		}
		w.pos++
		visit(key)
		w.skip()
	}
}

// united returns what two objects are together, as Value.Over says. It is for the
// few that have a key in common.
func united(a, b string) string {
	left, right := decoded(a), decoded(b)
	if left == nil || right == nil {
		return b // neither is broken: they were sealed
	}
	text, err := json.Marshal(unite(left, right))
	if err != nil {
		return b // what was decoded can be encoded
	}
	return string(text)
}

func decoded(object string) map[string]any {
	d := json.NewDecoder(strings.NewReader(object))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return nil
	}
	return m
}

func unite(a, b map[string]any) map[string]any {
	for key, over := range b {
		left, both := a[key].(map[string]any)
		right, isObject := over.(map[string]any)
		if both && isObject {
			over = unite(left, right)
		}
		a[key] = over
	}
	return a
}
