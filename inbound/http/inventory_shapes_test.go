package httpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

const (
	inventory1 = "/o2ims-infrastructureInventory/v1"
	inventory2 = "/o2ims-infrastructureInventory/v2"
	bareType   = o2.ID("bbbbbbbb-0000-4000-8000-000000000002")
)

// standard is an inventory of which everything is told that the standard knows, and
// of which nothing is told.
func standard() *stock {
	return newStock(
		&o2.DeploymentManager{
			Header: head(manager, "cluster-a", `{"nativeId":"k8s/a"}`), OCloudID: "ocloud-1", ServiceURI: "https://cluster-a.example.com:6443",
			SupportedLocations: []string{"location-a"}, Capabilities: `{"ptp":true}`, Capacity: `{"nodes":3}`,
		},
		&o2.ResourcePool{Header: head(poolA, "edge", `{"nativeId":"ms/edge","replicas":3}`), OCloudID: string(cloudID), Location: "site-a"},
		&o2.ResourcePool{Header: head(poolB, "core", "")},
		&o2.ResourceType{
			Header: head(typeA, "compute-server", `{"cores":64}`), Vendor: "acme", Model: "X-1", Version: "2",
			ResourceKind: o2.ResourceKindPhysical, ResourceClass: o2.ResourceClassCompute, AlarmDictionaryVersion: "4",
			Alarms: []o2.AlarmDefinition{{
				ID: o2.AlarmDefinitionID(typeA, "down"), NativeID: "down", Name: "ServerDown", LastChange: "3", Change: o2.AlarmModified,
				Description: "it is down", RepairActions: "look", Clearing: o2.ClearingManual, AdditionalFields: `{"probe":"ping"}`,
			}, {
				ID: o2.AlarmDefinitionID(typeA, "hot"), NativeID: "hot", Name: "TooHot", LastChange: "4", Change: o2.AlarmAdded,
				Description: "it is hot", RepairActions: "cool it", Clearing: o2.ClearingAutomatic,
			}},
		},
		&o2.ResourceType{Header: head(bareType, "thing", "")},
		&o2.Resource{
			Header: head(resourceID(0), "node-0", `{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}`), ResourceTypeID: typeA, ResourcePoolID: poolA,
			ParentID: resourceID(1), GlobalAssetID: "urn:asset:1", Tags: []string{"edge", "ptp"},
		},
		&o2.Resource{
			Header:         o2.Header{ID: resourceID(1), NativeID: "1", Backend: "fake", Tenant: "default", Name: "node-1", Volatile: `{"load":7}`},
			ResourcePoolID: poolA,
		},
	)
}

const (
	definitions = `[{"alarmDefinitionId":"DOWN","alarmName":"ServerDown","alarmLastChange":"3","alarmChangeType":"MODIFIED",` +
		`"alarmDescription":"it is down","proposedRepairActions":"look","clearingType":"MANUAL",` +
		`"managementInterfaceId":["O2IMS"],"pkNotificationField":["alarmDefinitionID"],"alarmAdditionalFields":{"probe":"ping"}},` +
		`{"alarmDefinitionId":"HOT","alarmName":"TooHot","alarmLastChange":"4","alarmChangeType":"ADDED",` +
		`"alarmDescription":"it is hot","proposedRepairActions":"cool it","clearingType":"AUTOMATIC",` +
		`"managementInterfaceId":["O2IMS"],"pkNotificationField":["alarmDefinitionID"],"alarmAdditionalFields":{}}]`
	dictionary = `"alarmDictionaryVersion":"4","alarmDictionarySchemaVersion":"1.0","entityType":"X-1","vendor":"acme",` +
		`"managementInterfaceId":["O2IMS"],"pkNotificationField":["alarmDefinitionID"],"alarmDefinition":` + definitions + `}`
	bareDictionary = `"alarmDictionaryVersion":"","alarmDictionarySchemaVersion":"1.0","entityType":"thing","vendor":"",` +
		`"managementInterfaceId":["O2IMS"],"pkNotificationField":["alarmDefinitionID"],"alarmDefinition":[]}`
	typeHead = `{"resourceTypeId":"TYPE","name":"compute-server","description":"the compute-server","vendor":"acme","model":"X-1",` +
		`"version":"2","resourceKind":"PHYSICAL","resourceClass":"COMPUTE"`
	bareTypeHead = `{"resourceTypeId":"BARETYPE","name":"thing","description":"the thing","vendor":"","model":"","version":"",` +
		`"resourceKind":"UNDEFINED","resourceClass":"UNDEFINED"`
	resourceHead = `{"resourceId":"RESOURCE0","resourceTypeId":"TYPE","resourcePoolId":"POOLA","description":"the node-0",` +
		`"globalAssetId":"urn:asset:1","parentId":"RESOURCE1","elements":[]`
	bareResourceHead = `{"resourceId":"RESOURCE1","resourceTypeId":"00000000-0000-0000-0000-000000000000","resourcePoolId":"POOLA",` +
		`"description":"node-1","globalAssetId":"","elements":[]`
	managerHead = `{"deploymentManagerId":"MANAGER","name":"cluster-a","description":"the cluster-a","oCloudId":"OCLOUD1",` +
		`"serviceUri":"https://cluster-a.example.com:6443","supportedLocations":["location-a"],"capabilities":{"ptp":true},"capacity":{"nodes":3}`
	cloudNames  = `"name":"edge-cloud","description":"the edge cloud","serviceUri":"http://localhost"`
	cloudExtras = `,"extensions":{"country":"FR","hub":{"id":1,"name":"h"}}}`
	pool1A      = `{"resourcePoolId":"POOLA","name":"edge","description":"the edge","oCloudId":"CLOUD","globalLocationId":"location-a","location":"site-a"`
	pool1B      = `{"resourcePoolId":"POOLB","name":"core","description":"the core","oCloudId":"CLOUD","globalLocationId":"location-a","location":""`
	pool2A      = `{"resourcePoolId":"POOLA","name":"edge","description":"the edge","oCloudSiteId":"SITEA"`
	locationA   = `{"globalLocationId":"location-a","name":"Site A","description":"","address":"1 Example Street","oCloudSiteIds":["SITEA"],"extensions":{}}`
	locationB   = `{"globalLocationId":"location-b","name":"Site B","description":"the hall by the river",` +
		`"coordinate":{"type":"Point","coordinates":[2.35,-48.5,35.5]},` +
		`"civicAddress":[{"caType":3,"caValue":"Exampletown"},{"caType":6,"caValue":"\"The\" Street"}],"oCloudSiteIds":[],"extensions":{"tier":2}}`
	shownSiteA = `{"oCloudSiteId":"SITEA","globalLocationId":"location-a","name":"site-a","description":"the edge","resourcePools":["POOLA","POOLB"],"extensions":{"rack":{"rows":4}}}`
	shownSiteB = `{"oCloudSiteId":"SITEB","globalLocationId":"location-b","name":"site-b","description":"","resourcePools":[],"extensions":{}}`
)

// spelledOut writes the ids of standard() for their names.
var spelledOut = strings.NewReplacer(
	"BARETYPE", string(bareType), "TYPE", string(typeA), "RESOURCE0", string(resourceID(0)), "RESOURCE1", string(resourceID(1)),
	"POOLA", string(poolA), "POOLB", string(poolB), "MANAGER", string(manager), "OCLOUD1", string(o2.OCloudID("ocloud-1")),
	"GLOBAL", string(globalCloudID), "CLOUD", string(cloudID), "SITEA", string(siteA), "SITEB", string(siteB),
	"BAREDICTIONARY", string(o2.AlarmDictionaryID(bareType)), "DICTIONARY", string(o2.AlarmDictionaryID(typeA)),
	"DOWN", string(o2.AlarmDefinitionID(typeA, "down")), "HOT", string(o2.AlarmDefinitionID(typeA, "hot")),
)

// Each data type, to the letter: as it is by default, and with all its attributes.
func TestInventoryShapes(t *testing.T) {
	g := newGateway(t, standard())
	for _, tt := range []struct{ path, want string }{
		{inventory1, `{"oCloudId":"CLOUD","globalcloudId":"GLOBAL",` + cloudNames + `}`},
		{inventory1 + "?all_fields", `{"oCloudId":"CLOUD","globalcloudId":"GLOBAL",` + cloudNames + cloudExtras},
		{inventory2, `{"oCloudId":"CLOUD","globalCloudId":"GLOBAL",` + cloudNames + cloudExtras},
		{inventory2 + "?all_fields", `{"oCloudId":"CLOUD","globalCloudId":"GLOBAL",` + cloudNames + cloudExtras},

		{inventory1 + "/resourceTypes/TYPE", typeHead + `,"alarmDictionary":{` + dictionary + `}`},
		{inventory1 + "/resourceTypes/TYPE?all_fields", typeHead + `,"alarmDictionary":{` + dictionary + `,"extensions":{"cores":64}}`},
		{inventory1 + "/resourceTypes/BARETYPE?all_fields", bareTypeHead + `,"alarmDictionary":{` + bareDictionary + `,"extensions":{}}`},
		{inventory1 + "/resourceTypes", `[` + typeHead + `,"alarmDictionary":{` + dictionary + `},` + bareTypeHead + `,"alarmDictionary":{` + bareDictionary + `}]`},
		{inventory2 + "/resourceTypes/TYPE", typeHead + `,"alarmDictionaryId":"DICTIONARY","extensions":{"cores":64}}`},
		{inventory2 + "/resourceTypes/BARETYPE?all_fields", bareTypeHead + `,"alarmDictionaryId":"BAREDICTIONARY","extensions":{}}`},

		{inventory2 + "/alarmDictionaries/DICTIONARY", `{"alarmDictionaryId":"DICTIONARY",` + dictionary},
		{inventory2 + "/resourceTypes/TYPE/alarmDictionary", `{"alarmDictionaryId":"DICTIONARY",` + dictionary},
		{inventory2 + "/resourceTypes/BARETYPE/alarmDictionary?all_fields", `{"alarmDictionaryId":"BAREDICTIONARY",` + bareDictionary},
		{inventory2 + "/alarmDictionaries", `[{"alarmDictionaryId":"DICTIONARY",` + dictionary + `,{"alarmDictionaryId":"BAREDICTIONARY",` + bareDictionary + `]`},

		{inventory1 + "/resourcePools", `[` + pool1A + `},` + pool1B + `}]`},
		{inventory1 + "/resourcePools/POOLA?all_fields", pool1A + `,"extensions":{"nativeId":"ms/edge","replicas":3}}`},
		{inventory1 + "/resourcePools/POOLB?all_fields", pool1B + `,"extensions":{}}`},
		{inventory2 + "/resourcePools/POOLA", pool2A + `}`},
		{inventory2 + "/resourcePools/POOLA?all_fields", pool2A + `,"extensions":{"nativeId":"ms/edge","replicas":3}}`},

		{inventory1 + "/resourcePools/POOLA/resources", `[` + resourceHead + `},` + bareResourceHead + `}]`},
		{inventory1 + "/resourcePools/POOLB/resources", `[]`},
		{inventory1 + "/resourcePools/POOLA/resources/RESOURCE0?all_fields", resourceHead + `,"extensions":{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}}`},
		{inventory1 + "/resourcePools/POOLA/resources/RESOURCE1?all_fields", bareResourceHead + `,"extensions":{"load":7}}`},
		{inventory2 + "/resourcePools/POOLA/resources/RESOURCE0", resourceHead + `,"tags":["edge","ptp"],"groups":[],"extensions":{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}}`},
		{inventory2 + "/resourcePools/POOLA/resources/RESOURCE1", bareResourceHead + `,"tags":[],"groups":[],"extensions":{"load":7}}`},

		{inventory1 + "/deploymentManagers", `[` + managerHead + `}]`},
		{inventory1 + "/deploymentManagers/MANAGER?all_fields", managerHead + `,"extensions":{"nativeId":"k8s/a"}}`},
		{inventory2 + "/deploymentManagers/MANAGER", managerHead + `}`},
		{inventory2 + "/deploymentManagers/MANAGER?all_fields", managerHead + `,"extensions":{"nativeId":"k8s/a"}}`},

		{inventory2 + "/locations", `[` + locationB + `,` + locationA + `]`},
		{inventory2 + "/locations/location-a", locationA},
		{inventory2 + "/locations/location%2Db", locationB},
		{inventory2 + "/oCloudSites", `[` + shownSiteA + `,` + shownSiteB + `]`},
		{inventory2 + "/oCloudSites/SITEB?all_fields", shownSiteB},
	} {
		path, want := spelledOut.Replace(tt.path), spelledOut.Replace(tt.want)
		a := g.get(path)
		if a.StatusCode != http.StatusOK || a.body != want {
			t.Errorf("%s\ngot  %d %s\nwant %s", tt.path, a.StatusCode, a.body, want)
		}
		if strings.Contains(path, "?") {
			continue
		}
		if slashed := g.get(path + "/"); slashed.StatusCode != http.StatusOK || slashed.body != want {
			t.Errorf("%s/: %d %s", tt.path, slashed.StatusCode, slashed.body)
		}
		if plain := g.get(path + "?exclude_default"); plain.body != want || plain.Header.Get("Etag") != a.Header.Get("Etag") {
			t.Errorf("%s?exclude_default: %d %s", tt.path, plain.StatusCode, plain.body)
		}
		if again := g.get(path, "If-None-Match: "+a.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s again: %d", tt.path, again.StatusCode)
		}
	}
}
