package wire

import (
	"context"
	"errors"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// hostPlugin is the host's half of go-plugin's idea of a plugin.
type hostPlugin struct {
	plugin.NetRPCUnsupportedPlugin
}

// GRPCServer is never called on a host.
func (hostPlugin) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a host dispenses this plugin and does not serve it; plugins call sdk.Serve")
}

// GRPCClient gives the host its Conn.
func (hostPlugin) GRPCClient(done context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return &Conn{Client: pluginv1.NewPluginClient(conn), Done: done}, nil
}
