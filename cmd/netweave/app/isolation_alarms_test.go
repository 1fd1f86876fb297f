//go:build integration

package app

import (
	"fmt"
	"net/http"
	"strings"

	"pgregory.net/rapid"
)

// An alarm is of whom its resource is of, and is raised by who may do that for them.

const (
	monitoringPath = "/o2ims-infrastructureMonitoring/v1"
	mergePatched   = "application/merge-patch+json"
)

// alarm has anyone report an alarm of any resource, and anyone look for it,
// acknowledge it and clear it.
func (w *world) alarm() {
	c, root := w.caller("Alarm", "create"), caller{firstAdmin, platformHome}
	resource := w.m.assets[w.anyID("Resource")]
	if resource == nil {
		return
	}
	name, cause := w.words.fresh("Alarm", resource.owner), w.words.fresh("Alarm", resource.owner)
	w.words.say(c.home, name+" "+cause)
	report := ask{from: c, method: http.MethodPost, path: "/alertmanager/v1/alerts/everyone", resource: "Alarm", action: "create"}
	report.body = map[string]any{"version": "4", "alerts": []any{map[string]any{
		"status": "firing", "labels": map[string]string{"alertname": name, "node": resource.id, "cause": cause, "severity": "critical"},
	}}}
	e := w.m.extent(c, "Alarm", "create")
	if e == 0 {
		w.do(report, http.StatusForbidden)
		return
	}
	got := w.do(report, http.StatusOK)
	if taken := strings.Contains(string(got.body), `"taken":1`); taken != e.covers(c.home, resource.owner) {
		w.Fatalf("difference: %s: %s, of a resource of %q", report.text(), got.body, resource.owner)
	} else if !taken {
		report.from = root
		w.do(report, http.StatusOK)
	}
	named := monitoringPath + "/alarms?filter=(eq,extensions/name," + name + ")"
	ids := w.do(ask{from: root, method: http.MethodGet, path: named, resource: "Alarm", action: "list"}, http.StatusOK).array("alarmEventRecordId")
	if len(ids) != 1 {
		w.Fatalf("difference: %s has raised %q", report.text(), ids)
	}
	raised := &asset{kind: "Alarm", id: ids[0], owner: resource.owner, parent: resource.id, typ: resource.typ}
	w.m.assets[raised.id] = raised // for as long as it is asked for
	defer delete(w.m.assets, raised.id)

	for range 2 {
		w.lookFor(raised, named)
	}
	other := w.caller("Alarm", "update")
	body := rapid.SampledFrom([]map[string]any{{"alarmAcknowledged": true}, {"perceivedSeverity": 5}}).Draw(w.T, "patch")
	w.do(ask{
		from: other, method: http.MethodPatch, path: monitoringPath + "/alarms/" + raised.id, body: body, media: mergePatched,
		resource: "Alarm", action: "update",
	}, w.alarmStatus(other, "update", raised))
}

// alarmStatus is how an alarm is answered that a caller asks for.
func (w *world) alarmStatus(c caller, action string, raised *asset) int {
	switch {
	case w.m.extent(c, "Alarm", action) == 0:
		return http.StatusForbidden
	case w.m.sees(c, "Alarm", action, raised.id) == nil:
		return http.StatusNotFound
	}
	return http.StatusOK
}

// lookFor has anyone list and read an alarm, and look at the probable causes.
func (w *world) lookFor(raised *asset, named string) {
	c := w.caller("Alarm", "list")
	want, expected := http.StatusOK, []string(nil)
	if w.m.extent(c, "Alarm", "list") == 0 {
		want = http.StatusForbidden
	}
	if w.m.sees(c, "Alarm", "list", raised.id) != nil {
		expected = []string{raised.id}
	}
	w.standardIDs(ask{from: c, method: http.MethodGet, path: named, resource: "Alarm", action: "list"}, want, "alarmEventRecordId", expected)
	w.do(ask{from: c, method: http.MethodGet, path: monitoringPath + "/probableCauses", resource: "Alarm", action: "list"}, want)
	c = w.caller("Alarm", "read")
	credentials := w.credentials(c)
	w.read(func(g *gateway) error {
		a := ask{from: c, method: http.MethodGet, path: monitoringPath + "/alarms/" + raised.id, resource: "Alarm", action: "read"}
		_, err := w.get(g, a, credentials, w.alarmStatus(c, "read", raised))
		return err
	})
}

// alarmService asks how long alarms are kept, which is the platform's to change, and
// for what is everyone's who may see alarms.
func (w *world) alarmService() {
	c := w.caller("Alarm", "list")
	status := func(action string) int {
		if w.m.extent(c, "Alarm", action) == 0 {
			return http.StatusForbidden
		}
		return http.StatusOK
	}
	path := rapid.SampledFrom([]string{"/api_versions", "/v1/api_versions"}).Draw(w.T, "versions")
	w.do(ask{from: c, method: http.MethodGet, path: strings.TrimSuffix(monitoringPath, "/v1") + path, resource: "Alarm", action: "list"}, status("list"))
	config := ask{from: c, method: http.MethodGet, path: monitoringPath + "/alarmServiceConfiguration", resource: "Alarm", action: "read"}
	w.do(config, status("read"))
	cause := config
	cause.path = monitoringPath + "/probableCauses/" + absent
	if want := status("read"); want == http.StatusOK {
		w.do(cause, http.StatusNotFound)
	} else {
		w.do(cause, want)
	}
	config.resource, config.action = "AlarmService", "update"
	want := http.StatusOK
	if w.m.extent(c, "AlarmService", "update")&ofAll == 0 {
		want = http.StatusForbidden
	}
	days := rapid.IntRange(1, 99).Draw(w.T, "days")
	config.method, config.body = http.MethodPut, map[string]any{"retentionPeriod": days}
	w.do(config, want)
	config.method, config.media = http.MethodPatch, mergePatched
	got := w.do(config, want)
	if text := fmt.Sprintf(`{"retentionPeriod":%d,"extensions":{}}`, days); want == http.StatusOK && string(got.body) != text {
		w.Fatalf("difference: %s: %s, want %s", config.text(), got.body, text)
	}
}

// alarmHearing is silentHearing for alarms.
func (w *world) alarmHearing() {
	w.silentHearing(monitoringPath+"/alarmSubscriptions", "alarmSubscriptionId", "Alarm", "(eq,alarmEventRecordId,"+absent+")", http.StatusOK)
}
