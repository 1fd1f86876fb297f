package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/ports/routes"
)

func newRoute() *cobra.Command {
	var q app.RouteQuestion
	var file string
	explain := &cobra.Command{
		Use:   "explain [TYPE]",
		Short: "Say which rule sends a request where, and why",
		Long: `Says where the rules of a configuration send the list of a type (ResourcePool,
unless another is named), or the create of a resource pool, and what comes of each
rule. Every enabled adapter is taken to be there and current; of a gateway that
runs, GET /admin/v1/routing/explain tells what its adapters make of it now.`,
		Example: `  netweave route explain --config configs/gateway.yaml --filter "(eq,extensions/type,bare-metal)"
  netweave route explain --config configs/gateway.yaml --create '{"extensions":{"type":"cloud"}}'
  netweave route explain Resource --config configs/gateway.yaml --filter "(eq,extensions/hasGPU,true)"`,
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return errors.New("route explain takes one type, such as ResourcePool")
			case file == "":
				return errors.New("route explain needs a configuration: --config FILE, for example --config configs/gateway.yaml")
			case q.Filter != "" && c.Flags().Changed("create"):
				return errors.New("--filter is of a list, --create of a new pool: write one of the two")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				q.Type = args[0]
			}
			cfg, err := config.Load(file)
			if err != nil {
				return err
			}
			x, err := app.ExplainRoute(cfg, q)
			if err != nil {
				return err
			}
			return printRoute(c.OutOrStdout(), x)
		},
	}
	explain.Flags().StringVar(&file, "config", "", "the configuration; mandatory")
	explain.Flags().StringVar(&q.Filter, "filter", "", "the list's filter, as in o2ims v1")
	explain.Flags().StringVar(&q.Create, "create", "", "a JSON object with the attributes of a resource pool to be created")
	return group("route", "See where requests go", explain)
}

func printRoute(out io.Writer, x routes.Explanation) error {
	to := strings.Join(x.Adapters, ", ")
	if to == "" {
		to = "nowhere"
	}
	fmt.Fprintf(out, "goes to: %s\nbecause: %s\n", to, x.Reason)
	if len(x.Rules) == 0 {
		return nil
	}
	fmt.Fprintln(out)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tPRIORITY\tTYPE\tADAPTERS\tVERDICT\tREASON")
	for _, r := range x.Rules {
		adapters := strings.Join(r.Adapters, ",")
		if len(r.Adapters) > 1 {
			adapters += " (" + r.Strategy + ")"
		}
		fmt.Fprintf(t, "%d\t%d\t%s\t%s\t%s\t%s\n", r.Index, r.Priority, r.ResourceType, adapters, r.Verdict, r.Reason)
	}
	return t.Flush()
}
