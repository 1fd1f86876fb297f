package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// printChanges writes what changes from before to after.
func printChanges(out io.Writer, changes []config.Change, before, after []config.Entry) error {
	if len(changes) == 0 {
		_, err := fmt.Fprintln(out, "nothing would change")
		return err
	}
	added, removed, rest := config.ByAdapter(changes, before, after)
	var lines []string
	for _, name := range added {
		lines = append(lines, fmt.Sprintf("+ adapter %s: added", name))
	}
	for _, name := range removed {
		lines = append(lines, fmt.Sprintf("- adapter %s: removed", name))
	}
	for _, c := range rest {
		when := "at once"
		if !c.Hot() {
			when = "needs a restart"
		}
		lines = append(lines, fmt.Sprintf("~ %s: %s (%s)", c.Key, what(c), when))
	}
	if cold := config.Cold(rest); len(cold) > 0 {
		lines = append(lines, "", fmt.Sprintf("%d of these need a restart: %s", len(cold), strings.Join(cold, ", ")))
	}
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// what says how a key changes, with its values unless they are hidden.
func what(c config.Change) string {
	hidden := slices.ContainsFunc([]*config.Entry{c.Before, c.After}, func(e *config.Entry) bool { return e != nil && e.Hidden })
	switch {
	case c.Before == nil && hidden:
		return "added"
	case c.Before == nil:
		return "added: " + c.After.Value
	case c.After == nil && hidden:
		return "removed"
	case c.After == nil:
		return "removed: " + c.Before.Value
	case hidden:
		return "changed"
	default:
		return fmt.Sprintf("%s -> %s", c.Before.Value, c.After.Value)
	}
}
