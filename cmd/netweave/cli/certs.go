package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/netweave/netweave/cmd/netweave/devcerts"
)

func newCerts() *cobra.Command {
	var c devcerts.Config
	dev := &cobra.Command{
		Use:   "dev",
		Short: "Make certificates to try the gateway with on this machine",
		Long: `Makes an authority (ca.crt, ca.key), a server's certificate for this machine
(server.crt, server.key) and one for each client (USER.TENANT.crt, USER.TENANT.key),
as far as they are not there, and the authority's list of revoked certificates
(ca.crl). They are for development alone: whoever has ca.key can be anyone.

A client's common name is USER.TENANT; the tenant "platform" is of those who run
the gateway.`,
		Example: `  netweave certs dev --dir certs
  netweave certs dev --dir certs --client carol.smo-alpha
  netweave certs dev --dir certs --revoke carol.smo-alpha
  netweave certs dev --dir certs --force`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := none(cmd, args); err != nil {
				return err
			}
			if c.Dir == "" {
				return errors.New("certs dev needs a folder to write to: --dir DIR, for example --dir certs")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			files, err := devcerts.Make(c, time.Now())
			if err != nil {
				return err
			}
			return printCerts(cmd.OutOrStdout(), c, files)
		},
	}
	dev.Flags().StringVar(&c.Dir, "dir", "", "the folder to write to, made if absent; mandatory")
	dev.Flags().StringArrayVar(&c.Clients, "client", devcerts.DefaultClients, "a client, as USER.TENANT; may be given several times")
	dev.Flags().StringArrayVar(&c.Revoke, "revoke", nil, "a client whose certificate is revoked, as USER.TENANT; may be given several times")
	dev.Flags().BoolVar(&c.Anew, "force", false, "replace what is there, the authority included")
	return group("certs", "Make certificates for development", dev)
}

// printCerts says what was made, and how to use it.
func printCerts(out io.Writer, c devcerts.Config, files []devcerts.File) error {
	for _, f := range files {
		did := "made"
		if f.Kept {
			did = "kept"
		}
		fmt.Fprintf(out, "%s %s\n", did, f.Path)
	}
	for _, name := range c.Revoke {
		fmt.Fprintf(out, "revoked %s\n", name)
	}
	if len(c.Clients) == 0 || len(c.Revoke) > 0 {
		return nil
	}
	at := func(name string) string { return filepath.Join(c.Dir, name) }
	first := c.Clients[0]
	_, err := fmt.Fprintf(out, `
With a gateway that uses them, such as that of configs/tenants.yaml, try:

  curl --cacert %s --cert %s --key %s https://127.0.0.1:8443/o2ims/v1/resourcePools
`, at("ca.crt"), at(first+".crt"), at(first+".key"))
	return err
}
