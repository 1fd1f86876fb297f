package httpserver_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	httpserver "github.com/netweave/netweave/inbound/http"
)

// Filters, selectors and pages of alarms: one row a sentence of the standard.
func TestAlarmLists(t *testing.T) {
	g := newGateway(t, site(0), func(c *httpserver.Config, _ *httpserver.Dependencies) { c.DefaultPageSize = 2 })
	for n := range 7 {
		a := alarm(n)
		if n == 6 {
			a.Severity, a.ClearedAt, a.Acknowledged, a.AcknowledgedAt = o2.SeverityCleared, g.alarms.now, true, g.alarms.now
		}
		g.alarms.put(a)
	}
	other := alarm(20)
	other.Tenant = "acme"
	g.alarms.put(other)
	for query, want := range map[string]string{
		"":                                    "0123456",
		"filter=(eq,alarmAcknowledged,false)": "012345",
		"filter=(neq,alarmAcknowledged,true)": "012345",
		"filter=(lte,perceivedSeverity,1)":    "015",
		"filter=(eq,perceivedSeverity,2.0)":   "2",
		"filter=(in,perceivedSeverity,5,3)":   "36",
		"filter=(gt,alarmRaisedTime,2026-01-31T13:03:00%2B01:00)":                         "456",
		"filter=(eq,alarmClearedTime,2026-01-31T13:00:00Z)":                               "6",
		"filter=(neq,alarmClearedTime,2026-01-31T13:00:00Z)":                              "012345",
		"filter=(eq,resourceID," + strings.ToUpper(string(resourceID(3))) + ")":           "3",
		"filter=(eq,resourceTypeID," + string(typeA) + ");(eq,alarmAcknowledged,true)":    "6",
		"filter=(eq,resourceTypeID," + string(typeA) + ")%3B(eq,alarmAcknowledged,true)":  "6",
		"filter=(eq,perceivedSeverity,1)&filter=(eq,alarmEventRecordId," + absent + ")":   "",
		"filter=(eq,extensions/rank,4)":                                                   "4",
		"filter=(eq,extensions/name,NodeNotReady);(cont,extensions/nativeId,alert-1,t-2)": "12",
		"filter=(eq,alarmDefinitionID," + string(typeA) + ")":                             "",
	} {
		seen := ""
		for path := alarmsPath + "?" + query; path != ""; {
			a := g.get(path)
			g.wantStatus(a, http.StatusOK)
			for part := range strings.SplitSeq(a.body, `"alarmEventRecordId":"`) {
				if !strings.HasPrefix(part, "[") {
					seen += strings.TrimLeft(part[24:36], "0")
					if part[24:36] == "000000000000" {
						seen += "0"
					}
				}
			}
			path = ""
			if link, _, ok := strings.Cut(strings.TrimPrefix(a.Header.Get("Link"), "<"), ">"); ok {
				path = link
			}
		}
		if seen != want {
			t.Errorf("%s: %q, want %q", query, seen, want)
		}
	}
	mandatory, _, _ := strings.Cut(record(2, "", false, 2), `,"extensions":`)
	path := alarmsPath + "/" + string(alarmID(2))
	for selector, want := range map[string]string{
		"fields=perceivedSeverity":                              mandatory + "}",
		"fields=extensions/rank":                                mandatory + `,"extensions":{"rank":2}}`,
		"exclude_fields=extensions":                             mandatory + "}",
		"exclude_fields=extensions,resourceID":                  mandatory + "}",
		"exclude_fields=extensions/description,extensions/rank": mandatory + `,"extensions":{"name":"NodeNotReady","nativeId":"alert-2","source":"cluster-a"}}`,
		"exclude_default":                                       record(2, "", false, 2),
		"all_fields=1":                                          record(2, "", false, 2),
		"all_fields&fields=extensions/rank":                     record(2, "", false, 2),
	} {
		if got := g.get(path + "?" + selector).body; got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", selector, got, want)
		}
		if got := g.get(alarmsPath + "?filter=(eq,extensions/rank,2)&" + selector).body; got != "["+want+"]" {
			t.Errorf("%s, of a list:\ngot  %s\nwant [%s]", selector, got, want)
		}
	}
}

func TestWrongQueriesOfAlarms(t *testing.T) {
	g := newGateway(t, site(0))
	g.alarms.put(alarm(0))
	const known = "alarmEventRecordId, resourceTypeID, resourceID, alarmDefinitionID, probableCauseID, alarmRaisedTime, " +
		"alarmChangedTime, alarmClearedTime, alarmAcknowledgedTime, alarmAcknowledged, perceivedSeverity, extensions"
	for query, want := range map[string]string{
		"filter=(eq,resourceTypeId," + string(typeA) + ")": `filter: unknown attribute "resourceTypeId"; AlarmEventRecord has ` + known,
		"filter=(eq,perceivedSeverity,CRITICAL)":           `filter: "CRITICAL" is not a number, as perceivedSeverity needs, for example 3`,
		"filter=(eq,alarmAcknowledged,yes)":                `filter: "yes" is neither true nor false, as alarmAcknowledged needs`,
		"filter=(gt,alarmRaisedTime,yesterday)":            `filter: "yesterday" is not an RFC 3339 time, as alarmRaisedTime needs, for example 2026-01-31T12:00:00Z`,
		"filter=(eq,resourceID,node-1)":                    `filter: "node-1" is not a UUID, as resourceID needs: 8-4-4-4-12 hexadecimal digits`,
		"fields=(AlarmId,WrongAttrName)":                   `fields: unknown attribute "(AlarmId"; AlarmEventRecord has ` + known,
		"fields=extensions&exclude_fields=extensions":      "fields: it cannot go together with exclude_fields; give one of them",
		"sort=x": "sort: unknown parameter; known are all_fields, exclude_default, exclude_fields, fields, filter, nextpage_opaque_marker",
	} {
		a := g.get(alarmsPath + "?" + query)
		g.wantStatus(a, http.StatusBadRequest)
		if got := a.detail(t); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	}
}
