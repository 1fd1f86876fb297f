package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
)

func newConfig() *cobra.Command {
	check := &cobra.Command{
		Use:   "check FILE",
		Short: "Print every problem of a configuration with its key",
		Long: `Reads a configuration as serve would, with the environment's variables, and
looks at the TLS files and at each enabled adapter's plugin. Prints every problem
with its line and key. Nothing is started.

Exit codes: 0 the configuration can be served, 3 it cannot.`,
		Example: `  netweave config check configs/gateway.yaml
  DTIAS_API_KEY=x netweave config check configs/gateway.yaml`,
		Args: one("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := config.Load(args[0])
			if err != nil {
				return err
			}
			for _, note := range app.Notes(cfg) {
				fmt.Fprintf(c.OutOrStdout(), "%s: note: %s\n", args[0], note)
			}
			if problems := app.Check(cfg); len(problems) > 0 {
				return &config.Invalid{Path: args[0], Problems: problems}
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: ok: %d of %d adapters enabled\n", args[0], len(cfg.EnabledAdapters()), len(cfg.Adapters))
			return err
		},
	}
	return group("config", "Look at configurations", check, newConfigDiff())
}
