package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Key is the path of the key at fault, for example "adapters[1].type"; ""
	// means the document as a whole.
	Key string
	// Line is the key's line in the document, 0 if the key is not in it.
	Line int
	// Reason says what is wrong and what would be right.
	Reason string
}

// String returns "line 12: adapters[1].type: reason", without what is unknown.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", p.Line)
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Reason)
	return b.String()
}

// Invalid is the error of a configuration that was refused.
type Invalid struct {
	// Path is the document's file.
	Path string
	// Problems is never empty and is sorted by line, then key.
	Problems []Problem
}

// Error returns every problem, one a line behind the first.
func (e *Invalid) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration %s was refused", e.Path)
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.String())
	}
	return b.String()
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Key, b.Key))
	})
}
