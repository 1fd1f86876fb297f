package query

import (
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
)

// resourceSchema is a data type with an attribute of every type.
var resourceSchema = NewSchema("Resource",
	Attribute{Name: "resourceId", Type: UUID, Mandatory: true, Index: ByID, Get: func(o any) Value {
		return Value{Text: string(o.(o2.Object).Head().ID)}
	}},
	Attribute{Name: "resourceTypeId", Type: UUID, Mandatory: true, Index: ByType, Get: func(o any) Value {
		return optional(string(o.(*o2.Resource).ResourceTypeID))
	}},
	Attribute{Name: "resourcePoolId", Type: UUID, Mandatory: true, Index: ByPool, Get: func(o any) Value {
		return optional(string(o.(*o2.Resource).ResourcePoolID))
	}},
	Attribute{Name: "description", Type: Text, Mandatory: true, Get: func(o any) Value {
		return Value{Text: o.(o2.Object).Head().Description}
	}},
	Attribute{Name: "globalAssetId", Type: Text, Get: func(o any) Value {
		return optional(o.(*o2.Resource).GlobalAssetID)
	}},
	Attribute{Name: "tags", Type: Texts, Mandatory: true, Get: func(o any) Value {
		return Value{Texts: o.(*o2.Resource).Tags, Absent: len(o.(*o2.Resource).Tags) == 0}
	}},
	Attribute{Name: "createdAt", Type: Time, Get: func(o any) Value {
		return optional(o.(o2.Object).Head().NativeID) // the test's objects keep a time there
	}},
	Attribute{Name: "extensions", Type: JSON, Get: func(o any) Value {
		return Value{JSON: string(o.(o2.Object).Head().Extensions), Absent: o.(o2.Object).Head().Extensions == ""}
	}},
	Attribute{Name: "elements", Type: JSON, OmittedByDefault: true, Get: func(o any) Value {
		return Value{Absent: true}
	}},
)

func optional(s string) Value { return Value{Text: s, Absent: s == ""} }

const (
	idOne  = "11111111-1111-4111-8111-11111111111a"
	idTwo  = "22222222-2222-4222-8222-22222222222b"
	idPool = "33333333-3333-4333-8333-33333333333c"
	noUUID = "44444444-4444-4444-8444-44444444444d"
)

// sample has every attribute but resourceTypeId and elements.
func sample() *o2.Resource {
	return &o2.Resource{
		Header: o2.Header{
			ID: idOne, NativeID: "2026-03-01T12:00:00Z", Description: "node, (rack 4) it's; up",
			Extensions: `{"big":9007199254740993,"created":"2026-03-01T13:00:00+01:00","disks":[{"size":10,"ssd":true},{"size":200}],` +
				`"empty":[],"k8s.machineset.name":"workers","labels":{"a/b":"x","zone":"z1"},"null":null,"ok":true,"owner":"` + idTwo + `","ratio":0.5,"text":"8"}`,
		},
		ResourcePoolID: idPool, GlobalAssetID: "asset-7", Tags: []string{"red", "blue", idTwo},
	}
}

func TestNewSchemaPanics(t *testing.T) {
	get := func(any) Value { return Value{} }
	for name, attributes := range map[string][]Attribute{
		"twice":       {{Name: "a", Get: get}, {Name: "a", Get: get}},
		"without Get": {{Name: "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("NewSchema did not panic")
				}
			}()
			NewSchema("Resource", attributes...)
		})
	}
}

func TestReadTime(t *testing.T) {
	if got, ok := readTime("2026-03-01T13:00:00+01:00"); !ok || !got.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("readTime = %v, %v", got, ok)
	}
	for _, s := range []string{"", "2026-03-01", "2026-13-01T12:00:00Z", "not a time at all....", "2026-03-01 12:00:00Z"} {
		if _, ok := readTime(s); ok {
			t.Errorf("readTime(%q) is a time", s)
		}
	}
}
