// Package versions tells what versions of the APIs there are and how long each
// will be: the support matrix at /o2ims, and the headers that every answer of a
// deprecated version has.
package versions

import "strings"

// Version is one version of one API, or one that is planned.
type Version struct {
	// Base is the path under which it is served, such as "/o2ims/v1".
	Base string
	// Label names it in metrics and in the addresses of its documents: letters,
	// digits and dashes, such as "o2ims-v1".
	Label string
	// Title is for people.
	Title string
	// Released is the date of its release, "" while it is planned.
	Released string
	// Document is its OpenAPI document, in YAML; nil while it is planned.
	Document []byte
}

// Name is what the configuration calls it: "o2ims/v1".
func (v Version) Name() string { return strings.TrimPrefix(v.Base, "/") }
