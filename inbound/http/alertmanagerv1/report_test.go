package alertmanagerv1

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/netweave/netweave/core/o2"
)

func TestFingerprint(t *testing.T) {
	labels := Texts{"alertname": "NodeDown", "node": "worker-1"}
	const digest = "ae24c3448b0b6f2fbbdcf56131a701d4"
	for name, tt := range map[string]struct {
		alert Alert
		want  string
	}{
		"Alertmanager's":       {Alert{Labels: labels, Fingerprint: "8f14e45fceea167a"}, "8f14e45fceea167a"},
		"none":                 {Alert{Labels: labels}, digest},
		"no fingerprint":       {Alert{Labels: labels, Fingerprint: "../../etc"}, digest},
		"in capitals":          {Alert{Labels: labels, Fingerprint: "8F14"}, digest},
		"longer than they are": {Alert{Labels: labels, Fingerprint: strings.Repeat("a", 65)}, digest},
	} {
		if got := fingerprint(&tt.alert); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	// What is a name here is no part of a value there.
	one, other := Alert{Labels: Texts{"a": "b1 c", "d": "e"}}, Alert{Labels: Texts{"a": "b", "c": "1 de"}}
	if fingerprint(&one) == fingerprint(&other) {
		t.Error("two alerts have one fingerprint")
	}
}

func TestCut(t *testing.T) {
	for _, text := range []string{"", "short", strings.Repeat("x", maxText), strings.Repeat("é", maxText), "x" + strings.Repeat("日", maxText)} {
		got := cut(text)
		switch {
		case len(text) <= maxText && got != text:
			t.Errorf("%.10q became %.10q", text, got)
		case len(text) > maxText && (!strings.HasSuffix(got, "...") || len(got) > maxText || len(got) < maxText-3 || !utf8.ValidString(got)):
			t.Errorf("%.10q... of %d bytes became %d bytes", text, len(text), len(got))
		}
	}
}

// Whatever labels an alert has: it is refused with a reason, or what it means is
// within bounds.
func FuzzReport(f *testing.F) {
	f.Add("NodeDown", "worker-1:9100", "critical", "it is down", "2026-01-31T12:00:00Z", "8f14")
	f.Add("", "", "", "", "", "")
	f.Add("\x00", "a\nb", "\u2028", strings.Repeat("日", 3000), "0001-01-01T00:00:00Z", "x")
	c := &Receiver{
		Name: "r", ResourceLabels: []string{"instance"}, DefinitionLabel: "alertname", SeverityLabel: "severity",
		Severities: map[string]o2.Severity{"critical": o2.SeverityCritical}, Severity: o2.SeverityIndeterminate,
		DescriptionAnnotations: []string{"summary"}, RepairAnnotations: []string{"summary"},
	}
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, name, instance, severity, summary, start, fingerprint string) {
		for _, text := range []string{name, instance, severity, summary} {
			if !utf8.ValidString(text) {
				return // no body is
			}
		}
		a := &Alert{
			Status: "firing", Labels: Texts{"alertname": name, "instance": instance, "severity": severity},
			Annotations: Texts{"summary": summary}, StartsAt: start, Fingerprint: fingerprint,
		}
		r, reason := c.report(a, "", now)
		if reason != "" {
			return
		}
		if r.Native == "" || r.Resource == "" || r.Definition == "" || len(r.Resource) > maxName || len(r.Description) > maxText ||
			len(r.Extensions) > maxExtensions || r.RaisedAt.After(now.Add(ahead)) || !r.RaisedAt.IsZero() && r.RaisedAt.Before(earliest) {
			t.Errorf("%+v", r)
		}
		if parsed, err := o2.ParseJSON([]byte(r.Extensions)); err != nil || parsed != r.Extensions {
			t.Errorf("extensions %.200q are not in canonical form: %v", r.Extensions, err)
		}
	})
}
