// Command aws is netweave's plugin for Amazon EC2, EC2 Auto Scaling and EKS. Its
// README says what becomes of what, and what its configuration may hold.
package main

import (
	"context"

	"github.com/netweave/netweave/plugins/aws/internal/api"
	"github.com/netweave/netweave/plugins/aws/internal/backend"
	"github.com/netweave/netweave/plugins/aws/internal/config"
	"github.com/netweave/netweave/sdk"
)

// version is set by the linker.
var version = "dev"

func main() { sdk.Serve(sdk.Info{Name: "aws", Version: version}, open) }

func open(_ context.Context, host sdk.Host, cfg config.Config) (sdk.Backend, error) {
	return backend.Open(cfg, api.Settings{Log: host.Logger()})
}
