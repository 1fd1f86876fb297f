package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/outbound/pluginhost"
)

// folder is how the plugin commands learn where plugins are.
type folder struct{ dir, config string }

func newPlugin(p Program) *cobra.Command {
	f := &folder{}
	c := group("plugin", "See which plugins are there, trust them, try one, begin one", newPluginList(f), newPluginTrust(f), newPluginVerify(f), newPluginRun(p), newPluginNew())
	c.Long = `A plugin is an executable in the plugin directory. It is started only if the
lock file there (plugins.lock) has its name and checksum: "plugin trust" enters it.`
	c.PersistentFlags().StringVar(&f.dir, "dir", "", "the plugin directory (default bin/plugins)")
	c.PersistentFlags().StringVar(&f.config, "config", "", "a configuration whose plugins.dir is meant")
	return c
}

// and wants what arguments wants, and at most one way of saying where plugins are.
func (f *folder) and(arguments cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if f.dir != "" && f.config != "" {
			return errors.New("--dir and --config both say where the plugins are: write one of the two")
		}
		return arguments(c, args)
	}
}

func (f *folder) path() (string, error) {
	switch {
	case f.dir != "":
		return f.dir, nil
	case f.config == "":
		return "bin/plugins", nil
	}
	cfg, err := config.Load(f.config)
	if err != nil {
		return "", err
	}
	return cfg.Plugins.Dir, nil
}

func newPluginList(f *folder) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the plugins with their standing",
		Example: "  netweave plugin list --dir bin/plugins",
		Args:    f.and(none),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := f.path()
			if err != nil {
				return err
			}
			plugins, err := pluginhost.List(dir)
			if err == nil && len(plugins) == 0 {
				_, err = fmt.Fprintf(c.OutOrStdout(), "there are no plugins in %s\n", dir)
			}
			if err != nil {
				return err
			}
			return printPlugins(c.OutOrStdout(), plugins)
		},
	}
}

func newPluginTrust(f *folder) *cobra.Command {
	return &cobra.Command{
		Use:   "trust NAME",
		Short: "Enter a plugin's present checksum into the lock file",
		Example: `  netweave plugin trust kubernetes --dir bin/plugins
  netweave plugin trust mock --config configs/dev.yaml`,
		Args: f.and(one("NAME")),
		RunE: func(c *cobra.Command, args []string) error {
			dir, err := f.path()
			if err != nil {
				return err
			}
			p, err := pluginhost.TrustPlugin(dir, args[0])
			if p.Trust == pluginhost.Refused {
				return refusal{err}
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "trusted %s sha256:%s\n", p.Name, p.SHA256)
			return err
		},
	}
}

func newPluginVerify(f *folder) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Check that every plugin in the lock file is there and unchanged",
		Long: `Checks that every plugin in the lock file is there, unchanged and safe to run.

Exit codes: 0 they all are, 4 one is not.`,
		Example: "  netweave plugin verify --dir /usr/lib/netweave/plugins",
		Args:    f.and(none),
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := f.path()
			if err != nil {
				return err
			}
			plugins, err := pluginhost.Verify(dir)
			if printErr := printPlugins(c.OutOrStdout(), plugins); printErr != nil {
				return errors.Join(err, printErr)
			}
			return err
		},
	}
}

// refusal is an error that counts as pluginhost.ErrNotTrusted: what trust would
// not enter exits like what a start would not run.
type refusal struct{ error }

// Unwrap returns the error itself and what it counts as.
func (r refusal) Unwrap() []error { return []error{r.error, pluginhost.ErrNotTrusted} }

func printPlugins(out io.Writer, plugins []pluginhost.Plugin) error {
	if len(plugins) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tSTANDING\tSHA256\tREASON")
	for _, p := range plugins {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", p.Name, p.Trust, cmp.Or(p.SHA256, "-"), cmp.Or(p.Reason, "-"))
	}
	return t.Flush()
}
