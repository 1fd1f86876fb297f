package cli

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
)

func newStore() *cobra.Command {
	renew := configured(&cobra.Command{
		Use:   "renew",
		Short: "Give a restored store a new incarnation",
		Long: `Is due after a store was restored from a backup, before the gateway is started on
it: what was told since the backup was made may be told again with other content,
and must not have the same ids. Subscriptions and queues stay as they are.

The embedded store must not be open in a gateway. With Redis, whoever leads starts
over by itself.`,
		Example: `  netweave store renew --config configs/gateway.yaml`,
	}, func(c *cobra.Command, cfg *config.Config, log *slog.Logger) error {
		if err := app.Renew(c.Context(), cfg, log); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.OutOrStdout(), "the %s store has a new incarnation\n", cfg.Store.Type)
		return err
	})
	return group("store", "Look after the store", renew)
}
