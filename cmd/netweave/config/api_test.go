package config

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestAPIVersions(t *testing.T) {
	t.Setenv("GUIDES", "https://docs.example.com")
	c := mustLoad(t, oneAdapter+`api:
  versions:
    o2ims/v1: {deprecated: 2026-07-01, sunset: "2027-01-01", migrationGuide: "${GUIDES}/v1-to-v2"}
    admin/v1: {deprecated: 2999-12-31}
  docs: {enabled: false, public: true}
`)
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	want := []APIVersion{
		{Name: "o2ims/v1", Deprecated: day("2026-07-01"), Sunset: day("2027-01-01"), MigrationGuide: "https://docs.example.com/v1-to-v2", Line: 5},
		{Name: "admin/v1", Deprecated: day("2999-12-31"), Line: 6},
	}
	if !slices.Equal(c.API.Versions, want) {
		t.Errorf("got  %+v\nwant %+v", c.API.Versions, want)
	}
	if (c.API.Docs != APIDocs{Public: true}) {
		t.Errorf("docs: %+v", c.API.Docs)
	}
	var entries []string
	for _, e := range c.Entries() {
		if e.Hot && len(e.Key) > len(apiVersionsKey) && e.Key[:len(apiVersionsKey)] == apiVersionsKey {
			entries = append(entries, e.Key+" "+e.Value)
		}
	}
	wantEntries := []string{
		"api.versions[admin/v1].deprecated 2999-12-31",
		"api.versions[o2ims/v1].deprecated 2026-07-01",
		"api.versions[o2ims/v1].migrationGuide https://docs.example.com/v1-to-v2",
		"api.versions[o2ims/v1].sunset 2027-01-01",
	}
	if !slices.Equal(entries, wantEntries) {
		t.Errorf("entries: %q", entries)
	}
}

func TestAPIVersionsFromTheEnvironment(t *testing.T) {
	t.Setenv("NETWEAVE_API_VERSIONS_O2IMS_V1_SUNSET", "2028-01-01")
	c := mustLoad(t, oneAdapter+"api: {versions: {o2ims/v1: {deprecated: 2026-07-01}}}\n")
	if got := c.API.Versions[0].Sunset.Format(time.DateOnly); got != "2028-01-01" {
		t.Errorf("sunset %s", got)
	}
}

func TestBadAPIVersions(t *testing.T) {
	const noDate = "must be a date such as 2026-07-01"
	const noGuide = `must be an http or https URL, for example "https://docs.example.com/migration/v1-to-v2"`
	for name, tc := range map[string]struct{ version, key, reason string }{
		"no date":           {"o2ims/v1: {deprecated: soon}", ".o2ims/v1.deprecated", noDate},
		"a time":            {"o2ims/v1: {deprecated: 2026-07-01T00:00:00Z}", ".o2ims/v1.deprecated", noDate},
		"a number":          {"o2ims/v1: {deprecated: 20260701}", ".o2ims/v1.deprecated", noDate},
		"no such day":       {`o2ims/v1: {deprecated: "2026-02-30"}`, ".o2ims/v1.deprecated", noDate},
		"before all":        {"o2ims/v1: {deprecated: 0001-01-01}", ".o2ims/v1.deprecated", noDate},
		"a list":            {"o2ims/v1: {deprecated: [2026-07-01]}", ".o2ims/v1.deprecated", noDate},
		"not deprecated":    {"o2ims/v1: {sunset: 2027-01-01}", ".o2ims/v1.deprecated", "is missing: write the day from which on the version is deprecated, as a date such as 2026-07-01"},
		"nothing":           {"o2ims/v1:", ".o2ims/v1.deprecated", "is missing: write the day from which on the version is deprecated, as a date such as 2026-07-01"},
		"sunset too early":  {"o2ims/v1: {deprecated: 2026-07-01, sunset: 2026-06-30}", ".o2ims/v1.sunset", "must be after deprecated, which is 2026-07-01"},
		"sunset at once":    {"o2ims/v1: {deprecated: 2026-07-01, sunset: 2026-07-01}", ".o2ims/v1.sunset", "must be after deprecated, which is 2026-07-01"},
		"guide is a path":   {"o2ims/v1: {deprecated: 2026-07-01, migrationGuide: /docs}", ".o2ims/v1.migrationGuide", noGuide},
		"guide ends a link": {`o2ims/v1: {deprecated: 2026-07-01, migrationGuide: "https://a.example/>;rel=x"}`, ".o2ims/v1.migrationGuide", noGuide},
		"guide has a user":  {`o2ims/v1: {deprecated: 2026-07-01, migrationGuide: "https://u:p@a.example/"}`, ".o2ims/v1.migrationGuide", noGuide},
		"guide has a line":  {`o2ims/v1: {deprecated: 2026-07-01, migrationGuide: "https://a.example/\r\nX: y"}`, ".o2ims/v1.migrationGuide", noGuide},
		"unknown key":       {"o2ims/v1: {deprecated: 2026-07-01, sunnset: 2027-01-01}", ".o2ims/v1.sunnset", "unknown key: did you mean sunset?"},
		"no mapping":        {"o2ims/v1: true", ".o2ims/v1", "must be a mapping with the keys deprecated, sunset, migrationGuide"},
	} {
		_, err := load(t, oneAdapter+"api:\n  versions:\n    "+tc.version+"\n")
		var invalid *Invalid
		if !errors.As(err, &invalid) || invalid.Problems[0].Key != "api.versions"+tc.key || invalid.Problems[0].Reason != tc.reason || invalid.Problems[0].Line != 5 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnknownAPIVersions(t *testing.T) {
	for version, want := range map[string]string{
		"/o2ims/v1": "no API has this version: did you mean o2ims/v1? The versions are o2ims/v1, ",
		"o2ims":     "no API has this version: the versions are o2ims/v1, ",
		"o2ims/v99": "no API has this version: did you mean o2ims/v1? The versions are o2ims/v1, ",
	} {
		_, err := load(t, oneAdapter+fmt.Sprintf("api: {versions: {%s: {deprecated: 2026-07-01}}}\n", version))
		var invalid *Invalid
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || len(invalid.Problems[0].Reason) < len(want) || invalid.Problems[0].Reason[:len(want)] != want {
			t.Errorf("%s: %v", version, err)
		}
	}
	for _, text := range []string{"[]", "x", "[o2ims/v1]"} {
		_, err := load(t, oneAdapter+"api: {versions: "+text+"}\n")
		var invalid *Invalid
		if !errors.As(err, &invalid) || invalid.Problems[0].Reason != "must be a mapping with versions as its keys, such as o2ims/v1" {
			t.Errorf("%s: %v", text, err)
		}
	}
}
