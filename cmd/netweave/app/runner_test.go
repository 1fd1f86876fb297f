package app

import (
	"context"
	"errors"

	"github.com/netweave/netweave/outbound/pluginhost"
	"github.com/netweave/netweave/ports/backend"
)

// started is a runner of what this process itself starts, and never changes.
type started func(pluginhost.Adapter) (backend.Backend, error)

func (s started) Start(a pluginhost.Adapter) (backend.Backend, error) { return s(a) }

func (started) Reconfigure(pluginhost.Adapter) error {
	return errors.New("adapters are not configured anew here")
}

func (started) Stop(context.Context, string) error { return nil }
