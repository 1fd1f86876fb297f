package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
)

func TestAlertReceivers(t *testing.T) {
	c, err := load(t, oneAdapter+`alarms:
  alertmanager:
    receivers:
      - name: plain
      - name: full
        tenant: smo-alpha
        resourceLabels: [host]
        resourcePattern: '^([^:]+):\d+$'
        resource: cluster-a
        definitionLabel: alert
        severityLabel: Level
        severities: {P1: CRITICAL, p1: MINOR}
        severity: WARNING
        probableCauseLabel: cause
        probableCause: Timeout
        descriptionAnnotations: [text]
        repairAnnotations: []
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []alertmanagerv1.Receiver{
		{
			Name: "plain", ResourceLabels: []string{"node", "instance"}, DefinitionLabel: "alertname", SeverityLabel: "severity",
			Severities: defaultSeverities, Severity: o2.SeverityIndeterminate,
			DescriptionAnnotations: []string{"description", "summary", "message"}, RepairAnnotations: []string{"runbook_url"},
		},
		{
			Name: "full", Tenant: "smo-alpha", ResourceLabels: []string{"host"}, ResourcePattern: regexp.MustCompile(`^([^:]+):\d+$`),
			Resource: "cluster-a", DefinitionLabel: "alert", SeverityLabel: "Level",
			Severities: map[string]o2.Severity{"P1": o2.SeverityCritical, "p1": o2.SeverityMinor}, Severity: o2.SeverityWarning,
			ProbableCauseLabel: "cause", ProbableCause: "Timeout", DescriptionAnnotations: []string{"text"}, RepairAnnotations: []string{},
		},
	}
	if !reflect.DeepEqual(c.Alarms.Receivers, want) {
		t.Errorf("got  %+v\nwant %+v", c.Alarms.Receivers, want)
	}
	entries := c.Entries()
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Key == "alarms.alertmanager.receivers[full]" })
	text := `tenant "smo-alpha", resource from ["host"] by "^([^:]+):\\d+$" or "cluster-a", definition from "alert", ` +
		`severity from "Level" {"P1": CRITICAL, "p1": MINOR} or WARNING, probable cause from "cause" or "Timeout", description from ["text"], repair from []`
	if i < 0 || entries[i].Value != text || !entries[i].Hot || !IsHot(entries[i].Key) {
		t.Errorf("entry %+v", entries)
	}
	running := (&Config{}).WithHotOf(c)
	if !reflect.DeepEqual(running.Alarms.Receivers, want) {
		t.Errorf("a running gateway goes by %+v", running.Alarms.Receivers)
	}
}

func TestAlertReceiverProblems(t *testing.T) {
	const at = "line 3: alarms.alertmanager.receivers"
	const wantSeverity = ": must be one of CRITICAL, MAJOR, MINOR, WARNING and INDETERMINATE"
	const wantPattern = ": must be a regular expression (RE2) whose first group is what names the resource: "
	for receivers, want := range map[string]string{
		`{}`:                             at + ": must be a list of receivers of alerts",
		`[{}]`:                           at + "[0].name: is missing: it is the last part of the address that Alertmanager sends to",
		`[{name: A}]`:                    at + "[0].name: must be 1 to 63 lower-case letters, digits and dashes, and start with no dash",
		`[{name: a}, {name: a}]`:         at + "[1].name: alarms.alertmanager.receivers[0] has the name a already: names must differ",
		`[{name: a, label: x}]`:          at + "[0].label: unknown key: the keys here are ",
		`[{name: a, tenant: "*"}]`:       at + "[0].tenant: ",
		`[{name: a, severity: cleared}]`: at + "[0].severity" + wantSeverity,
		`[{name: a, severity: CLEARED}]`: at + "[0].severity" + wantSeverity,
		`[{name: a, severities: {critical: HIGH}}]`: at + "[0].severities[critical]" + wantSeverity,
		`[{name: a, severities: [x]}]`:              at + "[0].severities: must be a mapping of the label's values to severities",
		`[{name: a, resourcePattern: "("}]`:         at + "[0].resourcePattern" + wantPattern + "missing closing ): `(`",
		`[{name: a, resourcePattern: "x"}]`:         at + `[0].resourcePattern` + wantPattern + `it has no group, write for example ^([^:]+):\d+$`,
		`[{name: a, resourceLabels: node}]`:         at + "[0].resourceLabels: must be a list of names",
		`[{name: a, resourceLabels: [" x"]}]`:       at + "[0].resourceLabels[0]: must be 1 to 255 bytes, with no space at either end",
	} {
		_, err := load(t, oneAdapter+"alarms: {alertmanager: {receivers: "+receivers+"}}\n")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", receivers, err, want)
		}
	}
}
