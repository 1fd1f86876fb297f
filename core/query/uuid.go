package query

import "strings"

// canonicalUUID returns s in lower case if it is a UUID in its 8-4-4-4-12 form.
func canonicalUUID(s string) (string, bool) {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(s) != len(form) {
		return "", false
	}
	lower := strings.ToLower(s)
	if len(lower) != len(form) {
		return "", false
	}
	for i := range len(form) {
		want := "0123456789abcdef"
		if form[i] == '-' {
			want = "-"
		}
		if strings.IndexByte(want, lower[i]) < 0 {
			return "", false
		}
	}
	return lower, true
}
