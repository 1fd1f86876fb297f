package app

import (
	"os"
	"runtime/debug"

	"github.com/netweave/netweave/cmd/netweave/config"
)

// tune sets the collector's target; GOGC, where set, has the last word.
func tune(c config.Runtime) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(c.GCPercent)
	}
}
