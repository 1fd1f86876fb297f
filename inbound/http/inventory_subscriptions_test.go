package httpserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

// standards are the versions, and how they answer where they differ.
var standards = []struct {
	base, surface      string
	duplicate, deleted int
}{
	{inventory1, inventoryv1.Surface, http.StatusBadRequest, http.StatusOK},
	{inventory2, inventoryv2.Surface, http.StatusConflict, http.StatusNoContent},
}

func TestInventorySubscriptionLife(t *testing.T) {
	for _, v := range standards {
		g := newGateway(t, site(0))
		at, id := v.base+"/subscriptions", string(subscriptionID(0))
		const consumer = "3F20D850-AF4F-A84F-FB5A-0AD585410361"
		const body = `{"callback":"https://smo.example.com/o2","consumerSubscriptionId":"` + consumer + `","filter":"(eq, objectType ,Resource);(cont,description,edge)"}`
		want := `{"subscriptionId":"` + id + `","callback":"https://smo.example.com/o2","consumerSubscriptionId":"` + consumer +
			`","filter":"(cont,description,edge);(eq,objectType,Resource)"}`

		a := g.do("POST", at, body)
		if a.StatusCode != http.StatusCreated || a.body != want || a.Header.Get("Location") != at+"/"+id {
			t.Errorf("%d %v %s", a.StatusCode, a.Header, a.body)
		}
		if made := g.subs.kept[subscriptionID(0)]; made.Surface != v.surface || made.InitialState || made.Secret != "" {
			t.Errorf("%+v", made)
		}
		for path, want := range map[string]string{
			at: `[` + want + `]`, at + "/" + id: want, at + "/" + strings.ToUpper(id) + "/?all_fields": want,
			at + "?filter=(eq,consumerSubscriptionId," + consumer + ")": `[` + want + `]`,
			at + "?filter=(eq,consumerSubscriptionId,x)":                `[]`,
			at + "?fields=filter":                                       `[{"subscriptionId":"` + id + `","callback":"https://smo.example.com/o2","filter":"(cont,description,edge);(eq,objectType,Resource)"}]`,
			at + "/" + id + "?exclude_fields=filter,callback":           strings.Split(want, `,"filter"`)[0] + `}`,
		} {
			if a := g.get(path); a.StatusCode != http.StatusOK || a.body != want {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.body)
			}
		}
		a = g.do("POST", at, body)
		twin := "subscription " + id + " has the same callback, consumerSubscriptionId and filter: read or delete that one"
		if a.StatusCode != v.duplicate || a.detail(t) != twin || !strings.Contains(a.body, `"additionalAttributes":{"subscriptionId":"`+id+`"}`) {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
		for _, path := range []string{subscriptionsPath, inventory1 + "/subscriptions", inventory2 + "/subscriptions"} { // by the version alone that it was made under
			if path != at {
				g.wantStatus(g.get(path+"/"+id), http.StatusNotFound)
				g.wantStatus(g.do("DELETE", path+"/"+id, ""), http.StatusNotFound)
			}
		}
		a = g.do("DELETE", at+"/"+id, "")
		if a.StatusCode != v.deleted || a.body != "" {
			t.Errorf("%d %q", a.StatusCode, a.body)
		}
		g.wantStatus(g.do("DELETE", at+"/"+id, ""), http.StatusNotFound)
		g.wantStatus(g.get(at+"/"+id), http.StatusNotFound)

		a = g.do("POST", at, `{"callback":"https://smo.example.com/o2","filter":"","subscriptionId":"mine"}`)
		if want := `{"subscriptionId":"` + string(subscriptionID(1)) + `","callback":"https://smo.example.com/o2"}`; a.StatusCode != http.StatusCreated || a.body != want {
			t.Errorf("what is not set is left out: %d %s", a.StatusCode, a.body)
		}
		// A duplicate that the caller does not see is not named.
		g.subs.err = fmt.Errorf("storing: %w", &subscriptionstore.DuplicateError{ID: subscriptionID(9)})
		a = g.do("POST", at, body)
		if want := "there is a subscription with the same callback, consumerSubscriptionId and filter"; a.StatusCode != v.duplicate || a.detail(t) != want {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
}

func TestBadInventorySubscriptions(t *testing.T) {
	const (
		known    = "known are callback, consumerSubscriptionId, filter, subscriptionId"
		callback = `{"callback":"https://smo.example.com"`
		xml      = `<?xml version="1.0" encoding="UTF-8" ?><root><callback>https://smo.example.com</callback></root>`
		syntax   = "the body is not valid JSON: invalid character "
	)
	for _, v := range standards {
		g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.BodyBytes = 1 << 20 })
		for _, tt := range []struct {
			name, media, body string
			status            int
			detail            string
		}{
			{"no callback", "", `{"consumerSubscriptionId":"x","filter":""}`, 400, "callback is missing"},
			{"no JSON", "", `{"consumerSubscriptionId" "x"}`, 400, syntax + `'"' after object key (at byte 27)`},
			{"XML", "", xml, 400, syntax + "'<' looking for beginning of value (at byte 1)"},
			{"XML that says so", "application/xml", xml, 400, syntax + "'<' looking for beginning of value (at byte 1)"},
			{"nothing", "", " ", 400, "the body is not valid JSON: unexpected end of JSON input (at byte 1)"},
			{"another type, readable", "text/plain", callback + `}`, 415, `Content-Type "text/plain" is not taken: send application/json`},
			{"a string", "", `"callback"`, 400, "the body must be an object"},
			{"a string that holds an object", "", `"{\"callback\":\"https://smo.example.com\"}"`, 400, "the body must be an object"},
			{"a number", "", `1`, 400, "the body must be an object"},
			{"null", "", `null`, 400, "the body must not be null"},
			{"null for everything", "", `{"callback":null,"consumerSubscriptionId":null,"filter":null,"subscriptionId":null}`, 400,
				"callback must not be null; consumerSubscriptionId must not be null; filter must not be null; subscriptionId must not be null"},
			{"null for the optional", "", callback + `,"filter":null}`, 400, "filter must not be null"},
			{"twice", "", callback + `,"callback":"https://other.example.com"}`, 400, "callback is given twice"},
			{"unknown", "", callback + `,"secret":"0123456789abcdef"}`, 400, "secret is unknown; " + known},
			{"an object for a filter", "", callback + `,"filter":{"name":"x"}}`, 400, "filter must be a string"},
			{"an unknown attribute", "", callback + `,"filter":"(eq,nome,x)"}`, 400, ""},
			{"another version's attribute", "", callback + `,"filter":"(eq,` + map[string]string{inventory1: "oCloudSiteId", inventory2: "globalLocationId"}[v.base] + `,x)"}`, 400, ""},
			{"an unknown operator", "", callback + `,"filter":"(like,name,x)"}`, 400, ""},
			{"no UUID", "", callback + `,"filter":"(eq,resourcePoolId,x)"}`, 400, `filter: "x" is not a UUID, as resourcePoolId needs: 8-4-4-4-12 hexadecimal digits`},
			{"an unknown kind", "", callback + `,"filter":"(eq,objectType,Pod)"}`, 400, `filter: objectType: unknown object kind "Pod": want one of [DeploymentManager ResourcePool Resource ResourceType]`},
			{"a filter of a MiB", "", callback + `,"filter":"(eq,name,` + strings.Repeat("x", 1<<20-100) + `)"}`, 400, "filter: it is longer than 8192 bytes"},
			{"more than a MiB", "", callback + `,"filter":"(eq,name,` + strings.Repeat("x", 1<<20) + `)"}`, 413, "the body is longer than 1048576 bytes"},
		} {
			headers := []string{"X: y"}
			if tt.media != "" {
				headers = append(headers, "Content-Type: "+tt.media)
			}
			a := g.do("POST", v.base+"/subscriptions", tt.body, headers...)
			if a.StatusCode != tt.status || tt.detail != "" && a.detail(t) != tt.detail {
				t.Errorf("%s: %d %s\nwant %d %s", tt.name, a.StatusCode, a.detail(t), tt.status, tt.detail)
			}
		}
		g.wantStatus(g.get(v.base+"/subscriptions?filter=(eq,name,"+strings.Repeat("x", 1<<20)+")"), http.StatusRequestHeaderFieldsTooLarge)
		g.wantStatus(g.get(v.base+"/resourcePools?filter=(eq,name,"+strings.Repeat("x", 10_000)+")"), http.StatusBadRequest)
		for path, detail := range map[string]string{
			"/subscriptions?fields=(SubscriptionId,WrongAttrName)": `fields: unknown attribute "(SubscriptionId"; Subscription has subscriptionId, callback, consumerSubscriptionId, filter`,
			"/subscriptions?filter=(eq,secret,x)":                  `filter: unknown attribute "secret"; Subscription has subscriptionId, callback, consumerSubscriptionId, filter`,
			"/subscriptions?fields=filter&exclude_fields=filter":   "fields: it cannot go together with exclude_fields; give one of them",
			"?filter=(eq,name,x)":                                  "filter: unknown parameter; known are all_fields, exclude_default, exclude_fields, fields",
		} {
			if a := g.get(v.base + path); a.StatusCode != http.StatusBadRequest || a.detail(t) != detail {
				t.Errorf("%s: %d %s", path, a.StatusCode, a.detail(t))
			}
		}
		if len(g.subs.kept) != 0 {
			t.Errorf("%d subscriptions were made", len(g.subs.kept))
		}
	}
}

func TestInventorySubscriptionsOfOthers(t *testing.T) {
	for _, v := range standards {
		g := newGateway(t, site(0))
		g.subs.put(&o2.Subscription{ID: subscriptionID(0), Callback: "https://x.example.com", Tenant: "acme", Surface: v.surface})
		at := v.base + "/subscriptions"
		if a := g.get(at); a.body != `[]` {
			t.Errorf("%s", a.body)
		}
		for _, id := range []string{string(subscriptionID(0)), absent, "nope", "%20"} {
			g.wantStatus(g.get(at+"/"+id), http.StatusNotFound)
			g.wantStatus(g.do("DELETE", at+"/"+id, ""), http.StatusNotFound)
		}
		if len(g.subs.kept) != 1 {
			t.Error("it was deleted")
		}
	}
}
