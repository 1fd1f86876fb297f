package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/sdk"
)

// trialPatience bounds each call of a trial but a watch.
const trialPatience = time.Minute

// trial is what the flags of "plugin run" say.
type trial struct {
	config, output string
	set, env       []string
	tenant         string
	verbose        bool
}

func newPluginRun(p Program) *cobra.Command {
	var t trial
	c := &cobra.Command{
		Use:   "run EXECUTABLE [list KIND | get KIND ID | watch | health | info]",
		Short: "Try a plugin without a gateway",
		Long: `Starts a plugin's executable, opens it with a configuration, asks it and ends it.
Without a command behind the executable it shows all there is in short.

The executable is your own build: no lock file is asked, all else that keeps a
gateway from running a file is checked. Ids are the plugin's own. KIND is one of
managers, pools, resources, types, and in lists alarms. Secrets belong in the file of --config: what
--set says, others see in the list of processes.`,
		Example: `  netweave plugin run ./bin/acme --set rack=r7
  netweave plugin run ./bin/acme --config acme.yaml list pools
  netweave plugin run ./bin/acme --config acme.yaml get resource r7/1
  netweave plugin run ./bin/acme --config acme.yaml watch`,
		Args: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("dir") {
				return errors.New("plugin run takes the path of an executable, not --dir")
			}
			if len(args) == 0 {
				return fmt.Errorf("%s needs the path of an executable: see \"%s --help\"", called(c), c.CommandPath())
			}
			if t.output != "table" && t.output != "json" {
				return fmt.Errorf("--output is %q: want table or json", t.output)
			}
			_, err := questionOf(args[1:])
			return err
		},
		RunE: func(c *cobra.Command, args []string) error {
			ask, err := questionOf(args[1:])
			if err != nil {
				return err
			}
			return t.run(c, p, args[0], ask)
		},
	}
	f := c.Flags()
	f.StringVar(&t.config, "config", "", "a YAML or JSON file: what the adapter's config section would be")
	f.StringArrayVar(&t.set, "set", nil, "KEY=VALUE to add to the configuration; dots in KEY lead inside, VALUE may be JSON")
	f.StringArrayVar(&t.env, "env", nil, `an environment variable that the plugin may see, as in plugins.env ("AWS_*")`)
	f.StringVar(&t.tenant, "tenant", "", "list the objects of this tenant alone")
	f.StringVarP(&t.output, "output", "o", "table", "table or json; json has everything")
	f.BoolVarP(&t.verbose, "verbose", "v", false, "show what the plugin logs below warnings")
	return c
}

// run starts the plugin, asks it, and ends it whatever came of that.
func (t *trial) run(c *cobra.Command, p Program, executable string, ask question) (err error) {
	config, err := trialConfig(t.config, t.set)
	if err != nil {
		return err
	}
	stop, force, release := onSignals(c.Context())
	defer release()
	level := hclog.Warn
	if t.verbose {
		level = hclog.Debug
	}
	log := hclog.New(&hclog.LoggerOptions{Name: "plugin", Level: level, Output: c.ErrOrStderr()})
	tried, err := pluginhost.Try(stop, pluginhost.Trial{
		Executable: executable, Config: config, Environ: os.Environ(), EnvAllow: t.env, HostVersion: p.version(),
	}, log)
	if err != nil {
		if stop.Err() != nil {
			return errors.New("stopped before the plugin was open")
		}
		return err
	}
	defer func() {
		if stopped := tried.Stop(force); stopped != nil {
			err = errors.Join(err, fmt.Errorf("the plugin did not end in order: %s", tried.Clean(stopped.Error())))
		}
	}()
	q := &inquiry{Tried: tried, out: c.OutOrStdout(), json: t.output == "json", tenant: t.tenant}
	return q.explain(stop, ask(stop, q))
}

// inquiry is one opened plugin and where to show what it says.
type inquiry struct {
	*pluginhost.Tried
	out    io.Writer
	json   bool
	tenant string
}

// explain puts a plugin's error into plain words: what was asked, what it said,
// with which code, and whom that blames.
func (q *inquiry) explain(ctx context.Context, err error) error {
	select {
	case <-ctx.Done():
		return nil // what a stop broke off, as asked for, is no error
	default:
	}
	if err == nil {
		return nil
	}
	if ending := q.Ending(err); ending != nil {
		return fmt.Errorf("%s: %s; what it wrote last is above", asked(err), q.Clean(ending.Error()))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: no answer within %s: the plugin hangs, or what it asks does", asked(err), trialPatience)
	}
	e, ok := errors.AsType[*sdk.Error](err)
	if !ok {
		return err
	}
	return fmt.Errorf("%s: the plugin says %q (code %s: %s)", asked(err), q.Clean(e.Error()), e.Code, blame(e))
}

func blame(e *sdk.Error) string {
	switch e.Source {
	case sdk.SourceCaller:
		return "counts as the caller's mistake, for which no breaker opens"
	case sdk.SourceBackend:
		return "counts as a fault of the infrastructure behind the plugin"
	default:
		return "counts as a fault of the plugin itself"
	}
}

// failure is an error with the question that it came of.
type failure struct {
	question string
	error
}

// Unwrap returns what the plugin said.
func (f failure) Unwrap() error { return f.error }

func asked(err error) string {
	if f, ok := errors.AsType[failure](err); ok {
		return f.question
	}
	return "the plugin was asked"
}

// question asks a plugin and shows the answer.
type question func(ctx context.Context, q *inquiry) error

// questionOf reads what stands behind the executable.
func questionOf(words []string) (question, error) {
	if len(words) == 0 {
		return summary, nil
	}
	switch count := len(words) - 1; words[0] {
	case "list", "get":
		want := map[string]int{"list": 1, "get": 2}[words[0]]
		if count != want {
			return nil, fmt.Errorf("%q: want list KIND, or get KIND ID", strings.Join(words, " "))
		}
		if words[0] == "list" && slices.Contains(alarmWords, strings.ToLower(words[1])) {
			return listAlarms, nil
		}
		k, err := trialKindOf(words[1])
		if err != nil {
			return nil, err
		}
		if words[0] == "list" {
			return func(ctx context.Context, q *inquiry) error { return q.showList(ctx, k) }, nil
		}
		return func(ctx context.Context, q *inquiry) error { return q.showOne(ctx, k, words[2]) }, nil
	case "watch", "health", "info":
		if count > 0 {
			return nil, fmt.Errorf("%s takes no arguments, such as %q", words[0], words[1])
		}
		return map[string]question{"watch": watchTrial, "health": health, "info": info}[words[0]], nil
	default:
		return nil, fmt.Errorf("a plugin cannot be asked to %q: want list, get, watch, health or info", words[0])
	}
}
