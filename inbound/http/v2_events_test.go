package httpserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/inventory"
)

// eventful is a gateway that remembers changes of poolA: a node that came, changed and
// went, and the pool itself, a second after each other.
func eventful(t *testing.T) *gateway {
	t.Helper()
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	node := func(state string) o2.Object {
		r := &o2.Resource{Header: head(resourceID(7), "node-7", o2.JSON(`{"state":"`+state+`"}`)), ResourcePoolID: poolA}
		r.Volatile = `{"heartbeat":1}`
		o2.Seal(r)
		return r
	}
	pool := func(replicas int) o2.Object {
		p := &o2.ResourcePool{Header: head(poolA, "edge", o2.JSON(fmt.Sprintf(`{"replicas":%d}`, replicas))), OCloudID: "o", Health: &o2.PoolHealth{Status: o2.HealthHealthy}}
		o2.Seal(p)
		return p
	}
	s := site(0)
	s.recent.Since = at.Add(-time.Hour)
	for n, c := range []inventory.Change{
		{Type: o2.EventCreated, Post: node("booting")},
		{Type: o2.EventModified, Prior: node("booting"), Post: node("up")},
		{Type: o2.EventModified, Prior: pool(1), Post: pool(2)},
		{Type: o2.EventDeleted, Prior: node("up")},
	} {
		c.ID, c.At = o2.DeriveID("event", fmt.Sprint(n)), at.Add(time.Duration(n)*time.Second)
		o := c.Post
		if o == nil {
			o = c.Prior
		}
		c.Object = o2.ObjectKey{Kind: o.Kind(), ID: o.Head().ID}
		s.recent.Changes = append(s.recent.Changes, c)
	}
	return newGateway(t, s)
}

const poolEvents = v2Pools + "/" + string(poolA) + "/events"

func TestPoolEvents(t *testing.T) {
	g := eventful(t)
	a := g.get(poolEvents + "?pageSize=2")
	g.wantStatus(a, http.StatusOK)
	event := func(n int) string { return string(o2.DeriveID("event", fmt.Sprint(n))) }
	want := `{"items":[{"eventId":"` + event(3) + `","eventType":"deleted","objectType":"Resource","objectId":"` + string(resourceID(7)) + `",` +
		`"timestamp":"2026-01-31T12:00:03.000Z","priorState":{"resourceId":"` + string(resourceID(7)) + `","resourcePoolId":"` + string(poolA) + `",` +
		`"name":"node-7","description":"the node-7","tags":[],"extensions":{"state":"up"}}},` +
		`{"eventId":"` + event(2) + `","eventType":"modified","objectType":"ResourcePool","objectId":"` + string(poolA) + `",` +
		`"objectRef":"` + v2Pools + "/" + string(poolA) + `","timestamp":"2026-01-31T12:00:02.000Z",` +
		`"priorState":{"resourcePoolId":"` + string(poolA) + `","name":"edge","description":"the edge","oCloudId":"o","tags":[],"extensions":{"replicas":1}},` +
		`"postState":{"resourcePoolId":"` + string(poolA) + `","name":"edge","description":"the edge","oCloudId":"o","tags":[],"extensions":{"replicas":2}}}],` +
		`"pagination":{"totalCount":4,"pageSize":2,"nextPage":"` + poolEvents + `?pageSize=2&nextpage_opaque_marker=`
	if !strings.HasPrefix(a.body, want) {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if got := a.Header.Get("X-Netweave-Events-Since"); got != "2026-01-31T11:00:00.000Z" {
		t.Errorf("since %q", got)
	}
	_, l := readV2(t, a.body)
	// One that comes meanwhile moves nothing.
	late := g.stock.recent.Changes[2]
	late.ID, late.At = o2.DeriveID("event", "late"), late.At.Add(time.Hour)
	g.stock.recent.Changes = append(g.stock.recent.Changes, late)
	if got, want := types(t, g.get(*l.Pagination.NextPage).body), "modified Resource, created Resource"; got != want {
		t.Errorf("the next page: %s, want %s", got, want)
	}
}

// types spells a list of events.
func types(t *testing.T, body string) string {
	t.Helper()
	var list struct {
		Items []struct{ EventType, ObjectType string }
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list.Items {
		all = append(all, e.EventType+" "+e.ObjectType)
	}
	return strings.Join(all, ", ")
}

func TestPoolEventsAreSelected(t *testing.T) {
	g := eventful(t)
	for query, want := range map[string]string{
		"":                                    "deleted Resource, modified ResourcePool, modified Resource, created Resource",
		"sort=timestamp":                      "created Resource, modified Resource, modified ResourcePool, deleted Resource",
		"sort=eventType,-timestamp":           "created Resource, deleted Resource, modified ResourcePool, modified Resource",
		"eventType=modified":                  "modified ResourcePool, modified Resource",
		"eventType=created&eventType=deleted": "deleted Resource, created Resource",
		"objectType=ResourcePool":             "modified ResourcePool",
		"objectId=" + string(resourceID(7)):   "deleted Resource, modified Resource, created Resource",
		"from=2026-01-31T12:00:01Z":           "deleted Resource, modified ResourcePool, modified Resource",
		"until=2026-01-31T13:00:01%2B01:00":   "created Resource",
		"from=2026-01-31T12:00:01Z&until=2026-01-31T12:00:03Z&eventType=modified&objectType=Resource": "modified Resource",
		"filter=(eq,postState/extensions/state,up)":                                                   "modified Resource",
		"filter=(gt,postState/extensions/replicas,1)":                                                 "modified ResourcePool",
		"filter=(lt,timestamp,2026-01-31T12:00:01Z)":                                                  "created Resource",
		"q=booting":                          "modified Resource, created Resource",
		"page=2&pageSize=3":                  "created Resource",
		"fields=objectRef&eventType=deleted": "deleted Resource",
	} {
		a := g.get(poolEvents + "?" + query)
		g.wantStatus(a, http.StatusOK)
		if got := types(t, a.body); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	const time = `: want a time such as 2026-01-31T12:00:00Z, with any "+" as %2B`
	for query, want := range map[string]string{
		"from=yesterday":   "from" + time,
		"until=2026-01-31": "until" + time,
		"from=":            "from" + time,
		"until=2026-01-31T12:00:00Z&until=2026-01-31T12:00:00Z": "until: it is given more than once",
		"type=created":    "type: unknown parameter; known are all_fields, exclude_default, exclude_fields, fields, filter, nextpage_opaque_marker, page, pageSize, q, sort, from, until, and the attributes: eventId, eventType, objectType, objectId, objectRef, timestamp, priorState, postState",
		"sort=priorState": "sort: attribute priorState is not one simple value; a list of ResourcePoolEvent is sorted by eventId, eventType, objectType, objectId, objectRef, timestamp",
	} {
		a := g.get(poolEvents + "?" + query)
		if a.StatusCode != http.StatusBadRequest || a.detail(t) != want {
			t.Errorf("%s: %d %s, want %s", query, a.StatusCode, a.detail(t), want)
		}
	}
}
