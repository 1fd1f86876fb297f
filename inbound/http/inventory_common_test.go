package httpserver_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/authn"
	"github.com/netweave/netweave/ports/inventory"
	"github.com/netweave/netweave/ports/ocloud"
)

func TestInventoryVersions(t *testing.T) {
	const prefix = "/o2ims-infrastructureInventory"
	for _, external := range []string{"", "https://o2.example.com:8443/gw/"} {
		g := newGateway(t, standard(), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = external })
		at := strings.TrimSuffix(external, "/") + prefix
		for path, want := range map[string]string{
			prefix + "/api_versions":     `{"uriPrefix":"` + at + `","apiVersions":[{"version":"1.0.0"},{"version":"2.0.0"}]}`,
			prefix + "/v1/api_versions":  `{"uriPrefix":"` + at + `/v1","apiVersions":[{"version":"1.0.0"}]}`,
			prefix + "/v2/api_versions/": `{"uriPrefix":"` + at + `/v2","apiVersions":[{"version":"2.0.0"}]}`,
		} {
			if a := g.get(path); a.StatusCode != http.StatusOK || a.body != want {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
			}
		}
		a := g.get(prefix + "/api_versions?fields=version")
		if want := "fields: unknown parameter; this request takes none"; a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
}

// Where the services are: what is configured, or the gateway's own URL without its
// path, or what the request was sent to.
func TestServiceURI(t *testing.T) {
	for _, tt := range []struct{ configured, external, want string }{
		{"https://ims.example.com:30205", "https://o2.example.com/gw", "https://ims.example.com:30205"},
		{"", "https://o2.example.com:8443/gw/", "https://o2.example.com:8443"},
		{"", "", "http://localhost"},
	} {
		g := newGateway(t, standard(), func(c *httpserver.Config, d *httpserver.Dependencies) {
			sky := newSky()
			c.ExternalURL, sky.info.ServiceURI, d.Clouds = tt.external, tt.configured, sky
		})
		for _, base := range []string{inventory1, inventory2} {
			if a := g.get(base); !strings.Contains(a.body, `"serviceUri":"`+tt.want+`"`) {
				t.Errorf("%+v: %s", tt, a.body)
			}
		}
	}
	g := newGateway(t, standard())
	r := httptest.NewRequest(http.MethodGet, "https://127.0.0.1:8443"+inventory1, nil)
	if a := g.send(r); !strings.Contains(a.body, `"serviceUri":"https://127.0.0.1:8443"`) {
		t.Errorf("over TLS: %s", a.body)
	}
}

// A trailing slash is no other path, and nothing is redirected: a POST stays one.
func TestInventoryTrailingSlashes(t *testing.T) {
	g := newGateway(t, standard())
	for _, base := range []string{inventory1, inventory2} {
		for _, path := range []string{base, base + "/"} {
			g.wantStatus(g.get(path), http.StatusOK)
			a := g.do("POST", path, "{}")
			if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD" || a.Header.Get("Location") != "" {
				t.Errorf("POST %s: %d %v", path, a.StatusCode, a.Header)
			}
		}
		a := g.do("POST", base+"/subscriptions/", `{"callback":"https://smo.example.com/`+base[len(base)-2:]+`"}`)
		if want := base + "/subscriptions/" + string(subscriptionID(g.subs.made-1)); a.StatusCode != http.StatusCreated || a.Header.Get("Location") != want {
			t.Errorf("%d %v", a.StatusCode, a.Header)
		}
	}
}

// Every other method on every path is a 405 that says which ones there are.
func TestInventoryMethods(t *testing.T) {
	g := newGateway(t, standard())
	tried := 0
	for _, base := range []string{inventory1, inventory2} {
		for template, item := range g.docOf(base).Paths.Map() {
			var allow []string
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
				if item.GetOperation(method) == nil {
					continue
				}
				if allow = append(allow, method); method == "GET" {
					allow = append(allow, "HEAD")
				}
			}
			path := parameterOfPath.ReplaceAllString(template, absent)
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"} {
				if item.GetOperation(method) != nil {
					continue
				}
				tried++
				for _, p := range []string{path, path + "/"} {
					a := g.do(method, p, `{"x":1}`)
					want := method + " is not allowed here; allowed are " + strings.Join(allow, ", ")
					if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != strings.Join(allow, ", ") || a.detail(t) != want {
						t.Errorf("%s %s: %d %v %s", method, p, a.StatusCode, a.Header["Allow"], a.body)
					}
				}
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d methods were tried", tried)
	}
}

func TestInventoryUnknownPaths(t *testing.T) {
	g := newGateway(t, standard())
	for _, path := range []string{
		"/o2ims-infrastructureInventory", "/o2ims-infrastructureInventory/", "/o2ims-infrastructureInventory/v3", "/o2ims-infrastructureInventory/v3/resourcePools",
		"/o2ims-infrastructureinventory/v1", "/O2ims_infrastructureInventory/v1", inventory1 + "/deploymentManagersWrongURL", inventory1 + "/resources",
		inventory1 + "//", inventory1 + "//resourcePools", inventory1 + "/resourcePools//resources", inventory1 + "/resourcePools//",
		inventory1 + "/resourcePools/" + string(poolA) + "/resources/" + string(resourceID(0)) + "/elements",
		inventory1 + "/resourcePools%2F" + string(poolA), inventory1 + "/resource%50ools", inventory1 + "/locations", inventory1 + "/oCloudSites",
		inventory1 + "/alarmDictionaries", inventory1 + "/resourceTypes/" + string(typeA) + "/alarmDictionary",
	} {
		a := g.get(path)
		g.wantStatus(a, http.StatusNotFound)
		if strings.Contains(a.body, `"instance"`) {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	for path, detail := range map[string]string{
		inventory1 + "/resourceTypes/" + absent:                                                `there is no ResourceType with id "` + absent + `"`,
		inventory1 + "/resourcePools/nope":                                                     `there is no ResourcePool with id "nope"`,
		inventory1 + "/resourcePools/a%2Fb":                                                    `there is no ResourcePool with id "a/b"`,
		inventory1 + "/resourcePools/" + absent + "/resources":                                 `there is no ResourcePool with id "` + absent + `"`,
		inventory1 + "/resourcePools/" + absent + "/resources/" + string(resourceID(0)):        `there is no ResourcePool with id "` + absent + `"`,
		inventory1 + "/resourcePools/" + string(poolB) + "/resources/" + string(resourceID(0)): `there is no Resource with id "` + string(resourceID(0)) + `"`,
		inventory2 + "/resourcePools/" + string(poolA) + "/resources/" + absent:                `there is no Resource with id "` + absent + `"`,
		inventory2 + "/resourcePools/" + string(poolA) + "/resources/" + string(poolA):         `there is no Resource with id "` + string(poolA) + `"`,
		inventory2 + "/deploymentManagers/" + absent:                                           `there is no DeploymentManager with id "` + absent + `"`,
		inventory2 + "/resourceTypes/" + absent + "/alarmDictionary":                           `there is no ResourceType with id "` + absent + `"`,
		inventory2 + "/alarmDictionaries/" + string(typeA):                                     `there is no AlarmDictionary with id "` + string(typeA) + `"`,
		inventory2 + "/alarmDictionaries/nope":                                                 `there is no AlarmDictionary with id "nope"`,
		inventory2 + "/locations/location-c":                                                   `there is no Location with id "location-c"`,
		inventory2 + "/locations/location-a%2F":                                                `there is no Location with id "location-a/"`,
		inventory2 + "/oCloudSites/" + absent:                                                  `there is no OCloudSite with id "` + absent + `"`,
		inventory2 + "/oCloudSites/site-a":                                                     `there is no OCloudSite with id "site-a"`,
		inventory1 + "/subscriptions/69253c4b-8398-4602-855d-783865f5f25c":                     `there is no Subscription with id "69253c4b-8398-4602-855d-783865f5f25c"`,
		inventory2 + "/subscriptions/%00":                                                      `there is no Subscription with id "\x00"`,
	} {
		if a := g.get(path); a.StatusCode != http.StatusNotFound || a.detail(t) != detail {
			t.Errorf("%s: %d %s\nwant %s", path, a.StatusCode, a.detail(t), detail)
		}
	}
}

// 401, then 403, then 400, then 404.
func TestInventoryOrderOfErrors(t *testing.T) {
	const token = "netweave-dev-token-0123456789"
	secured := func(denied rights) *gateway {
		return newGateway(t, standard(), func(c *httpserver.Config, d *httpserver.Dependencies) {
			c.AllowAnonymous, d.Authorizer = false, denied
			c.Identity = authn.Config{Tokens: []authn.Token{{SHA256: sha256.Sum256([]byte(token)), User: "smo", Tenant: "default"}}}
		})
	}
	open := secured(rights{})
	shut := secured(rights{"list ResourcePool", "read ResourcePool", "list Resource", "read Resource", "create Subscription", "delete Subscription"})
	for _, base := range []string{inventory1, inventory2} {
		for _, tt := range []struct {
			method, path, body string
			judged             int
		}{
			{"POST", base + "/subscriptions", `{"callback`, 400},
			{"POST", base + "/subscriptions?x", `<a/>`, 400},
			{"DELETE", base + "/subscriptions/" + absent + "?x", "", 400},
			{"DELETE", base + "/subscriptions/" + absent, "", 404},
			{"GET", base + "/resourcePools?fields=(resourceTypeId,WrongAttrName)", "", 400},
			{"GET", base + "/resourcePools/" + absent + "?nope=1", "", 400},
			{"GET", base + "/resourcePools/" + absent + "/resources/nope?fields=nope", "", 400},
			{"GET", base + "/resourcePools/" + absent + "/resources?filter=(eq,WrongAttrName,anyvalue)", "", 400},
			{"GET", base + "/resourcePools/" + absent, "", 404},
			{"GET", base + "?fields=(resourceId,WrongAttrName)", "", 400},
		} {
			for _, asked := range []struct {
				g      *gateway
				token  string
				status int
			}{{open, "", 401}, {open, "789netweave-dev-token-0123456", 401}, {shut, token, 403}, {open, token, tt.judged}} {
				headers := []string{"X: y"}
				if asked.token != "" {
					headers = append(headers, "Authorization: Bearer "+asked.token)
				}
				a := asked.g.do(tt.method, tt.path, tt.body, headers...)
				if a.StatusCode != asked.status || (a.StatusCode == http.StatusUnauthorized) != (a.Header.Get("Www-Authenticate") != "") {
					t.Errorf("%s %s with %q: %d %v", tt.method, tt.path, asked.token, a.StatusCode, a.Header["Www-Authenticate"])
				}
				if strings.Contains(a.body, token) || strings.Contains(a.body, `"instance"`) {
					t.Errorf("%s", a.body)
				}
			}
		}
	}
}

// Pages follow their links; a marker opens no page of another list.
func TestInventoryPages(t *testing.T) {
	small := func(c *httpserver.Config, _ *httpserver.Dependencies) { c.DefaultPageSize = 10 }
	g := newGateway(t, site(25), small)
	within := "/resourcePools/" + string(poolA) + "/resources"
	for _, base := range []string{inventory1, inventory2} {
		var ids []string
		next, pages := base+within+"?filter=(neq,description,x);(neq,globalAssetId,y)", 0
		for ; next != ""; pages++ {
			a := g.get(next)
			g.wantStatus(a, http.StatusOK)
			ids = append(ids, idsIn(t, a.body)...)
			next, _, _ = strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">")
		}
		if pages != 3 || len(ids) != 25 || !slices.IsSorted(ids) || len(slices.Compact(ids)) != 25 {
			t.Errorf("%s: %d pages, %v", base, pages, ids)
		}
		for page, want := range map[string]int{"1": 10, "2": 10, "3": 5, "4": 0, "002": 10} {
			if got := len(idsIn(t, g.get(base+within+"?nextpage_opaque_marker="+page).body)); got != want {
				t.Errorf("%s: page %s has %d", base, page, got)
			}
		}
		for _, bad := range []string{"0", "-1", "+1", "1.5", "", "!!", "99999999999999999999"} {
			g.wantStatus(g.get(base+within+"?nextpage_opaque_marker="+bad), http.StatusBadRequest)
		}
	}
	_, marker, _ := strings.Cut(g.get(inventory1+within).Header.Get("Link"), "marker=")
	marker, _, _ = strings.Cut(marker, ">")
	g.wantStatus(g.get(inventory1+within+"?all_fields&nextpage_opaque_marker="+marker), http.StatusOK)
	for name, path := range map[string]string{
		"another version": inventory2 + within + "?", "netweave's own": "/o2ims/v1" + within + "?",
		"another list": inventory1 + "/resourcePools?", "another pool": inventory1 + "/resourcePools/" + string(poolB) + "/resources?",
		"another filter": inventory1 + within + "?filter=(neq,description,x)&", "subscriptions": inventory1 + "/subscriptions?",
	} {
		a := g.get(path + "nextpage_opaque_marker=" + marker)
		if want := "nextpage_opaque_marker: this marker belongs to another list, filter or caller; start again without nextpage_opaque_marker"; a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	g.wantStatus(g.get(inventory1+within+"?limit=5"), http.StatusBadRequest) // the standard has no such parameter
	g.wantStatus(g.get(inventory1+within+"?nextpage_opaque_marker=1&nextpage_opaque_marker=2"), http.StatusBadRequest)
}

// Places are paged as everything is, whatever their ids look like.
func TestPagesOfPlaces(t *testing.T) {
	g := newGateway(t, standard(), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.DefaultPageSize = 2 })
	g.clouds.geography = ocloud.Geography{Freshness: inventory.Freshness{Partial: []string{"b"}}}
	for n := range 5 {
		l := ocloud.Location{}
		l.GlobalID, l.Address = fmt.Sprintf("place %d/ü", n), "a"
		g.clouds.geography.Locations = append(g.clouds.geography.Locations, l)
	}
	var ids []string
	for next := inventory2 + "/locations"; next != ""; {
		a := g.get(next)
		g.wantStatus(a, http.StatusOK)
		ids = append(ids, idsIn(t, a.body)...)
		if a.Header.Get("X-Netweave-Partial") != "b" {
			t.Errorf("%v", a.Header)
		}
		next, _, _ = strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">")
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != 5 || ids[4] != "place 4/ü" {
		t.Errorf("%q", ids)
	}
	g.wantStatus(g.get(inventory2+"/locations/place%204%2F%C3%BC"), http.StatusOK)
	g.clouds.err = inventory.ErrNotSynced
	for _, path := range []string{"/locations", "/locations/x", "/oCloudSites", "/oCloudSites/" + string(siteA)} {
		g.wantStatus(g.get(inventory2+path), http.StatusServiceUnavailable)
	}
}

// A marker is its tenant's: another's opens nothing with it.
func TestInventoryMarkersOfAnotherTenant(t *testing.T) {
	s := standard()
	for n := range 12 {
		for _, tenant := range []string{"smo-alpha", "smo-beta"} {
			h := head(o2.DeriveID(tenant, fmt.Sprint(n)), "pool", "")
			h.Tenant = tenant
			s.put(&o2.ResourcePool{Header: h})
		}
	}
	token := func(text, tenant string) authn.Token {
		return authn.Token{SHA256: sha256.Sum256([]byte(text)), User: "smo", Tenant: tenant}
	}
	g := newGateway(t, s, func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.AllowAnonymous, c.DefaultPageSize = false, 1
		c.Identity = authn.Config{Tenancy: true, Tokens: []authn.Token{token("alpha", "smo-alpha"), token("beta", "smo-beta")}}
	})
	for _, path := range []string{
		inventory1 + "/resourcePools", inventory2 + "/resourcePools?filter=(eq,name,pool)", inventory2 + "/locations", inventory2 + "/oCloudSites",
	} {
		first := g.get(path, "Authorization: Bearer alpha")
		next, _, _ := strings.Cut(strings.TrimPrefix(first.Header.Get("Link"), "<"), ">")
		if next == "" {
			t.Fatalf("%s: %d %s", path, first.StatusCode, first.body)
		}
		g.wantStatus(g.get(next, "Authorization: Bearer alpha"), http.StatusOK)
		a := g.get(next, "Authorization: Bearer beta")
		if want := "nextpage_opaque_marker: this marker belongs to another list, filter or caller; start again without nextpage_opaque_marker"; a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
		}
	}
}
