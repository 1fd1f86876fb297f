package httpserver_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/netweave/netweave/core/o2"
)

const (
	alarmsPath        = "/o2ims-infrastructureMonitoring/v1/alarms"
	alarmConfigPath   = "/o2ims-infrastructureMonitoring/v1/alarmServiceConfiguration"
	alarmSubsPath     = "/o2ims-infrastructureMonitoring/v1/alarmSubscriptions"
	causesPath        = "/o2ims-infrastructureMonitoring/v1/probableCauses"
	mergePatch        = "Content-Type: application/merge-patch+json"
	wantModifications = `: send {"alarmAcknowledged":true} or {"perceivedSeverity":5}, one of them alone`
)

// record is alarm(n) as it is shown, with what follows its raised time.
func record(n int, times string, acknowledged bool, severity int) string {
	return fmt.Sprintf(`{"alarmEventRecordId":"%s","resourceTypeID":"%s","resourceID":"%s","alarmDefinitionID":"%s","probableCauseID":"%s",`+
		`"alarmRaisedTime":"2026-01-31T12:%02d:00.000Z",%s"alarmAcknowledged":%v,"perceivedSeverity":%d,`+
		`"extensions":{"description":"the kubelet is silent","name":"NodeNotReady","nativeId":"alert-%d","rank":%d,"source":"cluster-a"}}`,
		alarmID(n), typeA, resourceID(n), o2.AlarmDefinitionID(typeA, "NodeNotReady"), o2.ProbableCauseID("Timeout"),
		n, times, acknowledged, severity, n, n)
}

func TestAlarmLife(t *testing.T) {
	const (
		changed      = `"alarmChangedTime":"2026-01-31T13:00:00.000Z",`
		acknowledged = `"alarmAcknowledgedTime":"2026-01-31T13:00:00.000Z",`
		cleared      = `"alarmClearedTime":"2026-01-31T13:00:00.000Z",`
	)
	g := newGateway(t, site(0))
	if got := g.get(alarmsPath).body; got != "[]" {
		t.Errorf("empty: %s", got)
	}
	g.alarms.put(alarm(1))
	a := g.get(alarmsPath)
	if want := "[" + record(1, "", false, 1) + "]"; a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	path := alarmsPath + "/" + string(alarmID(1))
	read := g.get(path)
	if want := record(1, "", false, 1); read.body != want || g.get(path+"?all_fields").body != want || g.get(path+"/").body != want {
		t.Errorf("got  %s\nwant %s", read.body, want)
	}
	g.wantStatus(g.get(path, "If-None-Match: "+read.Header.Get("Etag")), http.StatusNotModified)

	for _, step := range []struct{ patch, want string }{
		{`{"alarmAcknowledged":true}`, record(1, changed+acknowledged, true, 1)},
		{`{"alarmAcknowledged":true}`, record(1, changed+acknowledged, true, 1)},
		{`{"perceivedSeverity":5}`, record(1, changed+cleared+acknowledged, true, 5)},
	} {
		a := g.do("PATCH", path, step.patch, mergePatch)
		g.wantStatus(a, http.StatusOK)
		if a.body != step.patch || a.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: got %s as %s, want the modifications", step.patch, a.body, a.Header.Get("Content-Type"))
		}
		if got := g.get(path).body; got != step.want {
			t.Errorf("%s:\ngot  %s\nwant %s", step.patch, got, step.want)
		}
	}
	a = g.do("PATCH", path, `{"perceivedSeverity":5}`, mergePatch)
	g.wantStatus(a, http.StatusConflict)
	if got := a.detail(t); got != "the alarm is cleared already" {
		t.Errorf("cleared twice: %s", got)
	}
	g.alarms.put(alarm(2))
	a = g.do("PATCH", alarmsPath+"/"+string(alarmID(2)), `{"perceivedSeverity":5}`, mergePatch)
	g.wantStatus(a, http.StatusConflict)
	if got, want := a.detail(t), "the alarm's definition says that it is cleared automatically: it ends when its cause is gone; it can be acknowledged"; got != want {
		t.Errorf("automatic: %s, want %s", got, want)
	}
}

func TestWrongModificationsOfAlarms(t *testing.T) {
	g := newGateway(t, site(0))
	g.alarms.put(alarm(1))
	path := alarmsPath + "/" + string(alarmID(1))
	for name, tt := range map[string]struct {
		path, body, media string
		status            int
		want              string
	}{
		"neither":                       {path, `{}`, "", 400, "the body: there must be at least 1 properties" + wantModifications},
		"both":                          {path, `{"alarmAcknowledged":true,"perceivedSeverity":5}`, "", 400, "the body: there must be at most 1 properties" + wantModifications},
		"taken back":                    {path, `{"alarmAcknowledged":false}`, "", 400, "alarmAcknowledged: value is not one of the allowed values [true]" + wantModifications},
		"null":                          {path, `{"alarmAcknowledged":null}`, "", 400, "alarmAcknowledged: value is not one of the allowed values [true]" + wantModifications},
		"another severity":              {path, `{"perceivedSeverity":3}`, "", 400, "perceivedSeverity: value is not one of the allowed values [5]" + wantModifications},
		"a severity's name":             {path, `{"perceivedSeverity":"CLEARED"}`, "", 400, "perceivedSeverity: value is not one of the allowed values [5]" + wantModifications},
		"another attribute":             {path, `{"alarmRaisedTime":"2026-01-31T12:00:00Z"}`, "", 400, "alarmRaisedTime is unknown; known are alarmAcknowledged, perceivedSeverity" + wantModifications},
		"no object":                     {path, `true`, "", 400, "the body must be an object" + wantModifications},
		"twice":                         {path, `{"perceivedSeverity":5,"perceivedSeverity":5}`, "", 400, "perceivedSeverity is given twice" + wantModifications},
		"unreadable, of the wrong type": {path, `<xml/>`, "text/xml", 400, "the body is not valid JSON: invalid character '<' looking for beginning of value (at byte 1)" + wantModifications},
		"of the wrong type":             {path, `{"perceivedSeverity":5}`, "application/json", 415, `Content-Type "application/json" is not taken: send application/merge-patch+json`},
		"unknown alarm":                 {alarmsPath + "/" + absent, `{"perceivedSeverity":5}`, "", 404, `there is no AlarmEventRecord with id "` + absent + `"`},
		"no id":                         {alarmsPath + "/x", `{"perceivedSeverity":5}`, "", 404, `there is no AlarmEventRecord with id "x"`},
		"a bad body before the id":      {alarmsPath + "/x", `{}`, "", 400, "the body: there must be at least 1 properties" + wantModifications},
		"a query":                       {path + "?fields=x", `{"perceivedSeverity":5}`, "", 400, "fields: unknown parameter; this request takes none"},
	} {
		t.Run(name, func(t *testing.T) {
			g.t = t
			media := mergePatch
			if tt.media != "" {
				media = "Content-Type: " + tt.media
			}
			a := g.do("PATCH", tt.path, tt.body, media)
			g.wantStatus(a, tt.status)
			if got := a.detail(t); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if patch := a.Header.Get("Accept-Patch"); (patch != "") != (tt.status == 415) {
				t.Errorf("Accept-Patch: %q", patch)
			}
		})
	}
	if got, want := g.get(path).body, record(1, "", false, 1); got != want {
		t.Errorf("something was changed:\ngot  %s\nwant %s", got, want)
	}
}
