package query

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

func TestOrder(t *testing.T) {
	a := &o2.Resource{Header: o2.Header{ID: "a", Description: "b", NativeID: "2026-03-01T12:00:00Z"}, GlobalAssetID: "1"}
	b := &o2.Resource{Header: o2.Header{ID: "b", Description: "a", NativeID: "2026-03-01T12:00:00.5+01:00"}, GlobalAssetID: "1"}
	c := &o2.Resource{Header: o2.Header{ID: "c", Description: "a\x00", NativeID: "2026-03-01T12:00:00.5Z"}}
	d := &o2.Resource{Header: o2.Header{ID: "d", Description: "a"}, GlobalAssetID: "10"}
	all := []*o2.Resource{a, b, c, d}
	for sort, want := range map[string]string{
		"resourceId":                 "a b c d",
		"-resourceId":                "d c b a",
		"description":                "b d c a",
		"-description":               "a c b d",
		"description,-resourceId":    "d b c a",
		"createdAt":                  "b a c d", // as times, and those without last
		"-createdAt":                 "c a b d",
		"globalAssetId":              "a b d c",
		"-globalAssetId":             "d a b c",
		"-globalAssetId,description": "d b a c",
	} {
		o, err := ParseOrder(resourceSchema, []string{sort})
		if err != nil {
			t.Errorf("%s: %v", sort, err)
			continue
		}
		if o.String() != sort || o.Schema() != resourceSchema {
			t.Errorf("%s: is told as %s", sort, o)
		}
		sorted := slices.Clone(all)
		slices.SortFunc(sorted, func(x, y *o2.Resource) int {
			if c := bytes.Compare(o.AppendKey(nil, x), o.AppendKey(nil, y)); c != 0 {
				return c
			}
			return strings.Compare(string(x.ID), string(y.ID))
		})
		var got []string
		for _, r := range sorted {
			got = append(got, string(r.ID))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", sort, got, want)
		}
	}
}

// What markers carry is bounded.
func TestLongValuesCountByTheirBeginning(t *testing.T) {
	o, err := ParseOrder(resourceSchema, []string{"-description,globalAssetId"})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 300)
	one := o.AppendKey(nil, &o2.Resource{Header: o2.Header{Description: long + "1"}})
	two := o.AppendKey(nil, &o2.Resource{Header: o2.Header{Description: long + "2"}})
	if !bytes.Equal(one, two) || len(one) > 300 {
		t.Errorf("keys of %d and %d bytes", len(one), len(two))
	}
}

func TestOrdersOfNothing(t *testing.T) {
	for name, lists := range map[string][]string{"none": nil, "an empty one": {""}} {
		o, err := ParseOrder(resourceSchema, lists)
		if o != nil || err != nil || o.String() != "" || o.Schema() != nil || o.AppendKey(nil, nil) != nil {
			t.Errorf("%s: %v, %v", name, o, err)
		}
	}
}

func TestWrongOrders(t *testing.T) {
	const right = "; a list of Resource is sorted by resourceId, resourceTypeId, resourcePoolId, description, globalAssetId, createdAt"
	for sort, want := range map[string]string{
		"title":                    `sort: unknown attribute "title"` + right,
		"--resourceId":             `sort: unknown attribute "-resourceId"` + right,
		"-":                        `sort: unknown attribute ""` + right,
		",":                        `sort: unknown attribute ""` + right,
		"resourceId,":              `sort: unknown attribute ""` + right,
		"tags":                     "sort: attribute tags is not one simple value" + right,
		"-extensions":              "sort: attribute extensions is not one simple value" + right,
		"extensions/ratio":         `sort: unknown attribute "extensions/ratio"` + right,
		"description,-description": "sort: it names description twice",
	} {
		o, err := ParseOrder(resourceSchema, []string{sort})
		var mistake *Error
		if o != nil || !errors.As(err, &mistake) || err.Error() != want {
			t.Errorf("%s:\ngot  %v\nwant %s", sort, err, want)
		}
	}
}

// Whatever is sorted by: two objects stand as their values do.
func FuzzOrder(f *testing.F) {
	for _, seed := range [][3]string{{"description", "a", "b"}, {"-description", "a", "a\x00"}, {"-globalAssetId,description", "", "\xff"}, {"createdAt", "x", ""}, {",", "", ""}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, sort, x, y string) {
		o, err := ParseOrder(resourceSchema, []string{sort})
		if err != nil {
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Parameter != "sort" || mistake.Reason == "" {
				t.Fatalf("%q: %v is not told as the caller's mistake", sort, err)
			}
			return
		}
		if o == nil {
			return
		}
		again, err := ParseOrder(resourceSchema, []string{o.String()})
		if err != nil || again.String() != o.String() {
			t.Fatalf("%q: its canonical form %q gives %v, %v", sort, o, again, err)
		}
		first := o.AppendKey(nil, &o2.Resource{Header: o2.Header{Description: x}})
		second := o.AppendKey(nil, &o2.Resource{Header: o2.Header{Description: y}})
		got := bytes.Compare(first, second)
		x, y = x[:min(len(x), sortBytes)], y[:min(len(y), sortBytes)]
		want := 0
		for name := range strings.SplitSeq(sort, ",") {
			switch name {
			case "description":
				want = strings.Compare(x, y)
			case "-description":
				want = strings.Compare(y, x)
			}
		}
		if got != want {
			t.Errorf("sorted by %q, %q and %q compare %d, want %d", sort, x, y, got, want)
		}
	})
}
