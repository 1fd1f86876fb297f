package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const filterParameter = "filter"

// ParseFilter reads the values of every filter parameter; all must hold. No
// expression, or only empty ones, gives nil: every object.
func ParseFilter(s *Schema, expressions []string, limits Limits) (*Filter, error) {
	limits = limits.withDefaults()
	length := 0
	var all []condition
	for _, expression := range expressions {
		if length += len(expression); length > limits.MaxLength {
			return nil, filterError("it is longer than %d bytes", limits.MaxLength)
		}
		if !utf8.ValidString(expression) {
			return nil, filterError("it is not UTF-8")
		}
		if strings.TrimSpace(expression) == "" {
			continue
		}
		p := filterParser{schema: s, s: expression, limits: limits}
		conditions, err := p.expression(len(all))
		if err != nil {
			return nil, filterError("%v", err)
		}
		all = append(all, conditions...)
	}
	return conjunction(s, all, nil), nil
}

func filterError(format string, args ...any) *Error {
	return &Error{Parameter: filterParameter, Reason: fmt.Sprintf(format, args...)}
}

// filterParser reads (op,path,value[,value...])[;(...)].
type filterParser struct {
	schema *Schema
	s      string
	pos    int
	limits Limits
}

const filterForm = `want (operator,attribute,value), several joined by ";"`

func (p *filterParser) expression(before int) ([]condition, error) {
	var list []condition
	for {
		p.space()
		if before+len(list) >= p.limits.MaxConditions {
			return nil, fmt.Errorf("it has more than %d conditions", p.limits.MaxConditions)
		}
		c, err := p.condition()
		if err != nil {
			return nil, err
		}
		list = append(list, c)
		p.space()
		switch {
		case p.pos == len(p.s):
			return list, nil
		case p.s[p.pos] != ';':
			return nil, fmt.Errorf("%s follows a condition; %s", shown(p.s[p.pos:]), filterForm)
		}
		p.pos++
	}
}

func (p *filterParser) condition() (condition, error) {
	if p.pos == len(p.s) || p.s[p.pos] != '(' {
		return condition{}, fmt.Errorf("a condition is missing at %s; %s", p.place(), filterForm)
	}
	p.pos++
	var parts []string
	for {
		if len(parts) >= 2+p.limits.MaxValues {
			return condition{}, fmt.Errorf("a condition has more than %d values", p.limits.MaxValues)
		}
		part, err := p.part(len(parts) < 2)
		if err != nil {
			return condition{}, err
		}
		parts = append(parts, part)
		if p.pos == len(p.s) {
			return condition{}, fmt.Errorf(`a condition does not end with ")"; %s`, filterForm)
		}
		p.pos++
		if p.s[p.pos-1] == ')' {
			break
		}
	}
	op, err := parseOperator(parts[0])
	if err != nil {
		return condition{}, err
	}
	if len(parts) < 2 || parts[1] == "" {
		return condition{}, fmt.Errorf("%s lacks an attribute; %s", op, filterForm)
	}
	return newCondition(p.schema, parts[1], op, parts[2:])
}

// part reads up to the next "," or ")" outside quotes and stops there. White
// space around operators and attributes is dropped; in a value it counts.
func (p *filterParser) part(trim bool) (string, error) {
	rest := p.s[p.pos:]
	if strings.HasPrefix(strings.TrimLeft(rest, " "), "'") {
		return p.quoted()
	}
	end := strings.IndexAny(rest, ",);'")
	if end < 0 {
		p.pos = len(p.s)
		return rest, nil
	}
	switch rest[end] {
	case ';', '\'':
		return "", fmt.Errorf("%s holds %q; a value with such characters stands in single quotes, each quote in it doubled",
			shown(rest), rest[end])
	}
	p.pos += end
	if trim {
		return strings.TrimSpace(rest[:end]), nil
	}
	return rest[:end], nil
}

func (p *filterParser) quoted() (string, error) {
	start := p.pos
	p.space()
	p.pos++ // the quote
	var b strings.Builder
	for {
		end := strings.IndexByte(p.s[p.pos:], '\'')
		if end < 0 {
			return "", fmt.Errorf("the quote that starts %s does not end", shown(p.s[start:]))
		}
		b.WriteString(p.s[p.pos : p.pos+end])
		p.pos += end + 1
		if p.pos < len(p.s) && p.s[p.pos] == '\'' {
			b.WriteByte('\'')
			p.pos++
			continue
		}
		p.space()
		if p.pos < len(p.s) && p.s[p.pos] != ',' && p.s[p.pos] != ')' {
			return "", fmt.Errorf("%s follows a closing quote; a quote inside a quoted value is doubled", shown(p.s[p.pos:]))
		}
		return b.String(), nil
	}
}

func (p *filterParser) space() {
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
}

func (p *filterParser) place() string {
	if p.pos == len(p.s) {
		return "the end"
	}
	return shown(p.s[p.pos:])
}
