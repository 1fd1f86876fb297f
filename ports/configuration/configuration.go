// Package configuration is the driving port through which operators ask what a
// gateway runs by.
//
// Errors: authz.ErrDenied. All methods are safe for concurrent use.
package configuration

import (
	"context"
	"time"

	"github.com/netweave/netweave/core/scope"
)

// State is the configuration in force, and what is known beyond it.
type State struct {
	// Version is the same wherever the same is in force.
	Version string
	// Generation counts what has been in force in this process: 1 is what it was
	// started with, since LoadedAt is this one.
	Generation int
	LoadedAt   time.Time
	// Path is the file that is followed.
	Path string
	// Failure is why what the file holds now is not in force; nil if it is.
	Failure *Failure
	// Waiting are the keys that the file has other values for, and that need a
	// restart.
	Waiting []string
	// Salt is that of the digests in Settings.
	Salt string
	// Settings are all keys in force, sorted.
	Settings []Setting
}

// Setting is one key and its value.
type Setting struct {
	Key string
	// Value is left out of what may be a secret: that has a Digest.
	Value  string
	Digest string
}

// Failure is a file that was refused.
type Failure struct {
	// At is when it was refused first.
	At       time.Time
	Problems []Problem
}

// Problem is one thing that is wrong with it.
type Problem struct {
	// Key is "" for the file as a whole, Line 0 if the key is not in it.
	Key    string
	Line   int
	Reason string
}

// Configuration tells what is in force.
type Configuration interface {
	// Configuration returns what is in force; not to be changed. The caller needs the
	// permission to read Configuration.
	Configuration(ctx context.Context, sc scope.Scope) (*State, error)
}
