package o2imsv1

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/o2ims"
)

// specimens are objects that filters are tried on.
func specimens() []o2.Object {
	h := func(name string, ext o2.JSON) o2.Header {
		return o2.Header{ID: idA, NativeID: name, Backend: "b", Name: name, Description: "the " + name, Extensions: ext}
	}
	list := []o2.Object{
		&o2.DeploymentManager{Header: h("cluster", `{"a":{"b":[1,"x"]}}`), OCloudID: "o", ServiceURI: "u", SupportedLocations: []string{"l"}, Capabilities: `{"c":true}`},
		&o2.ResourcePool{Header: h("pool", `{"replicas":3}`), OCloudID: "o", Location: "site-a"},
		&o2.ResourcePool{Header: h("x", ""), OCloudID: "o", GlobalLocationID: "g"},
		&o2.Resource{Header: h("node", `{"zone":"z1"}`), ResourceTypeID: idB, ResourcePoolID: idA, Tags: []string{"edge", "x"}},
		&o2.Resource{Header: h("x", `{"replicas":"3","zone":"z2"}`), ParentID: idB, GlobalAssetID: "urn:1"},
		&o2.ResourceType{Header: h("m5", ""), Vendor: "acme", Model: "m5", Version: "1", ResourceClass: o2.ResourceClassCompute},
	}
	for _, o := range list {
		o2.Seal(o)
	}
	return list
}

// Whatever a filter says: either it is the caller's mistake, or its canonical
// form is one, and each kind's part of it selects what the whole does.
func FuzzSubscriptionFilter(f *testing.F) {
	for _, seed := range []string{
		"", "(eq,name,x)", "(in,resourcePoolId," + idA + "," + idB + ")", "(neq,vendor,acme);(cont,objectType,Re)",
		"(nin,tags,x);(gte,extensions/replicas,3)", "(eq,'extensions/a/b',1)", "(eq,extensions/@a/@key,'it''s')",
		"(eq,objectType,Resource);(eq,objectType,Pool)", "(lt,resourceId," + idA + ")", "(eq,'extensions/\u00a0',\t)", "(cont,parentId,'',b)",
	} {
		f.Add(seed)
	}
	objects := specimens()
	f.Fuzz(func(t *testing.T, text string) {
		s, err := version.Events().Compile(text)
		if err != nil {
			var wrong *query.Error
			if !errors.As(err, &wrong) || wrong.Parameter != "filter" || wrong.Reason == "" {
				t.Fatalf("%q: %v is not told as the caller's mistake", text, err)
			}
			return
		}
		again, err := version.Events().Compile(s.Text)
		if err != nil || again.Text != s.Text || written(again) != written(s) {
			t.Fatalf("%q: its canonical form %q gives %v, %v", text, s.Text, again, err)
		}
		whole, err := version.Events().Whole(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if got, want := s.Match(o), whole.Match(o); got != want {
				t.Errorf("%q selects %s %s: %v, but of its whole: %v", text, o.Kind(), o.Head().Name, got, want)
			}
		}
	})
}

// A filter given as an object is one that could have been given as a text, or
// the caller's mistake.
func FuzzSubscriptionFilterObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"resourcePoolId":"` + idA + `"}`, `{"extensions":{"replicas":3,"ok":true,"a/b":{"c":"it's"}}}`,
		`{"name":null}`, `{"":""}`, `{"extensions":{"":{"":1}}}`, `{"name":{"x":1}}`, `{"'":"'","(":",;)"}`, `{"objectType":"Resource"}`,
		`{"extensions":{"a\u0009":"x"}}`, `{"extensions":{" a":1e999}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil || object == nil {
			return // refused with the body
		}
		text, err := o2ims.FilterText(raw)
		if err == nil {
			_, err = version.Events().Compile(text)
		}
		var wrong *query.Error
		if err != nil && (!errors.As(err, &wrong) || wrong.Parameter != "filter") {
			t.Errorf("%q: %v is not told as the caller's mistake", raw, err)
		}
		other, otherErr := o2ims.FilterText(raw)
		if otherErr == nil && other != text {
			t.Errorf("%q: once %q, once %q", raw, text, other)
		}
	})
}
