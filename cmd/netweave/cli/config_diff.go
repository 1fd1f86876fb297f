package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// errDifferences is the end of a comparison that found some.
var errDifferences = errors.New("the configurations differ")

// askFor bounds the question to a gateway.
const askFor = 10 * time.Second

// maxAnswer bounds its answer, in bytes.
const maxAnswer = 64 << 20

// tokenVariable holds the bearer token that gateways are asked with.
const tokenVariable = "NETWEAVE_TOKEN"

// inForce is a configuration that another is compared with.
type inForce struct {
	entries []config.Entry
	// same tells whether an entry of it has the value of one of the other.
	same func(before, after config.Entry) bool
}

func newConfigDiff() *cobra.Command {
	var against, url string
	c := &cobra.Command{
		Use:   "diff FILE",
		Short: "Show what a configuration would change",
		Long: `Compares a configuration with another file, or with what a gateway has in force, key
by key: which changes take effect at once, which need a restart, which adapters come
and go. Values of plugins' own keys and of secrets are not shown.

Both files are read with this command's environment, as serve would: with --url, run
it with the gateway's. The gateway is asked for GET /admin/v1/configuration, with the
bearer token in NETWEAVE_TOKEN if that is set.

Exit codes: 0 nothing would change, 6 something would, 3 a file was refused, 1 the
gateway could not be asked.`,
		Example: `  netweave config diff new.yaml --against configs/gateway.yaml
  netweave config diff configs/gateway.yaml --url http://127.0.0.1:8080`,
		Args: func(c *cobra.Command, args []string) error {
			if err := one("FILE")(c, args); err != nil {
				return err
			}
			if (against == "") == (url == "") {
				return errors.New("config diff needs what to compare with: either --against FILE or --url URL of a gateway")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			next, err := config.Load(args[0])
			if err != nil {
				return err
			}
			before, err := comparedWith(c.Context(), against, url)
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
	c.Flags().StringVar(&url, "url", "", "a running gateway to compare with, such as http://127.0.0.1:8080")
	return c
}

func comparedWith(ctx context.Context, file, url string) (inForce, error) {
	if url != "" {
		return askGateway(ctx, url)
	}
	c, err := config.Load(file)
	if err != nil {
		return inForce{}, err
	}
	return inForce{entries: c.Entries(), same: func(before, after config.Entry) bool { return before.Value == after.Value }}, nil
}

// askGateway asks a gateway what it has in force.
func askGateway(ctx context.Context, url string) (inForce, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(url, "/")+"/admin/v1/configuration", nil)
	if err != nil {
		return inForce{}, fmt.Errorf("--url: %w", err)
	}
	if token := os.Getenv(tokenVariable); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return inForce{}, fmt.Errorf("ask the gateway: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return inForce{}, fmt.Errorf("ask the gateway: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		_ = json.Unmarshal(body, &problem) // what is no problem document has no detail
		return inForce{}, fmt.Errorf("the gateway answered %s: %s", resp.Status, problem.Detail)
	}
	var told struct {
		Salt     string
		Settings []struct{ Key, Value, Digest string }
	}
	if err := json.Unmarshal(body, &told); err != nil || len(told.Settings) == 0 {
		return inForce{}, fmt.Errorf("%s is no gateway of this version: it does not tell its configuration", url)
	}
	f := inForce{same: func(before, after config.Entry) bool {
		if before.Hidden {
			return before.Value == after.Digest(told.Salt)
		}
		return before.Value == after.Value && !after.Hidden
	}}
	for _, s := range told.Settings {
		f.entries = append(f.entries, config.Entry{
			Key: s.Key, Value: s.Value + s.Digest, Hidden: s.Digest != "", Hot: config.IsHot(s.Key),
		})
	}
	slices.SortFunc(f.entries, func(a, b config.Entry) int { return strings.Compare(a.Key, b.Key) })
	return f, nil
}
