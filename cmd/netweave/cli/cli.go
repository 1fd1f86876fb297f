// Package cli is netweave's command line. Results go to standard output, errors
// and logs to standard error; an error is one sentence behind "netweave: ".
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/pluginhost"
)

// The exit codes.
const (
	// ExitOK: done, or stopped as asked.
	ExitOK = 0
	// ExitFailure: something failed while running.
	ExitFailure = 1
	// ExitUsage: the command line is wrong.
	ExitUsage = 2
	// ExitConfig: the configuration was refused.
	ExitConfig = 3
	// ExitUntrusted: a plugin is missing, not trusted or changed.
	ExitUntrusted = 4
	// ExitFindings: the audit log has entries that are missing or altered.
	ExitFindings = 5
	// ExitUnwell: an adapter is starting, stale, down or paused.
	ExitUnwell = 6
	// ExitDifferences: two configurations differ.
	ExitDifferences = 7
)

// Program is what a run of the command line has around it.
type Program struct {
	// Version is the linker's; "" falls back to what the toolchain recorded.
	Version        string
	Stdout, Stderr io.Writer
}

// Main runs the command that args name and returns the exit code.
func Main(args []string, p Program) int {
	return run(context.Background(), args, p)
}

func run(ctx context.Context, args []string, p Program) int {
	root, reached := newRoot(p)
	root.SetArgs(args)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	if errors.Is(err, errDifferences) { // which were printed
		return ExitDifferences
	}
	fmt.Fprintf(p.Stderr, "netweave: %v\n", err)
	var invalid *config.Invalid
	switch {
	case !*reached:
		fmt.Fprintln(p.Stderr, `Run "netweave --help" for the commands and their flags.`)
		return ExitUsage
	case errors.As(err, &invalid):
		return ExitConfig
	case errors.Is(err, pluginhost.ErrNotTrusted):
		return ExitUntrusted
	case errors.Is(err, errFindings):
		return ExitFindings
	case errors.Is(err, errUnwell):
		return ExitUnwell
	default:
		return ExitFailure
	}
}

// newRoot returns the command tree. What *reached points to turns true once the
// command line was understood and a command runs.
func newRoot(p Program) (root *cobra.Command, reached *bool) {
	reached = new(bool)
	root = &cobra.Command{
		Use:   "netweave",
		Short: "An O-RAN O2-IMS gateway in front of every infrastructure you own",
		Long: `netweave answers O2-IMS (REST) from Kubernetes and other backends, each a
plugin of its own, out of views that it keeps current.

Exit codes: 0 done, 1 failed while running, 2 wrong command line,
3 configuration refused, 4 plugin missing, not trusted or changed, 5 audit log not
as it was written, 6 an adapter is not well, 7 configurations differ.`,
		Example: `  netweave serve --config configs/dev.yaml
  netweave config check configs/gateway.yaml
  netweave plugin trust kubernetes --dir bin/plugins
  netweave certs dev --dir certs
  netweave receive`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Version:           p.version(),
	}
	root.SetVersionTemplate(p.versionLine())
	root.AddCommand(newServe(p), newConfig(), newPlugin(p), newRoute(), newStatus(), newAdapter(), newStore(), newAudit(), newCerts(), newReceive(), newVersion(p))
	marked(root, reached)
	return root, reached
}

// marked makes every command below c set *reached when it runs. The library's
// own hook comes before flags are checked for being there and going together.
func marked(c *cobra.Command, reached *bool) {
	for _, child := range c.Commands() {
		if run := child.RunE; run != nil {
			child.RunE = func(c *cobra.Command, args []string) error {
				*reached = true
				return run(c, args)
			}
		}
		marked(child, reached)
	}
}

// one wants exactly one argument, which the command's usage calls what.
func one(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s needs one argument, %s: see \"%s --help\"", called(c), what, c.CommandPath())
		}
		return nil
	}
}

// none wants no arguments.
func none(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, such as %q: see \"%s --help\"", called(c), args[0], c.CommandPath())
	}
	return nil
}

// called is a command's name as one types it behind the program's.
func called(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}

// group returns a command that only holds others: without one of them it is a
// wrong command line.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   use,
		Short: short,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("%s needs a command: see \"%s --help\"", c.Name(), c.CommandPath())
			}
			return fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath())
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(commands...)
	return c
}
