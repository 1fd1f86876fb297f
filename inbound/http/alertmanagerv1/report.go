package alertmanagerv1

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/alarms"
)

const (
	resolved = "resolved"

	// maxName bounds what names something, in bytes, maxText a text for people, and
	// maxExtensions all labels and annotations of an alert together.
	maxName, maxText, maxExtensions = 253, 4096, 16 << 10
	// ahead is how far an alert's start may be ahead of our clock.
	ahead = time.Hour
)

// earliest is the earliest start that an alert can have.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// report says what an alert means. reason is why it means nothing.
func (c *Receiver) report(a *Alert, externalURL string, now time.Time) (r alarms.Report, reason string) {
	r = alarms.Report{
		Native:        fingerprint(a),
		Resource:      c.resource(a),
		Definition:    a.Labels[c.DefinitionLabel],
		ProbableCause: firstOf(a.Labels, []string{c.ProbableCauseLabel}, c.ProbableCause),
		Description:   cut(firstOf(a.Annotations, c.DescriptionAnnotations, "")),
		RepairActions: cut(firstOf(a.Annotations, c.RepairAnnotations, "")),
		Severity:      c.severity(a),
	}
	r.Name = r.Definition
	if r.Resource == "" {
		return r, "it names no resource: it has none of the labels " + strings.Join(c.ResourceLabels, ", ")
	}
	if r.Definition == "" && a.Status != resolved {
		return r, fmt.Sprintf("it has no label %s, which says what alarm it is", c.DefinitionLabel)
	}
	for _, name := range []string{r.Resource, r.Definition, r.ProbableCause} {
		if len(name) > maxName {
			return r, fmt.Sprintf("the label %.40q... is longer than %d bytes", name, maxName)
		}
	}
	if r.RaisedAt, reason = startOf(a.StartsAt, now); reason != "" {
		return r, reason
	}
	var err error
	if r.Extensions, err = extensions(a, externalURL); err != nil {
		return r, err.Error()
	}
	return r, ""
}

// resource returns what the alert calls its resource, "" if nothing.
func (c *Receiver) resource(a *Alert) string {
	name := firstOf(a.Labels, c.ResourceLabels, "")
	if name == "" {
		return c.Resource
	}
	if c.ResourcePattern != nil {
		if parts := c.ResourcePattern.FindStringSubmatch(name); len(parts) > 1 && parts[1] != "" {
			return parts[1]
		}
	}
	return name
}

// severity returns the alert's severity; one that is resolved is cleared.
func (c *Receiver) severity(a *Alert) o2.Severity {
	if a.Status == resolved {
		return o2.SeverityCleared
	}
	if s, ok := c.Severities[a.Labels[c.SeverityLabel]]; ok {
		return s
	}
	return c.Severity
}

// firstOf returns the first of the names that texts has, or else fallback. Empty
// texts do not count: Prometheus takes them for absent.
func firstOf(texts Texts, names []string, fallback string) string {
	for _, name := range names {
		if text := texts[name]; text != "" {
			return text
		}
	}
	return fallback
}

// cut shortens a text for people to what is kept.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText - len("...")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}

// fingerprint is what Alertmanager calls the alert, or, where that is not what it
// looks like, a digest of the labels, which tell an alert from all others.
func fingerprint(a *Alert) string {
	const most = 64
	isHex := func(c rune) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }
	if f := a.Fingerprint; f != "" && len(f) <= most && !strings.ContainsFunc(f, func(c rune) bool { return !isHex(c) }) {
		return f
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		fmt.Fprintf(h, "%d %s%d %s", len(name), name, len(a.Labels[name]), a.Labels[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// startOf reads when an alert began; "" and the zero time are unknown.
func startOf(text string, now time.Time) (at time.Time, reason string) {
	if text == "" {
		return time.Time{}, ""
	}
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return time.Time{}, fmt.Sprintf("startsAt %.40q is not an RFC 3339 time", text)
	case at.IsZero():
		return time.Time{}, ""
	case at.Before(earliest) || at.After(now.Add(ahead)):
		return time.Time{}, fmt.Sprintf("startsAt %s is not between %s and now: are the clocks right?", text, earliest.Format(time.RFC3339))
	}
	return at.UTC().Truncate(time.Millisecond), ""
}

// extensions are what an alert has beyond an alarm.
func extensions(a *Alert, externalURL string) (o2.JSON, error) {
	all := map[string]any{"labels": a.Labels}
	if len(a.Annotations) > 0 {
		all["annotations"] = a.Annotations
	}
	if a.GeneratorURL != "" {
		all["generatorURL"] = a.GeneratorURL
	}
	if externalURL != "" {
		all["externalURL"] = externalURL
	}
	j, err := o2.JSONOf(all)
	if err != nil {
		return "", err
	}
	if len(j) > maxExtensions {
		return "", fmt.Errorf("its labels and annotations are longer than %d bytes together", maxExtensions)
	}
	return j, nil
}
