package httpserver_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	httpserver "github.com/netweave/netweave/inbound/http"
)

func TestAlarmServiceConfiguration(t *testing.T) {
	g := newGateway(t, site(0))
	const at30 = `{"retentionPeriod":30,"extensions":{"owner":"noc","tier":{"a":1}}}`
	if got := g.get(alarmConfigPath).body; got != at30 {
		t.Errorf("got %s", got)
	}
	if got := g.get(alarmConfigPath + "?fields=extensions/tier").body; got != `{"retentionPeriod":30,"extensions":{"tier":{"a":1}}}` {
		t.Errorf("a part: %s", got)
	}
	for _, step := range []struct{ method, body, want string }{
		{"PATCH", `{}`, at30},
		{"PATCH", `{"retentionPeriod":7}`, `{"retentionPeriod":7,"extensions":{"owner":"noc","tier":{"a":1}}}`},
		{"PATCH", `{"extensions":{"owner":null,"tier":{"b":[1]},"n":12345678901234567890}}`,
			`{"retentionPeriod":7,"extensions":{"n":12345678901234567890,"tier":{"a":1,"b":[1]}}}`},
		{"PATCH", `{"extensions":{"n":null,"tier":"flat","deep":{"x":null}}}`, `{"retentionPeriod":7,"extensions":{"deep":{},"tier":"flat"}}`},
		{"PUT", `{"retentionPeriod":1,"extensions":{"b":"2","a":1}}`, `{"retentionPeriod":1,"extensions":{"a":1,"b":"2"}}`},
		{"PUT", `{"retentionPeriod":2}`, `{"retentionPeriod":2,"extensions":{}}`},
	} {
		media := mergePatch
		if step.method == "PUT" {
			media = "Content-Type: application/json"
		}
		a := g.do(step.method, alarmConfigPath, step.body, media)
		g.wantStatus(a, http.StatusOK)
		if read := g.get(alarmConfigPath); a.body != step.want || read.body != step.want || read.Header.Get("Etag") != a.Header.Get("Etag") {
			t.Errorf("%s %s:\ngot  %s\nwant %s", step.method, step.body, a.body, step.want)
		}
	}
	for _, tt := range []struct{ method, body, want string }{
		{"PUT", `{}`, "retentionPeriod is missing"},
		{"PUT", `{"retentionPeriod":0}`, "retentionPeriod: number must be at least 1"},
		{"PUT", `{"retentionPeriod":1.5}`, "retentionPeriod must be an integer"},
		{"PUT", `{"retentionPeriod":"30"}`, "retentionPeriod must be an integer"},
		{"PUT", `{"retentionPeriod":30,"extensions":null}`, "extensions must not be null"},
		{"PUT", `{"retentionPeriod":30,"extensions":"x"}`, "extensions must be an object"},
		{"PATCH", `{"retentionPeriod":0}`, "retentionPeriod: number must be at least 1"},
		{"PATCH", `{"retentionPeriod":null}`, "retentionPeriod must not be null"},
		{"PATCH", `{"retention":1}`, "retention is unknown; known are extensions, retentionPeriod"},
	} {
		media := mergePatch
		if tt.method == "PUT" {
			media = "Content-Type: application/json"
		}
		a := g.do(tt.method, alarmConfigPath, tt.body, media)
		g.wantStatus(a, http.StatusBadRequest)
		if got := a.detail(t); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.method, tt.body, got, tt.want)
		}
	}
	g.wantStatus(g.do("PATCH", alarmConfigPath, `{}`), http.StatusUnsupportedMediaType)
	g.wantStatus(g.do("PUT", alarmConfigPath, `{"retentionPeriod":1}`, mergePatch), http.StatusUnsupportedMediaType)
}

func TestProbableCauses(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.DefaultPageSize = 2 })
	var want []string
	for _, c := range g.alarms.causes {
		one := fmt.Sprintf(`{"probableCauseId":"%s","name":"%s","description":"it is %s"}`, c.ID, c.Name, c.Name)
		if got := g.get(causesPath + "/" + strings.ToUpper(string(c.ID)) + "?exclude_fields=name").body; got != one {
			t.Errorf("got  %s\nwant %s", got, one)
		}
		want = append(want, one)
	}
	a := g.get(causesPath)
	if a.body != "["+want[0]+","+want[1]+"]" {
		t.Errorf("got %s", a.body)
	}
	link, _, _ := strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">")
	if got := g.get(link); got.body != "["+want[2]+"]" || got.Header.Get("Link") != "" {
		t.Errorf("the next page, %s: %s", link, got.body)
	}
	if got := g.get(causesPath + "?nextpage_opaque_marker=2").body; got != "["+want[2]+"]" {
		t.Errorf("page 2: %s", got)
	}
	if got := g.get(causesPath + "?filter=(cont,name,Temp)").body; !strings.Contains(got, "Temperature Unacceptable") || strings.Count(got, "{") != 1 {
		t.Errorf("filtered: %s", got)
	}
	for _, id := range []string{absent, "x"} {
		a := g.get(causesPath + "/" + id)
		g.wantStatus(a, http.StatusNotFound)
		if got := a.detail(t); got != `there is no ProbableCause with id "`+id+`"` {
			t.Errorf("%s", got)
		}
	}
}

func TestVersionsOfMonitoring(t *testing.T) {
	g := newGateway(t, site(0))
	const rest = `,"apiVersions":[{"version":"1.0.0"}]}`
	for path, want := range map[string]string{
		"/o2ims-infrastructureMonitoring/api_versions":     `{"uriPrefix":"/o2ims-infrastructureMonitoring"` + rest,
		"/o2ims-infrastructureMonitoring/v1/api_versions/": `{"uriPrefix":"/o2ims-infrastructureMonitoring/v1"` + rest,
	} {
		a := g.get(path)
		if a.body != want {
			t.Errorf("%s: %s", path, a.body)
		}
		g.wantStatus(g.get(path, "If-None-Match: "+a.Header.Get("Etag")), http.StatusNotModified)
		g.wantStatus(g.get(path+"?fields=x"), http.StatusBadRequest)
		g.wantStatus(g.get(path, "Accept: text/xml"), http.StatusNotAcceptable)
	}
}

// Every path under the base, and every method that it has not.
func TestMethodsOfMonitoring(t *testing.T) {
	g := newGateway(t, site(0))
	const base = "/o2ims-infrastructureMonitoring/v1"
	for path, allow := range map[string]string{
		"/o2ims-infrastructureMonitoring/api_versions": "GET, HEAD",
		base + "/api_versions":                         "GET, HEAD",
		alarmsPath:                                     "GET, HEAD",
		alarmsPath + "/" + absent:                      "GET, HEAD, PATCH",
		alarmConfigPath:                                "GET, HEAD, PUT, PATCH",
		alarmSubsPath:                                  "GET, HEAD, POST",
		alarmSubsPath + "/" + absent:                   "GET, HEAD, DELETE",
		causesPath:                                     "GET, HEAD",
		causesPath + "/" + absent:                      "GET, HEAD",
	} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			if strings.Contains(allow, method) {
				continue
			}
			a := g.do(method, path, `{"filter":"NEW"}`)
			g.wantStatus(a, http.StatusMethodNotAllowed)
			if got := a.Header.Get("Allow"); got != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, path, got, allow)
			}
		}
	}
	for _, path := range []string{"/o2ims-infrastructureMonitoring", base, base + "/", base + "/alarm", alarmsPath + "//", alarmsPath + "%2F" + absent, base + "/v1/alarms"} {
		g.wantStatus(g.get(path), http.StatusNotFound)
	}
}

// A core that cannot answer is told as every family tells it.
func TestErrorsOfAlarms(t *testing.T) {
	g := newGateway(t, site(0))
	g.alarms.put(alarm(1))
	g.alarms.err = context.DeadlineExceeded
	path := alarmsPath + "/" + string(alarmID(1))
	for _, a := range []answer{
		g.do("PATCH", path, `{"perceivedSeverity":5}`, mergePatch), g.get(alarmConfigPath),
		g.do("PUT", alarmConfigPath, `{"retentionPeriod":1}`), g.get(causesPath), g.get(causesPath + "/x"),
	} {
		g.wantStatus(a, http.StatusGatewayTimeout)
	}
}
