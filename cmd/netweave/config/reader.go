package config

import (
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// reader reads one document and collects what is wrong with it.
type reader struct {
	problems []Problem
	// lenient lets variables be missing: the section is switched off.
	lenient bool
	// asked holds the variables that could have overridden something.
	asked map[string]bool
	// overrides are the command line's, by key.
	overrides map[string]Override
}

func (r *reader) problem(path string, n *yaml.Node, reason string) {
	if _, set := r.override(path); set && path != "" {
		reason += " (its value comes from " + r.originOf(path) + ")"
	}
	p := Problem{Key: path, Reason: reason}
	if n != nil {
		p.Line = n.Line
	}
	r.problems = append(r.problems, p)
}

// envName returns the variable that overrides the scalar at path.
func envName(path string) string {
	var b strings.Builder
	b.WriteString("NETWEAVE_")
	for _, c := range path {
		switch {
		case c >= 'a' && c <= 'z':
			b.WriteRune(c - 'a' + 'A')
		case c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case c == ']': // adapters[0].name is NETWEAVE_ADAPTERS_0_NAME
		default:
			b.WriteByte('_')
		}
	}
	return b.String()
}

// originOf names what overrides path.
func (r *reader) originOf(path string) string {
	if o, ok := r.overrides[path]; ok {
		return o.Flag
	}
	return envName(path)
}

// override returns the value of the flag or variable that overrides path; an
// empty variable counts as unset, as it does for viper.
func (r *reader) override(path string) (string, bool) {
	if o, ok := r.overrides[path]; ok {
		return o.Value, true
	}
	name := envName(path)
	r.asked[name] = true
	text := os.Getenv(name)
	return text, text != ""
}

// misspelt returns notes about variables that override nothing and are spelled
// much like one that could. Others may well be somebody else's.
func (r *reader) misspelt() []Problem {
	names := slices.Sorted(maps.Keys(r.asked))
	var notes []Problem
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "NETWEAVE_") || r.asked[name] {
			continue
		}
		if meant := closest(name, names); meant != "" {
			notes = append(notes, Problem{Key: name, Reason: "this variable overrides nothing: did you mean " + meant + "?"})
		}
	}
	return notes
}

var variable = regexp.MustCompile(`\$?\$\{[^}]*\}?`)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand returns n's text with every ${VARIABLE} replaced.
func (r *reader) expand(n *yaml.Node, path string) string {
	return variable.ReplaceAllStringFunc(n.Value, func(found string) string {
		if rest, escaped := strings.CutPrefix(found, "$$"); escaped {
			return "$" + rest
		}
		name, closed := strings.CutSuffix(found[len("${"):], "}")
		if !closed || !variableName.MatchString(name) {
			r.problem(path, n, "has a ${ that names no variable: write ${NAME}, or $${ for a literal ${")
			return ""
		}
		value, set := os.LookupEnv(name)
		if !set && !r.lenient {
			r.problem(path, n, fmt.Sprintf("needs the variable %s, which is not set", name))
		}
		return value
	})
}

// scalar returns the text at path and whether it may be read as any type: what
// comes from the environment has none of its own. ok is false if there is no
// value, or it is no scalar, which is then a problem.
func (r *reader) scalar(n *yaml.Node, path, want string) (text, tag string, untyped, ok bool) {
	if text, set := r.override(path); set {
		return text, "", true, true
	}
	if isNull(n) {
		return "", "", false, false
	}
	if n = resolve(n); n.Kind != yaml.ScalarNode {
		r.problem(path, n, "must be "+want)
		return "", "", false, false
	}
	if strings.Contains(n.Value, "${") {
		before := len(r.problems)
		text := r.expand(n, path)
		return text, "", true, len(r.problems) == before
	}
	return n.Value, n.ShortTag(), false, true
}

const (
	wantText     = "text"
	wantFlag     = "true or false"
	wantInteger  = "a whole number"
	wantNumber   = "a number"
	wantDuration = `a duration such as "30s"`
)

// leastDuration keeps mistakes such as "30ns" from turning into busy loops.
const leastDuration = 10 * time.Millisecond

func (r *reader) text(n *yaml.Node, path string) string {
	text, tag, untyped, ok := r.scalar(n, path, wantText)
	if ok && !untyped && tag != "!!str" {
		r.problem(path, n, "must be text: put it in quotes")
		return ""
	}
	return text
}

// mandatory reads a text that must be there. ok is false if it is not, or was
// wrong otherwise; that is a problem then, shown at owner if there is no node.
func (r *reader) mandatory(n *yaml.Node, path string, owner *yaml.Node, missing string) (text string, ok bool) {
	before := len(r.problems)
	if text = r.text(n, path); text != "" {
		return text, true
	}
	if len(r.problems) == before {
		if n == nil {
			n = owner
		}
		r.problem(path, n, missing)
	}
	return "", false
}

func (r *reader) flag(n *yaml.Node, path string, fallback bool) bool {
	text, tag, untyped, ok := r.scalar(n, path, wantFlag)
	if !ok {
		return fallback
	}
	v, err := parseFlag(text)
	if err != nil || !untyped && tag != "!!bool" {
		r.problem(path, n, "must be "+wantFlag)
		return fallback
	}
	return v
}

// integer reads a whole number, 0 if there is none.
func (r *reader) integer(n *yaml.Node, path string) int {
	text, tag, untyped, ok := r.scalar(n, path, wantInteger)
	if !ok {
		return 0
	}
	v, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
	if err != nil || !untyped && tag != "!!int" {
		r.problem(path, n, "must be "+wantInteger)
		return 0
	}
	return v
}

// number reads a finite number. ok is false if there is none, or it was wrong.
func (r *reader) number(n *yaml.Node, path string) (v float64, ok bool) {
	text, tag, untyped, ok := r.scalar(n, path, wantNumber)
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || !untyped && tag != "!!int" && tag != "!!float" {
		r.problem(path, n, "must be "+wantNumber)
		return 0, false
	}
	return v, true
}

func (r *reader) duration(n *yaml.Node, path string, fallback time.Duration) time.Duration {
	text, _, _, ok := r.scalar(n, path, wantDuration)
	if !ok {
		return fallback
	}
	v, err := parseDuration(text, leastDuration)
	if err != nil {
		r.problem(path, n, err.Error())
		return fallback
	}
	return v
}

func parseFlag(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return false, fmt.Errorf("must be %s", wantFlag)
	}
}

// parseDuration reads a duration of at least least.
func parseDuration(text string, least time.Duration) (time.Duration, error) {
	v, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("must be %s", wantDuration)
	}
	if v < least {
		return 0, fmt.Errorf("must be at least %s", least)
	}
	return v, nil
}

// known returns a mapping's fields by key and reports those that are not among
// keys, with the key that was probably meant.
func (r *reader) known(n *yaml.Node, path string, keys ...string) map[string]*yaml.Node {
	found := map[string]*yaml.Node{}
	if isNull(n) {
		return found
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.problem(path, n, "must be a mapping with the keys "+strings.Join(keys, ", "))
		return found
	}
	for _, f := range r.fields(n, path) {
		if !slices.Contains(keys, f.key) {
			r.unknown(join(path, f.key), f.name, f.key, keys)
			continue
		}
		found[f.key] = f.value
	}
	return found
}

// list returns the items of a sequence, nil for none.
func (r *reader) list(n *yaml.Node, path, want string) []*yaml.Node {
	if isNull(n) {
		return nil
	}
	if n = resolve(n); n.Kind != yaml.SequenceNode {
		r.problem(path, n, "must be "+want)
		return nil
	}
	return n.Content
}

func (r *reader) unknown(path string, n *yaml.Node, key string, keys []string) {
	if meant := closest(key, keys); meant != "" {
		r.problem(path, n, fmt.Sprintf("unknown key: did you mean %s?", meant))
		return
	}
	r.problem(path, n, "unknown key: the keys here are "+strings.Join(keys, ", "))
}
