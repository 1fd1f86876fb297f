package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/telemetry"
)

func newStore() *cobra.Command {
	var file string
	renew := &cobra.Command{
		Use:   "renew",
		Short: "Give a restored store a new incarnation",
		Long: `Is due after a store was restored from a backup, before the gateway is started on
it: what was told since the backup was made may be told again with other content,
and must not have the same ids. Subscriptions and queues stay as they are.

The embedded store must not be open in a gateway. With Redis, whoever leads starts
over by itself.`,
		Example: `  netweave store renew --config configs/gateway.yaml`,
		Args: func(c *cobra.Command, args []string) error {
			if err := none(c, args); err != nil {
				return err
			}
			if file == "" {
				return errors.New("store renew needs a configuration: --config FILE")
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
			if err := app.Renew(c.Context(), cfg, telemetry.NewSlog(log)); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "the %s store has a new incarnation\n", cfg.Store.Type)
			return err
		},
	}
	renew.Flags().StringVar(&file, "config", "", "the configuration's file; mandatory")
	return group("store", "Look after the store", renew)
}
