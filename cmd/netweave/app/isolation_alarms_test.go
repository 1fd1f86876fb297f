//go:build integration

package app

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
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
	report, name := w.report(c, resource)
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
	raised := w.raised(resource, named)
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

// report is what reports an alarm of a resource, and the alarm's name.
func (w *world) report(c caller, resource *asset) (a ask, name string) {
	name, cause := w.words.fresh("Alarm", resource.owner), w.words.fresh("Alarm", resource.owner)
	a = ask{from: c, method: http.MethodPost, path: "/alertmanager/v1/alerts/everyone", resource: "Alarm", action: "create"}
	a.body = map[string]any{"version": "4", "alerts": []any{map[string]any{
		"status": "firing", "labels": map[string]string{"alertname": name, "node": resource.id, "cause": cause, "severity": "critical"},
	}}}
	return a, name
}

// raised returns the one alarm, of a resource, that a list has.
func (w *world) raised(resource *asset, list string) *asset {
	root := caller{firstAdmin, platformHome}
	ids := w.do(ask{from: root, method: http.MethodGet, path: list, resource: "Alarm", action: "list"}, http.StatusOK).array("alarmEventRecordId")
	if len(ids) != 1 {
		w.Fatalf("difference: %s has %q", list, ids)
	}
	return &asset{kind: "Alarm", id: ids[0], owner: resource.owner, parent: resource.id, typ: resource.typ}
}

// alarmsOfAll has whoever may listen to alarms, of which there then is one for each
// owner of resources: each hears of those that it may, and of no others.
func (w *world) alarmsOfAll() {
	listening := map[string]*hearing{}
	for _, c := range w.everyone() {
		reads := w.m.extent(c, "Alarm", "read")
		if reads == 0 || !w.m.extent(c, "Subscription", "create").covers(c.home, c.tenant()) || w.m.holdings[c.home].most >= 0 {
			continue
		}
		id := w.words.fresh("Subscription", c.home)
		h := &hearing{id: id, home: c.tenant(), hears: map[string]extent{"Alarm": reads}}
		w.hooks.expect(h)
		listening[id] = h
		w.do(ask{
			from: c, method: http.MethodPost, path: monitoringPath + "/alarmSubscriptions", resource: "Subscription", action: "create",
			body: map[string]any{"callback": w.hooks.url(id), "consumerSubscriptionId": id},
		}, http.StatusCreated)
	}
	owners, alarms := map[string]bool{}, []*asset{}
	for _, id := range slices.Sorted(maps.Keys(w.m.assets)) {
		resource := w.m.assets[id]
		if resource.kind != "Resource" || owners[resource.owner] {
			continue
		}
		owners[resource.owner] = true
		report, name := w.report(caller{firstAdmin, platformHome}, resource)
		w.do(report, http.StatusOK)
		alarms = append(alarms, w.raised(resource, monitoringPath+"/alarms?filter=(eq,extensions/name,"+name+")"))
	}
	w.until("what subscribers to alarms were told", func() error {
		for id, h := range listening {
			if t := w.m.holdings[h.home]; t != nil && t.status != "active" {
				continue // its notifications wait
			}
			want := []string{}
			for _, a := range alarms {
				if h.covers("Alarm", a.owner) {
					want = append(want, a.id)
					w.lab.alarms++
				}
			}
			slices.Sort(want)
			if got := w.hooks.copyOf(id); !slices.Equal(got, want) {
				return fmt.Errorf("subscription %s of %q was told of %q, want %q", id, h.home, got, want)
			}
		}
		return nil
	})
	w.judgeNotifications()
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
