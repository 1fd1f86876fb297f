package pluginhost

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// frozenV1 is the descriptor of the wire as version 1 was first published. It is
// never changed: plugins in the field were built with it.
//
//go:embed testdata/wire/v1.json
var frozenV1 []byte

// What those plugins have of the handshake.
const (
	frozenCookieKey   = "NETWEAVE_PLUGIN"
	frozenCookieValue = "6fd21c4e-1c0c-4a53-94f5-6d1f4f2b7c0e"
	frozenName        = "backend"
	frozenService     = "netweave.plugin.v1.Plugin"
)

func frozenHandshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: frozenCookieKey, MagicCookieValue: frozenCookieValue}
}

func frozenProto() *descriptorpb.FileDescriptorProto {
	file := &descriptorpb.FileDescriptorProto{}
	if err := protojson.Unmarshal(frozenV1, file); err != nil {
		panic(err)
	}
	return file
}

// frozen is the wire's file as version 1 had it; none of the generated code, nor
// of the sdk, has a part in it.
func frozen() protoreflect.FileDescriptor {
	file, err := protodesc.NewFile(frozenProto(), protoregistry.GlobalFiles)
	if err != nil {
		panic(err)
	}
	return file
}

// message makes a message of the frozen file from its JSON form.
func message(name, json string) *dynamicpb.Message {
	m := dynamicpb.NewMessage(frozen().Messages().ByName(protoreflect.Name(name)))
	if err := protojson.Unmarshal([]byte(json), m); err != nil {
		panic(err)
	}
	return m
}

// frozenPlugin is an old plugin: it has the methods that reading takes, and fills
// in what was mandatory.
type frozenPlugin struct{ plugin.NetRPCUnsupportedPlugin }

func serveFrozen() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  frozenHandshake(),
		VersionedPlugins: map[int]plugin.PluginSet{1: {frozenName: frozenPlugin{}}},
		GRPCServer:       plugin.DefaultGRPCServer,
	})
}

func (frozenPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	unary := func(method, request, answer string) grpc.MethodDesc {
		return grpc.MethodDesc{MethodName: method, Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			asked := message(request, "{}")
			if err := decode(asked); err != nil {
				return nil, err
			}
			if method == "Get" {
				return nil, status.Error(codes.NotFound, "no such object")
			}
			return message(method+"Response", answer), nil
		}}
	}
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: frozenService,
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			unary("Open", "OpenRequest", `{"name":"old","version":"1","capabilities":["resource-pool-create"]}`),
			unary("Health", "HealthRequest", `{}`),
			unary("Get", "GetRequest", `{}`),
			unary("Close", "CloseRequest", `{}`),
		},
		Streams: []grpc.StreamDesc{{StreamName: "List", ServerStreams: true, Handler: frozenList}},
	}, nil)
	return nil
}

func (frozenPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, status.Error(codes.Unimplemented, "a plugin")
}

func frozenList(_ any, stream grpc.ServerStream) error {
	asked := message("ListRequest", "{}")
	if err := stream.RecvMsg(asked); err != nil {
		return err
	}
	objects := map[protoreflect.EnumNumber]string{
		1: `{"id":"m","name":"m","deploymentManager":{}}`,
		2: `{"id":"p","name":"p","resourcePool":{"location":"here"}}`,
		3: `{"id":"r","name":"r","resource":{"resourceTypeId":"t","resourcePoolId":"p"}}`,
		4: `{"id":"t","name":"t","resourceType":{}}`,
	}
	kind := asked.Get(asked.Descriptor().Fields().ByName("kind")).Enum()
	return stream.SendMsg(message("ListResponse", fmt.Sprintf(`{"objects":[%s]}`, objects[kind])))
}

// frozenHost is an old host's half: it gets a connection and knows the frozen
// file.
type frozenHost struct{ plugin.NetRPCUnsupportedPlugin }

func (frozenHost) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return status.Error(codes.Unimplemented, "a host")
}

func (frozenHost) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
