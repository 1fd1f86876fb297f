// Package protocol is what both ends of the wire between netweave and a plugin
// agree on, in terms that need neither end: the handshake, the limits, and how
// a fault travels in a gRPC status.
package protocol

import "github.com/hashicorp/go-plugin"

// Version is the wire's version: the service of
// sdk/proto/netweave/plugin/v1/plugin.proto.
const Version = 1

// PluginName is the one thing that a plugin's executable serves.
const PluginName = "backend"

// The magic cookie tells an executable that a host started it. It is no secret
// and no protection: it lets a plugin that was started by hand say so.
const (
	CookieKey   = "NETWEAVE_PLUGIN"
	CookieValue = "6fd21c4e-1c0c-4a53-94f5-6d1f4f2b7c0e"
)

// Handshake is the same for every version of the wire; versions are negotiated
// through go-plugin's versioned plugin sets.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  Version,
		MagicCookieKey:   CookieKey,
		MagicCookieValue: CookieValue,
	}
}

// The limits, in bytes and objects. A message holds at most BatchBytes and one
// object more, so MaxMessageBytes is never reached by what a plugin built on
// the sdk sends.
const (
	MaxMessageBytes = 16 << 20
	MaxObjectBytes  = 8 << 20
	BatchBytes      = 256 << 10
	BatchObjects    = 500
)

// The capabilities, by the architecture's names.
const (
	CapResourcePoolCreate = "resource-pool-create"
	CapResourcePoolUpdate = "resource-pool-update"
	CapResourcePoolDelete = "resource-pool-delete"
	CapResourceCreate     = "resource-create"
	CapResourceDelete     = "resource-delete"
	CapRealTimeEvents     = "real-time-events"
	CapSubscriptions      = "subscriptions"
	CapAlarms             = "alarms"
	CapMetrics            = "metrics"
	CapLocations          = "locations"
)
