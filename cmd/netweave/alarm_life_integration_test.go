//go:build integration

package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// labWithAlarms is a mock that keeps alarms raised, and takes alerts.
const labWithAlarms = `
server: {listen: "127.0.0.1:0", externalURL: "https://o2.example.com", accessLog: {path: $DIR/access.log}}
log: {format: text}
plugins: {dir: $PLUGINS, stateDir: $DIR/state}
store: {embedded: {path: $DIR/store.db}}
subscriptions: {callbacks: {allowLoopbackHTTP: true}}
oCloud: {globalId: 18f2dc90-b375-47dd-b8dc-ae80072e6cdb}
alarms: {pollInterval: 100ms, alertmanager: {receivers: [{name: prometheus, resourcePattern: '^([^:]+):\d+$'}]}}
adapters:
  - name: lab
    type: mock
    config: {seed: 7, pools: 2, resourcesPerPool: 25, alarms: {active: 12}}
`

const (
	monitoring = "/o2ims-infrastructureMonitoring/v1"
	alarmKey   = "c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2g="
)

// alarmEvent is what a subscriber was told of an alarm.
type alarmEvent struct {
	GlobalCloudID         string `json:"globalCloudID"`
	NotificationEventType int    `json:"notificationEventType"`
	ObjectRef             string `json:"objectRef"`
	AlarmEventRecordID    string `json:"alarmEventRecordId"`
	ResourceID            string `json:"resourceID"`
	PerceivedSeverity     int    `json:"perceivedSeverity"`
	AlarmAcknowledged     bool   `json:"alarmAcknowledged"`

	signed bool
}

// noc receives notifications of alarms.
type noc struct {
	url string

	mu  sync.Mutex
	got []alarmEvent
}

func newNOC(t *testing.T) *noc {
	t.Helper()
	n := &noc{}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	n.url = server.URL + "/alarms"
	return n
}

func (n *noc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender is gone
	}
	var e alarmEvent
	if err := json.Unmarshal(body, &e); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e.signed = signedRightly(r.Header, body)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got = append(n.got, e)
	w.WriteHeader(http.StatusNoContent)
}

// signedRightly checks a signature as Standard Webhooks has it.
func signedRightly(h http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(alarmKey)
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), body)
	return h.Get("Webhook-Signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// told returns the types of the events that were told of an alarm, in order.
func (n *noc) told(alarm string) (types []int, last alarmEvent) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.got {
		if e.AlarmEventRecordID == alarm {
			types, last = append(types, e.NotificationEventType), e
		}
	}
	return types, last
}

// patch is ask for a merge patch.
func (g *gateway) patch(path, body string, status int) {
	g.t.Helper()
	r, err := http.NewRequest(http.MethodPatch, g.url+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/merge-patch+json")
	res, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer res.Body.Close()
	answered, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || status == http.StatusOK && string(answered) != body {
		g.t.Fatalf("PATCH %s %s: %d %s, %v; want %d", path, body, res.StatusCode, answered, err, status)
	}
}

// alarms returns those that a filter selects.
func (g *gateway) listAlarms(filter string) (list []map[string]any) {
	g.t.Helper()
	a := g.ask("GET", monitoring+"/alarms?filter="+filter, "", 200)
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		g.t.Fatal(err)
	}
	return list
}

// An alert that is raised, acknowledged and resolved is told as that, in order and
// signed, and is still there after a restart.
func TestAnAlarmsLife(t *testing.T) {
	dir, all, clears := t.TempDir(), newNOC(t), newNOC(t)
	g := startIn(t, dir, labWithAlarms)
	g.ready()
	g.ask("POST", monitoring+"/alarmSubscriptions", fmt.Sprintf(`{"callback":%q,"secret":"whsec_%s"}`, all.url, alarmKey), 201)
	g.ask("POST", monitoring+"/alarmSubscriptions", fmt.Sprintf(`{"callback":%q,"filter":"CLEAR"}`, clears.url), 201)

	var resource map[string]any
	if items := g.ask("GET", "/o2ims/v1/resources?limit=1", "", 200).object(t)["items"].([]any); len(items) == 1 {
		resource = items[0].(map[string]any)
	}
	alert := func(status string) {
		g.ask("POST", "/alertmanager/v1/alerts/prometheus", fmt.Sprintf(`{"version":"4","alerts":[
			{"status":%q,"labels":{"alertname":"DiskFull","instance":"%s:9100","severity":"critical"},"startsAt":"2026-01-31T12:00:00Z"},
			{"status":%q,"labels":{"alertname":"DiskFull","instance":"nobody:9100","severity":"critical"}}]}`,
			status, resource["resourceId"], status), 200)
	}
	alert("firing")
	alert("firing")
	const raised = "(eq,extensions/labels/alertname,DiskFull)"
	var id string
	g.eventually("the alarm is there", func() error {
		list := g.listAlarms(raised)
		if len(list) != 1 {
			return fmt.Errorf("there are %d", len(list))
		}
		id = fmt.Sprint(list[0]["alarmEventRecordId"])
		return nil
	})
	hears := func(want ...int) {
		t.Helper()
		g.eventually(fmt.Sprintf("%v are told", want), func() error {
			if types, _ := all.told(id); !slices.Equal(types, want) {
				return fmt.Errorf("told so far: %v", types)
			}
			return nil
		})
	}
	hears(0)
	g.patch(monitoring+"/alarms/"+id, `{"alarmAcknowledged":true}`, 200)
	hears(0, 3)
	alert("resolved")
	hears(0, 3, 2)
	alert("resolved")
	g.eventually("who asked for CLEAR alone hears of that", func() error {
		if types, _ := clears.told(id); !slices.Equal(types, []int{2}) {
			return fmt.Errorf("told: %v", types)
		}
		return nil
	})
	_, last := all.told(id)
	want := alarmEvent{
		GlobalCloudID: "18f2dc90-b375-47dd-b8dc-ae80072e6cdb", NotificationEventType: 2, AlarmEventRecordID: id,
		ObjectRef: "https://o2.example.com" + monitoring + "/alarms/" + id, ResourceID: fmt.Sprint(resource["resourceId"]),
		PerceivedSeverity: 5, AlarmAcknowledged: true, signed: true,
	}
	if last != want {
		t.Errorf("got  %+v\nwant %+v", last, want)
	}
	g.stop()

	g = startIn(t, dir, labWithAlarms)
	g.ready()
	g.eventually("the alarm is still there", func() error {
		if list := g.listAlarms(raised); len(list) != 1 || list[0]["alarmEventRecordId"] != id || list[0]["alarmClearedTime"] == nil {
			return fmt.Errorf("there is %v", list)
		}
		return nil
	})
	if types, _ := all.told(id); !slices.Equal(types, []int{0, 3, 2}) {
		t.Errorf("told: %v", types)
	}
}

// Of a backend's alarms an operator clears those whose definition says so, and all
// that is acknowledged is raised anew.
func TestAlarmsOfABackend(t *testing.T) {
	g := start(t, labWithAlarms)
	g.ready()
	n := newNOC(t)
	g.ask("POST", monitoring+"/alarmSubscriptions", fmt.Sprintf(`{"callback":%q,"secret":"whsec_%s","filter":"(neq,notificationEventType,CHANGE)"}`, n.url, alarmKey), 201)
	const open = "(eq,alarmAcknowledged,false);(lt,perceivedSeverity,5)"
	var before []map[string]any
	g.eventually("12 alarms are raised", func() error {
		if before = g.listAlarms(open); len(before) != 12 {
			return fmt.Errorf("there are %d", len(before))
		}
		return nil
	})
	clearing := map[string]string{}
	var types []map[string]any
	if err := json.Unmarshal([]byte(g.ask("GET", "/o2ims-infrastructureInventory/v1/resourceTypes?all_fields", "", 200).body), &types); err != nil {
		t.Fatal(err)
	}
	for _, rt := range types {
		for _, d := range rt["alarmDictionary"].(map[string]any)["alarmDefinition"].([]any) {
			definition := d.(map[string]any)
			clearing[fmt.Sprint(definition["alarmDefinitionId"])] = fmt.Sprint(definition["clearingType"])
		}
	}
	tried := map[string]bool{}
	for _, a := range before {
		kind := clearing[fmt.Sprint(a["alarmDefinitionID"])]
		if tried[kind] {
			continue
		}
		tried[kind] = true
		path := monitoring + "/alarms/" + fmt.Sprint(a["alarmEventRecordId"])
		switch kind {
		case "MANUAL":
			g.patch(path, `{"perceivedSeverity":5}`, 200)
			g.patch(path, `{"perceivedSeverity":5}`, 409)
		case "AUTOMATIC":
			g.patch(path, `{"perceivedSeverity":5}`, 409)
		default:
			t.Errorf("alarm %v is of no definition of its resource's type", a)
		}
	}
	if len(tried) != 2 {
		t.Errorf("of alarms only %v were tried", tried)
	}
	for _, a := range before {
		g.patch(monitoring+"/alarms/"+fmt.Sprint(a["alarmEventRecordId"]), `{"alarmAcknowledged":true}`, 200)
	}
	g.eventually("others are raised", func() error {
		after := g.listAlarms(open)
		known := func(a map[string]any) bool {
			return slices.ContainsFunc(before, func(b map[string]any) bool { return a["alarmEventRecordId"] == b["alarmEventRecordId"] })
		}
		if len(after) == 0 || slices.ContainsFunc(after, known) {
			return fmt.Errorf("%d are open", len(after))
		}
		return nil
	})
	g.eventually("every alarm that was there is told to be over", func() error {
		for _, a := range before {
			if types, _ := n.told(fmt.Sprint(a["alarmEventRecordId"])); !slices.Contains(types, 2) {
				return fmt.Errorf("of %v was told %v", a["alarmEventRecordId"], types)
			}
		}
		return nil
	})
}
