package cli

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/scaffold"
)

func newPluginNew() *cobra.Command {
	var p scaffold.Plugin
	c := &cobra.Command{
		Use:   "new NAME",
		Short: "Begin a plugin of your own",
		Long: `Makes a Go module that is a whole plugin: it builds, passes netweave's contract
tests, and serves made-up machines until you replace them by your own. Nothing is
written over.

It builds with a copy of the sdk that it gets of this program, until the sdk is
published; --sdk names that of a checkout of netweave instead.`,
		Example: `  netweave plugin new acme
  netweave plugin new acme --dir ../acme --module example.com/acme --sdk ../netweave/sdk`,
		Args: one("NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			p.Name = args[0]
			p.Dir, p.Module = cmp.Or(p.Dir, p.Name), cmp.Or(p.Module, "example.com/"+p.Name)
			files, err := scaffold.Make(p)
			if err != nil {
				return err
			}
			for _, name := range files {
				fmt.Fprintln(c.OutOrStdout(), "made "+filepath.Join(p.Dir, name))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), `
Try it:

  cd %s
  go test ./...
  go build -o bin/%s .
  netweave plugin run bin/%s --set site=lab-1
`, p.Dir, p.Name, p.Name)
			return err
		},
	}
	c.Flags().StringVar(&p.Dir, "dir", "", "the folder to make (default NAME); --dir of the other commands is another")
	c.Flags().StringVar(&p.Module, "module", "", "the module's path (default example.com/NAME)")
	c.Flags().StringVar(&p.SDK, "sdk", "", "the folder sdk of a checkout of netweave, to build with instead of a copy")
	return c
}
