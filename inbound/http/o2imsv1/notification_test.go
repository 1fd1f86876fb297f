package o2imsv1

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/netweave/netweave/core/o2"
)

const (
	eventA = o2.ID("eeeeeeee-0000-5000-8000-000000000001")
	subA   = o2.ID("55555555-0000-4000-8000-000000000001")
)

func notificationSchema(t testing.TB) *openapi3.Schema {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(Document())
	if err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas["Notification"].Value
}

func TestNotifications(t *testing.T) {
	at := time.Date(2026, 1, 31, 13, 0, 0, 123987654, time.FixedZone("CET", 3600))
	pool := func(replicas string) o2.Object {
		p := &o2.ResourcePool{Header: o2.Header{ID: idA, NativeID: "p", Backend: "b", Name: "edge", Extensions: o2.JSON(`{"replicas":` + replicas + `}`)}, OCloudID: "o"}
		o2.Seal(p)
		return p
	}
	manager := &o2.DeploymentManager{
		Header:   o2.Header{ID: idB, NativeID: "m", Backend: "b", Name: "c", Volatile: `{"heartbeat":1}`, Revision: 7},
		OCloudID: "o", ServiceURI: "https://c", Capacity: `{"nodes":3}`,
	}
	sub := &o2.Subscription{ID: subA, ConsumerSubscriptionID: `smo "1"`, Secret: "whsec_hidden"}
	plain := &o2.Subscription{ID: subA}
	poolKey, managerKey := o2.ObjectKey{Kind: o2.KindResourcePool, ID: idA}, o2.ObjectKey{Kind: o2.KindDeploymentManager, ID: idB}
	const (
		one   = `{"resourcePoolId":"` + idA + `","name":"edge","description":"","oCloudId":"o","extensions":{"replicas":1}}`
		three = `{"resourcePoolId":"` + idA + `","name":"edge","description":"","oCloudId":"o","extensions":{"replicas":3}}`
		start = `{"eventId":"` + string(eventA) + `","subscriptionId":"` + string(subA) + `"`
		when  = `"timestamp":"2026-01-31T12:00:00.123Z"`
		ref   = `"objectType":"ResourcePool","objectId":"` + idA + `","objectRef":"https://o2.example.com/o2ims/v1/resourcePools/` + idA + `"`
	)
	tests := []struct {
		name, external string
		sub            *o2.Subscription
		event          o2.Event
		want           string
	}{
		{
			"created", "https://o2.example.com/", sub,
			o2.Event{Type: o2.EventCreated, Object: poolKey, Post: pool("3")},
			start + `,"consumerSubscriptionId":"smo \"1\"","eventType":"created",` + ref + `,` + when + `,"postState":` + three + `}`,
		},
		{
			"entering the filter", "https://o2.example.com", plain,
			o2.Event{Type: o2.EventCreated, Object: poolKey, Prior: pool("1"), Post: pool("3")},
			start + `,"eventType":"created",` + ref + `,` + when + `,"postState":` + three + `}`,
		},
		{
			"modified", "https://o2.example.com", plain,
			o2.Event{Type: o2.EventModified, Object: poolKey, Prior: pool("1"), Post: pool("3"), Coalesced: true},
			start + `,"eventType":"modified",` + ref + `,` + when + `,"priorState":` + one + `,"postState":` + three + `}`,
		},
		{
			"deleted", "https://o2.example.com", plain,
			o2.Event{Type: o2.EventDeleted, Object: poolKey, Prior: pool("1")},
			start + `,"eventType":"deleted","objectType":"ResourcePool","objectId":"` + idA + `",` + when + `,"priorState":` + one + `}`,
		},
		{
			"leaving the filter", "https://o2.example.com", plain,
			o2.Event{Type: o2.EventDeleted, Object: poolKey, Prior: pool("1"), Post: pool("3")},
			start + `,"eventType":"deleted","objectType":"ResourcePool","objectId":"` + idA + `",` + when + `,"priorState":` + one + `}`,
		},
		{
			"without an external URL, canonical", "", plain,
			o2.Event{Type: o2.EventCreated, Object: managerKey, Post: o2.Canonical(manager)},
			start + `,"eventType":"created","objectType":"DeploymentManager","objectId":"` + idB + `","objectRef":"/o2ims/v1/deploymentManagers/` + idB + `",` +
				when + `,"postState":{"deploymentManagerId":"` + idB + `","name":"c","description":"","oCloudId":"o","serviceUri":"https://c",` +
				`"supportedLocations":[],"capabilities":{},"capacity":{},"extensions":{}}}`,
		},
		{
			"resync", "https://o2.example.com", plain, o2.Event{Type: o2.EventResync},
			start + `,"eventType":"modified","objectType":"Subscription","objectId":"` + string(subA) +
				`","objectRef":"https://o2.example.com/o2ims/v1/subscriptions/` + string(subA) + `",` + when + `,"resync":true}`,
		},
	}
	schema := notificationSchema(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.event.ID, tt.event.At = eventA, at
			f := Family(tt.external)
			got, err := f.Encode(tt.sub, &tt.event)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			var value any
			if err := json.Unmarshal(got, &value); err != nil {
				t.Fatal(err)
			}
			if err := schema.VisitJSON(value); err != nil {
				t.Errorf("it does not fit the document: %v", err)
			}
			if again, err := f.Encode(tt.sub, &tt.event); err != nil || !bytes.Equal(again, got) {
				t.Errorf("encoded again: %v %s", err, again)
			}
		})
	}
	if f := Family(""); f.Surface != "o2ims/v1" || f.ContentType != "application/json" {
		t.Errorf("surface %q, content type %q", f.Surface, f.ContentType)
	}
}

func TestEventsThatCannotBeTold(t *testing.T) {
	pool := &o2.ResourcePool{Header: o2.Header{ID: idA}}
	key := o2.ObjectKey{Kind: o2.KindResourcePool, ID: idA}
	for want, e := range map[string]o2.Event{
		"event x is of no type that can be told: EventType(0)":                          {Object: key, Post: pool},
		"event x, created, lacks a state of ResourcePool " + idA + " that it tells of":  {Type: o2.EventCreated, Object: key, Prior: pool},
		"event x, modified, lacks a state of ResourcePool " + idA + " that it tells of": {Type: o2.EventModified, Object: key, Post: pool},
		"event x, deleted, lacks a state of ResourcePool " + idA + " that it tells of":  {Type: o2.EventDeleted, Object: key, Post: pool},
		"event x is about an object of no known kind: Kind(9)":                          {Type: o2.EventCreated, Object: o2.ObjectKey{Kind: 9}, Post: pool},
	} {
		e.ID = "x"
		if body, err := Family("").Encode(&o2.Subscription{ID: subA}, &e); err == nil || err.Error() != want || body != nil {
			t.Errorf("got %s, %v, want %s", body, err, want)
		}
	}
}
