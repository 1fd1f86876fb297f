package httpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
)

func TestBadSubscriptions(t *testing.T) {
	const (
		create   = "known are callback, consumerSubscriptionId, filter, initialState, secret"
		update   = "known are callback, consumerSubscriptionId, createdAt, filter, initialState, secret, status, subscriptionId, updatedAt"
		callback = `{"callback":"https://smo.example.com"`
	)
	kept := subscriptionID(0)
	one := subscriptionsPath + "/" + string(kept)
	tests := []struct {
		name, method, path, body string
		status                   int
		detail                   string
	}{
		{"no callback", "POST", subscriptionsPath, `{}`, 400, "callback is missing"},
		{"empty callback", "POST", subscriptionsPath, `{"callback":""}`, 400, "callback: minimum string length is 1"},
		{"callback as object", "POST", subscriptionsPath, `{"callback":{"url":"https://x"}}`, 400, "callback must be a string"},
		{"callback as list", "POST", subscriptionsPath, `{"callback":["https://x"]}`, 400, "callback must be a string"},
		{"long callback", "POST", subscriptionsPath, `{"callback":"https://` + strings.Repeat("x", 2048) + `"}`, 400, "callback: maximum string length is 2048"},
		{"callback refused", "POST", subscriptionsPath, `{"callback":"http://smo.example.com"}`, 400, "callback is not an https URL"},
		{"null everywhere", "POST", subscriptionsPath, `{"callback":null,"consumerSubscriptionId":null,"filter":null,"secret":null,"initialState":null}`, 400, "callback must not be null; consumerSubscriptionId must not be null; filter must be a string or an object; initialState must not be null; secret must not be null"},
		{"the body null", "POST", subscriptionsPath, `null`, 400, "the body must not be null"},
		{"the body a list", "POST", subscriptionsPath, `[]`, 400, "the body must be an object"},
		{"twice", "POST", subscriptionsPath, callback + `,"callback":"https://y.example.com"}`, 400, "callback is given twice"},
		{"twice in the filter", "POST", subscriptionsPath, callback + `,"filter":{"name":"a","name":"b"}}`, 400, "filter/name is given twice"},
		{"filter as number", "POST", subscriptionsPath, callback + `,"filter":7}`, 400, "filter must be a string or an object"},
		{"filter as list", "POST", subscriptionsPath, callback + `,"filter":["(eq,name,x)"]}`, 400, "filter must be a string or an object"},
		{"filter and more", "POST", subscriptionsPath, `{"filter":true,"x":1}`, 400, "callback is missing; filter must be a string or an object; x is unknown; " + create},
		{"filter unreadable", "POST", subscriptionsPath, callback + `,"filter":"name=x"}`, 400, `filter: a condition is missing at "name=x"; want (operator,attribute,value), several joined by ";"`},
		{"filter of no UUID", "POST", subscriptionsPath, callback + `,"filter":{"resourcePoolId":"pool-123"}}`, 400, `filter: "pool-123" is not a UUID, as resourcePoolId needs: 8-4-4-4-12 hexadecimal digits`},
		{"filter with null", "POST", subscriptionsPath, callback + `,"filter":{"name":null}}`, 400, "filter: name: want a text, a number, true, false or an object of these; for several values write the filter as a text, with in"},
		{"huge filter", "POST", subscriptionsPath, callback + `,"filter":"(eq,name,` + strings.Repeat("x", 9000) + `)"}`, 400, "filter: it is longer than 8192 bytes"},
		{"huge filter object", "POST", subscriptionsPath, callback + `,"filter":{"name":"` + strings.Repeat("x", 9000) + `"}}`, 400, "filter: it is longer than 8192 bytes"},
		{"filter of many", "POST", subscriptionsPath, callback + `,"filter":{"extensions":{` + manyMembers(40) + `}}}`, 400, "filter: it has more than 32 conditions"},
		{"secret as number", "POST", subscriptionsPath, callback + `,"secret":12345678}`, 400, "secret must be a string"},
		{"long secret", "POST", subscriptionsPath, callback + `,"secret":"` + strings.Repeat("x", 513) + `"}`, 400, "secret: maximum string length is 512"},
		{"initialState as text", "POST", subscriptionsPath, callback + `,"initialState":"true"}`, 400, "initialState must be a boolean"},
		{"unknown", "POST", subscriptionsPath, callback + `,"Filter":"x"}`, 400, "Filter is unknown; " + create},
		{"an id of its own", "POST", subscriptionsPath, callback + `,"subscriptionId":"x"}`, 400, "subscriptionId is unknown; " + create},
		{"status", "POST", subscriptionsPath, callback + `,"status":{}}`, 400, "status is unknown; " + create},
		{"parameter", "POST", subscriptionsPath + "?filter=x", callback + `}`, 400, "filter: unknown parameter; this request takes none"},
		{"too long", "POST", subscriptionsPath, callback + strings.Repeat(" ", 20000) + `}`, 413, "the body is longer than 20000 bytes"},

		{"update, nothing", "PUT", one, `{}`, 400, "callback is missing"},
		{"update, unknown", "PUT", one, callback + `,"tenant":"acme"}`, 400, "tenant is unknown; " + update},
		{"update, initialState", "PUT", one, callback + `,"initialState":true}`, 400, "initialState counts when a subscription is made; leave it out"},
		{"update, another id", "PUT", one, callback + `,"subscriptionId":"` + absent + `"}`, 400, "subscriptionId differs from the path's; leave it out"},
		{"update, wrong filter of nothing", "PUT", subscriptionsPath + "/nope", callback + `,"filter":{"extensions":{}}}`, 400, "filter: extensions is an empty object: name what is in it, or leave it out"},
		{"update, status as text", "PUT", one, callback + `,"status":"active"}`, 400, "status must be an object"},
		{"delete, parameter", "DELETE", one + "?force", "", 400, "force: unknown parameter; this request takes none"},
		{"list, unknown attribute", "GET", subscriptionsPath + "?filter=(eq,secret,x)", "", 400, `filter: unknown attribute "secret"; Subscription has subscriptionId, callback, consumerSubscriptionId, filter, createdAt, updatedAt, status`},
		{"list, selector", "GET", subscriptionsPath + "?fields=secret", "", 400, `fields: unknown attribute "secret"; Subscription has subscriptionId, callback, consumerSubscriptionId, filter, createdAt, updatedAt, status`},
		{"list, limit", "GET", subscriptionsPath + "?limit=0", "", 400, "limit: want a number from 1 to 10000"},
		{"list, marker of another list", "GET", subscriptionsPath + "?nextpage_opaque_marker=AWx2", "", 400, "nextpage_opaque_marker: this is no marker of ours; start again without nextpage_opaque_marker"},
		{"get, parameter", "GET", one + "?filter=x", "", 400, "filter: unknown parameter; known are all_fields, exclude_default, exclude_fields, fields"},
	}
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.BodyBytes = 20000 })
	g.subs.put(&o2.Subscription{ID: kept, Callback: "https://kept.example.com"})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := g.do(tt.method, tt.path, tt.body)
			if a.StatusCode != tt.status || a.detail(t) != tt.detail {
				t.Errorf("got  %d %s\nwant %d %s", a.StatusCode, a.detail(t), tt.status, tt.detail)
			}
			if len(g.subs.kept) != 1 || g.subs.kept[kept].Callback != "https://kept.example.com" {
				t.Error("something was changed")
			}
		})
	}
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + strings.Repeat("x", i) + `":1`)
	}
	return b.String()
}

func TestForbiddenSubscriptions(t *testing.T) {
	denied := rights{"list Subscription", "read Subscription", "create Subscription", "update Subscription", "delete Subscription"}
	g := newGateway(t, site(0), func(_ *httpserver.Config, d *httpserver.Dependencies) { d.Authorizer = denied })
	for _, tt := range []struct{ method, path, body, action string }{
		{"GET", subscriptionsPath + "?nope", "", "list"},
		{"GET", subscriptionsPath + "/nope", "", "read"},
		{"POST", subscriptionsPath, "{", "create"},
		{"PUT", subscriptionsPath + "/nope", "{", "update"},
		{"DELETE", subscriptionsPath + "/nope?x", "", "delete"},
		{"GET", "/admin/v1/subscriptions/nope/deadLetters?x", "", "read"},
		{"DELETE", "/admin/v1/subscriptions/nope/deadLetters?x", "", "update"},
		{"POST", "/admin/v1/subscriptions/nope/deadLetters/redeliver", "{", "update"},
	} {
		a := g.do(tt.method, tt.path, tt.body, "Idempotency-Key: k")
		if want := "denied: " + tt.action + " on Subscription is not permitted"; a.StatusCode != http.StatusForbidden || a.detail(t) != want {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, a.StatusCode, a.body)
		}
	}
	if g.keys.begins != 0 {
		t.Error("a key was reserved for a caller who may not do it")
	}
}
