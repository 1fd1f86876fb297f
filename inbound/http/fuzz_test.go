package httpserver_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

// Whatever a caller sends: an answer that fits the document, and never a 500.
func FuzzRequest(f *testing.F) {
	for _, seed := range []struct{ method, target, accept, held, body string }{
		{"GET", "/o2ims/v1/resources?filter=(eq,name,'a;b');(in,tags,x,y)&fields=name,extensions/zone&limit=3", "*/*", "*", ""},
		{"GET", "/o2ims/v1/resources?nextpage_opaque_marker=AWx2&limit=1", "", `W/"v1-0", "x`, ""},
		{"HEAD", "/o2ims/v1/resourcePools/aaaaaaaa-0000-4000-8000-000000000001/?all_fields", "a/b;q=0,*/*;q=", "", ""},
		{"GET", "/o2ims/v1/resourcePools/%2e%2e%2f/resources", "", "", ""},
		{"PUT", "/o2ims/v1/resourcePools/aaaaaaaa-0000-4000-8000-000000000001", "", "", `{"name":"x","extensions":{"a":[{"b":null}]}}`},
		{"POST", "/o2ims/v1/resources", "", "", `{"resourcePoolId":"aaaaaaaa-0000-4000-8000-000000000001","resourceTypeId":"x","tags":[1e999]}`},
		{"POST", "/o2ims/v1/resourcePools", "", "", `{"name":"\ud800","name":"x"}`},
		{"POST", "/o2ims/v1/subscriptions", "", "", `{"callback":"https://x.example.com","filter":{"extensions":{"a":1}},"secret":"s"}`},
		{"PUT", "/o2ims/v1/subscriptions/" + string(subscriptionID(0)), "", "", `{"callback":"https://x.example.com","filter":"(eq,name,x)"}`},
		{"GET", "/o2ims/v1/subscriptions?filter=(eq,status/state,active)&fields=status/state", "", "", ""},
		{"GET", "/o2ims/v2/resourcePools?sort=-name&page=2&pageSize=1&health/status=unknown&q=edge", "", "", ""},
		{"GET", "/o2ims/v2/resourcePools/aaaaaaaa-0000-4000-8000-000000000001/events?from=2026-01-31T12:00:00Z", "", "", ""},
		{"POST", "/o2ims/v2/resourcePools/batch", "", "", `{"create":[{"name":"x"},null,[],{"name":1}],"delete":["aaaaaaaa-0000-4000-8000-000000000001","%2F",0]}`},
		{"POST", "/o2ims/v2/subscriptions/batch", "", "", `{"create":[{"callback":"https://x.example.com","filter":{"a":[]}}],"delete":[".."]}`},
		{"POST", "/admin/v1/subscriptions/x/deadLetters/redeliver", "", "", `{"positions":[1]}`},
		{"DELETE", "/admin/v1/subscriptions/" + string(subscriptionID(0)) + "/deadLetters?position=1&position=18446744073709551615", "", "", ""},
		{"GET", inventory1 + "/resourceTypes?filter=(cont,alarmDictionary/alarmDefinition/alarmName,x)&exclude_fields=alarmDictionary/vendor", "", "", ""},
		{"GET", inventory2 + "/resourcePools/" + string(poolA) + "/resources?fields=elements/resourceId,tags&nextpage_opaque_marker=2", "", "", ""},
		{"GET", inventory2 + "/locations?filter=(gt,coordinate/coordinates,1);(eq,civicAddress/caType,3)&fields=civicAddress/caValue", "", "", ""},
		{"GET", inventory2 + "/locations/location-a%2F?all_fields=%zz", "", "", ""},
		{"GET", inventory2 + "/alarmDictionaries/" + string(typeA) + "/?fields=alarmDefinition/x", "", `"inv2-0"`, ""},
		{"POST", inventory1 + "/subscriptions", "", "", `{"callback":"https://x.example.com","filter":"(eq,alarmDictionary/vendor,x)","subscriptionId":"s"}`},
		{"DELETE", inventory2 + "/subscriptions/" + string(subscriptionID(0)), "", "", ""},
		{"GET", alarmsPath + "?filter=(in,perceivedSeverity,0,1e0);(neq,alarmClearedTime,2026-01-31T12:00:00Z)&fields=extensions/a", "", "", ""},
		{"PATCH", alarmsPath + "/" + string(alarmID(1)), "", "", `{"perceivedSeverity":5}`},
		{"PATCH", alarmConfigPath, "", "", `{"retentionPeriod":7,"extensions":{"a":{"b":null},"c":[null]}}`},
		{"PUT", alarmConfigPath, "", "", `{"retentionPeriod":36525,"extensions":{"a":1e400}}`},
		{"POST", alarmSubsPath, "", "", `{"callback":"https://x.example.com","filter":"(eq,notificationEventType,NEW);(gt,perceivedSeverity,1)","secret":"s"}`},
		{"GET", causesPath + "/x?exclude_fields=name", "", "", ""},
		{"POST", alertsPath + "prometheus", "", "", notification(alert("firing", `"alertname":"NodeDown","node":"worker-1","":"\u0000"`))},
		{"DELETE", "//o2ims/v1/./resources?%zz&;=&=", "", "", "x"},
		{"GET", "/o2ims/v1/resourcePools/%2e%2e%2f||esources", "m", "", ""},
		{"BREW", "*", ";;", ",,,", "\xff"},
	} {
		f.Add(seed.method, seed.target, seed.accept, seed.held, seed.body)
	}
	shared := newGateway(f, site(0), withReceivers(prometheusReceiver()))
	f.Fuzz(func(t *testing.T, method, target, accept, held, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || strings.ContainsAny(method, " \r\n") || method == "" {
			return // net/http refuses this before any handler
		}
		g := *shared
		g.t, g.stock.objects, g.stock.callers = t, site(3).objects, nil
		g.subs.kept = map[o2.ID]*o2.Subscription{}
		g.subs.put(&o2.Subscription{ID: subscriptionID(0), Callback: "https://kept.example.com"})
		g.populate()
		g.alarms.put(alarm(1))
		r := httptest.NewRequest(http.MethodGet, "http://localhost/", strings.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, u, target
		r.Header.Set("Content-Type", "application/json")
		if method == http.MethodPatch {
			r.Header.Set("Content-Type", "application/merge-patch+json")
		}
		r.Header.Set("Accept", accept)
		r.Header.Set("If-None-Match", held)
		if a := g.send(r); a.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s", method, target, a.StatusCode, a.body)
		}
	})
}
