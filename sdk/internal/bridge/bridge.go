// Package bridge lets the other packages of this module use what package sdk
// keeps from the authors of plugins: they never see a type of the wire. Package
// sdk fills the variables when it is initialised; nothing changes them
// afterwards.
package bridge

import (
	"google.golang.org/grpc"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

var (
	// Encode makes a message of an sdk.Object such as a host sends.
	Encode func(object any) (*pluginv1.Object, error)
	// Check tells what is wrong with an sdk.Object that a backend returned.
	Check func(object any) error
	// Decode makes an sdk.Object of a message.
	Decode func(*pluginv1.Object) (any, error)
	// CheckAlarm tells what is wrong with an *sdk.Alarm that a backend reported.
	CheckAlarm func(alarm any) error
	// DecodeAlarm makes an *sdk.Alarm of a message.
	DecodeAlarm func(*pluginv1.Alarm) (any, error)
	// Register puts a server onto s which, when it is asked to open, opens the
	// sdk.Backend given.
	Register func(s *grpc.Server, backend any)
)
