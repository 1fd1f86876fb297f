package httpserver_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/monitoringv1"
)

func TestAlarmSubscriptionLife(t *testing.T) {
	for _, external := range []string{"", "https://o2.example.com"} {
		g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.ExternalURL = external })
		id := string(subscriptionID(0))
		// As O-RAN's conformance tests send it: the id in capitals stays as it is.
		const made = `{"callback":"https://smo.example.com/a","consumerSubscriptionId":"3F20D850-AF4F-A84F-FB5A-0AD585410361","filter":"","secret":"hunter2hunter2hunter2"}`
		a := g.do("POST", alarmSubsPath, made)
		g.wantStatus(a, http.StatusCreated)
		want := `{"alarmSubscriptionId":"` + id + `","callback":"https://smo.example.com/a","consumerSubscriptionId":"3F20D850-AF4F-A84F-FB5A-0AD585410361"}`
		if a.body != want {
			t.Errorf("got  %s\nwant %s", a.body, want)
		}
		kept := g.subs.kept[o2.ID(id)]
		if kept.Surface != monitoringv1.Surface || kept.Secret.Reveal() != "hunter2hunter2hunter2" || kept.InitialState {
			t.Errorf("kept %+v", kept)
		}
		path := alarmSubsPath + "/" + id
		if got, want := a.Header.Get("Location"), external+path; got != want {
			t.Errorf("Location %q, want %q", got, want)
		}
		read := g.get(path)
		if read.body != a.body || read.Header.Get("Etag") != a.Header.Get("Etag") || g.get(path+"?all_fields").body != a.body {
			t.Errorf("read back %s", read.body)
		}
		g.wantStatus(g.get(path, "If-None-Match: "+read.Header.Get("Etag")), http.StatusNotModified)
		if got := g.get(path + "?fields=filter").body; got != `{"alarmSubscriptionId":"`+id+`","callback":"https://smo.example.com/a"}` {
			t.Errorf("the mandatory ones: %s", got)
		}
		if got := g.get(alarmSubsPath).body; got != "["+want+"]" {
			t.Errorf("listed: %s", got)
		}
		// It is no subscription of another API, and the reverse.
		g.wantStatus(g.get(subscriptionsPath+"/"+id), http.StatusNotFound)

		// A duplicate is a 400 here.
		a = g.do("POST", alarmSubsPath, made)
		g.wantStatus(a, http.StatusBadRequest)
		if got := a.detail(t); !strings.HasSuffix(got, ": read or delete that one") || !strings.Contains(a.body, `"additionalAttributes":{"alarmSubscriptionId":"`+id+`"}`) {
			t.Errorf("a duplicate: %s", a.body)
		}

		a = g.do("DELETE", path, "")
		g.wantStatus(a, http.StatusOK)
		if a.body != "" || a.Header.Get("Content-Type") != "" {
			t.Errorf("deleted with a body: %q, %v", a.body, a.Header)
		}
		g.wantStatus(g.get(path), http.StatusNotFound)
		g.wantStatus(g.do("DELETE", path, ""), http.StatusNotFound)
		g.wantStatus(g.do("DELETE", alarmSubsPath+"/x", ""), http.StatusNotFound)
		if got := g.get(alarmSubsPath).body; got != "[]" {
			t.Errorf("left: %s", got)
		}
		if strings.Contains(g.log.String(), "hunter2") {
			t.Error("the log has the secret")
		}
	}
}

func TestAlarmSubscriptionFilters(t *testing.T) {
	g := newGateway(t, site(0))
	for n, tt := range []struct{ filter, want string }{
		{`NEW`, "NEW"}, {`CHANGE`, "CHANGE"}, {`CLEAR`, "CLEAR"}, {`ACKNOWLEDGE`, "ACKNOWLEDGE"},
		{` (lte,perceivedSeverity,1) ; (eq,notificationEventType,NEW)`, "(eq,notificationEventType,NEW);(lte,perceivedSeverity,1)"},
	} {
		a := g.do("POST", alarmSubsPath, fmt.Sprintf(`{"callback":"https://smo-%d.example.com/","filter":%q}`, n, tt.filter))
		g.wantStatus(a, http.StatusCreated)
		if !strings.Contains(a.body, `"filter":"`+tt.want+`"`) {
			t.Errorf("%s: %s", tt.filter, a.body)
		}
	}
	// The id is read-only: one that is sent is not looked at.
	a := g.do("POST", alarmSubsPath, `{"alarmSubscriptionId":"mine","callback":"https://smo-5.example.com/"}`)
	g.wantStatus(a, http.StatusCreated)
	if want := `{"alarmSubscriptionId":"` + string(subscriptionID(5)) + `","callback":"https://smo-5.example.com/"}`; a.body != want {
		t.Errorf("an id of its own: %s, want %s", a.body, want)
	}
	g.wantStatus(g.do("DELETE", alarmSubsPath+"/"+string(subscriptionID(5)), ""), http.StatusOK)
	for query, want := range map[string]int{
		"":                                       5,
		"?filter=(in,filter,NEW,CLEAR)":          2,
		"?filter=(cont,callback,smo-1)":          1,
		"?filter=(neq,consumerSubscriptionId,x)": 5,
	} {
		if got := strings.Count(g.get(alarmSubsPath+query).body, "alarmSubscriptionId"); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
	for body, want := range map[string]string{
		`{"filter":"NEW"}`:  "callback is missing",
		`{"callback":null}`: "callback must not be null",
		`{"callback":"https://x.example.com","filter":null}`:       "filter must not be null",
		`{"callback":"https://x.example.com","filter":{"a":1}}`:    "filter must be a string",
		`{"callback":"https://x.example.com","initialState":true}`: "initialState is unknown; known are alarmSubscriptionId, callback, consumerSubscriptionId, filter, secret",
		`{"callback":"https://x.example.com","filter":"new"}`: `filter: "new" is no event; want NEW, CHANGE, CLEAR or ACKNOWLEDGE, ` +
			`or (operator,attribute,value) over an alarm's attributes and notificationEventType`,
		`{"callback":"https://x.example.com","filter":"(eq,notificationEventType,0)"}`:   `filter: "0" is no notificationEventType; want one of NEW, CHANGE, CLEAR, ACKNOWLEDGE`,
		`{"callback":"https://x.example.com","filter":"(gt,notificationEventType,NEW)"}`: "filter: notificationEventType is one of NEW, CHANGE, CLEAR, ACKNOWLEDGE, which eq, neq, in and nin compare",
		`{"callback":"https://x.example.com","filter":"(eq,perceivedSeverity,high)"}`:    `filter: "high" is not a number, as perceivedSeverity needs, for example 3`,
		`{"callback":"http://x.example.com"}`:                                            "callback is not an https URL",
		`{"callback" "x"}`:                                                               "the body is not valid JSON: invalid character '\"' after object key (at byte 13)",
	} {
		a := g.do("POST", alarmSubsPath, body)
		g.wantStatus(a, http.StatusBadRequest)
		if got := a.detail(t); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", body, got, want)
		}
	}
	// O-RAN's conformance tests send XML without a type.
	g.wantStatus(g.do("POST", alarmSubsPath, `<?xml version="1.0"?><root/>`, "Content-Type: "), http.StatusBadRequest)
}
