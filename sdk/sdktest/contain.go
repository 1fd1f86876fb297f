package sdktest

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// contained runs an author's code and turns a panic into words.
func contained(what string, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s panicked: %v, at %s: return an error instead; netweave answers a panic with an internal error of the plugin, which opens its breaker",
				what, p, panicPlace(string(debug.Stack())))
		}
	}()
	return f()
}

// panicPlace is the line of the author's that a stack's panic came from.
func panicPlace(stack string) string {
	_, below, _ := strings.Cut(stack, "\npanic(")
	lines := strings.Split(below, "\n")
	for i := 2; i < len(lines); i += 2 {
		if place, ok := placeOf(lines, i); ok && !strings.HasPrefix(lines[i], "runtime.") {
			return place
		}
	}
	return "an unknown place"
}

func placeOf(lines []string, i int) (string, bool) {
	if i+1 >= len(lines) {
		return "", false
	}
	place, _, _ := strings.Cut(strings.TrimSpace(lines[i+1]), " ")
	return place, place != ""
}
