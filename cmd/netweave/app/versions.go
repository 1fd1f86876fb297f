package app

import (
	"fmt"
	"time"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/inbound/http/versions"
)

// deprecations is what is announced of the APIs' versions.
func deprecations(c *config.Config) map[string]versions.Deprecation {
	byName := map[string]versions.Deprecation{}
	for _, v := range c.API.Versions {
		byName[v.Name] = versions.Deprecation{Since: v.Deprecated, Sunset: v.Sunset, Guide: v.MigrationGuide}
	}
	return byName
}

// leastNotice is how long clients have at least, in months, to move from a version
// that is deprecated to another: docs/versions.md has the policy.
const leastNotice = 6

// notesOfVersions tells of versions whose time is over, and of those whose clients
// have less time than the policy gives them.
func notesOfVersions(c *config.Config, now time.Time) []config.Problem {
	var notes []config.Problem
	note := func(v config.APIVersion, key, format string, args ...any) {
		notes = append(notes, config.Problem{
			Key: fmt.Sprintf("api.versions.%s.%s", v.Name, key), Line: v.Line, Reason: fmt.Sprintf(format, args...),
		})
	}
	for _, v := range c.API.Versions {
		day := v.Sunset.Format(time.DateOnly)
		switch {
		case v.Sunset.IsZero():
		case !now.Before(v.Sunset):
			note(v, "sunset", "the time of this version was over on %s, and it is still served: a next release may serve it no more", day)
		case v.Sunset.Before(v.Deprecated.AddDate(0, leastNotice, 0)):
			note(v, "sunset", "clients have less than %d months from %s until %s", leastNotice, v.Deprecated.Format(time.DateOnly), day)
		}
		if v.MigrationGuide == "" {
			note(v, "migrationGuide", "is missing: clients are told to move on, and not how")
		}
	}
	return notes
}
