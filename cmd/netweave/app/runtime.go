package app

import (
	"os"
	"runtime/debug"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// ballast is never touched, so it takes no memory; but the collector counts it
// as live, and so lets some garbage gather before it runs. Without it a gateway
// with a small inventory would collect dozens of times a second under load,
// since its percentage is one of very little.
var ballast []byte

const ballastSize = 64 << 20

// tune sets the collector's target; GOGC, where set, has the last word.
func tune(c config.Runtime) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(c.GCPercent)
	}
	if ballast == nil {
		ballast = make([]byte, ballastSize)
	}
}
