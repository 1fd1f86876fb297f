package sdk

import "embed"

// module is kept out of programs that do not ask for it.
//
//go:embed LICENSE go.mod go.sum *.go internal polled proto sdktest wire
var module embed.FS

// Module is this module's source, of which netweave plugin new gives a plugin its own
// copy, so that it builds wherever Go is. Plugins have no use for it.
func Module() embed.FS { return module }
