package cli

import (
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/telemetry"
)

// configured has c take no arguments and the file of a configuration, which run
// gets, with a log of what is worth a warning.
func configured(c *cobra.Command, run func(c *cobra.Command, cfg *config.Config, log *slog.Logger) error) *cobra.Command {
	var file string
	c.Flags().StringVar(&file, "config", "", "the configuration's file; mandatory")
	c.Args = func(c *cobra.Command, args []string) error {
		if err := none(c, args); err != nil {
			return err
		}
		if file == "" {
			return fmt.Errorf("%s needs a configuration: --config FILE", called(c))
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		log, err := telemetry.NewLogger(telemetry.LogConfig{Level: "warn"}, c.ErrOrStderr())
		if err != nil {
			return err
		}
		return run(c, cfg, telemetry.NewSlog(log))
	}
	return c
}
