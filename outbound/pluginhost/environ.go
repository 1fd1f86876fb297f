package pluginhost

import (
	"fmt"
	"strings"
)

// pickEnv returns the entries of environ ("NAME=value") whose name one of the
// patterns allows. What go-plugin itself uses to talk to its children is never
// passed on: a host that is itself somebody's plugin must not confuse its own.
func pickEnv(environ, patterns []string) []string {
	var picked []string
	for _, entry := range environ {
		name, _, ok := strings.Cut(entry, "=")
		if !ok || strings.HasPrefix(name, "PLUGIN_") {
			continue
		}
		for _, p := range patterns {
			if prefix, wild := strings.CutSuffix(p, "*"); name == p || wild && strings.HasPrefix(name, prefix) {
				picked = append(picked, entry)
				break
			}
		}
	}
	return picked
}

// checkEnvPattern refuses patterns that would let everything through, or that
// cannot match at all.
func checkEnvPattern(p string) error {
	name := strings.TrimSuffix(p, "*")
	if name == "" {
		return fmt.Errorf("environment pattern %q: want a name or a prefix such as \"AWS_*\"", p)
	}
	if strings.ContainsAny(name, "=* \x00") {
		return fmt.Errorf("environment pattern %q: want a name, or a prefix that ends in one '*'", p)
	}
	return nil
}
