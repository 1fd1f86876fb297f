package httpserver_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
)

func TestEntityTagsAreAFunctionOfContentAndQuery(t *testing.T) {
	one, other := newGateway(t, site(3)), newGateway(t, site(3))
	seen := map[string]string{}
	for _, path := range []string{
		"/o2ims/v1/resources",
		"/o2ims/v1/resources?limit=2",
		"/o2ims/v1/resources?limit=2&nextpage_opaque_marker=2",
		"/o2ims/v1/resources?limit=3",
		"/o2ims/v1/resources?filter=(eq,tags,edge)",
		"/o2ims/v1/resources?fields=name",
		"/o2ims/v1/resourcePools/" + string(poolA) + "/resources",
		"/o2ims/v1/resources/" + string(resourceID(0)),
		"/o2ims/v1/resources/" + string(resourceID(0)) + "?fields=name",
	} {
		tag := one.get(path).Header.Get("Etag")
		if again := other.get(path).Header.Get("Etag"); again != tag {
			t.Errorf("%s: two gateways say %s and %s", path, tag, again)
		}
		if twin, twice := seen[tag]; twice {
			t.Errorf("%s and %s share %s", path, twin, tag)
		}
		seen[tag] = path
	}
	const list, object = "/o2ims/v1/resources", "/o2ims/v1/resources/eeeeeeee-0000-4000-8000-000000000000"
	before, beforeList := one.get(object).Header.Get("Etag"), one.get(list).Header.Get("Etag")
	one.stock.put(&o2.Resource{Header: head(resourceID(0), "renamed", ""), ResourceTypeID: typeA, ResourcePoolID: poolA})
	if one.get(object).Header.Get("Etag") == before || one.get(list).Header.Get("Etag") == beforeList {
		t.Error("a changed object keeps its tag")
	}
}

func TestIfNoneMatch(t *testing.T) {
	g := newGateway(t, site(40)) // its list is long enough to be compressed
	for _, path := range []string{"/o2ims/v1/resources", "/o2ims/v1/resources/" + string(resourceID(1))} {
		tag := g.get(path).Header.Get("Etag")
		gzipped := strings.TrimSuffix(tag, `"`) + `-gzip"`
		tests := []struct {
			name, held, accept string
			want               int
			tag                string
		}{
			{"the same", tag, "", 304, tag},
			{"weak", "W/" + tag, "", 304, tag},
			{"any", "*", "", 304, tag},
			{"in a list", `"x", W/"y" ,` + tag, "", 304, tag},
			{"compressed, still taken", gzipped, "gzip", 304, gzipped},
			{"compressed, weak", "W/" + gzipped, "br, gzip;q=0.5", 304, gzipped},
			{"compressed, not taken", gzipped, "identity", 200, tag},
			{"compressed, refused", gzipped, "gzip;q=0", 200, tag},
			{"plain, compression taken", tag, "gzip", 304, tag},
			{"another", `"v1-00000000000000000000000000000000"`, "", 200, tag},
			{"a part of it", tag[:10] + `"`, "", 200, tag},
			{"unquoted", strings.Trim(tag, `"`), "", 200, tag},
			{"malformed before", `oops, ` + tag, "", 200, tag},
			{"unterminated", `"abc`, "", 200, tag},
			{"empty", ``, "", 200, tag},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					headers := []string{"If-None-Match: " + tt.held}
					if tt.accept != "" {
						headers = append(headers, "Accept-Encoding: "+tt.accept)
					}
					a := g.do(method, path, "", headers...)
					if a.StatusCode != tt.want || a.Header.Get("Etag") != tt.tag {
						t.Errorf("%s %s: got %d with %s, want %d with %s", method, path, a.StatusCode, a.Header.Get("Etag"), tt.want, tt.tag)
					}
				}
			})
		}
	}
}

func TestCompression(t *testing.T) {
	g := newGateway(t, site(40))
	const list, object = "/o2ims/v1/resources", "/o2ims/v1/resources/eeeeeeee-0000-4000-8000-000000000000"
	plain := g.get(list)
	a := g.get(list, "Accept-Encoding: gzip")
	g.wantStatus(a, http.StatusOK)
	if a.Header.Get("Content-Encoding") != "gzip" || a.Header.Get("Vary") != "Accept-Encoding" ||
		a.Header.Get("Etag") != strings.TrimSuffix(plain.Header.Get("Etag"), `"`)+`-gzip"` {
		t.Errorf("headers %v", a.Header)
	}
	zr, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if unzipped, err := io.ReadAll(zr); err != nil || string(unzipped) != plain.body {
		t.Errorf("unzipped: %v, %d bytes, want %d", err, len(unzipped), len(plain.body))
	}
	for name, a := range map[string]answer{
		"small":          g.get(object, "Accept-Encoding: gzip"),
		"identity":       g.get(list, "Accept-Encoding: identity"),
		"another coding": g.get(list, "Accept-Encoding: br, zstd"),
		"HEAD":           g.do(http.MethodHead, list, "", "Accept-Encoding: gzip"),
	} {
		if a.Header.Get("Content-Encoding") != "" || a.Header.Get("Vary") != "Accept-Encoding" ||
			strings.Contains(a.Header.Get("Etag"), "gzip") || a.Header.Get("Content-Length") == "" {
			t.Errorf("%s: headers %v", name, a.Header)
		}
	}
	g.stock.freshness.Age = 90 * time.Second
	if again := g.get(list, "Accept-Encoding: gzip", "If-None-Match: "+a.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("compressed and held: %d", again.StatusCode)
	}
}
