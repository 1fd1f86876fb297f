package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/alertmanagerv1"
)

const receiversKey = "alarms.alertmanager.receivers"

// receiverName is what can stand in the address that Alertmanager sends to.
var receiverName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// receivers reads alarms.alertmanager.receivers.
func (r *reader) receivers(n *yaml.Node) []alertmanagerv1.Receiver {
	firsts := map[string]int{}
	var list []alertmanagerv1.Receiver
	for i, item := range r.list(n, receiversKey, "a list of receivers of alerts") {
		path := fmt.Sprintf("%s[%d]", receiversKey, i)
		c := r.alertReceiver(item, path)
		if first, twice := taken(firsts, c.Name, i); twice && c.Name != "" {
			r.problem(path+".name", item, fmt.Sprintf("%s[%d] has the name %s already: names must differ", receiversKey, first, c.Name))
		}
		list = append(list, c)
	}
	return list
}

func (r *reader) alertReceiver(n *yaml.Node, path string) alertmanagerv1.Receiver {
	f := r.known(n, path, "name", "tenant", "resourceLabels", "resourcePattern", "resource", "definitionLabel", "severityLabel",
		"severities", "severity", "probableCauseLabel", "probableCause", "descriptionAnnotations", "repairAnnotations")
	c := alertmanagerv1.Receiver{
		Tenant:                 r.textOr(f["tenant"], path+".tenant", "", o2.CheckTenantID),
		ResourceLabels:         r.names(f["resourceLabels"], path+".resourceLabels", "node", "instance"),
		ResourcePattern:        r.pattern(f["resourcePattern"], path+".resourcePattern"),
		Resource:               r.textOr(f["resource"], path+".resource", "", checkName),
		DefinitionLabel:        r.textOr(f["definitionLabel"], path+".definitionLabel", "alertname", checkName),
		SeverityLabel:          r.textOr(f["severityLabel"], path+".severityLabel", "severity", checkName),
		Severities:             r.severities(f["severities"], path+".severities"),
		Severity:               r.severity(f["severity"], path+".severity"),
		ProbableCauseLabel:     r.textOr(f["probableCauseLabel"], path+".probableCauseLabel", "", checkName),
		ProbableCause:          r.textOr(f["probableCause"], path+".probableCause", "", checkName),
		DescriptionAnnotations: r.names(f["descriptionAnnotations"], path+".descriptionAnnotations", "description", "summary", "message"),
		RepairAnnotations:      r.names(f["repairAnnotations"], path+".repairAnnotations", "runbook_url"),
	}
	var ok bool
	if c.Name, ok = r.mandatory(f["name"], path+".name", n, "is missing: it is the last part of the address that Alertmanager sends to"); ok && !receiverName.MatchString(c.Name) {
		r.problem(path+".name", f["name"], "must be 1 to 63 lower-case letters, digits and dashes, and start with no dash")
	}
	return c
}

// names reads a list of names; left out, it is fallback.
func (r *reader) names(n *yaml.Node, path string, fallback ...string) []string {
	if isNull(n) {
		return fallback
	}
	list := []string{}
	for i, item := range r.list(n, path, "a list of names") {
		at := fmt.Sprintf("%s[%d]", path, i)
		if name := r.checked(item, at, checkName); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// textOr reads a text that check has to accept; left out, it is fallback.
func (r *reader) textOr(n *yaml.Node, path, fallback string, check func(string) error) string {
	if isNull(n) {
		return fallback
	}
	return r.checked(n, path, check)
}

// pattern reads a regular expression with a group.
func (r *reader) pattern(n *yaml.Node, path string) *regexp.Regexp {
	const want = "must be a regular expression (RE2) whose first group is what names the resource"
	text := r.text(n, path)
	if text == "" {
		return nil
	}
	re, err := regexp.Compile(text)
	switch {
	case err != nil:
		r.problem(path, n, want+": "+strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	case re.NumSubexp() < 1:
		r.problem(path, n, want+`: it has no group, write for example ^([^:]+):\d+$`)
	}
	return re
}

// defaultSeverities are what alerts commonly say.
var defaultSeverities = map[string]o2.Severity{
	"critical": o2.SeverityCritical, "error": o2.SeverityMajor, "major": o2.SeverityMajor, "minor": o2.SeverityMinor,
	"warning": o2.SeverityWarning, "info": o2.SeverityIndeterminate, "none": o2.SeverityIndeterminate,
}

// severities reads what a label's values stand for; left out, what they commonly do.
func (r *reader) severities(n *yaml.Node, path string) map[string]o2.Severity {
	if isNull(n) {
		return maps.Clone(defaultSeverities)
	}
	if n = resolve(n); n.Kind != yaml.MappingNode {
		r.problem(path, n, "must be a mapping of the label's values to severities")
		return nil
	}
	all := map[string]o2.Severity{}
	for _, f := range r.fields(n, path) {
		all[f.key] = r.severity(f.value, path+"["+f.key+"]")
	}
	return all
}

// severity reads the name of a severity that an alarm can have while it is raised.
func (r *reader) severity(n *yaml.Node, path string) o2.Severity {
	if isNull(n) {
		return o2.SeverityIndeterminate
	}
	s, err := o2.ParseSeverity(r.text(n, path))
	if err != nil || s == o2.SeverityCleared {
		r.problem(path, n, "must be one of CRITICAL, MAJOR, MINOR, WARNING and INDETERMINATE")
	}
	return s
}

// receiverText is all that a receiver is, for people: equal receivers, equal texts.
func receiverText(c *alertmanagerv1.Receiver) string {
	var severities []string
	for _, value := range slices.Sorted(maps.Keys(c.Severities)) {
		severities = append(severities, fmt.Sprintf("%q: %s", value, c.Severities[value]))
	}
	pattern := ""
	if c.ResourcePattern != nil {
		pattern = c.ResourcePattern.String()
	}
	return fmt.Sprintf("tenant %q, resource from %q by %q or %q, definition from %q, severity from %q {%s} or %s, "+
		"probable cause from %q or %q, description from %q, repair from %q",
		c.Tenant, c.ResourceLabels, pattern, c.Resource, c.DefinitionLabel, c.SeverityLabel, strings.Join(severities, ", "), c.Severity,
		c.ProbableCauseLabel, c.ProbableCause, c.DescriptionAnnotations, c.RepairAnnotations)
}
