package config

import (
	"cmp"
	"slices"
	"strings"
)

// Change is one key that two configurations differ in.
type Change struct {
	Key string
	// Before and After have the key; nil where there is none.
	Before, After *Entry
}

// Hot reports whether a running gateway goes by the new value at once.
func (c Change) Hot() bool { return cmp.Or(c.After, c.Before).Hot }

// Diff lists what differs between a configuration's entries and another's, by key.
func Diff(before, after []Entry) []Change {
	return DiffBy(before, after, func(a, b Entry) bool { return a.Value == b.Value })
}

// DiffBy is Diff where same tells whether two entries of a key have the same value.
func DiffBy(before, after []Entry, same func(before, after Entry) bool) []Change {
	var changes []Change
	for len(before) > 0 || len(after) > 0 {
		switch {
		case len(after) == 0 || len(before) > 0 && before[0].Key < after[0].Key:
			changes = append(changes, Change{Key: before[0].Key, Before: &before[0]})
			before = before[1:]
		case len(before) == 0 || after[0].Key < before[0].Key:
			changes = append(changes, Change{Key: after[0].Key, After: &after[0]})
			after = after[1:]
		default:
			if !same(before[0], after[0]) {
				changes = append(changes, Change{Key: before[0].Key, Before: &before[0], After: &after[0]})
			}
			before, after = before[1:], after[1:]
		}
	}
	return changes
}

// Cold are the keys of changes that need a restart.
func Cold(changes []Change) []string {
	var keys []string
	for _, c := range changes {
		if !c.Hot() {
			keys = append(keys, c.Key)
		}
	}
	return keys
}

// ByAdapter tells the adapters that only one of two configurations has from the
// changes of everything else.
func ByAdapter(changes []Change, before, after []Entry) (added, removed []string, rest []Change) {
	had, have := adaptersOf(before), adaptersOf(after)
	for _, c := range changes {
		name, ok := adapterOf(c.Key)
		switch {
		case ok && !had[name]:
			added = append(added, name)
		case ok && !have[name]:
			removed = append(removed, name)
		default:
			rest = append(rest, c)
		}
	}
	return slices.Compact(added), slices.Compact(removed), rest
}

// adapterOf returns the adapter that a key is of.
func adapterOf(key string) (name string, ok bool) {
	inside, ok := strings.CutPrefix(key, adaptersKey+"[")
	if !ok {
		return "", false
	}
	name, _, ok = strings.Cut(inside, "].")
	return name, ok
}

func adaptersOf(entries []Entry) map[string]bool {
	names := map[string]bool{}
	for _, e := range entries {
		if name, ok := adapterOf(e.Key); ok {
			names[name] = true
		}
	}
	return names
}
