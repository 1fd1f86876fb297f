package httpserver_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/inventory"
)

func TestPoolLife(t *testing.T) {
	for _, external := range []string{"", "https://o2.example.com"} {
		s := site(0)
		g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = external })
		a := g.do("POST", "/o2ims/v1/resourcePools/", `{"name":"gpu","description":"d","location":"l","oCloudId":"o",
			"globalLocationId":"g","extensions":{"z":1,"replicas":12345678901234567890,"a":{"c":null,"b":[1,"<"]}}}`)
		g.wantStatus(a, http.StatusCreated)
		if want := (inventory.ResourcePoolSpec{
			Name: "gpu", Description: "d", Location: "l", OCloudID: "o", GlobalLocationID: "g",
			Extensions: `{"a":{"b":[1,"<"],"c":null},"replicas":12345678901234567890,"z":1}`,
		}); s.pool != want {
			t.Errorf("spec %+v", s.pool)
		}
		id := o2.DeriveID("fake", "gpu")
		if got, want := a.Header.Get("Location"), external+"/o2ims/v1/resourcePools/"+string(id); got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		path := "/o2ims/v1/resourcePools/" + string(id)
		read := g.get(path)
		if read.body != a.body || read.Header.Get("Etag") != a.Header.Get("Etag") {
			t.Errorf("read back %s with %s", read.body, read.Header.Get("Etag"))
		}
		// What was read may be sent back.
		a = g.do("PUT", path, read.body)
		g.wantStatus(a, http.StatusOK)
		a = g.do("PUT", path, `{"name":"gpu-2","resourcePoolId":"`+strings.ToUpper(string(id))+`"}`)
		g.wantStatus(a, http.StatusOK)
		if want := `{"resourcePoolId":"` + string(id) + `","name":"gpu-2","description":"","oCloudId":"","extensions":{}}`; a.body != want {
			t.Errorf("got %s, want %s", a.body, want)
		}
		a = g.do("DELETE", path, "")
		g.wantStatus(a, http.StatusNoContent)
		if a.body != "" {
			t.Errorf("body %q", a.body)
		}
		g.wantStatus(g.get(path), http.StatusNotFound)
		g.wantStatus(g.do("DELETE", path, ""), http.StatusNotFound)
		g.wantStatus(g.do("PUT", path, `{"name":"x"}`), http.StatusNotFound)
	}
}

func TestResourceLife(t *testing.T) {
	s := site(0)
	g := newGateway(t, s)
	a := g.do("POST", "/o2ims/v1/resources", `{"resourcePoolId":"`+strings.ToUpper(string(poolA))+`","resourceTypeId":"`+string(typeA)+
		`","parentId":"`+string(poolB)+`","globalAssetId":"urn:1","name":"n","description":"d","tags":["a","b"],"extensions":{}}`)
	g.wantStatus(a, http.StatusCreated)
	want := inventory.ResourceSpec{
		ResourcePoolID: poolA, ResourceTypeID: typeA, ParentID: poolB,
		GlobalAssetID: "urn:1", Name: "n", Description: "d", Tags: []string{"a", "b"},
	}
	if !reflect.DeepEqual(s.resource, want) {
		t.Errorf("spec %+v", s.resource)
	}
	path := a.Header.Get("Location")
	if path != "/o2ims/v1/resources/"+string(o2.DeriveID("fake", "n")) {
		t.Errorf("Location %q", path)
	}
	g.wantStatus(g.get(path), http.StatusOK)
	g.wantStatus(g.do("DELETE", path, ""), http.StatusNoContent)
	g.wantStatus(g.do("DELETE", path, ""), http.StatusNotFound)
	g.wantStatus(g.do("DELETE", "/o2ims/v1/resources/nope", ""), http.StatusNotFound)
}

func TestBadBodies(t *testing.T) {
	const poolPath, resourcePath = "/o2ims/v1/resourcePools", "/o2ims/v1/resources"
	const known = "known are description, extensions, globalLocationId, location, name, oCloudId"
	long := strings.Repeat("x", 254)
	tests := []struct {
		name, method, path, body, contentType string
		status                                int
		detail                                string
	}{
		{"empty", "POST", poolPath, "", "application/json", 400, "the body is empty: send a JSON object"},
		{"cut off", "POST", poolPath, `{"name":"x"`, "", 400, "the body is not valid JSON: unexpected end of JSON input (at byte 11)"},
		{
			"trailing comma", "POST", poolPath, `{"name":"x",}`, "", 400,
			"the body is not valid JSON: invalid character '}' looking for beginning of object key string (at byte 13)",
		},
		{
			"trailing data", "POST", poolPath, `{"name":"x"} {}`, "", 400,
			"the body is not valid JSON: invalid character '{' after top-level value (at byte 14)",
		},
		{"not UTF-8", "POST", poolPath, "{\"name\":\"\xff\"}", "", 400, "the body is not valid UTF-8"},
		{"half a pair", "POST", poolPath, `{"name":"\ud83d\ude00 \\ud800 \ud83dx"}`, "", 400, `the body is not valid text: half a surrogate pair, \ud83d, at byte 31`},
		{"the other half", "POST", poolPath, `{"name":"x","extensions":{"\uDC00":1}}`, "", 400, `the body is not valid text: half a surrogate pair, \uDC00, at byte 28`},
		{"half a pair at the end", "POST", poolPath, `{"name":"\uD83D"}`, "", 400, `the body is not valid text: half a surrogate pair, \uD83D, at byte 10`},
		{"two first halves", "POST", poolPath, `{"name":"\ud83d\ud83d\ude00"}`, "", 400, `the body is not valid text: half a surrogate pair, \ud83d, at byte 10`},
		{"whole pairs", "POST", poolPath, `{"name":"\ud83d\uDE00\\ud800"}`, "text/plain", 415, `Content-Type "text/plain" is not taken: send application/json`},
		{"twice", "POST", poolPath, `{"name":"x","name":"y"}`, "", 400, "name is given twice"},
		{"twice, deep", "POST", poolPath, `{"name":"x","extensions":{"a":[{"b":1,"b":2}]}}`, "", 400, "extensions/a/0/b is given twice"},
		{
			"too deep", "POST", poolPath, `{"name":"x","extensions":{"a":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}}`, "", 400,
			"extensions/a" + strings.Repeat("/0", 63) + ": nested deeper than 64 levels",
		},
		{"array", "POST", poolPath, `[]`, "", 400, "the body must be an object"},
		{"null", "POST", poolPath, `null`, "", 400, "the body must not be null"},
		{"text", "POST", poolPath, `"x"`, "", 400, "the body must be an object"},
		{"missing", "POST", poolPath, `{}`, "", 400, "name is missing"},
		{"empty name", "POST", poolPath, `{"name":""}`, "", 400, "name: minimum string length is 1"},
		{"long name", "POST", poolPath, `{"name":"` + long + `"}`, "", 400, "name: maximum string length is 253"},
		{"null name", "POST", poolPath, `{"name":null}`, "", 400, "name must not be null"},
		{"number", "POST", poolPath, `{"name":7}`, "", 400, "name must be a string"},
		{"unknown", "POST", poolPath, `{"name":"x","nome":1}`, "", 400, "nome is unknown; " + known},
		{"other case", "POST", poolPath, `{"Name":"x"}`, "", 400, "Name is unknown; " + known + "; name is missing"},
		{"id on create", "POST", poolPath, `{"name":"x","resourcePoolId":"y"}`, "", 400, "resourcePoolId is unknown; " + known},
		{
			"several", "POST", poolPath, `{"extensions":[],"location":true}`, "", 400,
			"extensions must be an object; location must be a string; name is missing",
		},
		{"wrong type", "POST", poolPath, `{"name":"x"}`, "text/plain", 415, `Content-Type "text/plain" is not taken: send application/json`},
		{"no type", "POST", poolPath, `{"name":"x"}`, "-", 415, `Content-Type "" is not taken: send application/json`},
		{
			"wrong charset", "POST", poolPath, `{"name":"x"}`, "application/json; charset=latin1", 415,
			`Content-Type "application/json; charset=latin1" is not taken: send application/json`,
		},
		{"wrong type, unreadable", "POST", poolPath, `name=x`, "application/x-www-form-urlencoded", 400,
			"the body is not valid JSON: invalid character 'a' in literal null (expecting 'u') (at byte 2)"},
		{"too long", "POST", poolPath, `{"name":"` + strings.Repeat("x", 2000) + `"}`, "", 413, "the body is longer than 1000 bytes"},
		{"parameter", "POST", poolPath + "?fields=name", `{"name":"x"}`, "", 400, "fields: unknown parameter; this request takes none"},
		{"update, missing", "PUT", poolPath + "/" + string(poolA), `{}`, "", 400, "name is missing"},
		{
			"update, other id", "PUT", poolPath + "/" + string(poolA), `{"name":"x","resourcePoolId":"` + string(poolB) + `"}`, "", 400,
			"resourcePoolId differs from the path's; leave it out",
		},
		{"update, bad body of nothing", "PUT", poolPath + "/nope", `{}`, "", 400, "name is missing"},
		{"update, nothing", "PUT", poolPath + "/nope", `{"name":"x"}`, "", 404, `there is no ResourcePool with id "nope"`},
		{"delete, parameter", "DELETE", poolPath + "/" + string(poolA) + "?force", "", "", 400, "force: unknown parameter; this request takes none"},
		{"resource, missing", "POST", resourcePath, `{"name":"n"}`, "", 400, "resourcePoolId is missing; resourceTypeId is missing"},
		{
			"resource, no UUID", "POST", resourcePath, `{"resourcePoolId":"edge","resourceTypeId":"` + string(typeA) + `"}`, "", 400,
			"resourcePoolId is not a UUID, as every id here is",
		},
		{
			"resource, tags", "POST", resourcePath, `{"resourcePoolId":"a","resourceTypeId":"b","tags":["x",3]}`, "", 400,
			"tags/1 must be a string",
		},
	}
	s := site(0)
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.BodyBytes = 1000 })
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(tt.method, "http://localhost"+tt.path, strings.NewReader(tt.body))
			switch tt.contentType {
			case "":
				r.Header.Set("Content-Type", "application/json")
			case "-":
			default:
				r.Header.Set("Content-Type", tt.contentType)
			}
			a := g.send(r)
			if a.StatusCode != tt.status || a.detail(t) != tt.detail {
				t.Errorf("got  %d %s\nwant %d %s", a.StatusCode, a.detail(t), tt.status, tt.detail)
			}
			if len(s.objects[o2.KindResourcePool]) != 2 || len(s.objects[o2.KindResource]) != 0 {
				t.Error("something was changed")
			}
		})
	}
}

func TestBodyOfUnknownLengthOverTheLimit(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.BodyBytes = 1000 })
	r := httptest.NewRequest(http.MethodPost, "http://localhost/o2ims/v1/resourcePools", io.MultiReader(strings.NewReader(strings.Repeat(" ", 1001))))
	r.ContentLength = -1
	r.Header.Set("Content-Type", "application/json")
	g.wantStatus(g.send(r), http.StatusRequestEntityTooLarge)
}

func TestCompressedBodyIsNotTaken(t *testing.T) {
	g := newGateway(t, site(0))
	a := g.do("POST", "/o2ims/v1/resourcePools", "x", "Content-Encoding: gzip")
	g.wantStatus(a, http.StatusUnsupportedMediaType)
}

func TestWritesHaveADeadline(t *testing.T) {
	s := site(0)
	s.entered = func(ctx context.Context) { <-ctx.Done() }
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) { c.WriteDeadline = time.Millisecond })
	for _, a := range []answer{
		g.do("POST", "/o2ims/v1/resourcePools", `{"name":"x"}`),
		g.do("PUT", "/o2ims/v1/resourcePools/"+string(poolA), `{"name":"x"}`),
		g.do("DELETE", "/o2ims/v1/resourcePools/"+string(poolA), ""),
		g.do("POST", "/o2ims/v1/resources", `{"resourcePoolId":"`+string(poolA)+`","resourceTypeId":"`+string(typeA)+`"}`),
		g.do("DELETE", "/o2ims/v1/resources/"+string(poolA), ""),
	} {
		if a.StatusCode != http.StatusGatewayTimeout {
			t.Errorf("%d: %s", a.StatusCode, a.body)
		}
	}
}

// What was read can be sent back, in whatever version.
func TestWhatWasReadCanBeSentBack(t *testing.T) {
	for _, version := range []string{"v1", "v2"} {
		s := site(0)
		s.put(&o2.ResourcePool{
			Header: head(poolA, "edge", `{"nativeId":"ms/edge"}`), OCloudID: "ocloud-1", Tags: []string{"production"},
			CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Health: &o2.PoolHealth{Status: o2.HealthHealthy},
		})
		g := newGateway(t, s)
		path := "/o2ims/" + version + "/resourcePools/" + string(poolA)
		read := g.get(path)
		if strings.Contains(read.body, "health") != (version == "v2") {
			t.Errorf("%s: %s", version, read.body)
		}
		g.wantStatus(g.do(http.MethodPut, path, read.body), http.StatusOK)
	}
}
