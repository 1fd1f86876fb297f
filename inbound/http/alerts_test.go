package httpserver_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/scope"
	httpserver "github.com/netweave/netweave/inbound/http"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
	"github.com/netweave/netweave/ports/alarms"
	"github.com/netweave/netweave/ports/store"
)

const alertsPath = "/alertmanager/v1/alerts/"

func prometheusReceiver() alertmanagerv1.Receiver {
	return alertmanagerv1.Receiver{
		Name: "prometheus", ResourceLabels: []string{"node", "instance"}, ResourcePattern: regexp.MustCompile(`^([^:]+):\d+$`),
		DefinitionLabel: "alertname", SeverityLabel: "severity",
		Severities: map[string]o2.Severity{"critical": o2.SeverityCritical, "warning": o2.SeverityWarning}, Severity: o2.SeverityIndeterminate,
		ProbableCauseLabel: "cause", ProbableCause: "Software Error",
		DescriptionAnnotations: []string{"description", "summary"}, RepairAnnotations: []string{"runbook_url"},
	}
}

func withReceivers(list ...alertmanagerv1.Receiver) option {
	return func(c *httpserver.Config, _ *httpserver.Dependencies) { c.AlertReceivers = list }
}

// notification is what Alertmanager sends about alerts.
func notification(alerts ...string) string {
	return `{"receiver":"netweave","status":"firing","alerts":[` + strings.Join(alerts, ",") + `],"groupLabels":{"alertname":"NodeDown"},` +
		`"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am:9093","version":"4","groupKey":"{}:{}","truncatedAlerts":0}`
}

// alert is one alert with those labels, as JSON members.
func alert(status, labels string) string {
	return `{"status":"` + status + `","labels":{` + labels + `},"annotations":{"summary":"it is down","runbook_url":"https://run.example.com/1"},` +
		`"startsAt":"2026-01-31T12:00:00.123456789Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://prom/graph","fingerprint":"8f14e45fceea167a"}`
}

func TestAlerts(t *testing.T) {
	const extensions = `{"annotations":{"runbook_url":"https://run.example.com/1","summary":"it is down"},"externalURL":"http://am:9093","generatorURL":"http://prom/graph","labels":%s}`
	whole := func(labels string) alarms.Report {
		return alarms.Report{
			Native: "8f14e45fceea167a", Resource: "worker-1", Definition: "NodeDown", Name: "NodeDown", ProbableCause: "Software Error",
			Description: "it is down", RepairActions: "https://run.example.com/1", Severity: o2.SeverityCritical,
			RaisedAt: time.Date(2026, 1, 31, 12, 0, 0, 123e6, time.UTC), Extensions: o2.JSON(fmt.Sprintf(extensions, labels)),
		}
	}
	for name, tt := range map[string]struct {
		alert  string
		want   alarms.Report
		change func(*alarms.Report)
	}{
		"firing": {
			alert("firing", `"alertname":"NodeDown","node":"worker-1","severity":"critical"`),
			whole(`{"alertname":"NodeDown","node":"worker-1","severity":"critical"}`), nil,
		},
		"resolved": {
			alert("resolved", `"alertname":"NodeDown","node":"worker-1","severity":"critical"`),
			whole(`{"alertname":"NodeDown","node":"worker-1","severity":"critical"}`),
			func(r *alarms.Report) { r.Severity = o2.SeverityCleared },
		},
		"the second of the labels, and a part of it": {
			alert("firing", `"alertname":"NodeDown","instance":"worker-1:9100","severity":"critical"`),
			whole(`{"alertname":"NodeDown","instance":"worker-1:9100","severity":"critical"}`), nil,
		},
		"a label without a value is none": {
			alert("firing", `"alertname":"NodeDown","instance":"worker-1","node":"","severity":"critical"`),
			whole(`{"alertname":"NodeDown","instance":"worker-1","node":"","severity":"critical"}`), nil,
		},
		"an unknown severity, and a cause of its own": {
			alert("firing", `"alertname":"NodeDown","cause":"Timeout","node":"worker-1","severity":"page"`),
			whole(`{"alertname":"NodeDown","cause":"Timeout","node":"worker-1","severity":"page"}`),
			func(r *alarms.Report) { r.Severity, r.ProbableCause = o2.SeverityIndeterminate, "Timeout" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGateway(t, site(0), withReceivers(prometheusReceiver()))
			a := g.do("POST", alertsPath+"prometheus", notification(tt.alert))
			g.wantStatus(a, http.StatusOK)
			if a.body != `{"refused":[],"taken":1}` {
				t.Errorf("answered %s", a.body)
			}
			if tt.change != nil {
				tt.change(&tt.want)
			}
			if len(g.alarms.reports) != 1 || g.alarms.reports[0] != tt.want || g.alarms.source != "prometheus" {
				t.Errorf("from %s:\ngot  %+v\nwant %+v", g.alarms.source, g.alarms.reports, tt.want)
			}
		})
	}
}

// What Alertmanager 0.35 sends: testdata/alerts holds the file to that.
func TestWhatAlertmanagerSends(t *testing.T) {
	sent, err := os.ReadFile("testdata/alertmanager.json")
	if err != nil {
		t.Fatal(err)
	}
	g := newGateway(t, site(0), withReceivers(prometheusReceiver()))
	a := g.do("POST", alertsPath+"prometheus", string(sent), "User-Agent: Alertmanager/0.35.0")
	g.wantStatus(a, http.StatusOK)
	const extensions = `{"annotations":{"runbook_url":"https://runbooks.example.com/node","summary":"it does not answer"},"externalURL":"http://alertmanager.example.com",` +
		`"generatorURL":"http://prometheus.example.com/graph","labels":{"alertname":"NodeDown","instance":"%s:9100","severity":"critical"}}`
	want := func(native, node string, severity o2.Severity) alarms.Report {
		return alarms.Report{
			Native: native, Resource: node, Definition: "NodeDown", Name: "NodeDown", ProbableCause: "Software Error",
			Description: "it does not answer", RepairActions: "https://runbooks.example.com/node", Severity: severity,
			RaisedAt: time.Date(2026, 1, 31, 12, 0, 0, 123e6, time.UTC), Extensions: o2.JSON(fmt.Sprintf(extensions, node)),
		}
	}
	both := []alarms.Report{want("70ea64d5ab023e97", "worker-1", o2.SeverityCritical), want("82a54f318bce4e16", "worker-2", o2.SeverityCleared)}
	if a.body != `{"refused":[],"taken":2}` || !slices.Equal(g.alarms.reports, both) {
		t.Errorf("answered %s\ngot  %+v\nwant %+v", a.body, g.alarms.reports, both)
	}
}

// Alerts that can never be taken do not keep the others from it.
func TestAlertsThatAreRefused(t *testing.T) {
	g := newGateway(t, site(0), withReceivers(prometheusReceiver()))
	const good = `"alertname":"NodeDown","node":"worker-1"`
	long := strings.Repeat("x", 300)
	alerts := []string{
		alert("firing", `"alertname":"NodeDown","node":"worker-9"`), // of which the core knows nothing
		alert("firing", good),
		alert("firing", `"alertname":"Watchdog"`),
		alert("firing", `"node":"worker-1"`),
		alert("firing", `"alertname":"NodeDown","node":"`+long+`"`),
		strings.Replace(alert("firing", good), "2026-01-31T12:00:00.123456789Z", "now", 1),
		strings.Replace(alert("firing", good), "2026-01-31T12:00:00.123456789Z", "1969-01-31T12:00:00Z", 1),
		strings.Replace(alert("firing", good), "2026-01-31T12:00:00.123456789Z", "2999-01-31T12:00:00Z", 1),
		alert("firing", good+`,"blob":"`+strings.Repeat("y", 17<<10)+`"`),
	}
	g.alarms.refused = []alarms.Refused{{Index: 0, Reason: "there is no such resource"}}
	a := g.do("POST", alertsPath+"prometheus", notification(alerts...))
	g.wantStatus(a, http.StatusOK)
	for i, reason := range map[int]string{
		0: "there is no such resource",
		2: "it names no resource: it has none of the labels node, instance",
		3: "it has no label alertname, which says what alarm it is",
		4: `the label \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"... is longer than 253 bytes`,
		5: `startsAt \"now\" is not an RFC 3339 time`,
		6: "startsAt 1969-01-31T12:00:00Z is not between 2000-01-01T00:00:00Z and now: are the clocks right?",
		7: "startsAt 2999-01-31T12:00:00Z is not between 2000-01-01T00:00:00Z and now: are the clocks right?",
		8: "its labels and annotations are longer than 16384 bytes together",
	} {
		want := fmt.Sprintf(`{"fingerprint":"8f14e45fceea167a","index":%d,"reason":"%s"}`, i, reason)
		if !strings.Contains(a.body, want) {
			t.Errorf("%s is not in %s", want, a.body)
		}
	}
	if !strings.HasSuffix(a.body, `],"taken":1}`) || len(g.alarms.reports) != 2 {
		t.Errorf("answered %s, reported %+v", a.body, g.alarms.reports)
	}
	for _, want := range []string{
		`netweave_alertmanager_alerts_total{receiver="prometheus",result="taken"} 1`,
		`netweave_alertmanager_alerts_total{receiver="prometheus",result="refused"} 8`,
	} {
		if got := g.get("/metrics").body; !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestNotificationsThatAreNone(t *testing.T) {
	foreign := prometheusReceiver()
	foreign.Name, foreign.Tenant = "theirs", "acme"
	own := prometheusReceiver()
	own.Name, own.Tenant = "ours", scope.DefaultTenant
	g := newGateway(t, site(0), withReceivers(prometheusReceiver(), foreign, own))
	good := notification(alert("firing", `"alertname":"NodeDown","node":"worker-1"`))
	for name, tt := range map[string]struct {
		receiver, body string
		status         int
		want           string
	}{
		"another version":      {"prometheus", strings.Replace(good, `"version":"4"`, `"version":"5"`, 1), 400, `version: value is not one of the allowed values ["4"]`},
		"no notification":      {"prometheus", `{}`, 400, "alerts is missing; version is missing"},
		"no object":            {"prometheus", `[]`, 400, "the body must be an object"},
		"no status":            {"prometheus", notification(`{"labels":{}}`), 400, "alerts/0/status is missing"},
		"a label that is none": {"prometheus", notification(`{"status":"firing","labels":{"a":1}}`), 400, "alerts/0/labels/a must be a string"},
		"unknown receiver":     {"prom", good, 404, `there is no receiver "prom"; see alarms.alertmanager.receivers`},
		"another tenant's":     {"theirs", good, 404, `there is no receiver "theirs"; see alarms.alertmanager.receivers`},
		"too many":             {"prometheus", notification(strings.Split(strings.Repeat(`{"status":"firing","labels":{}};`, 2001), ";")[:2001]...), 400, "alerts: maximum number of items is 2000"},
		"too long":             {"prometheus", notification(alert("firing", `"a":"`+strings.Repeat("x", 1<<20)+`"`)), 413, "the body is longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			g.t = t
			a := g.do("POST", alertsPath+tt.receiver, tt.body)
			g.wantStatus(a, tt.status)
			if got := a.detail(t); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if g.alarms.reports != nil {
				t.Errorf("reported %+v", g.alarms.reports)
			}
		})
	}
	g.t = t
	g.wantStatus(g.do("POST", alertsPath+"ours", good), http.StatusOK)
	g.wantStatus(g.get(alertsPath+"prometheus"), http.StatusMethodNotAllowed)

	// What may be taken later is told so that Alertmanager sends it again.
	g.alarms.err = store.ErrUnavailable
	g.wantStatus(g.do("POST", alertsPath+"prometheus", good), http.StatusServiceUnavailable)
	g.alarms.err = errors.New("a fault")
	g.wantStatus(g.do("POST", alertsPath+"prometheus", good), http.StatusServiceUnavailable)
}

// Another list of receivers counts from the next request on.
func TestReceiversCanBeChanged(t *testing.T) {
	g := newGateway(t, site(0))
	good := notification(alert("firing", `"alertname":"NodeDown","host":"worker-1"`))
	g.wantStatus(g.do("POST", alertsPath+"prometheus", good), http.StatusNotFound)
	c := prometheusReceiver()
	c.ResourceLabels = []string{"host"}
	g.server.SetAlertReceivers([]alertmanagerv1.Receiver{c})
	g.wantStatus(g.do("POST", alertsPath+"prometheus", good), http.StatusOK)
	if len(g.alarms.reports) != 1 || g.alarms.reports[0].Resource != "worker-1" {
		t.Errorf("reported %+v", g.alarms.reports)
	}
}
