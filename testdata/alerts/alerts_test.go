package alerts

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
)

const (
	root = "../.."
	file = root + "/deploy/prometheus/alerts.yaml"
)

// rules returns the alarms by their names.
func rules(t *testing.T) map[string]rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile(file, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Error(err)
	}
	all := map[string]rulefmt.Rule{}
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			if _, twice := all[rule.Alert]; twice || rule.Alert == "" {
				t.Errorf("the alarm %q is there twice, or has no name", rule.Alert)
			}
			all[rule.Alert] = rule
		}
	}
	return all
}

func TestEachAlarmSaysHowBadItIsAndWhatToDo(t *testing.T) {
	const base = "https://github.com/netweave/netweave/blob/main/"
	for name, rule := range rules(t) {
		if severity := rule.Labels["severity"]; !slices.Contains([]string{"warning", "critical"}, severity) {
			t.Errorf("%s has the severity %q", name, severity)
		}
		if rule.Annotations["summary"] == "" {
			t.Errorf("%s has no summary", name)
		}
		link, ours := strings.CutPrefix(rule.Annotations["runbook_url"], base)
		path, anchor, _ := strings.Cut(link, "#")
		text, err := os.ReadFile(filepath.Join(root, path))
		if !ours || err != nil {
			t.Errorf("%s has the runbook %q: %v", name, rule.Annotations["runbook_url"], err)
		}
		if !slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
			heading, is := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
			return anchor == "" || is && strings.HasPrefix(line, "#") && strings.ReplaceAll(strings.ToLower(heading), " ", "-") == anchor
		}) {
			t.Errorf("%s: %s has no heading %s", name, path, anchor)
		}
	}
}

// quiet and loud are series of one sample a minute; an alarm is to be silent on the
// one and to go off on the other. All end at the same time, two days from their
// beginning.
var scenarios = map[string]struct{ quiet, loud []string }{
	"NetweaveCertificateExpiring": {
		quiet: []string{`o2ims_tls_cert_expiry_seconds{file="server"} 700000x2880`},
		loud:  []string{`o2ims_tls_cert_expiry_seconds{file="server"} 700000x2820 600000x59`, `o2ims_tls_cert_expiry_seconds{file="crl"} -5x2880`},
	},
	"NetweaveAuthenticationFailures": {
		quiet: []string{`o2ims_auth_failures_by_client{tenant="smo-alpha"} 0+2x2880`, `o2ims_auth_failures_by_client{tenant="smo-alpha"} 9000x2880`},
		loud:  []string{`o2ims_auth_failures_by_client{tenant="unknown"} 0x2870 0+5x9`, `o2ims_auth_failures_by_client{tenant="smo-alpha"} 0+4x2880`},
	},
	"NetweaveAuthorizationDenials": {
		quiet: []string{
			`o2ims_authz_total{resource="Role",action="list",result="deny"} 0+30x2880`, // it is like this all day
			`o2ims_authz_total{resource="Role",action="list",result="allow"} 0x2870 0+100x9`,
			`o2ims_authz_total{resource="Role",action="list",result="deny"} 0x2870 0+4x9`, // a few
		},
		loud: []string{
			`o2ims_authz_total{resource="Role",action="list",result="deny"} 0x2870 0+10x9`,
			`o2ims_authz_total{resource="Role",action="list",result="deny"} _x2870 0+10x9`, // a new process
		},
	},
	"NetweaveTLSHandshakeFailures": {
		quiet: []string{`o2ims_tls_handshake_failures_total{reason="other"} 0+2x2880`},
		loud:  []string{`o2ims_tls_handshake_failures_total{reason="revoked"} 0x2870 0+5x9`},
	},
	"NetweaveAuditEntriesLost":      {quiet: []string{`netweave_audit_lost_total 7x2880`}, loud: []string{`netweave_audit_lost_total 0x2850 3x29`}},
	"NetweaveTLSFilesUnusable":      {quiet: []string{`netweave_tls_reload_failed 0x2880`}, loud: []string{`netweave_tls_reload_failed 1x2880`}},
	"NetweaveConfigurationUnusable": {quiet: []string{`netweave_config_reload_failed 0x2880`}, loud: []string{`netweave_config_reload_failed 1x2880`}},
	"NetweaveRolesUnusable":         {quiet: []string{`netweave_policy_reload_failed 0x2880`}, loud: []string{`netweave_policy_reload_failed 1x2880`}},
	"NetweaveNotReady":              {quiet: []string{`netweave_ready 1x2880`}, loud: []string{`netweave_ready 0x2880`}},
	"NetweaveLeadership":            {quiet: []string{"netweave_leader{instance=\"a\"} 0x2880\n netweave_leader{instance=\"b\"} 1x2880"}, loud: []string{`netweave_leader 0x2880`, "netweave_leader{instance=\"a\"} 1x2880\n netweave_leader{instance=\"b\"} 1x2880"}},
	"NetweaveDeliveriesDelayed":     {quiet: []string{`netweave_queue_oldest_age_seconds 59x2880`}, loud: []string{`netweave_queue_oldest_age_seconds 61x2880`}},
	"NetweaveDeadLetters":           {quiet: []string{`netweave_dead_letters_total 3x2880`}, loud: []string{`netweave_dead_letters_total 3x2850 4x29`}},
	"NetweaveViewDegraded":          {quiet: []string{`netweave_view_degraded 0x2880`}, loud: []string{`netweave_view_degraded 1x2880`}},
	"NetweavePluginQuarantined":     {quiet: []string{`netweave_plugin_state{state="running"} 1x2880`, `netweave_plugin_state{state="quarantined"} 0x2880`}, loud: []string{`netweave_plugin_state{state="quarantined"} 1x2880`}},
}

func TestAlarmsGoOffWhenTheyShould(t *testing.T) {
	all := rules(t)
	for name := range scenarios {
		if _, there := all[name]; !there {
			t.Errorf("there is no alarm %s", name)
		}
	}
	for name, rule := range all {
		s := scenarios[name]
		if len(s.quiet) == 0 || len(s.loud) == 0 {
			t.Errorf("no scenarios for %s", name)
		}
		for series, want := range merged(s.quiet, s.loud) {
			if got := goesOff(t, rule.Expr, series); got != want {
				t.Errorf("%s goes off = %v, want %v, on\n %s", name, got, want, series)
			}
		}
	}
}

func merged(quiet, loud []string) map[string]bool {
	all := map[string]bool{}
	for _, s := range quiet {
		all[s] = false
	}
	for _, s := range loud {
		all[s] = true
	}
	return all
}

// goesOff reports whether an expression has a value at the end of the series.
func goesOff(t *testing.T, expression, series string) bool {
	t.Helper()
	storage := promqltest.LoadedStorage(t, "load 1m\n "+series+"\n")
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	end := time.Unix(0, 0).Add(2880 * time.Minute)
	query, err := engine.NewInstantQuery(t.Context(), storage, nil, expression, end)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	defer query.Close()
	vector, err := query.Exec(t.Context()).Vector()
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return len(vector) > 0
}
