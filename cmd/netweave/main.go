// Command netweave is an O-RAN O2-IMS gateway: REST toward SMO systems, plugins
// toward infrastructure. "netweave --help" shows its commands.
package main

import (
	"os"

	"github.com/netweave/netweave/cmd/netweave/cli"
)

// version is set by the linker: -ldflags "-X main.version=v1.2.3".
var version string

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Program{Version: version, Stdout: os.Stdout, Stderr: os.Stderr}))
}
