package alertmanagerv1

import (
	"regexp"
	"slices"

	"github.com/netweave/netweave/core/o2"
)

// Receiver says what the alerts mean that are sent to one address. It is not to be
// changed once it is given to Set.
type Receiver struct {
	// Name is the last part of the address, and that under which its alarms are known.
	Name string
	// Tenant is whose callers may use it, beside those who run the gateway; "" is
	// everyone's with the permission.
	Tenant string
	// ResourceLabels are labels that may name the resource, by its id, native id or
	// name: the first that an alert has does. Resource is that of an alert that has
	// none of them, "" for none.
	ResourceLabels []string
	Resource       string
	// ResourcePattern, if set, says by its first group which part of such a label's
	// value is meant; a value that it does not match is meant whole.
	ResourcePattern *regexp.Regexp
	// DefinitionLabel is the label that names the alarm's definition.
	DefinitionLabel string
	// SeverityLabel is the label that names the severity, Severities what its values
	// stand for, and Severity what any other value does, or none.
	SeverityLabel string
	Severities    map[string]o2.Severity
	Severity      o2.Severity
	// ProbableCauseLabel is the label that names the probable cause, and ProbableCause
	// that of an alert that lacks it; "" for the definition's.
	ProbableCauseLabel, ProbableCause string
	// DescriptionAnnotations are annotations that may describe the alarm: the first
	// that an alert has does. RepairAnnotations are those that may say what to do.
	DescriptionAnnotations, RepairAnnotations []string
}

// Set has alerts be taken for those receivers and no others from the next request
// on.
func (a *API) Set(receivers []Receiver) {
	list := slices.Clone(receivers)
	a.receivers.Store(&list)
}

// receiver returns the receiver of that name.
func (a *API) receiver(name string) (*Receiver, bool) {
	list := *a.receivers.Load()
	i := slices.IndexFunc(list, func(r Receiver) bool { return r.Name == name })
	if i < 0 {
		return nil, false
	}
	return &list[i], true
}
