package config

import (
	"fmt"
	"regexp"
	"strings"
)

// Template names a launch template, by id or by name, and a version of it; ""
// is the default version.
type Template struct {
	ID, Name, Version string
}

var (
	templateID      = regexp.MustCompile(`^lt-[0-9a-f]{8,17}$`)
	templateName    = regexp.MustCompile(`^[A-Za-z0-9().\-/_]{3,128}$`)
	templateVersion = regexp.MustCompile(`^([0-9]+|\$Latest|\$Default)$`)
)

// ParseTemplate reads "workers", "lt-0123456789abcdef0" and both with a version,
// such as "workers:3" or "workers:$Latest".
func ParseTemplate(text string) (Template, error) {
	name, version, versioned := strings.Cut(text, ":")
	t := Template{Name: name, Version: version}
	if templateID.MatchString(name) {
		t.ID, t.Name = name, ""
	}
	if t.ID == "" && !templateName.MatchString(name) || versioned && !templateVersion.MatchString(version) {
		return Template{}, fmt.Errorf("is %q: give a launch template's name or id, with a version after a colon if not the default one, such as workers or workers:3", text)
	}
	return t, nil
}
