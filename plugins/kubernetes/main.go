// Command kubernetes is netweave's plugin for Kubernetes clusters. Its README
// says what becomes of what, and what its configuration may hold.
package main

import (
	"context"
	"os"
	"runtime/debug"

	"k8s.io/klog/v2"

	"github.com/netweave/netweave/plugins/kubernetes/internal/backend"
	"github.com/netweave/netweave/plugins/kubernetes/internal/config"
	"github.com/netweave/netweave/sdk"
)

var version = "dev"

// memoryLimit is what the Go runtime tries to stay under, unless the environment
// says otherwise. The first list of a large cluster is mostly garbage.
const memoryLimit = 120 << 20

func main() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	sdk.Serve(sdk.Info{Name: "kubernetes", Version: version}, open)
}

func open(_ context.Context, host sdk.Host, cfg config.Config) (sdk.Backend, error) {
	klog.SetSlogLogger(host.Logger())
	return backend.Open(cfg, host.Logger())
}
