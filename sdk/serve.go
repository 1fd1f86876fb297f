// Package sdk is what the author of a netweave plugin imports.
//
// A plugin is an executable that answers for one kind of infrastructure. Its
// whole main function is a call of Serve with the plugin's Info and a function
// that opens a Backend from the adapter's configuration.
package sdk

import (
	"context"
	"log/slog"
)

// Info names a plugin.
type Info struct {
	// Name is the plugin's name, the same as its executable's: lower-case
	// letters, digits and dashes.
	Name string
	// Version is the plugin's own version, for people.
	Version string
}

// Host is what netweave offers to a plugin.
type Host interface {
	// Logger writes to netweave's log, under the adapter's name. What is
	// written to standard error arrives there too.
	Logger() *slog.Logger
	// Adapter is the adapter's name in netweave's configuration.
	Adapter() string
}

// OpenFunc opens a backend from its configuration. It runs once, after netweave
// has sent the configuration, which was decoded strictly into C (JSON names;
// unknown keys are errors) and checked with C's Validate method if it has one.
// An error with code Invalid means that the configuration is wrong; any other
// that it may work later, and netweave will try again.
type OpenFunc[C any] func(ctx context.Context, host Host, cfg C) (Backend, error)
