package query

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestMarkerRoundTrip(t *testing.T) {
	marker := EncodeMarker("/o2ims/v1/resources?filter=", idOne)
	if strings.Trim(marker, "0123456789") == "" || strings.ContainsAny(marker, "+/=&") {
		t.Errorf("marker %q does not stand in a URL as it is", marker)
	}
	got, err := DecodeMarker("/o2ims/v1/resources?filter=", marker)
	if err != nil || got != (Position{After: idOne}) {
		t.Errorf("DecodeMarker = %+v, %v", got, err)
	}
}

func TestMarkersOfSortedLists(t *testing.T) {
	for _, want := range []Position{{After: idOne, Key: "\x01a\x00\x00"}, {After: idOne, Key: "\x02"}} {
		marker := EncodePosition("key", want)
		if got, err := DecodeMarker("key", marker); err != nil || got != want {
			t.Errorf("DecodeMarker = %+v, %v; want %+v", got, err, want)
		}
		if _, err := DecodeMarker("other", marker); err == nil || !strings.Contains(err.Error(), "another list, filter or caller") {
			t.Errorf("under another key: %v", err)
		}
		raw, err := base64.RawURLEncoding.DecodeString(marker)
		if err != nil {
			t.Fatal(err)
		}
		raw[0] = 1
		if _, err := DecodeMarker("key", base64.RawURLEncoding.EncodeToString(raw)); err == nil || !strings.Contains(err.Error(), "no marker of ours") {
			t.Errorf("as that of a list that is not sorted: %v", err)
		}
	}
}

func TestDecodeMarkerPageNumbers(t *testing.T) {
	for marker, page := range map[string]int{"1": 1, "7": 7, "007": 7, "1000000000": 1000000000} {
		if got, err := DecodeMarker("key", marker); err != nil || got != (Position{Page: page}) {
			t.Errorf("DecodeMarker(%q) = %+v, %v; want page %d", marker, got, err, page)
		}
	}
}

func TestDecodeMarkerErrors(t *testing.T) {
	const again = "; start again without nextpage_opaque_marker"
	good := EncodeMarker("key", idOne)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func([]byte)) string {
		b := append([]byte(nil), raw...)
		change(b)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	tests := map[string]struct{ key, marker, want string }{
		"other key":      {"other", good, "this marker belongs to another list, filter or caller"},
		"other version":  {"key", changed(func(b []byte) { b[0] = 2 }), "this is no marker of ours"},
		"no id":          {"key", changed(func(b []byte) { b[12] = 'x' }), "this is no marker of ours"},
		"upper-case id":  {"key", changed(func(b []byte) { b[len(b)-1] = 'A' }), "this is no marker of ours"},
		"cut":            {"key", good[:20], "this is no marker of ours"},
		"no base64":      {"key", "!!", "this is no marker of ours"},
		"padded":         {"key", good + "=", "this is no marker of ours"},
		"empty":          {"key", "", "this is no marker of ours"},
		"negative":       {"key", "-1", "this is no marker of ours"},
		"page 0":         {"key", "0", "a page number lies between 1 and 1000000000"},
		"page too great": {"key", "1000000001", "a page number lies between 1 and 1000000000"},
		"page of a mile": {"key", strings.Repeat("9", 400), "a page number lies between 1 and 1000000000"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := DecodeMarker(tt.key, tt.marker)
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Parameter != "nextpage_opaque_marker" || mistake.Reason != tt.want+again {
				t.Errorf("DecodeMarker = %+v, %v; want %s", p, err, tt.want+again)
			}
		})
	}
}

func FuzzMarker(f *testing.F) {
	f.Add("key", EncodeMarker("key", idOne))
	f.Add("key", "12")
	f.Add("", "AQ")
	f.Fuzz(func(t *testing.T, key, marker string) {
		p, err := DecodeMarker(key, marker)
		if err != nil {
			return
		}
		if (p.Page > 0) == (p.After != "") {
			t.Fatalf("position %+v is neither a page nor a place", p)
		}
		if p.After == "" {
			return
		}
		if id, ok := canonicalUUID(p.After); !ok || id != p.After {
			t.Fatalf("marker %q leads behind %q, which is no id", marker, p.After)
		}
		if again := EncodeMarker(key, p.After); again != marker {
			t.Fatalf("marker %q and %q mean the same", marker, again)
		}
	})
}
