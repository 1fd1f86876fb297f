package oran_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/inventoryv1"
	"github.com/netweave/netweave/inbound/http/inventoryv2"
	"github.com/netweave/netweave/inbound/http/oran"
	"github.com/netweave/netweave/ports/ocloud"
	"github.com/netweave/netweave/ports/subscription"
)

// version is one of the inventory's.
type version struct {
	name, base, surface string
	document            []byte
	family              func(string, ocloud.Atlas) subscription.Family
	model               func(ocloud.Atlas) *oran.Model
}

var versions = []version{
	{"v1", inventoryv1.Base, "o-ran/inventory/v1", inventoryv1.Document(), inventoryv1.Family, inventoryv1.Model},
	{"v2", inventoryv2.Base, "o-ran/inventory/v2", inventoryv2.Document(), inventoryv2.Family, inventoryv2.Model},
}

func (v version) schema(t *testing.T, name string) *openapi3.Schema {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(v.document)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas[name].Value
}

func TestNotifications(t *testing.T) {
	at := time.Date(2026, 1, 31, 13, 0, 0, 123987654, time.FixedZone("CET", 3600))
	resource := func(asset string) o2.Object {
		r := &o2.Resource{
			Header:         o2.Header{ID: idA, NativeID: "r", Backend: "b", Name: "node", Extensions: `{"rack":1}`, Volatile: `{"load":7}`},
			ResourceTypeID: idC, ResourcePoolID: idB, GlobalAssetID: asset,
		}
		o2.Seal(r)
		return o2.Canonical(r)
	}
	shown := func(asset string) map[string]string {
		start := `{"resourceId":"` + string(idA) + `","resourceTypeId":"` + string(idC) + `","resourcePoolId":"` + string(idB) +
			`","description":"node","globalAssetId":"` + asset + `","elements":[]`
		return map[string]string{"v1": start + `,"extensions":{"rack":1}}`, "v2": start + `,"tags":[],"groups":[],"extensions":{"rack":1}}`}
	}
	manager := &o2.DeploymentManager{
		Header:     o2.Header{ID: idB, NativeID: "m", Backend: "b", Name: "c", Volatile: `{"heartbeat":1}`},
		ServiceURI: "https://c", Capacity: `{"nodes":3}`,
	}
	const shownManager = `{"deploymentManagerId":"` + string(idB) + `","name":"c","description":"","oCloudId":"` + string(cloud) + `","serviceUri":"https://c",` +
		`"supportedLocations":[],"capabilities":{},"capacity":{},"extensions":{}}`
	named, plain := &o2.Subscription{ID: subA, ConsumerSubscriptionID: `smo "1"`}, &o2.Subscription{ID: subA}
	key := o2.ObjectKey{Kind: o2.KindResource, ID: idA}
	const (
		start = `{"notificationId":"` + string(eventA) + `","notificationEventType":`
		when  = `"updateTime":"2026-01-31T12:00:00.123Z"`
		ref   = `"objectRef":"https://o2.example.com/gwBASE/resourcePools/` + string(idB) + `/resources/` + string(idA) + `"`
	)
	for _, v := range versions {
		one, two := shown("1")[v.name], shown("2")[v.name]
		for _, tt := range []struct {
			name, external string
			sub            *o2.Subscription
			event          o2.Event
			want           string
		}{
			{
				"created", "https://o2.example.com/gw/", named, o2.Event{Type: o2.EventCreated, Object: key, Post: resource("2")},
				start + `0,"consumerSubscriptionId":"smo \"1\"",` + ref + `,` + when + `,"postObjectState":` + two + `}`,
			},
			{
				"entering the filter", "https://o2.example.com/gw", plain, o2.Event{Type: o2.EventCreated, Object: key, Prior: resource("1"), Post: resource("2")},
				start + `0,` + ref + `,` + when + `,"postObjectState":` + two + `}`,
			},
			{
				"modified", "https://o2.example.com/gw", plain, o2.Event{Type: o2.EventModified, Object: key, Prior: resource("1"), Post: resource("2")},
				start + `1,` + ref + `,` + when + `,"priorObjectState":` + one + `,"postObjectState":` + two + `}`,
			},
			{
				"deleted", "https://o2.example.com/gw", plain, o2.Event{Type: o2.EventDeleted, Object: key, Prior: resource("1")},
				start + `2,` + when + `,"priorObjectState":` + one + `}`,
			},
			{
				"leaving the filter", "https://o2.example.com/gw", plain, o2.Event{Type: o2.EventDeleted, Object: key, Prior: resource("1"), Post: resource("2")},
				start + `2,` + when + `,"priorObjectState":` + one + `}`,
			},
			{
				"without an external URL", "", plain,
				o2.Event{Type: o2.EventCreated, Object: o2.ObjectKey{Kind: o2.KindDeploymentManager, ID: idB}, Post: o2.Canonical(manager)},
				start + `0,"objectRef":"BASE/deploymentManagers/` + string(idB) + `",` + when + `,"postObjectState":` + shownManager + `}`,
			},
		} {
			t.Run(v.name+" "+tt.name, func(t *testing.T) {
				tt.event.ID, tt.event.At = eventA, at
				family := v.family(tt.external, atlas{})
				got, err := family.Encode(tt.sub, &tt.event)
				if err != nil {
					t.Fatal(err)
				}
				if want := strings.ReplaceAll(tt.want, "BASE", v.base); string(got) != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				var value any
				if err := json.Unmarshal(got, &value); err != nil {
					t.Fatal(err)
				}
				if err := v.schema(t, "InventoryChangeNotification").VisitJSON(value); err != nil {
					t.Errorf("it does not fit the document: %v", err)
				}
				if again, err := family.Encode(tt.sub, &tt.event); err != nil || !bytes.Equal(again, got) {
					t.Errorf("encoded again: %v %s", err, again)
				}
			})
		}
	}
}

// References to each kind of object, and to one that is served nowhere.
func TestReferences(t *testing.T) {
	for _, v := range versions {
		family := v.family("", atlas{})
		for _, tt := range []struct {
			object o2.Object
			want   string
		}{
			{&o2.ResourcePool{Header: o2.Header{ID: idA}}, `"objectRef":"` + v.base + `/resourcePools/` + string(idA) + `",`},
			{&o2.ResourceType{Header: o2.Header{ID: idA}}, `"objectRef":"` + v.base + `/resourceTypes/` + string(idA) + `",`},
			{&o2.Resource{Header: o2.Header{ID: idA}}, ``},
		} {
			e := o2.Event{ID: eventA, Type: o2.EventCreated, Object: o2.ObjectKey{Kind: tt.object.Kind(), ID: idA}, Post: tt.object}
			got, err := family.Encode(&o2.Subscription{ID: subA}, &e)
			if err != nil || !strings.Contains(string(got), tt.want) || strings.Contains(string(got), "objectRef") != (tt.want != "") {
				t.Errorf("%v %s, want %s", err, got, tt.want)
			}
		}
	}
}

// The standard cannot say that changes were missed: nothing is sent. What lacks what
// it tells of is an error, and no notification.
func TestEventsThatAreNotTold(t *testing.T) {
	key := o2.ObjectKey{Kind: o2.KindResourcePool, ID: idA}
	pool := &o2.ResourcePool{Header: o2.Header{ID: idA}}
	for _, v := range versions {
		family := v.family("", atlas{})
		if family.Surface != v.surface || family.ContentType != "application/json" {
			t.Errorf("%+v", family)
		}
		if body, err := family.Encode(&o2.Subscription{ID: subA}, &o2.Event{Type: o2.EventResync}); err != nil || body != nil {
			t.Errorf("resync: %v %s", err, body)
		}
		for _, e := range []o2.Event{
			{}, {Type: o2.EventCreated, Object: key}, {Type: o2.EventModified, Object: key, Post: pool}, {Type: o2.EventModified, Object: key, Prior: pool},
			{Type: o2.EventDeleted, Object: key, Post: pool}, {Type: o2.EventCreated, Object: o2.ObjectKey{Kind: o2.KindAlarm, ID: idA}, Post: &o2.Alarm{}},
		} {
			if body, err := family.Encode(&o2.Subscription{ID: subA}, &e); err == nil {
				t.Errorf("%+v: %s", e, body)
			}
		}
	}
}
