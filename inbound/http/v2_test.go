package httpserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/inventory"
)

const (
	v2Pools     = "/o2ims/v2/resourcePools"
	v2Resources = "/o2ims/v2/resources"
)

// edgeV2 is the pool of which everything is known.
const edgeV2 = `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge","location":"site-a",` +
	`"oCloudId":"ocloud-1","health":{"status":"degraded","availableCapacity":12.35,"utilization":80},` +
	`"metrics":{"cpuUsagePercent":45.21,"cpuUsageBasis":"usage","memoryUsagePercent":75,"memoryUsageBasis":"requests","nodeCount":10,"healthyNodeCount":9},` +
	`"tags":["production","gpu-enabled"],"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-06T10:30:00.000Z",` +
	`"extensions":{"nativeId":"ms/edge","replicas":3}}`

const coreV2 = `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000002","name":"core","description":"the core","location":"site-b",` +
	`"oCloudId":"ocloud-1","health":{"status":"unknown"},"metrics":{},"tags":[],"extensions":{"nativeId":"ms/core","replicas":1}}`

// furnished is a site whose pool edge has all that a backend can tell.
func furnished(resourceCount int) *stock {
	s := site(resourceCount)
	s.put(&o2.ResourcePool{
		Header: head(poolA, "edge", `{"nativeId":"ms/edge","replicas":3}`), OCloudID: "ocloud-1", Location: "site-a",
		Tags:      []string{"production", "gpu-enabled"},
		CreatedAt: time.Date(2026, 1, 1, 1, 0, 0, 0, time.FixedZone("CET", 3600)), UpdatedAt: time.Date(2026, 1, 6, 10, 30, 0, 0, time.UTC),
		Health: &o2.PoolHealth{Status: o2.HealthDegraded, AvailableCapacity: 12.345, Utilization: 80},
		Metrics: &o2.PoolMetrics{
			At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), CPUCapacity: 320, CPURequested: 200, CPUUsed: 144.672,
			MemoryCapacity: 1 << 40, MemoryRequested: 3 << 38, MemoryUsed: -1, Nodes: 10, HealthyNodes: 9,
		},
	})
	return s
}

func TestV2Shapes(t *testing.T) {
	g := newGateway(t, furnished(1))
	page := func(total int) string { return fmt.Sprintf(`"pagination":{"totalCount":%d,"pageSize":100}}`, total) }
	for path, want := range map[string]string{
		v2Pools + "/" + string(poolA): edgeV2,
		v2Pools:                       `{"items":[` + edgeV2 + `,` + coreV2 + `],` + page(2),
		v2Pools + "?filter=(eq,health/status,degraded)":                                                       `{"items":[` + edgeV2 + `],` + page(1),
		v2Pools + "?health/status=unknown":                                                                    `{"items":[` + coreV2 + `],` + page(1),
		v2Pools + "?filter=(gt,metrics/nodeCount,9)&fields=health/status":                                     `{"items":[{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge","oCloudId":"ocloud-1","health":{"status":"degraded"}}],` + page(1),
		v2Pools + "?filter=(lt,createdAt,2026-01-02T00:00:00Z)&exclude_fields=health,metrics,tags,extensions": `{"items":[{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge","location":"site-a","oCloudId":"ocloud-1","createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-06T10:30:00.000Z"}],` + page(1),
		v2Pools + "?tags=gpu-enabled&exclude_fields=health,metrics,extensions,createdAt,updatedAt,location":   `{"items":[{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","description":"the edge","oCloudId":"ocloud-1","tags":["production","gpu-enabled"]}],` + page(1),
		v2Pools + "/" + string(poolB) + "/resources":                                                          `{"items":[],` + page(0),
		"/o2ims/v2/deploymentManagers?fields=name":                                                            `{"items":[{"deploymentManagerId":"cccccccc-0000-4000-8000-000000000001","name":"cluster-a","description":"the cluster-a","oCloudId":"ocloud-1","serviceUri":"https://cluster-a.example.com:6443"}],` + page(1),
		"/o2ims/v2/resourceTypes?fields=name&q=M5.Large":                                                      `{"items":[{"resourceTypeId":"bbbbbbbb-0000-4000-8000-000000000001","name":"m5.large","description":"the m5.large","vendor":"acme","model":"m5","version":"1","resourceKind":"UNDEFINED","resourceClass":"UNDEFINED"}],` + page(1),
		v2Pools + "/" + string(poolA) + "/metrics": `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","name":"edge","measuredAt":"2026-01-31T12:00:00.000Z",` +
			`"health":{"status":"degraded","availableCapacity":12.35,"utilization":80},` +
			`"cpu":{"unit":"cores","capacity":320,"requested":200,"used":144.67,"requestedPercent":62.5,"usedPercent":45.21},` +
			`"memory":{"unit":"bytes","capacity":1099511627776,"requested":824633720832,"requestedPercent":75},"nodeCount":10,"healthyNodeCount":9}`,
		v2Pools + "/" + string(poolB) + "/metrics": `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000002","name":"core","health":{"status":"unknown"},"cpu":{"unit":"cores"},"memory":{"unit":"bytes"}}`,
	} {
		a := g.get(path)
		if a.StatusCode != http.StatusOK || a.body != want {
			t.Errorf("%s: %d\ngot  %s\nwant %s", path, a.StatusCode, a.body, want)
		}
		if held := g.get(path, "If-None-Match: "+a.Header.Get("Etag")); held.StatusCode != http.StatusNotModified {
			t.Errorf("%s: held, it is answered by %d", path, held.StatusCode)
		}
	}
	if one, two := g.get("/o2ims/v1/resourcePools/"+string(poolA)), g.get(v2Pools+"/"+string(poolA)); one.Header.Get("Etag") == two.Header.Get("Etag") {
		t.Error("the shapes of two versions have one tag")
	}
}

// listV2 is a list as its readers see it.
type listV2 struct {
	Items      []struct{ Name string }
	Pagination struct {
		TotalCount, PageSize int
		NextPage             *string
	}
}

func readV2(t *testing.T, body string) (names []string, l listV2) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatalf("%v in %.200q", err, body)
	}
	for _, item := range l.Items {
		names = append(names, item.Name)
	}
	return names, l
}

func TestV2PagesFollowNextPage(t *testing.T) {
	for _, external := range []string{"", "https://o2.example.com/gw"} {
		g := newGateway(t, furnished(25), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = external })
		next := v2Pools + "/" + string(poolA) + `/resources?page=1&pageSize=10&sort=-name&filter=(neq,name,node-7)&fields=name`
		var names []string
		for pages := 1; ; pages++ {
			a := g.get(next)
			g.wantStatus(a, http.StatusOK)
			some, l := readV2(t, a.body)
			names = append(names, some...)
			if l.Pagination.TotalCount != 24 || l.Pagination.PageSize != 10 {
				t.Errorf("page %d: %+v", pages, l.Pagination)
			}
			link := a.Header.Get("Link")
			if l.Pagination.NextPage == nil {
				if link != "" || pages != 3 {
					t.Errorf("page %d is the last, with the link %q", pages, link)
				}
				break
			}
			if link != "<"+*l.Pagination.NextPage+`>; rel="next"` {
				t.Errorf("nextPage %s and Link %s", *l.Pagination.NextPage, link)
			}
			path, ok := strings.CutPrefix(*l.Pagination.NextPage, external)
			if !ok || strings.Contains(path, "page=") {
				t.Fatalf("nextPage %s", *l.Pagination.NextPage)
			}
			next = path
		}
		var want []string
		for n := range 25 {
			if n != 7 {
				want = append(want, fmt.Sprint("node-", n))
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		if !slices.Equal(names, want) {
			t.Errorf("got  %v\nwant %v", names, want)
		}
	}
}

func TestV2Lists(t *testing.T) {
	s := furnished(6)
	s.put(&o2.Resource{Header: head(resourceID(90), "gpu-1", `{"zone":"z2","serial":"SN-77"}`), ResourceTypeID: typeA, ResourcePoolID: poolB, Tags: []string{"gpu"}})
	s.put(&o2.Resource{Header: head(resourceID(91), "gpu-2", `{"zone":"z2"}`), ResourcePoolID: poolB, GlobalAssetID: "urn:7"})
	g := newGateway(t, s)
	for query, want := range map[string]string{
		"":                              "node-0 node-1 node-2 node-3 node-4 node-5 gpu-1 gpu-2",
		"sort=name":                     "gpu-1 gpu-2 node-0 node-1 node-2 node-3 node-4 node-5",
		"sort=-resourcePoolId,-name":    "gpu-2 gpu-1 node-5 node-4 node-3 node-2 node-1 node-0",
		"sort=globalAssetId,-name":      "gpu-2 node-5 node-4 node-3 node-2 node-1 node-0 gpu-1",
		"sort=-name&page=2&pageSize=3":  "node-2 node-1 node-0",
		"page=3&pageSize=3":             "gpu-1 gpu-2",
		"page=9&pageSize=3":             "",
		"sort=":                         "node-0 node-1 node-2 node-3 node-4 node-5 gpu-1 gpu-2",
		"name=node-1":                   "node-1",
		"name=node-1&name=gpu-2&name=x": "node-1 gpu-2",
		"name=node-1&tags=gpu":          "",
		"tags=gpu&tags=edge&sort=-name&pageSize=2":                       "node-5 node-4",
		"extensions/zone=z2":                                             "gpu-1 gpu-2",
		"extensions%2Fzone=z2&name=gpu-1":                                "gpu-1",
		"globalAssetId=urn:7":                                            "gpu-2",
		"resourceTypeId=" + strings.ToUpper(string(typeA)) + "&tags=gpu": "gpu-1",
		"q=sn-77":        "gpu-1",
		"q=GPU+the":      "gpu-1 gpu-2",
		"q=zone":         "",
		"q=+&name=gpu-1": "gpu-1",
		"q=gpu&filter=(eq,extensions/serial,SN-77);(neq,name,x)": "gpu-1",
		"resourcePoolName=core":                                  "gpu-1 gpu-2",
		"resourcePoolName=core&resourcePoolName=edge&q=ode-1":    "node-1",
		"resourcePoolName=nothing":                               "",
		"resourceTypeName=m5.large&resourcePoolName=core":        "gpu-1",
		"resourcePoolName=core&sort=-name&pageSize=1":            "gpu-2",
	} {
		a := g.get(v2Resources + "?" + query)
		g.wantStatus(a, http.StatusOK)
		names, _ := readV2(t, a.body)
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	a := g.get(v2Pools + "/" + string(poolB) + "/resources?resourceTypeName=m5.large")
	if names, l := readV2(t, a.body); strings.Join(names, " ") != "gpu-1" || l.Pagination.TotalCount != 1 {
		t.Errorf("in a pool, by type: %s", a.body)
	}
}

func TestV2WrongQueries(t *testing.T) {
	g := newGateway(t, furnished(3))
	const known = "known are all_fields, exclude_default, exclude_fields, fields, filter, nextpage_opaque_marker, page, pageSize, q, sort"
	_, l := readV2(t, g.get(v2Resources+"?pageSize=1&sort=name").body)
	marker := (*l.Pagination.NextPage)[strings.Index(*l.Pagination.NextPage, "nextpage"):]
	for query, want := range map[string]string{
		"limit=3":                       "limit: unknown parameter; " + known + ", resourcePoolName, resourceTypeName, and the attributes: resourceId, resourceTypeId, resourcePoolId, globalAssetId, parentId, name, description, tags, extensions",
		"sort=tags":                     "sort: attribute tags is not one simple value; a list of Resource is sorted by resourceId, resourceTypeId, resourcePoolId, globalAssetId, parentId, name, description",
		"sort=-created":                 `sort: unknown attribute "created"; a list of Resource is sorted by resourceId, resourceTypeId, resourcePoolId, globalAssetId, parentId, name, description`,
		"page=0":                        "page: want a number from 1 to 1000000000",
		"page=%2B1":                     "page: want a number from 1 to 1000000000",
		"page=1000000001":               "page: want a number from 1 to 1000000000",
		"page=":                         "page: want a number from 1 to 1000000000",
		"page=1&page=2":                 "page: it is given more than once",
		"pageSize=0":                    "pageSize: want a number from 1 to 10000",
		"pageSize=10001":                "pageSize: want a number from 1 to 10000",
		"pageSize=1&pageSize=1":         "pageSize: it is given more than once",
		"q=a&q=b":                       "q: it is given more than once",
		"q=" + strings.Repeat("x", 257): "q: it is longer than 256 bytes",
		"page=1&" + marker:              "page: it cannot go together with nextpage_opaque_marker; give one of them",
		"sort=-name&" + marker:          "nextpage_opaque_marker: this marker belongs to another list, filter or caller; start again without nextpage_opaque_marker",
		marker:                          "nextpage_opaque_marker: this marker belongs to another list, filter or caller; start again without nextpage_opaque_marker",
		"sort=name&q=x&" + marker:       "nextpage_opaque_marker: this marker belongs to another list, filter or caller; start again without nextpage_opaque_marker",
		"extensions=x":                  "extensions: attribute extensions is an object; name what is in it, for example extensions/key",
		"name/first=x":                  `name/first: attribute name has no parts: "name/first" leads nowhere`,
		"resourcePoolId=edge":           `resourcePoolId: "edge" is not a UUID, as resourcePoolId needs: 8-4-4-4-12 hexadecimal digits`,
		"filter=(eq,title,x)":           `filter: unknown attribute "title"; Resource has resourceId, resourceTypeId, resourcePoolId, globalAssetId, parentId, name, description, tags, extensions`,
		"%zz=1":                         `query: the name of parameter 1 has a "%" that two hexadecimal digits do not follow: write a plain "%" as %25`,
	} {
		a := g.get(v2Resources + "?" + query)
		if a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%s: %d\ngot  %s\nwant %s", query, a.StatusCode, a.detail(t), want)
		}
	}
	for path, want := range map[string]int{
		v2Resources + "?pageSize=1&sort=name&" + marker:             http.StatusOK,
		v2Resources + "?pageSize=2&fields=name&sort=name&" + marker: http.StatusOK,
		"/o2ims/v1/resources?" + marker:                             http.StatusBadRequest,
		v2Pools + "/x/resources?sort=x":                             http.StatusBadRequest,
		v2Pools + "/x/resources":                                    http.StatusNotFound,
		v2Pools + "/x/metrics?fields=name":                          http.StatusBadRequest,
		v2Pools + "/x/metrics":                                      http.StatusNotFound,
		v2Pools + "/" + absent + "/metrics":                         http.StatusNotFound,
		v2Pools + "/" + absent + "/events":                          http.StatusNotFound,
		v2Pools + "/x/events":                                       http.StatusNotFound,
		v2Pools + "/x/events?from=yesterday":                        http.StatusBadRequest,
		v2Pools + "/" + string(poolA) + "?sort=name":                http.StatusBadRequest,
	} {
		if a := g.get(path); a.StatusCode != want {
			t.Errorf("%s: %d, want %d: %s", path, a.StatusCode, want, a.body)
		}
	}
}

func TestV2NamesNeedTheirPermission(t *testing.T) {
	g := newGateway(t, furnished(1), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Reader = closed{d.Reader} })
	a := g.get(v2Resources + "?resourcePoolName=edge")
	g.wantStatus(a, http.StatusForbidden)
	g.wantStatus(g.get(v2Resources), http.StatusOK)
}

// FuzzV2List: whatever is asked, an answer that fits the document and no 500; and the
// pages that follow have, together, what the total says.
func FuzzV2List(f *testing.F) {
	for _, seed := range []string{
		"sort=name&pageSize=2", "sort=-name,description&page=2&pageSize=1", "q=node&pageSize=3", "name=node-1&name=x", "tags=edge&sort=-tags",
		"extensions/zone=z1", "sort=%00&q=%ff", "nextpage_opaque_marker=AgAA", "page=-1", "resourcePoolName=edge&sort=-globalAssetId", "fields=name&sort=-resourceId&pageSize=4",
	} {
		f.Add(seed)
	}
	shared := newGateway(f, furnished(11))
	f.Fuzz(func(t *testing.T, rawQuery string) {
		u, err := url.ParseRequestURI(v2Resources + "?" + rawQuery)
		if err != nil || strings.ContainsAny(rawQuery, "# \r\n") {
			return
		}
		g := *shared
		g.t = t
		a := g.get(u.String())
		if a.StatusCode >= http.StatusInternalServerError {
			t.Fatalf("%s: %d %s", rawQuery, a.StatusCode, a.body)
		}
		if a.StatusCode != http.StatusOK || strings.Contains(rawQuery, "page") && !strings.HasPrefix(rawQuery, "pageSize=") {
			return
		}
		_, l := readV2(t, a.body)
		count := len(l.Items)
		for l.Pagination.NextPage != nil {
			var next listV2
			a := g.get(*l.Pagination.NextPage)
			if a.StatusCode != http.StatusOK {
				t.Fatalf("%s: its next page %s: %d %s", rawQuery, *l.Pagination.NextPage, a.StatusCode, a.body)
			}
			if _, next = readV2(t, a.body); len(next.Items) == 0 || next.Pagination.TotalCount != l.Pagination.TotalCount {
				t.Fatalf("%s: then %+v", rawQuery, next.Pagination)
			}
			count += len(next.Items)
			l = next
		}
		if count != l.Pagination.TotalCount {
			t.Errorf("%s: %d objects of %d", rawQuery, count, l.Pagination.TotalCount)
		}
	})
}

// closed is a Reader that lists no pools.
type closed struct{ inventory.Reader }

func (c closed) List(ctx context.Context, sc scope.Scope, q inventory.Query) (inventory.Page, error) {
	if q.Kind == o2.KindResourcePool {
		return inventory.Page{}, authz.ErrDenied
	}
	return c.Reader.List(ctx, sc, q)
}
