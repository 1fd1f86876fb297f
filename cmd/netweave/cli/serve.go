package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/app"
	"github.com/netweave/netweave/cmd/netweave/config"
)

// oneRequest is how close two signals have to be to count as one: a terminal and
// a parent process often send both.
const oneRequest = time.Second

func newServe(p Program) *cobra.Command {
	var file, role string
	var hints bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway until SIGINT or SIGTERM",
		Long: `Runs the gateway in the foreground. SIGINT and SIGTERM stop it in order: it says
that it is not ready, gives leadership and deliveries back, ends requests in
flight, then its plugins. A second signal, more than a second later, does not wait
for them.

The configuration's file is followed: what is saved takes effect within a second, as
far as it is hot, and a file with a mistake changes nothing. SIGHUP has it looked at
at once. "config diff" shows what a file would change.

Every scalar of the configuration can be overridden by a variable: server.listen
by NETWEAVE_SERVER_LISTEN.

Exit codes: 0 stopped as asked, 1 failed, 3 configuration refused, 4 no plugin
that may be started.`,
		Example: `  netweave serve --config configs/dev.yaml
  NETWEAVE_SERVER_LISTEN=127.0.0.1:9090 netweave serve --config configs/dev.yaml
  netweave serve --config configs/gateway.yaml --role controller`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
				return fmt.Errorf("serve takes no arguments, such as %q: the configuration goes behind --config", args[0])
			case file == "":
				return errors.New("serve needs a configuration: --config FILE, for example --config configs/dev.yaml")
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			var overrides []config.Override
			if c.Flags().Changed("role") {
				overrides = append(overrides, config.Override{Key: "role", Value: role, Flag: "--role"})
			}
			cfg, err := config.Load(file, overrides...)
			if err != nil {
				return err
			}
			ctx, force, release := onSignals(c.Context())
			defer release()
			look, forget := onHangup()
			defer forget()
			return app.Run(ctx, force, cfg, app.Surroundings{
				Version: p.version(), Program: os.Args[0], Environ: os.Environ(), Stdout: c.OutOrStdout(), Stderr: c.ErrOrStderr(), Hints: hints,
				Overrides: overrides, Look: look,
			})
		},
	}
	c.Flags().StringVar(&file, "config", "", "the configuration's file; mandatory")
	c.Flags().StringVar(&role, "role", "all", "what this process does: all, gateway or controller")
	c.Flags().BoolVar(&hints, "hints", false, "print a few commands to try, as server.hints does")
	return c
}

// onSignals returns a context that the first SIGINT or SIGTERM ends and one that
// a later one ends. release frees both.
func onSignals(parent context.Context) (stop, force context.Context, release func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	force, cancelForce := context.WithCancel(parent)
	stop, cancelStop := context.WithCancel(force)
	done := make(chan struct{})
	go func() {
		var first time.Time
		for {
			select {
			case <-signals:
				if first.IsZero() {
					first = time.Now()
					cancelStop()
				} else if time.Since(first) > oneRequest {
					cancelForce()
				}
			case <-done:
				return
			}
		}
	}()
	return stop, force, func() {
		signal.Stop(signals)
		close(done)
		cancelStop()
		cancelForce()
	}
}

// onHangup returns a channel that tells of every SIGHUP, several at once as one.
func onHangup() (look <-chan struct{}, forget func()) {
	signals, told, done := make(chan os.Signal, 1), make(chan struct{}, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for {
			select {
			case <-signals:
				select {
				case told <- struct{}{}:
				default:
				}
			case <-done:
				return
			}
		}
	}()
	return told, func() {
		signal.Stop(signals)
		close(done)
	}
}
