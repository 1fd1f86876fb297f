package httpserver_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	httpserver "github.com/netweave/netweave/inbound/http"
)

// The table of docs/versions.md has every version, as it is released, and no other.
func TestGuideToVersions(t *testing.T) {
	page, err := os.ReadFile("../../docs/versions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "\n## What is supported\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want []string
	for _, v := range httpserver.Versions() {
		folder := packageOf(t, v.Document)
		want = append(want, fmt.Sprintf("| [%s](../inbound/http/%s/openapi.yaml) | `%s` | current | %s |", v.Title, folder, v.Base, v.Released))
	}
	var got []string
	for row := range strings.SplitSeq(table, "\n") {
		if strings.HasPrefix(row, "| [") {
			got = append(got, row)
		}
	}
	for i, row := range want {
		if i >= len(got) || got[i] != row {
			t.Errorf("docs/versions.md lacks, at place %d of its table, the row\n%s", i+1, row)
		}
	}
	if len(got) > len(want) {
		t.Errorf("docs/versions.md has rows of versions that there are not: %q", got[len(want):])
	}
	g := newGateway(t, site(0))
	for _, line := range strings.Split(table, "\n") {
		if strings.HasSuffix(line, "| planned | |") {
			base := strings.Trim(strings.Split(line, "|")[2], " `")
			if !strings.Contains(g.get("/o2ims").body, `"base":"`+base+`","status":"planned"}`) {
				t.Errorf("%s is planned in docs/versions.md alone", base)
			}
		}
	}
}

// packageOf returns the folder that has a document.
func packageOf(t *testing.T, document []byte) string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if text, err := os.ReadFile(e.Name() + "/openapi.yaml"); err == nil && string(text) == string(document) {
			return e.Name()
		}
	}
	t.Fatal("no folder here has the document")
	return ""
}
