package httpserver_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// Selectors, a row for each sentence of what they do.
func TestInventorySelectors(t *testing.T) {
	const (
		resource1 = inventory1 + "/resourcePools/POOLA/resources/RESOURCE0"
		resource2 = inventory2 + "/resourcePools/POOLA/resources/RESOURCE0"
		simple    = `{"resourceId":"RESOURCE0","resourceTypeId":"TYPE","resourcePoolId":"POOLA","description":"the node-0"`
	)
	g := newGateway(t, standard())
	for _, tt := range []struct{ name, path, want string }{
		{"all_fields: everything", resource1 + "?all_fields", resourceHead + `,"extensions":{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}}`},
		{"all_fields with any value", resource1 + "?all_fields=false", resourceHead + `,"extensions":{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}}`},
		{"all_fields and a selector", resource1 + "?all_fields&exclude_fields=extensions", resourceHead + `,"extensions":{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}}`},
		{"fields: mandatory simple ones and those named", resource1 + "?fields=elements,parentId", simple + `,"parentId":"RESOURCE1","elements":[]}`},
		{"fields, optional simple ones left out", resource1 + "?fields=description", simple + `}`},
		{"fields of none", resource1 + "?fields=", simple + `}`},
		{"fields given twice", resource1 + "?fields=parentId&fields=globalAssetId", simple + `,"globalAssetId":"urn:asset:1","parentId":"RESOURCE1"}`},
		{"fields, a nested path", resource1 + "?fields=extensions/disk/gib", simple + `,"extensions":{"disk":{"gib":5}}}`},
		{"fields, within what a resource is made of", resource1 + "?fields=elements/resourceId", simple + `,"elements":[]}`},
		{"fields, what is not there", resource1 + "?fields=extensions/nothing", simple + `,"extensions":{}}`},
		{"fields with exclude_default", resource1 + "?fields=extensions/nativeId&exclude_default", resourceHead + `,"extensions":{"nativeId":"node/0"}}`},
		{"exclude_fields: all but those", resource1 + "?exclude_fields=elements,parentId,globalAssetId", simple + `,"extensions":{"disk":{"gib":5,"kind":"ssd"},"nativeId":"node/0"}}`},
		{"exclude_fields, mandatory simple ones stay", resource1 + "?exclude_fields=resourceId,description,extensions", resourceHead + `}`},
		{"exclude_fields, a nested path", resource1 + "?exclude_fields=extensions/disk/kind", resourceHead + `,"extensions":{"disk":{"gib":5},"nativeId":"node/0"}}`},
		{"exclude_default", resource1 + "?exclude_default", resourceHead + `}`},
		{"exclude_default with a value", resource1 + "?exclude_default=x", resourceHead + `}`},
		{"exclude_default and more", resource1 + "?exclude_default&exclude_fields=elements", strings.Replace(resourceHead, `,"elements":[]`, "", 1) + `}`},
		{"none: as exclude_default", resource1, resourceHead + `}`},

		{"globalAssetId is mandatory in v2", resource2 + "?fields=groups", simple + `,"globalAssetId":"urn:asset:1","groups":[]}`},
		{"mandatory lists can be selected away", resource2 + "?exclude_fields=tags,groups,elements,extensions", simple + `,"globalAssetId":"urn:asset:1","parentId":"RESOURCE1"}`},

		{"the O-Cloud", inventory1 + "?fields=extensions/hub/id", `{"oCloudId":"CLOUD","globalcloudId":"GLOBAL",` + cloudNames + `,"extensions":{"hub":{"id":1}}}`},
		{"the O-Cloud, v2", inventory2 + "?exclude_fields=extensions", `{"oCloudId":"CLOUD","globalCloudId":"GLOBAL",` + cloudNames + `}`},
		{"a dictionary is complex", inventory1 + "/resourceTypes/TYPE?exclude_fields=alarmDictionary", typeHead + `,"extensions":{"cores":64}}`},
		{"within the list of a dictionary", inventory1 + "/resourceTypes/TYPE?fields=alarmDictionary/alarmDefinition/alarmName",
			typeHead + `,"alarmDictionary":{"alarmDefinition":[{"alarmName":"ServerDown"},{"alarmName":"TooHot"}]}}`},
		{"within a dictionary", inventory2 + "/resourceTypes/TYPE/alarmDictionary?fields=alarmDefinition/clearingType",
			`{"alarmDictionaryId":"DICTIONARY","alarmDictionaryVersion":"4","alarmDictionarySchemaVersion":"1.0","entityType":"X-1","vendor":"acme",` +
				`"alarmDefinition":[{"clearingType":"MANUAL"},{"clearingType":"AUTOMATIC"}]}`},
		{"lists alike", inventory2 + "/alarmDictionaries?fields=managementInterfaceId&filter=(eq,vendor,acme)",
			`[{"alarmDictionaryId":"DICTIONARY","alarmDictionaryVersion":"4","alarmDictionarySchemaVersion":"1.0","entityType":"X-1","vendor":"acme","managementInterfaceId":["O2IMS"]}]`},
		{"a pool", inventory1 + "/resourcePools/POOLA?fields=name", strings.Replace(pool1A, `,"location":"site-a"`, "", 1) + `}`},
		{"a pool, v2", inventory2 + "/resourcePools/POOLA?fields=extensions/replicas", pool2A + `,"extensions":{"replicas":3}}`},
		{"capacity is complex", inventory1 + "/deploymentManagers/MANAGER?fields=capacity",
			`{"deploymentManagerId":"MANAGER","name":"cluster-a","description":"the cluster-a","oCloudId":"OCLOUD1","serviceUri":"https://cluster-a.example.com:6443","capacity":{"nodes":3}}`},
		{"a list", inventory1 + "/deploymentManagers?exclude_fields=capacity/nodes,capabilities,supportedLocations,extensions",
			`[{"deploymentManagerId":"MANAGER","name":"cluster-a","description":"the cluster-a","oCloudId":"OCLOUD1","serviceUri":"https://cluster-a.example.com:6443","capacity":{}}]`},
		{"a location", inventory2 + "/locations/location-b?fields=coordinate/coordinates,civicAddress/caValue",
			`{"globalLocationId":"location-b","name":"Site B","description":"the hall by the river","coordinate":{"coordinates":[2.35,-48.5,35.5]},` +
				`"civicAddress":[{"caValue":"Exampletown"},{"caValue":"\"The\" Street"}]}`},
		{"a site", inventory2 + "/oCloudSites?filter=(eq,name,site-a)&exclude_fields=resourcePools,extensions/rack/rows",
			`[{"oCloudSiteId":"SITEA","globalLocationId":"location-a","name":"site-a","description":"the edge","extensions":{"rack":{}}}]`},
	} {
		a := g.get(spelledOut.Replace(tt.path))
		if want := spelledOut.Replace(tt.want); a.StatusCode != http.StatusOK || a.body != want {
			t.Errorf("%s: %s\ngot  %d %s\nwant %s", tt.name, tt.path, a.StatusCode, a.body, want)
		}
	}
}

// Filters, over every data type as each version spells it.
func TestInventoryFilters(t *testing.T) {
	g := newGateway(t, standard())
	for _, tt := range []struct{ path, want string }{
		{inventory1 + "/resourceTypes?filter=(eq,name,compute-server)", "TYPE"},
		{inventory1 + "/resourceTypes?filter=(neq,name,compute-server)", "BARETYPE"},
		{inventory1 + "/resourceTypes?filter=(EQ,resourceKind,PHYSICAL)", "TYPE"},
		{inventory1 + "/resourceTypes?filter=(eq,alarmDictionary/vendor,acme)", "TYPE"},
		{inventory1 + "/resourceTypes?filter=(cont,alarmDictionary/alarmDefinition/alarmName,Hot,nothing)", "TYPE"},
		{inventory1 + "/resourceTypes?filter=(ncont,alarmDictionary/alarmDefinition/alarmName,Hot)", "TYPE BARETYPE"},
		{inventory1 + "/resourceTypes?filter=(gte,extensions/cores,64.0)", "TYPE"},
		{inventory1 + "/resourceTypes?filter=(gt,extensions/cores,64)", ""},
		{inventory1 + "/resourceTypes?filter=(eq,extensions/@key,cores)", "TYPE"},
		{inventory1 + "/resourcePools?filter=(eq,globalLocationId,location-a)", "POOLA POOLB"},
		{inventory1 + "/resourcePools?filter=(eq,location,)", "POOLB"},
		{inventory1 + "/resourcePools?filter=(eq,oCloudId,CLOUD)", "POOLA POOLB"},
		{inventory1 + "/resourcePools?filter=(in,name,core,other);(eq,oCloudId,CLOUD)", "POOLB"},
		{inventory1 + "/resourcePools?filter=(nin,name,core,other)%3B(eq,oCloudId,CLOUD)", "POOLA"},
		{inventory1 + "/resourcePools?filter=(eq,name,edge)&filter=(eq,name,core)", ""},
		{inventory2 + "/resourcePools?filter=(eq,oCloudSiteId,SITEA)", "POOLA POOLB"},
		{inventory2 + "/resourcePools?filter=(neq,extensions/replicas,3)", "POOLB"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(eq,resourceTypeId,TYPE)", "RESOURCE0"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(cont,description,node)", "RESOURCE0 RESOURCE1"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(eq,parentId,RESOURCE1)", "RESOURCE0"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(neq,parentId,RESOURCE1)", "RESOURCE1"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(eq,globalAssetId,)", "RESOURCE1"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(gt,extensions/load,6)", "RESOURCE1"},
		{inventory1 + "/resourcePools/POOLA/resources?filter=(eq,resourcePoolId,POOLB)", ""},
		{inventory2 + "/resourcePools/POOLA/resources?filter=(eq,tags,ptp)", "RESOURCE0"},
		{inventory2 + "/resourcePools/POOLA/resources?filter=(neq,groups,x)", "RESOURCE0 RESOURCE1"},
		{inventory1 + "/deploymentManagers?filter=(cont,name,luster)", "MANAGER"},
		{inventory1 + "/deploymentManagers?filter=(eq,supportedLocations,location-a);(lt,capacity/nodes,10)", "MANAGER"},
		{inventory1 + "/deploymentManagers?filter=(eq,capabilities/ptp,true)", "MANAGER"},
		{inventory2 + "/alarmDictionaries?filter=(eq,alarmDictionaryId,DICTIONARY)", "DICTIONARY"},
		{inventory2 + "/alarmDictionaries?filter=(eq,alarmDefinition/alarmName,TooHot)", "DICTIONARY"},
		{inventory2 + "/alarmDictionaries?filter=(eq,managementInterfaceId,O2IMS);(eq,entityType,thing)", "BAREDICTIONARY"},
		{inventory2 + "/locations?filter=(eq,globalLocationId,location-b)", "location-b"},
		{inventory2 + "/locations?filter=(eq,civicAddress/caValue,Exampletown);(eq,civicAddress/caType,3)", "location-b"},
		{inventory2 + "/locations?filter=(gt,coordinate/coordinates,35)", "location-b"},
		{inventory2 + "/locations?filter=(eq,oCloudSiteIds,SITEA)", "location-a"},
		{inventory2 + "/locations?filter=(neq,address,x);(eq,extensions/tier,2)", "location-b"},
		{inventory2 + "/oCloudSites?filter=(eq,resourcePools,POOLB)", "SITEA"},
		{inventory2 + "/oCloudSites?filter=(eq,oCloudSiteId,8FD364A0-6D82-4E0C-A418-5C1A2F8B9C3E)", "SITEB"},
	} {
		a := g.get(spelledOut.Replace(tt.path))
		if got, want := strings.Join(idsIn(t, a.body), " "), spelledOut.Replace(tt.want); a.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s\ngot  %d %s\nwant %s", tt.path, a.StatusCode, got, want)
		}
	}
}

// typeIDs are the attributes that identify objects of the inventory.
var typeIDs = []string{
	"resourceTypeId", "resourcePoolId", "resourceId", "deploymentManagerId", "alarmDictionaryId", "globalLocationId", "oCloudSiteId", "subscriptionId",
}

// idsIn returns the ids of a list's objects: of each the first attribute.
func idsIn(t *testing.T, body string) (ids []string) {
	t.Helper()
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Errorf("%v in %s", err, body)
	}
	for _, object := range list {
		name, rest, _ := strings.Cut(strings.TrimPrefix(string(object), `{"`), `":"`)
		id, _, _ := strings.Cut(rest, `"`)
		if !slices.Contains(typeIDs, name) {
			t.Errorf("%s begins with %s", object, name)
		}
		ids = append(ids, id)
	}
	return ids
}
