package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// alarmWords are what an operator may call alarms.
var alarmWords = []string{"alarms", "alarm"}

// hasAlarms tells whether the plugin can be asked for them.
func (q *inquiry) hasAlarms() bool { return slices.Contains(q.Capabilities(), wire.CapAlarms) }

// alarms lists what is raised, whole or not at all.
func (q *inquiry) alarms(ctx context.Context) ([]*sdk.Alarm, error) {
	if !q.hasAlarms() {
		return nil, fmt.Errorf("this plugin tells of no alarms: it lacks the capability %s", wire.CapAlarms)
	}
	ctx, cancel := context.WithTimeout(ctx, trialPatience)
	defer cancel()
	all := []*sdk.Alarm{}
	for a, err := range q.ListAlarms(ctx) {
		if err != nil {
			return nil, failure{"list of alarms", err}
		}
		all = append(all, a)
	}
	return all, nil
}

func listAlarms(ctx context.Context, q *inquiry) error {
	alarms, err := q.alarms(ctx)
	if err != nil {
		return err
	}
	if q.json {
		return printJSON(q.out, alarmViews(alarms))
	}
	if len(alarms) == 0 {
		_, err := fmt.Fprintln(q.out, "no alarm is raised")
		return err
	}
	return printAlarms(q.out, alarms)
}

// alarmView is an alarm as JSON shows it, in the plugin's own ids.
type alarmView struct {
	ID            string         `json:"id"`
	ResourceID    string         `json:"resourceId"`
	DefinitionID  string         `json:"alarmDefinitionId"`
	ProbableCause string         `json:"probableCause,omitempty"`
	Severity      sdk.Severity   `json:"perceivedSeverity"`
	Description   string         `json:"description,omitempty"`
	RaisedAt      time.Time      `json:"alarmRaisedTime,omitzero"`
	ChangedAt     time.Time      `json:"alarmChangedTime,omitzero"`
	Extensions    map[string]any `json:"extensions,omitempty"`
}

func alarmViews(alarms []*sdk.Alarm) []alarmView {
	views := make([]alarmView, 0, len(alarms))
	for _, a := range alarms {
		views = append(views, alarmView(*a))
	}
	return views
}

func printAlarms(out io.Writer, alarms []*sdk.Alarm) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tRESOURCE\tDEFINITION\tSEVERITY\tRAISED")
	for _, a := range alarms {
		raised := "-"
		if !a.RaisedAt.IsZero() {
			raised = a.RaisedAt.Format(time.RFC3339)
		}
		fmt.Fprintln(t, strings.Join([]string{oneLine(a.ID), oneLine(a.ResourceID), oneLine(a.DefinitionID), oneLine(string(a.Severity)), raised}, "\t"))
	}
	return t.Flush()
}
