//go:build integration

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A vendor comes from nothing to a trusted plugin that serves data through the
// gateway, and to its next release, by the commands of the vendor's guide.
func TestTheGuideForVendors(t *testing.T) {
	text, err := os.ReadFile("../../docs/vendor.md")
	if err != nil {
		t.Fatal(err)
	}
	script, expected := guideScript(t, section(t, string(text), "From nothing to a running adapter"))
	if len(expected) < 8 {
		t.Fatalf("the guide says of %d groups of commands only what they print", len(expected))
	}
	root, address := repositoryRoot(t), freeAddress(t)
	began := time.Now()
	out := runGuide(t, root, address, strings.ReplaceAll(script, "127.0.0.1:8080", address))
	t.Logf("from an empty folder to the second release behind the gateway: %s", time.Since(began).Round(100*time.Millisecond))
	wantPrinted(t, "docs/vendor.md", out, expected, filepath.Join(root, "acme", "gateway.log"))
}
