// Command dtias is netweave's plugin for bare metal that Dell DTIAS manages. Its
// README says what becomes of what, and what its configuration may hold.
package main

import (
	"context"

	"github.com/netweave/netweave/plugins/dtias/internal/api"
	"github.com/netweave/netweave/plugins/dtias/internal/backend"
	"github.com/netweave/netweave/plugins/dtias/internal/config"
	"github.com/netweave/netweave/sdk"
)

// version is set by the linker.
var version = "dev"

func main() { sdk.Serve(sdk.Info{Name: "dtias", Version: version}, open) }

func open(_ context.Context, host sdk.Host, cfg config.Config) (sdk.Backend, error) {
	return backend.Open(cfg, api.Settings{Log: host.Logger()})
}
