package inventory

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// What a caller may write: texts in characters, extensions in bytes. Backends have
// limits of their own, lower in places; these keep nonsense from reaching them.
const (
	maxName        = 255
	maxDescription = 4096
	maxExtensions  = 64 << 10
	maxTags        = 100
)

func validatePool(spec inventory.ResourcePoolSpec) error {
	if spec.Name == "" {
		return &o2.FieldError{Attribute: "name", Reason: "is mandatory"}
	}
	return first(
		line("name", spec.Name),
		text("description", spec.Description),
		line("location", spec.Location),
		line("oCloudId", spec.OCloudID),
		line("globalLocationId", spec.GlobalLocationID),
		extensions(spec.Extensions),
	)
}

func validateResource(spec inventory.ResourceSpec) error {
	switch {
	case spec.ResourcePoolID == "":
		return &o2.FieldError{Attribute: "resourcePoolId", Reason: "is mandatory"}
	case spec.ResourceTypeID == "":
		return &o2.FieldError{Attribute: "resourceTypeId", Reason: "is mandatory"}
	case len(spec.Tags) > maxTags:
		return &o2.FieldError{Attribute: "tags", Reason: fmt.Sprintf("has more than %d entries", maxTags)}
	}
	for _, tag := range spec.Tags {
		if err := line("tags", tag); err != nil {
			return err
		}
	}
	return first(
		line("name", spec.Name),
		text("description", spec.Description),
		line("globalAssetId", spec.GlobalAssetID),
		extensions(spec.Extensions),
	)
}

// line checks a text of one line.
func line(attribute, s string) error {
	if err := bounded(attribute, s, maxName); err != nil {
		return err
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return &o2.FieldError{Attribute: attribute, Reason: fmt.Sprintf("holds the control character %U; leave it out", r)}
		}
	}
	return nil
}

// text checks a text of any number of lines.
func text(attribute, s string) error {
	if err := bounded(attribute, s, maxDescription); err != nil {
		return err
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return &o2.FieldError{Attribute: attribute, Reason: fmt.Sprintf("holds the control character %U; leave it out", r)}
		}
	}
	return nil
}

func extensions(j o2.JSON) error {
	if len(j) > maxExtensions {
		return &o2.FieldError{Attribute: "extensions", Reason: fmt.Sprintf("has %d bytes; at most %d are allowed", len(j), maxExtensions)}
	}
	return nil
}

func bounded(attribute, s string, most int) error {
	if !utf8.ValidString(s) {
		return &o2.FieldError{Attribute: attribute, Reason: "is not UTF-8"}
	}
	if n := utf8.RuneCountInString(s); n > most {
		return &o2.FieldError{Attribute: attribute, Reason: fmt.Sprintf("has %d characters; at most %d are allowed", n, most)}
	}
	return nil
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
