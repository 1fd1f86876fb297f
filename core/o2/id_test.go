package o2

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseID(t *testing.T) {
	const id = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
	for _, s := range []string{id, strings.ToUpper(id), "0A1b2c3D-4e5f-4a6b-8c7d-9e0f1a2b3c4d"} {
		if got, ok := ParseID(s); !ok || got != id {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{
		"", "pool-123", id[:35], id + "0", "{" + id + "}", strings.ReplaceAll(id, "-", ""), "0a1b2c3d-4e5f-4a6b-8c7d_9e0f1a2b3c4d",
		"0a1b2c3g-4e5f-4a6b-8c7d-9e0f1a2b3c4d", "0a1b2c3d04e5f-4a6b-8c7d-9e0f1a2b3c4d", strings.Repeat("é", 18),
	} {
		if got, ok := ParseID(s); ok || got != "" {
			t.Errorf("ParseID(%q) = %q, %v; want none", s, got, ok)
		}
	}
}

// TestDeriveIDNeverChanges pins ids: they are the same in every process and for
// ever, so a change of this test's values would lose every object's identity.
func TestDeriveIDNeverChanges(t *testing.T) {
	for _, tt := range []struct {
		backend, native string
		want            ID
	}{
		{"kubernetes", "node/worker-0", "2ccfc74f-b7d9-5a53-8821-e8f41e014185"},
		{"kubernetes", "", "76776f4d-40e5-535b-bfcc-e22917d8826d"},
		{"aws", "i-0abc", "9272bd87-40b7-51d4-b3b5-7694d737fc8b"},
		{"aws", "0A1B2C3D-4E5F-4A6B-8C7D-9E0F1A2B3C4D", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"},
	} {
		if got := DeriveID(tt.backend, tt.native); got != tt.want {
			t.Errorf("DeriveID(%q, %q) = %s, want %s", tt.backend, tt.native, got, tt.want)
		}
	}
}

func TestDeriveIDTellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c\x00]{0,3}`)
		b1, n1, b2, n2 := text.Draw(t, "b1"), text.Draw(t, "n1"), text.Draw(t, "b2"), text.Draw(t, "n2")
		if strings.Contains(b1+b2, "\x00") {
			return // no adapter is named so
		}
		one, two := DeriveID(b1, n1), DeriveID(b2, n2)
		if (one == two) != (b1 == b2 && n1 == n2) {
			t.Fatalf("DeriveID(%q, %q) = %s and DeriveID(%q, %q) = %s", b1, n1, one, b2, n2, two)
		}
		id, ok := ParseID(string(one))
		if !ok || id != one || one[14] != '5' || !strings.ContainsRune("89ab", rune(one[19])) {
			t.Fatalf("%s is no UUID of version 5 in canonical form", one)
		}
	})
}
