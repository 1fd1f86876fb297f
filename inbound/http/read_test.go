package httpserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/inventory"
)

const edgePool = `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge",` +
	`"location":"site-a","oCloudId":"ocloud-1","extensions":{"nativeId":"ms/edge","replicas":3}}`

const corePool = `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000002","name":"core","description":"the core",` +
	`"location":"site-b","oCloudId":"ocloud-1","extensions":{"nativeId":"ms/core","replicas":1}}`

func TestObjectsAndLists(t *testing.T) {
	g := newGateway(t, site(1))
	tests := []struct{ path, want string }{
		{"/o2ims/v1/resourcePools", `{"items":[` + edgePool + `,` + corePool + `]}`},
		{"/o2ims/v1/resourcePools/", `{"items":[` + edgePool + `,` + corePool + `]}`},
		{"/o2ims/v1/resourcePools/" + string(poolA), edgePool},
		{"/o2ims/v1/resourcePools/" + strings.ToUpper(string(poolA)), edgePool},
		{"/o2ims/v1/resourcePools/" + string(poolA) + "/", edgePool},
		{"/o2ims/v1/resourcePools/%61" + string(poolA)[1:], edgePool},
		{
			"/o2ims/v1/deploymentManagers/" + string(manager),
			`{"deploymentManagerId":"cccccccc-0000-4000-8000-000000000001","name":"cluster-a","description":"the cluster-a",` +
				`"oCloudId":"ocloud-1","serviceUri":"https://cluster-a.example.com:6443","supportedLocations":["site-a"],` +
				`"capabilities":{},"capacity":{"nodes":3},"extensions":{}}`,
		},
		{
			"/o2ims/v1/resourceTypes/" + string(typeA),
			`{"resourceTypeId":"bbbbbbbb-0000-4000-8000-000000000001","name":"m5.large","description":"the m5.large",` +
				`"vendor":"acme","model":"m5","version":"1","resourceKind":"UNDEFINED","resourceClass":"UNDEFINED","extensions":{}}`,
		},
		{
			"/o2ims/v1/resources",
			`{"items":[{"resourceId":"eeeeeeee-0000-4000-8000-000000000000","resourceTypeId":"bbbbbbbb-0000-4000-8000-000000000001",` +
				`"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"node-0","description":"the node-0","tags":["edge"],` +
				`"extensions":{"nativeId":"node/x","zone":"z1"}}]}`,
		},
		{"/o2ims/v1/resourcePools/" + string(poolB) + "/resources", `{"items":[]}`},
		{"/o2ims/v1/resourcePools?filter=(eq,name,core)", `{"items":[` + corePool + `]}`},
		{"/o2ims/v1/resourcePools?filter=(eq,location,site-b);(neq,name,edge)", `{"items":[` + corePool + `]}`},
		{"/o2ims/v1/resourcePools?filter=(gt,extensions/replicas,2)&fields=extensions/replicas",
			`{"items":[{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge",` +
				`"oCloudId":"ocloud-1","extensions":{"replicas":3}}]}`},
		{"/o2ims/v1/resourcePools/" + string(poolA) + "?exclude_fields=extensions,location",
			`{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge","oCloudId":"ocloud-1"}`},
		{"/o2ims/v1/resourcePools/" + string(poolA) + "?all_fields", edgePool},
		{"/o2ims/v1/resourcePools/" + string(poolA) + "?exclude_default=x", edgePool},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			a := g.get(tt.path)
			g.wantStatus(a, http.StatusOK)
			if a.body != tt.want {
				t.Errorf("got  %s\nwant %s", a.body, tt.want)
			}
			if got := a.Header.Get("Content-Length"); got != strconv.Itoa(len(tt.want)) {
				t.Errorf("Content-Length %s, want %d", got, len(tt.want))
			}
			if got := a.Header.Get("Cache-Control"); got != "private, no-cache" {
				t.Errorf("Cache-Control %q", got)
			}
			head := g.do(http.MethodHead, tt.path, "")
			g.wantStatus(head, http.StatusOK)
			for _, name := range []string{"Etag", "Content-Length", "Content-Type", "Age"} {
				if got, want := head.Header.Get(name), a.Header.Get(name); got != want {
					t.Errorf("HEAD: %s %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestPagesFollowTheirLinks(t *testing.T) {
	for _, external := range []string{"", "https://o2.example.com/gw/"} {
		g := newGateway(t, site(25), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = external })
		next := `/o2ims/v1/resourcePools/` + string(poolA) + `/resources?limit=10&filter=(eq,tags,edge);(neq,name,node-7)&fields=name`
		var names []string
		pages := 0
		for next != "" {
			a := g.get(next)
			g.wantStatus(a, http.StatusOK)
			names = append(names, namesIn(t, a.body)...)
			pages++
			next = ""
			if link := a.Header.Get("Link"); link != "" {
				uri, ok := strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
				path, absolute := strings.CutPrefix(uri, strings.TrimSuffix(external, "/"))
				if !ok || !absolute || !strings.Contains(path, "filter=(eq,tags,edge);(neq,name,node-7)&") {
					t.Fatalf("Link %q", link)
				}
				next = path
			}
		}
		var want []string
		for n := range 25 {
			if n != 7 {
				want = append(want, fmt.Sprintf("node-%d", n))
			}
		}
		if pages != 3 || strings.Join(names, " ") != strings.Join(want, " ") {
			t.Errorf("%d pages: %v", pages, names)
		}
	}
}

func TestPageNumbersAndMarkers(t *testing.T) {
	g := newGateway(t, site(25))
	a := g.get("/o2ims/v1/resources?limit=10&nextpage_opaque_marker=3&fields=name")
	if got := strings.Join(namesIn(t, a.body), " "); got != "node-20 node-21 node-22 node-23 node-24" {
		t.Errorf("page 3: %s", got)
	}
	link := g.get("/o2ims/v1/resources?limit=10").Header.Get("Link")
	marker := strings.TrimSuffix(link[strings.Index(link, "marker=")+len("marker="):], `>; rel="next"`)
	escaped := g.get("/o2ims/v1/resources?nextpage%5Fopaque_marker=1&limit=10").Header.Get("Link")
	if escaped != link {
		t.Errorf("a marker by its escaped name stays in the link: %q, want %q", escaped, link)
	}
	for name, path := range map[string]string{
		"another list":   "/o2ims/v1/resourcePools?nextpage_opaque_marker=" + marker,
		"another filter": "/o2ims/v1/resources?filter=(eq,name,x)&nextpage_opaque_marker=" + marker,
		"garbage":        "/o2ims/v1/resources?nextpage_opaque_marker=%21%21",
		"zero":           "/o2ims/v1/resources?nextpage_opaque_marker=0",
	} {
		a := g.get(path)
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(a.detail(t), "start again without nextpage_opaque_marker") {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	g.wantStatus(g.get("/o2ims/v1/resources?limit=5&nextpage_opaque_marker="+marker), http.StatusOK)
}

func TestDefaultPageSize(t *testing.T) {
	g := newGateway(t, site(12), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.DefaultPageSize, c.MaxPageSize = 5, 8 })
	a := g.get("/o2ims/v1/resources")
	if got := namesIn(t, a.body); len(got) != 5 || a.Header.Get("Link") == "" {
		t.Errorf("%d items, Link %q", len(got), a.Header.Get("Link"))
	}
	a = g.get("/o2ims/v1/resources?limit=9")
	g.wantStatus(a, http.StatusBadRequest)
	if got, want := a.detail(t), "limit: want a number from 1 to 8"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLongListIsWhole(t *testing.T) {
	const count = 3000 // several times the size that is sent in one piece
	g := newGateway(t, site(count))
	a := g.get("/o2ims/v1/resources?limit=10000")
	g.wantStatus(a, http.StatusOK)
	if got := len(namesIn(t, a.body)); got != count {
		t.Errorf("%d items", got)
	}
	if got := a.Header.Get("Content-Length"); got != strconv.Itoa(len(a.body)) {
		t.Errorf("Content-Length %s, body %d", got, len(a.body))
	}
	a = g.get("/o2ims/v1/resources?limit=10000&exclude_fields=tags")
	if got := len(namesIn(t, a.body)); got != count || strings.Contains(a.body, "tags") {
		t.Errorf("%d items", got)
	}
}

func TestFreshness(t *testing.T) {
	s := site(1)
	g := newGateway(t, s)
	tests := []struct {
		name                      string
		freshness                 inventory.Freshness
		age, warning, stale, part string
	}{
		{"current", inventory.Freshness{}, "0", "", "", ""},
		{"a while ago", inventory.Freshness{Age: 61900 * time.Millisecond}, "61", "", "", ""},
		{
			"stale", inventory.Freshness{Age: time.Hour, Stale: []string{"a", "b"}},
			"3600", `110 netweave "response is stale"`, "a, b", "",
		},
		{"partial", inventory.Freshness{Partial: []string{"c"}}, "0", "", "", "c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.freshness = tt.freshness
			for _, path := range []string{"/o2ims/v1/resources", "/o2ims/v1/resources/" + string(resourceID(0))} {
				tag := g.get(path).Header.Get("Etag")
				for _, a := range []answer{g.get(path), g.get(path, "If-None-Match: "+tag)} {
					got := []string{
						a.Header.Get("Age"), a.Header.Get("Warning"),
						a.Header.Get("X-Netweave-Stale"), a.Header.Get("X-Netweave-Partial"),
					}
					if want := []string{tt.age, tt.warning, tt.stale, tt.part}; strings.Join(got, "|") != strings.Join(want, "|") {
						t.Errorf("%s: %d: got %q, want %q", path, a.StatusCode, got, want)
					}
				}
			}
		})
	}
}

func namesIn(t *testing.T, body string) []string {
	t.Helper()
	var list struct{ Items []struct{ Name string } }
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatalf("%v in %.200q", err, body)
	}
	names := make([]string, len(list.Items))
	for i, item := range list.Items {
		names[i] = item.Name
	}
	return names
}
