package httpserver_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/inbound/http/o2imsv2"
	"github.com/netweave/netweave/ports/tenancy"
)

// A route without its document, or the reverse, fails here.
func TestRoutesAndDocumentsAgree(t *testing.T) {
	g := newGateway(t, site(0))
	var routed, documented []string
	err := chi.Walk(g.server.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routed = append(routed, method+" "+route)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range g.docs {
		for path, item := range doc.Paths.Map() {
			for method := range item.Operations() {
				documented = append(documented, method+" "+path)
			}
		}
	}
	slices.Sort(routed)
	slices.Sort(documented)
	for _, r := range routed {
		if !slices.Contains(documented, r) {
			t.Errorf("%s is served but in no document", r)
		}
	}
	for _, d := range documented {
		if !slices.Contains(routed, d) {
			t.Errorf("%s is in a document but not served", d)
		}
	}
	if len(routed) < 47 {
		t.Errorf("only %d routes: %v", len(routed), routed)
	}
}

// The examples of the documents are held against their schemas when they are
// loaded; this holds the parameters against what the handlers take.
func TestDocumentedQueryParametersAreTaken(t *testing.T) {
	g := newGateway(t, site(1))
	values := map[string]string{
		"filter": "filter=(neq,description,x)", "all_fields": "all_fields", "fields": "fields=description",
		"exclude_fields": "exclude_fields=extensions", "exclude_default": "exclude_default", "limit": "limit=7",
		"nextpage_opaque_marker": "nextpage_opaque_marker=1", "after": "after=3",
		"tenantId": "tenantId=smo-alpha", "userId": "userId=alice", "action": "action=create", "resource": "resource=Tenant",
		"resourceType": "resourceType=ResourceType", "create": `create={"name":"p"}`,
		"pageSize": "pageSize=7", "page": "page=1", "sort": "sort=-name", "q": "q=edge",
		"name": "name=edge&name=core", "description": "description=x", "oCloudId": "oCloudId=o", "serviceUri": "serviceUri=u",
		"supportedLocations": "supportedLocations=site-a", "location": "location=site-a", "globalLocationId": "globalLocationId=g",
		"tags": "tags=edge", "createdAt": "createdAt=2026-01-31T12:00:00Z", "updatedAt": "updatedAt=2026-01-31T12:00:00Z",
		"health/status": "health/status=healthy", "status/state": "status/state=active", "globalAssetId": "globalAssetId=a",
		"vendor": "vendor=v", "model": "model=m", "version": "version=1", "resourceKind": "resourceKind=LOGICAL",
		"resourceClass": "resourceClass=COMPUTE", "callback": "callback=https://x", "consumerSubscriptionId": "consumerSubscriptionId=c",
		"resourcePoolName": "resourcePoolName=edge", "resourceTypeName": "resourceTypeName=m5.large",
		"eventType": "eventType=created", "objectType": "objectType=Resource",
		"result": "result=denied", "from": "from=2026-01-31T00:00:00Z", "until": "until=2026-02-01T00:00:00%2B01:00",
	}
	ids := map[string]string{
		"{deploymentManagerId}": string(manager), "{resourcePoolId}": string(poolA),
		"{resourceId}": string(resourceID(0)), "{resourceTypeId}": string(typeA),
		"{alarmEventRecordId}": string(alarmID(0)), "{probableCauseId}": string(o2.ProbableCauseID("Timeout")),
		"{alarmDictionaryId}": string(o2.AlarmDictionaryID(typeA)), "{globalLocationId}": "location-a", "{oCloudSiteId}": string(siteA),
		"{tenantId}": "smo-alpha", "{userId}": "alice", "{roleName}": "viewer", "{adapterName}": "lab",
	}
	g.known.putTenant("smo-alpha", tenancy.TenantSpec{Status: o2.TenantActive})
	g.known.putUser("smo-alpha", "alice", tenancy.UserSpec{})
	surfaces := []string{o2imsv1.Surface, inventoryv1.Surface, inventoryv2.Surface, monitoringv1.Surface, o2imsv2.Surface} // the first one's dead letters are administered
	for n, surface := range surfaces {
		g.subs.put(&o2.Subscription{ID: subscriptionID(n), Callback: "https://smo.example.com/", Surface: surface, Tenant: scope.DefaultTenant})
	}
	bases := []string{o2imsv1.Base, inventoryv1.Base, inventoryv2.Base, monitoringv1.Base, o2imsv2.Base}
	spelled := map[string]*strings.Replacer{
		"/o2ims/v2/subscriptions": strings.NewReplacer("description", "callback", "name", "callback", "extensions", "status"),
		"/events":                 strings.NewReplacer("description", "eventType", "name", "eventType", "extensions", "postState"),
		"subscriptions":           strings.NewReplacer("description", "callback", "extensions", "filter"),
		"alarmDictionar":          strings.NewReplacer("description", "vendor", "extensions", "alarmDefinition"),
		"alarmSubscriptions":      strings.NewReplacer("description", "callback", "extensions", "filter"),
		"/v1/alarms":              strings.NewReplacer("(neq,description,x)", "(neq,perceivedSeverity,7)", "description", "extensions/name"),
		"alarmService":            strings.NewReplacer("description", "extensions"),
		"probableCauses":          strings.NewReplacer("extensions", "name"),
	}
	g.alarms.put(alarm(0))
	g.dead.of = subscriptionID(0)
	for _, name := range []string{"deploymentManagerId", "resourcePoolId", "resourceId", "resourceTypeId", "parentId", "subscriptionId", "objectId"} {
		values[name] = name + "=" + absent
	}
	templates := map[string]*openapi3.PathItem{}
	for _, doc := range g.docs[:len(httpserver.Versions())] {
		maps.Copy(templates, doc.Paths.Map())
	}
	for template, item := range templates {
		if item.Get == nil {
			continue
		}
		under := slices.IndexFunc(bases, func(base string) bool { return strings.HasPrefix(template, base+"/") })
		path := strings.NewReplacer("{subscriptionId}", string(subscriptionID(max(under, 0))), "{alarmSubscriptionId}", string(subscriptionID(max(under, 0)))).Replace(template)
		for name, id := range ids {
			path = strings.ReplaceAll(path, name, id)
		}
		for _, p := range slices.Concat(item.Parameters, item.Get.Parameters) {
			if p.Value.In != "query" {
				continue
			}
			query, ok := values[p.Value.Name]
			if !ok {
				t.Errorf("%s: no value for parameter %s here", template, p.Value.Name)
			}
			for of, names := range spelled {
				if strings.Contains(path, of) {
					query = names.Replace(query)
				}
			}
			g.wantStatus(g.get(path+"?"+query), http.StatusOK)
		}
	}
}

func TestNewRefusesWhatCannotBeServed(t *testing.T) {
	for name, c := range map[string]httpserver.Config{
		"maximum below default": {DefaultPageSize: 10, MaxPageSize: 5},
		"negative default":      {DefaultPageSize: -1},
		"no scheme":             {ExternalURL: "o2.example.com"},
		"another scheme":        {ExternalURL: "ftp://o2.example.com"},
		"a query":               {ExternalURL: "https://o2.example.com?x=1"},
		"no URL":                {ExternalURL: "https://%zz"},
	} {
		if _, err := httpserver.New(c, httpserver.Dependencies{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
