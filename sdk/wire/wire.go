// Package wire is the host's end of the connection to a plugin: what netweave's
// supervisor, the conformance suite and command line tools need to start a
// plugin's executable and to speak to it. Authors of plugins import sdk alone.
//
// A host starts the executable with go-plugin, gRPC only and with AutoMTLS:
//
//	client := plugin.NewClient(&plugin.ClientConfig{
//		HandshakeConfig:  wire.Handshake,
//		VersionedPlugins: wire.VersionedPlugins(),
//		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
//		GRPCDialOptions:  wire.DialOptions(),
//		AutoMTLS:         true,
//		Cmd:              exec.Command(path),
//	})
//	protocol, err := client.Client()
//	raw, err := protocol.Dispense(wire.PluginName)
//	conn := raw.(*wire.Conn)
//
// It then calls Open once, whatever else it likes, and Close once, last. Every
// error of a call is a gRPC status; FromStatus turns it into an *sdk.Error.
package wire

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Handshake must be the host's HandshakeConfig.
var Handshake = protocol.Handshake()

// PluginName is what a host dispenses.
const PluginName = protocol.PluginName

// MaxMessageBytes is the largest message that either end accepts: a batch of
// objects, one object, or a configuration.
const MaxMessageBytes = protocol.MaxMessageBytes

// The capabilities that a plugin reports when it is opened.
const (
	CapResourcePoolCreate = protocol.CapResourcePoolCreate
	CapResourcePoolUpdate = protocol.CapResourcePoolUpdate
	CapResourcePoolDelete = protocol.CapResourcePoolDelete
	CapResourceCreate     = protocol.CapResourceCreate
	CapResourceDelete     = protocol.CapResourceDelete
	CapRealTimeEvents     = protocol.CapRealTimeEvents
	CapSubscriptions      = protocol.CapSubscriptions
	CapAlarms             = protocol.CapAlarms
	CapMetrics            = protocol.CapMetrics
	CapLocations          = protocol.CapLocations
)

// Conn is what dispensing PluginName gives to a host.
type Conn struct {
	// Client makes the calls. It is safe for concurrent use.
	Client pluginv1.PluginClient
	// Done ends when the plugin's process has died or was killed.
	Done context.Context
}

// VersionedPlugins are the versions of the wire that this host can speak;
// go-plugin settles on the greatest that the plugin knows too. The map is new
// at each call, since go-plugin keeps it.
func VersionedPlugins() map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{
		protocol.Version: {PluginName: hostPlugin{}},
	}
}

// DialOptions bound what a plugin can make a host read into memory at once.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithDefaultCallOptions(
		grpc.MaxCallRecvMsgSize(MaxMessageBytes),
		grpc.MaxCallSendMsgSize(MaxMessageBytes),
	)}
}
