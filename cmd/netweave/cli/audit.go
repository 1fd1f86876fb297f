package cli

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
)

// errFindings ends a verification that found something.
var errFindings = errors.New("the audit log is not as it was written")

func newAudit() *cobra.Command {
	verify := configured(&cobra.Command{
		Use:   "verify",
		Short: "Find entries of the audit log that are missing or altered",
		Long: `Walks every process's chain of entries: numbers must have no gaps, each entry must
have its hash and follow the one before, and each chain must end where its head
is. Prints what is wrong, one finding a line, and a summary. Nothing is changed.

With Redis, gateways may go on meanwhile. The embedded file must not be open in a
gateway: stop it, or verify a snapshot of the file.

Exit codes: 0 nothing is wrong, 1 it could not be read, 5 something is wrong.`,
		Example: `  netweave audit verify --config configs/gateway.yaml`,
	}, func(c *cobra.Command, cfg *config.Config, log *slog.Logger) error {
		r, err := app.VerifyAudit(c.Context(), cfg, log)
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
	})
	return group("audit", "Look after the audit log", verify)
}
