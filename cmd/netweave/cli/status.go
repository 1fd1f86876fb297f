package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/inbound/http/adminv1"
)

// errUnwell is the error of a status that is not all well.
var errUnwell = errors.New("not all is well")

func newStatus() *cobra.Command {
	g := &gateway{}
	var output string
	c := &cobra.Command{
		Use:   "status [ADAPTER]",
		Short: "Show a running gateway's adapters, and whether they are well",
		Long: `Asks a running gateway for its adapters: what runs, how current its view is, how
much it holds. With a name, everything about that one.

Exit codes: 0 all are well, 1 the gateway cannot be asked, 6 an adapter is starting,
stale, down or paused.`,
		Example: `  netweave status
  netweave status kubernetes
  netweave status --url https://o2ims.example.org --ca-file ca.crt --cert-file root.platform.crt --key-file root.platform.key
  netweave status --output json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("status takes one adapter's name at most: see \"%s --help\"", c.CommandPath())
			}
			if output != "table" && output != "json" {
				return errors.New("--output must be table or json")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			list, err := askAdapters(c, g, args)
			if err != nil {
				return err
			}
			switch {
			case output == "json":
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				err = e.Encode(adminv1.AdapterList{Items: list})
			case len(args) == 1:
				err = printAdapter(c.OutOrStdout(), list[0])
			default:
				err = printAdapters(c.OutOrStdout(), list)
			}
			return errors.Join(err, unwell(list))
		},
	}
	g.flags(c, nearby)
	c.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return c
}

func askAdapters(c *cobra.Command, g *gateway, args []string) ([]adminv1.Adapter, error) {
	if len(args) == 0 {
		var all adminv1.AdapterList
		err := g.ask(c.Context(), "GET", "/adapters", nil, &all)
		return all.Items, err
	}
	var one adminv1.Adapter
	err := g.ask(c.Context(), "GET", "/adapters/"+url.PathEscape(args[0]), nil, &one)
	return []adminv1.Adapter{one}, err
}

// unwell names the adapters that are not well, nil if all are.
func unwell(list []adminv1.Adapter) error {
	var names []string
	for _, a := range list {
		if a.Health != "ok" {
			names = append(names, a.Name+" is "+a.Health)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errUnwell, strings.Join(names, ", "))
}

func printAdapters(out io.Writer, list []adminv1.Adapter) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(out, "no adapter is enabled")
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ADAPTER\tPLUGIN\tHEALTH\tSTATE\tBREAKER\tAGE\tPOOLS\tRESOURCES\tRESTARTS")
	for _, a := range list {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\n", a.Name, strings.TrimSpace(a.Type+" "+a.Version), a.Health, a.State, a.Breaker,
			age(a), a.Objects.ResourcePools, a.Objects.Resources, a.Restarts)
	}
	return t.Flush()
}

func age(a adminv1.Adapter) string {
	if !a.Synced {
		return "-"
	}
	return (time.Duration(a.AgeSeconds*10) * 100 * time.Millisecond).String()
}

func printAdapter(out io.Writer, a adminv1.Adapter) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, value)
		}
	}
	row("adapter", a.Name)
	row("plugin", strings.TrimSpace(a.Type+" "+a.Version))
	row("checksum", a.Checksum)
	row("health", a.Health)
	row("state", fmt.Sprintf("%s since %s", a.State, a.Since.Format(time.RFC3339)))
	row("breaker", a.Breaker)
	row("kept current by", fmt.Sprintf("%s; %s old, may be %v", a.Feed, age(a), time.Duration(a.StaleAfterSeconds)*time.Second))
	row("capabilities", strings.Join(a.Capabilities, ", "))
	row("objects", fmt.Sprintf("%d deployment managers, %d resource pools, %d resources, %d resource types",
		a.Objects.DeploymentManagers, a.Objects.ResourcePools, a.Objects.Resources, a.Objects.ResourceTypes))
	row("snapshots", fmt.Sprint(a.Snapshots))
	row("restarts", fmt.Sprint(a.Restarts))
	row("replacements", fmt.Sprint(a.Replacements))
	if a.RefusedObjects > 0 {
		row("refused objects", fmt.Sprint(a.RefusedObjects))
	}
	if p := a.Pause; p != nil {
		row("paused", strings.TrimSpace(fmt.Sprintf("at %s %s", p.At.Format(time.RFC3339), by(p.By))))
		row("because", p.Reason)
	}
	row("not replaced", a.ReplaceError)
	row("feed's error", a.FeedError)
	row("last error", a.LastError)
	return t.Flush()
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return "by " + who
}

func newAdapter() *cobra.Command {
	g := &gateway{}
	var reason string
	pause := steering(g, "pause", "Let an adapter's backend rest", `Its backend is not called any more by any process of the gateway: reads are answered
from what is known, which grows stale, and writes are refused. It lasts, through
restarts too, until it is resumed.`, func() any {
		if reason == "" {
			return nil
		}
		return adminv1.Pause{Reason: reason}
	})
	pause.Example += ` --reason "the region is moved until noon"`
	pause.Flags().StringVar(&reason, "reason", "", "why, for whoever wonders")
	none := func() any { return nil }
	c := group("adapter", "Pause, resume or read anew an adapter of a running gateway", pause,
		steering(g, "resume", "End an adapter's pause", "Its backend is read anew, and takes writes again.", none),
		steering(g, "resync", "Have an adapter's backend read anew", "Every process of the gateway takes a whole snapshot, at once; nobody waits for it.", none))
	g.flags(c, nearby)
	return c
}

// steering is a command that changes one adapter.
func steering(g *gateway, verb, short, long string, body func() any) *cobra.Command {
	return &cobra.Command{
		Use:     verb + " ADAPTER",
		Short:   short,
		Long:    long,
		Example: "  netweave adapter " + verb + " kubernetes",
		Args:    one("ADAPTER"),
		RunE: func(c *cobra.Command, args []string) error {
			var a adminv1.Adapter
			if err := g.ask(c.Context(), "POST", "/adapters/"+url.PathEscape(args[0])+"/"+verb, body(), &a); err != nil {
				return err
			}
			return printAdapters(c.OutOrStdout(), []adminv1.Adapter{a})
		},
	}
}
