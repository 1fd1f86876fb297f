package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	httpserver "github.com/netweave/netweave/inbound/http"
)

// API says what is announced of the APIs' versions, and how their documentation is
// served.
type API struct {
	// Versions are those of which something is announced, in the document's order.
	Versions []APIVersion
	Docs     APIDocs
}

// APIVersion is what is announced of one version.
type APIVersion struct {
	// Name is one that the gateway serves, such as "o2ims/v1".
	Name string
	// Deprecated is the day from which on it is deprecated, Sunset the one on which
	// its time is over; the zero Time if that is open.
	Deprecated, Sunset time.Time
	// MigrationGuide is a URL, "" if there is none.
	MigrationGuide string

	// Line is its line in the document.
	Line int
}

// APIDocs says how the documentation is served.
type APIDocs struct {
	Enabled bool
	// Public serves it to callers without credentials as well.
	Public bool
}

// apiSettings are the scalars of api.
var apiSettings = []setting{
	flagSetting("api.docs.enabled", true,
		"Serve the APIs' reference and OpenAPI documents under /docs.",
		func(c *Config) *bool { return &c.API.Docs.Enabled }),
	flagSetting("api.docs.public", false,
		"Serve /docs to callers without credentials too: a browser cannot show a bearer token for a page. Nothing in it is a tenant's.",
		func(c *Config) *bool { return &c.API.Docs.Public }),
}

const wantDate = `a date such as 2026-07-01`

// apiVersions reads api.versions.
func (r *reader) apiVersions(n *yaml.Node) []APIVersion {
	const path = "api.versions"
	if isNull(n) {
		return nil
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.problem(path, n, "must be a mapping with versions as its keys, such as o2ims/v1")
		return nil
	}
	var list []APIVersion
	for _, f := range r.fields(n, path) {
		at := join(path, f.key)
		if !r.servedVersion(f, at) {
			continue
		}
		keys := r.known(f.value, at, "deprecated", "sunset", "migrationGuide")
		v := APIVersion{Name: f.key, Line: f.name.Line}
		v.Deprecated = r.date(keys["deprecated"], at+".deprecated")
		v.Sunset = r.date(keys["sunset"], at+".sunset")
		v.MigrationGuide = r.guide(keys["migrationGuide"], at+".migrationGuide")
		_, deprecated := keys["deprecated"]
		switch {
		case !deprecated:
			r.problem(at+".deprecated", f.name, "is missing: write the day from which on the version is deprecated, as "+wantDate)
		case !v.Sunset.IsZero() && !v.Sunset.After(v.Deprecated):
			r.problem(at+".sunset", keys["sunset"], "must be after deprecated, which is "+v.Deprecated.Format(time.DateOnly))
		}
		list = append(list, v)
	}
	return list
}

// servedVersion reports whether f's key is a version that there is.
func (r *reader) servedVersion(f field, at string) bool {
	var names []string
	for _, v := range httpserver.Versions() {
		names = append(names, v.Name())
	}
	if slices.Contains(names, f.key) {
		return true
	}
	reason := "no API has this version: the versions are " + strings.Join(names, ", ")
	if meant := closest(strings.Trim(f.key, "/"), names); meant != "" {
		reason = fmt.Sprintf("no API has this version: did you mean %s? The versions are %s", meant, strings.Join(names, ", "))
	}
	r.problem(at, f.name, reason)
	return false
}

// date reads a day, which is its first moment in UTC; the zero Time if there is none.
func (r *reader) date(n *yaml.Node, path string) time.Time {
	text, tag, untyped, ok := r.scalar(n, path, wantDate)
	if !ok {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1970 || !untyped && tag != "!!timestamp" && tag != "!!str" {
		r.problem(path, n, "must be "+wantDate)
		return time.Time{}
	}
	return day
}

func (r *reader) guide(n *yaml.Node, path string) string {
	text := r.text(n, path)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	odd := func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`<>"\`, c) }
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || strings.ContainsFunc(text, odd) {
		r.problem(path, n, `must be an http or https URL, for example "https://docs.example.com/migration/v1-to-v2"`)
		return ""
	}
	return text
}

// entries are a version's keys.
func (v APIVersion) entries() []Entry {
	at := fmt.Sprintf("%s[%s].", apiVersionsKey, v.Name)
	list := []Entry{{Key: at + "deprecated", Value: v.Deprecated.Format(time.DateOnly), Hot: true}}
	if !v.Sunset.IsZero() {
		list = append(list, Entry{Key: at + "sunset", Value: v.Sunset.Format(time.DateOnly), Hot: true})
	}
	if v.MigrationGuide != "" {
		list = append(list, Entry{Key: at + "migrationGuide", Value: v.MigrationGuide, Hot: true})
	}
	return list
}
