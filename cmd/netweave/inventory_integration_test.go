//go:build integration

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// change is an InventoryChangeNotification.
type change struct {
	NotificationID         string
	NotificationEventType  int
	ConsumerSubscriptionID string
	ObjectRef              string
	PriorObjectState       map[string]any
	PostObjectState        map[string]any
}

// told waits until s was told of a pool in a notification of that type.
func (g *gateway) told(s *smo, eventType int, pool string) (found change) {
	g.t.Helper()
	g.eventually(fmt.Sprintf("the subscriber hears %d of pool %s", eventType, pool), func() error {
		for _, n := range s.all() {
			var c change
			if err := json.Unmarshal([]byte(n.body), &c); err != nil {
				g.t.Fatal(err)
			}
			for _, state := range []map[string]any{c.PriorObjectState, c.PostObjectState} {
				if state["resourcePoolId"] == pool && c.NotificationEventType == eventType {
					found = c
					return nil
				}
			}
		}
		return fmt.Errorf("it got %d others", len(s.all()))
	})
	return found
}

// What happens to a pool is told to subscribers of every version, in its own form,
// with a reference that leads to the pool as that version shows it.
func TestStandardSubscribersHear(t *testing.T) {
	const service = "https://ims.example.com:30205"
	g := start(t, lab+"oCloud: {id: lab, name: lab, serviceUri: '"+service+"'}\n")
	g.ready()
	bases := map[string]string{"/o2ims-infrastructureInventory/v1": "oCloudId", "/o2ims-infrastructureInventory/v2": "oCloudSiteId"}
	heard := map[string]*smo{}
	for base := range bases {
		heard[base] = newSMO(t)
		g.ask("POST", base+"/subscriptions", fmt.Sprintf(`{"callback":%q,"consumerSubscriptionId":"c-1","filter":"(eq,objectType,ResourcePool)"}`, heard[base].url), 201)
	}
	pool := g.createPool("edge-1")
	for base, attribute := range bases {
		created := g.told(heard[base], 0, pool)
		path, absolute := strings.CutPrefix(created.ObjectRef, service)
		if !absolute || path != base+"/resourcePools/"+pool || created.ConsumerSubscriptionID != "c-1" || created.PriorObjectState != nil {
			t.Errorf("%s: %+v", base, created)
		}
		var shown map[string]any
		if err := json.Unmarshal([]byte(g.ask("GET", path, "", 200).body), &shown); err != nil {
			t.Fatal(err)
		}
		if shown[attribute] == nil || shown[attribute] != created.PostObjectState[attribute] {
			t.Errorf("%s: %s is told as %v and shown as %v", base, attribute, created.PostObjectState[attribute], shown[attribute])
		}
	}
	g.ask("PUT", "/o2ims/v1/resourcePools/"+pool, `{"name":"edge-1","description":"another"}`, 200)
	for base := range bases { // before it is deleted: what is changed twice may be told as one change
		if modified := g.told(heard[base], 1, pool); modified.PostObjectState["description"] != "another" {
			t.Errorf("%s: %+v", base, modified)
		}
	}
	g.ask("DELETE", "/o2ims/v1/resourcePools/"+pool, "", 204)
	for base := range bases {
		deleted := g.told(heard[base], 2, pool)
		if deleted.ObjectRef != "" || deleted.PostObjectState != nil || deleted.PriorObjectState["description"] != "another" {
			t.Errorf("%s: %+v", base, deleted)
		}
	}
}
