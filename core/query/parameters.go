package query

// Parameters are a URL's query parameters, in their order for each name.
type Parameters map[string][]string

// ParseParameters reads a raw query string. Unlike net/url it keeps a raw ";"
// as a part of the value, as SOL 013 filters need. A bad escape is an *Error.
func ParseParameters(rawQuery string) (Parameters, error) { return nil, nil }
