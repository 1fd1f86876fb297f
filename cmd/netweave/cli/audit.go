package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/telemetry"
)

// errFindings ends a verification that found something.
var errFindings = errors.New("the audit log is not as it was written")

func newAudit() *cobra.Command {
	var file string
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Find entries of the audit log that are missing or altered",
		Long: `Walks every process's chain of entries: numbers must have no gaps, each entry must
have its hash and follow the one before, and each chain must end where its head
is. Prints what is wrong, one finding a line, and a summary. Nothing is changed.

With Redis, gateways may go on meanwhile. The embedded file must not be open in a
gateway: stop it, or verify a snapshot of the file.

Exit codes: 0 nothing is wrong, 1 it could not be read, 5 something is wrong.`,
		Example: `  netweave audit verify --config configs/gateway.yaml`,
		Args: func(c *cobra.Command, args []string) error {
			if err := none(c, args); err != nil {
				return err
			}
			if file == "" {
				return errors.New("audit verify needs a configuration: --config FILE")
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := config.Load(file)
			if err != nil {
				return err
			}
			log, err := telemetry.NewLogger(telemetry.LogConfig{Level: "warn"}, c.ErrOrStderr())
			if err != nil {
				return err
			}
			r, err := app.VerifyAudit(c.Context(), cfg, telemetry.NewSlog(log))
			out := c.OutOrStdout()
			for _, f := range r.Findings {
				fmt.Fprintf(out, "%s/%d: %s: %s\n", f.Writer, f.Number, f.What, f.Detail)
			}
			if err != nil {
				return err
			}
			if left := r.Total - len(r.Findings); left > 0 {
				fmt.Fprintf(out, "and %d more\n", left)
			}
			if _, err = fmt.Fprintf(out, "audit log of the %s store: %d entries in %d chains, %d findings\n",
				cfg.Store.Type, r.Records, r.Chains, r.Total); err != nil || r.Total == 0 {
				return err
			}
			return errFindings
		},
	}
	verify.Flags().StringVar(&file, "config", "", "the configuration's file; mandatory")
	return group("audit", "Look after the audit log", verify)
}
