package httpserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/o2imsv1"
	"github.com/netweave/netweave/ports/authz"
	"github.com/netweave/netweave/ports/eventlog"
	"github.com/netweave/netweave/ports/store"
	"github.com/netweave/netweave/ports/subscription"
	"github.com/netweave/netweave/ports/subscriptionstore"
)

const (
	subscriptionsPath = "/o2ims/v1/subscriptions"
	shownTimes        = `"createdAt":"2026-01-31T12:00:00.005Z","updatedAt":"2026-01-31T12:00:00.005Z"`
	shownStatus       = `"status":{"state":"active","queueLength":0,"attempts":0,"deadLetters":0}`
)

func TestSubscriptionLife(t *testing.T) {
	for _, external := range []string{"", "https://o2.example.com"} {
		g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = external })
		id := string(subscriptionID(0))
		a := g.do("POST", subscriptionsPath, `{"callback":"https://smo.example.com/n","consumerSubscriptionId":"smo-1",`+
			`"filter":{"objectType":"Resource","resourcePoolId":"`+strings.ToUpper(string(poolA))+`"},`+
			`"secret":"hunter2hunter2hunter2","initialState":true}`)
		g.wantStatus(a, http.StatusCreated)
		filter := "(eq,objectType,Resource);(eq,resourcePoolId," + string(poolA) + ")"
		want := `{"subscriptionId":"` + id + `","callback":"https://smo.example.com/n","consumerSubscriptionId":"smo-1","filter":"` + filter + `",` +
			shownTimes + `,` + shownStatus + `}`
		if a.body != want {
			t.Errorf("got  %s\nwant %s", a.body, want)
		}
		if !g.subs.spec.InitialState || g.subs.kept[o2.ID(id)].Secret.Reveal() != "hunter2hunter2hunter2" {
			t.Errorf("spec %+v", g.subs.spec)
		}
		if got, want := a.Header.Get("Location"), external+subscriptionsPath+"/"+id; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		path := subscriptionsPath + "/" + id
		read := g.get(path)
		if read.body != a.body || read.Header.Get("Etag") != a.Header.Get("Etag") || read.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("read back %s %v", read.body, read.Header)
		}
		g.wantStatus(g.get(path, "If-None-Match: "+read.Header.Get("Etag")), http.StatusNotModified)

		// What was read may be sent back; the secret stays.
		a = g.do("PUT", path, read.body)
		g.wantStatus(a, http.StatusOK)
		if a.body != want || g.subs.spec.Secret != nil || g.subs.kept[o2.ID(id)].Secret == "" {
			t.Errorf("sent back: %s, spec %+v", a.body, g.subs.spec)
		}
		a = g.do("PUT", path, `{"callback":"https://other.example.com/","secret":"","subscriptionId":"`+strings.ToUpper(id)+`","initialState":false}`)
		g.wantStatus(a, http.StatusOK)
		if want := `{"subscriptionId":"` + id + `","callback":"https://other.example.com/",` + shownTimes + `,` + shownStatus + `}`; a.body != want {
			t.Errorf("got  %s\nwant %s", a.body, want)
		}
		if got := g.subs.kept[o2.ID(id)].Secret; got != "" {
			t.Error("the secret was not taken away")
		}
		a = g.do("DELETE", path, "")
		g.wantStatus(a, http.StatusNoContent)
		g.wantStatus(g.get(path), http.StatusNotFound)
		g.wantStatus(g.do("PUT", path, `{"callback":"https://x.example.com"}`), http.StatusNotFound)
		g.wantStatus(g.do("DELETE", path, ""), http.StatusNotFound)
		if strings.Contains(g.log.String(), "hunter2") {
			t.Error("the log has the secret")
		}
	}
}

func TestSubscriptionStatus(t *testing.T) {
	g := newGateway(t, site(0))
	at := time.Date(2026, 1, 31, 13, 0, 0, 0, time.FixedZone("CET", 3600))
	g.subs.put(&o2.Subscription{ID: subscriptionID(0), Callback: "https://smo.example.com"})
	path := subscriptionsPath + "/" + string(subscriptionID(0))
	tag := ""
	for _, tt := range []struct {
		status *subscription.Status
		want   string
	}{
		{nil, ""},
		{
			&subscription.Status{State: subscription.StateRetrying, Standing: eventlog.Standing{
				Length: 3, DeadLetters: 1, Oldest: at, Attempts: 2, Next: at.Add(4 * time.Second), LastSuccess: at.Add(-time.Hour),
				LastError: `answered "503"`, LastFailure: at.Add(time.Second),
			}},
			`,"status":{"state":"retrying","queueLength":3,"oldestEventAt":"2026-01-31T12:00:00.000Z","attempts":2,` +
				`"nextAttemptAt":"2026-01-31T12:00:04.000Z","lastSuccessAt":"2026-01-31T11:00:00.000Z",` +
				`"lastError":"answered \"503\"","lastErrorAt":"2026-01-31T12:00:01.000Z","deadLetters":1}`,
		},
		{
			&subscription.Status{State: subscription.StateSuspended, Standing: eventlog.Standing{Overflowed: true}},
			`,"status":{"state":"suspended","queueLength":0,"attempts":0,"deadLetters":0}`,
		},
	} {
		g.subs.status[subscriptionID(0)] = tt.status
		a := g.get(path)
		if want := `{"subscriptionId":"` + string(subscriptionID(0)) + `","callback":"https://smo.example.com",` + shownTimes + tt.want + `}`; a.body != want {
			t.Errorf("got  %s\nwant %s", a.body, want)
		}
		if a.Header.Get("Etag") == tag {
			t.Error("another status, but the same tag")
		}
		tag = a.Header.Get("Etag")
	}
}

func TestSubscriptionLists(t *testing.T) {
	g := newGateway(t, site(0))
	if got := g.get(subscriptionsPath).body; got != `{"items":[]}` {
		t.Errorf("empty: %s", got)
	}
	for n := range 7 {
		kept := &o2.Subscription{ID: subscriptionID(n), Callback: fmt.Sprintf("https://smo-%d.example.com", n)}
		if n%2 == 0 {
			kept.ConsumerSubscriptionID = "even"
		}
		g.subs.put(kept)
		g.subs.status[kept.ID] = &subscription.Status{State: subscription.StateActive, Standing: eventlog.Standing{Length: n}}
	}
	// Those of others.
	g.subs.put(&o2.Subscription{ID: subscriptionID(20), Callback: "https://x.example.com", Tenant: "acme", Surface: o2imsv1.Surface})
	g.subs.put(&o2.Subscription{ID: subscriptionID(21), Callback: "https://x.example.com", Tenant: "default", Surface: "another"})
	for query, want := range map[string]int{
		"": 7,
		"?filter=(eq,consumerSubscriptionId,even)":                                       4,
		"?filter=(neq,consumerSubscriptionId,even)":                                      3,
		"?filter=(gt,status/queueLength,4)":                                              2,
		"?filter=(eq,status/state,active);(cont,callback,smo-1,smo-2)":                   2,
		"?filter=(lt,createdAt,2026-01-31T12:00:00Z)":                                    0,
		"?filter=(eq,filter,x)":                                                          0,
		"?filter=(eq,subscriptionId," + strings.ToUpper(string(subscriptionID(3))) + ")": 1,
	} {
		var seen []string
		for path := subscriptionsPath + query; path != ""; {
			if !strings.Contains(path, "limit=") {
				path += map[bool]string{true: "?", false: "&"}[query == ""] + "limit=2"
			}
			a := g.get(path)
			g.wantStatus(a, http.StatusOK)
			g.wantStatus(g.get(path, "If-None-Match: "+a.Header.Get("Etag")), http.StatusNotModified)
			var list struct {
				Items []struct{ SubscriptionID string }
			}
			if err := json.Unmarshal([]byte(a.body), &list); err != nil {
				t.Fatal(err)
			}
			for _, item := range list.Items {
				if len(seen) > 0 && seen[len(seen)-1] >= item.SubscriptionID {
					t.Errorf("%s: %s behind %v", query, item.SubscriptionID, seen)
				}
				seen = append(seen, item.SubscriptionID)
			}
			link := a.Header.Get("Link")
			path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		}
		if len(seen) != want {
			t.Errorf("%s: %d of %d: %v", query, len(seen), want, seen)
		}
	}
	page2 := g.get(subscriptionsPath + "?limit=3&nextpage_opaque_marker=2&fields=callback")
	if n := strings.Count(page2.body, "subscriptionId"); n != 3 || strings.Contains(page2.body, "status") {
		t.Errorf("page 2: %s", page2.body)
	}
	if a := g.get(subscriptionsPath + "?exclude_fields=status/queueLength,consumerSubscriptionId&limit=1"); strings.Contains(a.body, "queueLength") ||
		!strings.Contains(a.body, `"state":"active"`) || strings.Contains(a.body, "even") {
		t.Errorf("excluded: %s", a.body)
	}
}

// What is another tenant's or another API's is not there.
func TestSubscriptionsOfOthers(t *testing.T) {
	g := newGateway(t, site(0))
	g.subs.put(&o2.Subscription{ID: subscriptionID(0), Callback: "https://x.example.com", Tenant: "acme", Surface: o2imsv1.Surface})
	g.subs.put(&o2.Subscription{ID: subscriptionID(1), Callback: "https://x.example.com", Tenant: "default", Surface: "o2ims-infrastructureInventory/v1"})
	for _, id := range []string{string(subscriptionID(0)), string(subscriptionID(1)), absent, "nope", string(poolA)} {
		for _, a := range []answer{
			g.get(subscriptionsPath + "/" + id),
			g.do("PUT", subscriptionsPath+"/"+id, `{"callback":"https://y.example.com"}`),
			g.do("DELETE", subscriptionsPath+"/"+id, ""),
		} {
			if want := `there is no Subscription with id "` + id + `"`; a.StatusCode != http.StatusNotFound || a.detail(t) != want {
				t.Errorf("%s: %d %s", id, a.StatusCode, a.body)
			}
		}
	}
	if len(g.subs.kept) != 2 {
		t.Error("something was deleted")
	}
}

func TestDuplicateSubscriptions(t *testing.T) {
	g := newGateway(t, site(0))
	const body = `{"callback":"https://smo.example.com","filter":"(eq,name,x)"}`
	g.wantStatus(g.do("POST", subscriptionsPath, body), http.StatusCreated)
	a := g.do("POST", subscriptionsPath, `{"filter":{"name":"x"},"callback":"https://smo.example.com","secret":"another one, longer"}`)
	id := string(subscriptionID(0))
	want := "subscription " + id + " has the same callback, consumerSubscriptionId and filter: read, change or delete that one"
	if a.StatusCode != http.StatusConflict || a.detail(t) != want || !strings.Contains(a.body, `"additionalAttributes":{"subscriptionId":"`+id+`"}`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	g.wantStatus(g.do("POST", subscriptionsPath, `{"callback":"https://smo.example.com"}`), http.StatusCreated)
	a = g.do("PUT", subscriptionsPath+"/"+string(subscriptionID(1)), body)
	if a.StatusCode != http.StatusConflict || a.detail(t) != want {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	// One that the caller does not see is not named.
	g.subs.err = fmt.Errorf("storing: %w", &subscriptionstore.DuplicateError{ID: subscriptionID(9)})
	a = g.do("POST", subscriptionsPath, body)
	if want := "there is a subscription with the same callback, consumerSubscriptionId and filter"; a.StatusCode != http.StatusConflict || a.detail(t) != want {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestSubscriptionLimit(t *testing.T) {
	g := newGateway(t, site(0))
	g.subs.limit = 2
	for n := range 3 {
		a := g.do("POST", subscriptionsPath, fmt.Sprintf(`{"callback":"https://smo-%d.example.com"}`, n))
		if n < 2 {
			g.wantStatus(a, http.StatusCreated)
		} else if want := "the tenant has 2 subscriptions, which is its limit: delete some first"; a.StatusCode != http.StatusTooManyRequests || a.detail(t) != want {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
}

func TestErrorsOfSubscriptions(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		detail string
		retry  string
	}{
		{fmt.Errorf("dial 10.0.0.7: %w", store.ErrUnavailable), 503, "the store is unavailable; if this was a change, it may have happened: send the same request again", "5"},
		{fmt.Errorf("x: %w", store.ErrUnconfirmed), 503, "the change is made, but not yet safe against the loss of a server: the same request again completes it", "5"},
		{fmt.Errorf("x: %w", subscriptionstore.ErrConflict), 409, "the subscription was changed meanwhile: read it again and repeat the change", ""},
		{&subscriptionstore.LimitError{Limit: 7}, 429, "the gateway takes no more subscriptions, whosever they are: ask those who run it", ""},
		{&o2.FieldError{Attribute: "callback", Reason: "cannot be used: 127.0.0.1 is a loopback address"}, 400, "callback cannot be used: 127.0.0.1 is a loopback address", ""},
		{fmt.Errorf("%w: create on Subscription", authz.ErrDenied), 403, "denied: create on Subscription", ""},
		{context.DeadlineExceeded, 504, "no answer within the time limit; a change may have happened nevertheless", ""},
		{errors.New("dial 10.0.0.7"), 503, "the gateway cannot answer this now; its log has the reason under this request's id", "5"},
	} {
		g := newGateway(t, site(0))
		g.subs.err = tt.err
		a := g.do("POST", subscriptionsPath, `{"callback":"https://smo.example.com"}`)
		if a.StatusCode != tt.status || a.detail(t) != tt.detail || a.Header.Get("Retry-After") != tt.retry {
			t.Errorf("%v: got %d %q %q", tt.err, a.StatusCode, a.detail(t), a.Header.Get("Retry-After"))
		}
		if tt.status == 503 || tt.status == 504 {
			for _, a := range []answer{
				g.get(subscriptionsPath), g.get(subscriptionsPath + "/" + absent), g.do("DELETE", subscriptionsPath+"/"+absent, ""),
				g.do("PUT", subscriptionsPath+"/"+absent, `{"callback":"https://smo.example.com"}`),
			} {
				g.wantStatus(a, tt.status)
			}
		}
		if logged := strings.Contains(g.log.String(), "10.0.0.7"); logged != strings.HasPrefix(tt.detail, "the gateway cannot") {
			t.Errorf("%v: log %s", tt.err, g.log)
		}
	}
}
