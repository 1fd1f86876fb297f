package httpserver_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/versions"
)

func date(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const guide = "https://docs.netweave.io/migration/v1-to-v2"

func deprecating(t *testing.T, since, sunset, guide string) option {
	d := versions.Deprecation{Since: date(t, since), Guide: guide}
	if sunset != "" {
		d.Sunset = date(t, sunset)
	}
	return func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.Deprecated = map[string]versions.Deprecation{"o2ims/v1": d}
	}
}

// announced are an answer's headers about its version's end.
func announced(a answer) string {
	var list []string
	for _, name := range []string{"X-API-Deprecated", "X-API-Deprecation-Date", "X-API-Sunset-Date", "X-API-Migration-Guide", "Deprecation", "Sunset", "Link"} {
		for _, v := range a.Header[name] {
			list = append(list, name+": "+v)
		}
	}
	return strings.Join(list, "\n")
}

const inFull = "X-API-Deprecated: true\nX-API-Deprecation-Date: 2026-07-01\nX-API-Sunset-Date: 2027-01-01\n" +
	"X-API-Migration-Guide: " + guide + "\nDeprecation: @1782864000\nSunset: Fri, 01 Jan 2027 00:00:00 GMT"

const links = "\nLink: <" + guide + `>; rel="deprecation"` + "\nLink: <" + guide + `>; rel="sunset"`

// Every answer of a deprecated version says so, whatever it is, and keeps its own
// links.
func TestDeprecatedVersionsSaySo(t *testing.T) {
	g := newGateway(t, site(3), deprecating(t, "2026-07-01", "2027-01-01", guide))
	pool := "/o2ims/v1/resourcePools/" + string(poolA)
	for name, tt := range map[string]struct {
		answer answer
		status int
		link   string
	}{
		"object":           {g.get(pool), 200, ""},
		"head":             {g.do(http.MethodHead, pool, ""), 200, ""},
		"trailing slash":   {g.get(pool + "/"), 200, ""},
		"list":             {g.get("/o2ims/v1/resources"), 200, ""},
		"page":             {g.get("/o2ims/v1/resourcePools?limit=1"), 200, "\nLink: "},
		"compressed":       {g.get("/o2ims/v1/resources", "Accept-Encoding: gzip"), 200, ""},
		"created":          {g.do(http.MethodPost, "/o2ims/v1/resourcePools", `{"name":"p"}`), 201, ""},
		"bad body":         {g.do(http.MethodPost, "/o2ims/v1/resourcePools", `{`), 400, ""},
		"bad filter":       {g.get("/o2ims/v1/resources?filter=x"), 400, ""},
		"no such object":   {g.get("/o2ims/v1/resourcePools/" + absent), 404, ""},
		"no such path":     {g.get("/o2ims/v1/nothing"), 404, ""},
		"the base":         {g.get("/o2ims/v1"), 404, ""},
		"no such method":   {g.do(http.MethodPatch, pool, "{}"), 405, ""},
		"long header":      {g.get(pool, "A: "+strings.Repeat("x", 70000)), 431, ""},
		"not acceptable":   {g.get(pool, "Accept: application/xml"), 406, ""},
		"deleted, no body": {g.do(http.MethodDelete, "/o2ims/v1/resourcePools/"+string(poolB), ""), 204, ""},
		"subscriptions":    {g.get("/o2ims/v1/subscriptions"), 200, ""},
	} {
		if tt.answer.StatusCode != tt.status {
			t.Errorf("%s: %d %s", name, tt.answer.StatusCode, tt.answer.body)
		}
		got, own := announced(tt.answer), ""
		if tt.link != "" {
			var paged bool
			own, _, paged = strings.Cut(strings.TrimPrefix(got, inFull), links)
			if !paged || !strings.Contains(own, `rel="next"`) {
				t.Errorf("%s: its own link is lost: %s", name, got)
			}
		}
		if got != inFull+own+links {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, inFull+own+links)
		}
	}
	held := g.get(pool).Header.Get("Etag")
	if a := g.get(pool, "If-None-Match: "+held); a.StatusCode != http.StatusNotModified || announced(a) != inFull+links {
		t.Errorf("not modified: %d %s", a.StatusCode, announced(a))
	}
}

func TestOnlyDeprecatedVersionsSaySo(t *testing.T) {
	g := newGateway(t, site(1), deprecating(t, "2026-07-01", "2027-01-01", guide))
	for _, path := range []string{"/admin/v1/tenants", "/o2ims", "/o2ims/v11/resources", "/o2ims/v2/nothing", "/healthz", "/docs", "/nothing", "/"} {
		if got := announced(g.get(path)); got != "" {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := announced(newGateway(t, site(1)).get("/o2ims/v1/resources")); got != "" {
		t.Errorf("without a deprecation: %s", got)
	}
}

func TestStrangersAndPanicsHearOfDeprecation(t *testing.T) {
	s := site(1)
	s.fault = "planted"
	g := newGateway(t, s, deprecating(t, "2026-07-01", "2027-01-01", guide))
	if a := g.get("/o2ims/v1/resources"); a.StatusCode != http.StatusInternalServerError || announced(a) != inFull+links {
		t.Errorf("panic: %d %s", a.StatusCode, announced(a))
	}
	g = newGateway(t, site(1), deprecating(t, "2026-07-01", "2027-01-01", guide), func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.AllowAnonymous = false
	})
	if a := g.get("/o2ims/v1/resources"); a.StatusCode != http.StatusUnauthorized || announced(a) != inFull+links {
		t.Errorf("stranger: %d %s", a.StatusCode, announced(a))
	}
}

func TestDeprecationsInPart(t *testing.T) {
	for name, tt := range map[string]struct {
		since, sunset, guide string
		headers, status      string
	}{
		"no sunset, no guide": {
			"2026-07-01", "", "",
			"X-API-Deprecated: true\nX-API-Deprecation-Date: 2026-07-01\nDeprecation: @1782864000", `"status":"deprecated"`,
		},
		"no sunset": {
			"2026-07-01", "", guide,
			"X-API-Deprecated: true\nX-API-Deprecation-Date: 2026-07-01\nX-API-Migration-Guide: " + guide +
				"\nDeprecation: @1782864000\nLink: <" + guide + `>; rel="deprecation"`, `"status":"deprecated"`,
		},
		"yet to come": {
			"2999-07-01", "", "",
			"X-API-Deprecation-Date: 2999-07-01\nDeprecation: @32487782400", `"status":"current"`,
		},
		"over": {
			"2020-07-01", "2021-01-01", "",
			"X-API-Deprecated: true\nX-API-Deprecation-Date: 2020-07-01\nX-API-Sunset-Date: 2021-01-01\n" +
				"Deprecation: @1593561600\nSunset: Fri, 01 Jan 2021 00:00:00 GMT", `"status":"sunset"`,
		},
	} {
		g := newGateway(t, site(1), deprecating(t, tt.since, tt.sunset, tt.guide))
		a := g.get("/o2ims/v1/resources")
		g.wantStatus(a, http.StatusOK)
		if got := announced(a); got != tt.headers {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, tt.headers)
		}
		if got := g.get("/o2ims").body; !strings.Contains(got, tt.status) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What is announced changes while the gateway runs.
func TestDeprecate(t *testing.T) {
	g := newGateway(t, site(1))
	g.server.Deprecate(map[string]versions.Deprecation{
		"o2ims/v1": {Since: date(t, "2026-07-01"), Sunset: date(t, "2027-01-01"), Guide: guide}, "o2ims/v99": {Since: date(t, "2026-07-01")},
	})
	if got := announced(g.get("/o2ims/v1/resources")); got != inFull+links {
		t.Errorf("got %s", got)
	}
	g.server.Deprecate(nil)
	if got := announced(g.get("/o2ims/v1/resources")); got != "" {
		t.Errorf("taken back: %s", got)
	}
}

func TestSupportMatrix(t *testing.T) {
	const external = "https://o2.example.com/gw"
	g := newGateway(t, site(0), deprecating(t, "2026-07-01", "2027-01-01", guide), func(c *httpserver.Config, _ *httpserver.Dependencies) {
		c.ExternalURL = external + "/"
	})
	const want = `{"versions":[{"name":"o2ims/v1","api":"o2ims","version":"v1","title":"netweave O2-IMS v1","base":"/o2ims/v1",` +
		`"status":"deprecated","releasedAt":"2026-01-01","deprecatedAt":"2026-07-01","sunsetAt":"2027-01-01","migrationGuide":"` + guide +
		`","documents":{"yaml":"` + external + `/docs/openapi/o2ims-v1.yaml","json":"` + external + `/docs/openapi/o2ims-v1.json"},` +
		`"reference":"` + external + `/docs/o2ims-v1"},`
	a := g.get("/o2ims")
	g.wantStatus(a, http.StatusOK)
	if !strings.HasPrefix(a.body, want) {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	for _, v := range httpserver.Versions() {
		if !strings.Contains(a.body, `"name":"`+v.Name()+`"`) {
			t.Errorf("%s is not in %s", v.Name(), a.body)
		}
	}
	g.wantStatus(g.get("/o2ims/"), http.StatusOK)
	g.wantStatus(g.do(http.MethodPost, "/o2ims", "{}"), http.StatusMethodNotAllowed)
}

// A version that is not deprecated pays nothing for those that are, and nobody
// pays where none is.
func TestAnnouncingCostsNothing(t *testing.T) {
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	m := versions.NewMatrix("", httpserver.Versions())
	h := m.Announce(next)
	w := &nowhere{header: http.Header{}}
	r, err := http.NewRequest(http.MethodGet, "http://localhost/admin/v1/tenants", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, deprecated := range []map[string]versions.Deprecation{nil, {"o2ims/v1": {Since: date(t, "2026-07-01"), Guide: guide}}} {
		m.Deprecate(deprecated)
		if allocated := testing.AllocsPerRun(100, func() { h.ServeHTTP(w, r) }); allocated != 0 || len(w.header) != 0 {
			t.Errorf("%d deprecated: %v allocations, %v", len(deprecated), allocated, w.header)
		}
	}
}

// Names and labels are what configurations, metrics and addresses have: each once.
func TestVersionsHaveNamesOfTheirOwn(t *testing.T) {
	var seen []string
	for _, v := range httpserver.Versions() {
		for _, name := range []string{v.Base, v.Label, v.Title} {
			if name == "" || slices.Contains(seen, name) {
				t.Errorf("%+q is there twice, or empty", name)
			}
			seen = append(seen, name)
		}
		if strings.ContainsFunc(v.Label, func(c rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", c) }) {
			t.Errorf("%s: the label is no part of an address", v.Label)
		}
		if v.Released != "" {
			date(t, v.Released)
		}
	}
}
