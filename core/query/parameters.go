package query

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxParameters bounds the parameters of one query string.
const maxParameters = 100

// Parameters are a URL's query parameters, in their order for each name.
type Parameters map[string][]string

// ParseParameters reads a raw query string. Unlike net/url it keeps a raw ";"
// as a part of the value, as SOL 013 filters need. A bad escape is an *Error.
// A parameter without "=" has the value "". An empty query string gives nil.
func ParseParameters(rawQuery string) (Parameters, error) {
	if rawQuery == "" {
		return nil, nil
	}
	p := Parameters{}
	count := 0
	for part := range strings.SplitSeq(rawQuery, "&") {
		if part == "" {
			continue
		}
		if count++; count > maxParameters {
			return nil, &Error{Parameter: "query", Reason: fmt.Sprintf("there are more than %d parameters", maxParameters)}
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, err := unescape(rawName)
		if err != nil {
			return nil, &Error{Parameter: "query", Reason: fmt.Sprintf("the name of parameter %d %v", count, err)}
		}
		value, err := unescape(rawValue)
		if err != nil {
			return nil, &Error{Parameter: name, Reason: fmt.Sprintf("its value %v", err)}
		}
		p[name] = append(p[name], value)
	}
	return p, nil
}

func unescape(raw string) (string, error) {
	s := raw
	if strings.ContainsAny(raw, "%+") {
		var err error
		if s, err = url.QueryUnescape(raw); err != nil {
			return "", fmt.Errorf(`has a "%%" that two hexadecimal digits do not follow: write a plain "%%" as %%25`)
		}
	}
	if !utf8.ValidString(s) {
		return "", fmt.Errorf("is not UTF-8 once unescaped")
	}
	return s, nil
}
