package cli

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/config"
	"github.com/netweave/netweave/inbound/http/adminv1"
)

// errDifferences is the end of a comparison that found some.
var errDifferences = errors.New("the configurations differ")

// inForce is a configuration that another is compared with.
type inForce struct {
	entries []config.Entry
	// same tells whether an entry of it has the value of one of the other.
	same func(before, after config.Entry) bool
}

func newConfigDiff() *cobra.Command {
	g := &gateway{}
	var against string
	c := &cobra.Command{
		Use:   "diff FILE",
		Short: "Show what a configuration would change",
		Long: `Compares a configuration with another file, or with what a gateway has in force, key
by key: which changes take effect at once, which need a restart, which adapters come
and go. Values of plugins' own keys and of secrets are not shown.

Both files are read with this command's environment, as serve would: with --url, run
it with the gateway's. The gateway is asked for GET /admin/v1/configuration.

Exit codes: 0 nothing would change, 7 something would, 3 a file was refused, 1 the
gateway could not be asked.`,
		Example: `  netweave config diff new.yaml --against configs/gateway.yaml
  netweave config diff configs/gateway.yaml --url http://127.0.0.1:8080`,
		Args: func(c *cobra.Command, args []string) error {
			if err := one("FILE")(c, args); err != nil {
				return err
			}
			if (against == "") == (g.url == "") {
				return errors.New("config diff needs what to compare with: either --against FILE or --url URL of a gateway")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			next, err := config.Load(args[0])
			if err != nil {
				return err
			}
			before, err := comparedWith(c.Context(), against, g)
			if err != nil {
				return err
			}
			entries := next.Entries()
			changes := config.DiffBy(before.entries, entries, before.same)
			if err := printChanges(c.OutOrStdout(), changes, before.entries, entries); err != nil {
				return err
			}
			if len(changes) > 0 {
				return errDifferences
			}
			return nil
		},
	}
	c.Flags().StringVar(&against, "against", "", "the file to compare with")
	g.flags(c, "")
	return c
}

func comparedWith(ctx context.Context, file string, g *gateway) (inForce, error) {
	if file == "" {
		return askGateway(ctx, g)
	}
	c, err := config.Load(file)
	if err != nil {
		return inForce{}, err
	}
	return inForce{entries: c.Entries(), same: func(before, after config.Entry) bool { return before.Value == after.Value }}, nil
}

// askGateway asks a gateway what it has in force.
func askGateway(ctx context.Context, g *gateway) (inForce, error) {
	var told adminv1.Configuration
	if err := g.ask(ctx, http.MethodGet, "/configuration", nil, &told); err != nil {
		return inForce{}, err
	}
	f := inForce{same: func(before, after config.Entry) bool {
		if before.Hidden {
			return before.Value == after.Digest(told.Salt)
		}
		return before.Value == after.Value && !after.Hidden
	}}
	for _, s := range told.Settings {
		e := config.Entry{Key: s.Key, Value: s.Digest, Hidden: s.Digest != "", Hot: config.IsHot(s.Key)}
		if s.Value != nil {
			e.Value = *s.Value
		}
		f.entries = append(f.entries, e)
	}
	slices.SortFunc(f.entries, func(a, b config.Entry) int { return strings.Compare(a.Key, b.Key) })
	return f, nil
}
