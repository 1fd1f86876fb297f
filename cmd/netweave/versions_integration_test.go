//go:build integration

package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The end of a version is announced, and taken back, while the gateway runs; a file
// that announces nonsense changes nothing; and a version whose time was over when the
// gateway started is served, with one warning.
func TestAVersionIsDeprecatedWhileTheGatewayRuns(t *testing.T) {
	dir := t.TempDir()
	const over = "api: {versions: {o2ims/v1: {deprecated: 2020-01-01, sunset: 2021-01-01, migrationGuide: \"https://smo.example.com/v2\"}}}\n"
	g := startIn(t, dir, lab+over)
	g.ready()
	save := func(text string) {
		text = strings.NewReplacer("$PLUGINS", filepath.Join(built, "plugins"), "$DIR", dir).Replace(lab + text)
		if err := os.WriteFile(filepath.Join(dir, "gateway.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// stands waits until the version says of itself, and the matrix says of it, that.
	stands := func(status, sunset, marked string) {
		t.Helper()
		g.eventually("o2ims/v1 is "+status, func() error {
			h := g.ask(http.MethodGet, "/o2ims/v1/resourcePools", "", http.StatusOK).header
			matrix := g.ask(http.MethodGet, "/o2ims", "", http.StatusOK).body
			if h.Get("X-API-Deprecated") != marked || h.Get("Sunset") != sunset ||
				!strings.Contains(matrix, `"base":"/o2ims/v1","status":"`+status+`"`) {
				return fmt.Errorf("%v, %s", h, matrix)
			}
			return nil
		})
	}
	stands("sunset", "Fri, 01 Jan 2021 00:00:00 GMT", "true")
	const warning = "the time of this version was over on 2021-01-01"
	if told := strings.Count(g.stderr.String(), warning); told != 1 {
		t.Errorf("warned %d times of a version whose time is over", told)
	}

	save("api: {versions: {o2ims/v1: {deprecated: 2020-01-01, sunset: 2999-01-01, migrationGuide: \"https://smo.example.com/v2\"}}}\n")
	stands("deprecated", "Tue, 01 Jan 2999 00:00:00 GMT", "true")
	save("api: {versions: {o2ims/v7: {deprecated: 2020-01-01}}}\n")
	g.eventually("the file is refused", func() error {
		if !strings.Contains(g.stderr.String(), "no API has this version: did you mean o2ims/v1?") {
			return fmt.Errorf("the log does not say so")
		}
		return nil
	})
	stands("deprecated", "Tue, 01 Jan 2999 00:00:00 GMT", "true")
	save("")
	stands("current", "", "")
}

// The documentation is part of the binary, and names the address that was asked.
func TestTheDocumentationOfTheBinary(t *testing.T) {
	g := start(t, lab)
	g.ready()
	page := g.ask(http.MethodGet, "/docs/o2ims-v1", "", http.StatusOK)
	if policy := page.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Errorf("Content-Security-Policy: %s", policy)
	}
	g.ask(http.MethodGet, "/docs/assets/swagger-ui-bundle.js", "", http.StatusOK)
	document := g.ask(http.MethodGet, "/docs/openapi/o2ims-v1.yaml", "", http.StatusOK)
	if want := "\nservers:\n  - url: \"" + g.url + "\"\n"; !strings.Contains(document.body, want) {
		t.Errorf("the document does not name its server: want %s", want)
	}
}
