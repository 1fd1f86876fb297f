package pluginhost

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
	"github.com/netweave/netweave/sdk/wire"
)

// rawPlugin speaks the wire without the sdk, which would not let it lie.
type rawPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedPluginServer
	scenario string
}

func serveRaw(version int) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  wire.Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{version: {wire.PluginName: &rawPlugin{}}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, grpc.MaxSendMsgSize(64<<20))...)
		},
	})
}

func (r *rawPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterPluginServer(s, r)
	return nil
}

func (r *rawPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, status.Error(codes.Unimplemented, "a plugin")
}

func (r *rawPlugin) Open(_ context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	var cfg struct {
		Scenario string `json:"scenario"`
	}
	if err := json.Unmarshal(req.GetConfigJson(), &cfg); err != nil {
		return nil, err
	}
	r.scenario = cfg.Scenario
	switch r.scenario {
	case "panicking log":
		// go-plugin's own reader panics on this one.
		_, _ = os.Stderr.WriteString("")
		writeFD(2, `{"@message":1,"@level":{},"@timestamp":3}`+"\n")
	case "line without an end":
		// A library's own print, not Go's: past what the sdk has redirected.
		for range 64 {
			writeFD(1, strings.Repeat("x", 64<<10))
		}
	case "closed":
		return nil, status.Error(codes.Unavailable, "the cloud is closed")
	case "deaf process":
		time.AfterFunc(50*time.Millisecond, stopSelf)
	}
	return &pluginv1.OpenResponse{Name: "raw", Version: "0", Capabilities: []string{
		"real-time-events", "resource-pool-create", "resource-pool-update", "resource-create", "alarms", "time-travel",
	}}, nil
}

func rawPool(id string) *pluginv1.Object {
	return &pluginv1.Object{Id: id, Name: id, Noun: &pluginv1.Object_ResourcePool{ResourcePool: &pluginv1.ResourcePool{}}}
}

func put(o *pluginv1.Object) *pluginv1.WatchEvent {
	return &pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Put{Put: o}}
}

func begin(kinds ...pluginv1.Kind) *pluginv1.WatchEvent {
	return &pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Begin{Begin: &pluginv1.SnapshotBegin{Kinds: kinds}}}
}

func synced() *pluginv1.WatchEvent {
	return &pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Synced{Synced: &pluginv1.SnapshotSynced{}}}
}

func gone(kind pluginv1.Kind, ids ...string) *pluginv1.WatchEvent {
	return &pluginv1.WatchEvent{Event: &pluginv1.WatchEvent_Delete{Delete: &pluginv1.ObjectDelete{Kind: kind, Ids: ids}}}
}

// script is what a watch sends in each scenario.
func script(scenario string) []*pluginv1.WatchEvent {
	const poolKind = pluginv1.Kind_KIND_RESOURCE_POOL
	switch scenario {
	case "cut in half", "silent in half", "in circles":
		return []*pluginv1.WatchEvent{begin(), put(rawPool("a"))}
	case "no snapshot":
		return []*pluginv1.WatchEvent{put(rawPool("a"))}
	case "delete first":
		return []*pluginv1.WatchEvent{gone(poolKind, "a")}
	case "synced first":
		return []*pluginv1.WatchEvent{synced()}
	case "kind left out":
		return []*pluginv1.WatchEvent{begin(pluginv1.Kind_KIND_UNSPECIFIED), synced()}
	case "kind of the future":
		return []*pluginv1.WatchEvent{begin(pluginv1.Kind(99), poolKind), put(rawPool("a")), {}, synced(), gone(pluginv1.Kind(99), "b")}
	case "from the future":
		return fromTheFuture()
	case "in order":
		return []*pluginv1.WatchEvent{
			begin(poolKind), put(rawPool("a")), put(rawPool("b")), synced(),
			gone(poolKind, "a", ""), put(rawPool("a")), gone(poolKind, "b"),
		}
	case "too many":
		events := []*pluginv1.WatchEvent{begin()}
		for _, id := range strings.Fields("a b c d e f g h i j k") {
			events = append(events, put(rawPool(id)))
		}
		return append(events, synced())
	case "too large together":
		events := []*pluginv1.WatchEvent{begin()}
		for _, id := range strings.Fields("a b c d e") {
			large := rawPool(id)
			large.Description = strings.Repeat("x", 1<<10)
			events = append(events, put(large))
		}
		return append(events, synced())
	case "bad objects":
		return []*pluginv1.WatchEvent{begin(), put(rawPool("a")), put(nil), put(&pluginv1.Object{Id: "x", Name: "x"}), put(rawPool("b")), synced()}
	default:
		return []*pluginv1.WatchEvent{begin(), put(rawPool("a")), synced()}
	}
}

func (r *rawPlugin) Watch(_ *pluginv1.WatchRequest, stream grpc.ServerStreamingServer[pluginv1.WatchResponse]) error {
	events := script(r.scenario)
	if r.scenario == "huge message" {
		events = []*pluginv1.WatchEvent{begin(), put(rawPool("a")), put(rawPool(strings.Repeat("x", 2<<20))), synced()}
	}
	if err := stream.Send(&pluginv1.WatchResponse{Events: events}); err != nil {
		return err
	}
	switch r.scenario {
	case "cut in half", "over at once":
		return nil
	case "in circles":
		for {
			if err := stream.Send(&pluginv1.WatchResponse{Events: []*pluginv1.WatchEvent{put(rawPool("a"))}}); err != nil {
				return err
			}
		}
	}
	<-stream.Context().Done()
	return stream.Context().Err()
}

func (r *rawPlugin) List(req *pluginv1.ListRequest, stream grpc.ServerStreamingServer[pluginv1.ListResponse]) error {
	if req.GetKind() != pluginv1.Kind_KIND_RESOURCE_POOL {
		return nil
	}
	objects := []*pluginv1.Object{rawPool("a")}
	switch r.scenario {
	case "cut in half":
		if err := stream.Send(&pluginv1.ListResponse{Objects: objects}); err != nil {
			return err
		}
		return status.Error(codes.Internal, "lost track")
	case "silent in half":
		<-stream.Context().Done()
		return nil
	case "wrong noun":
		objects = append(objects, &pluginv1.Object{Id: "t", Name: "t", Noun: &pluginv1.Object_ResourceType{}})
	case "huge message":
		objects = append(objects, rawPool(strings.Repeat("x", 2<<20)))
	case "endless":
		for {
			if err := stream.Send(&pluginv1.ListResponse{Objects: []*pluginv1.Object{rawPool(time.Now().String())}}); err != nil {
				return err
			}
		}
	}
	return stream.Send(&pluginv1.ListResponse{Objects: objects})
}

func (r *rawPlugin) Create(_ context.Context, req *pluginv1.CreateRequest) (*pluginv1.CreateResponse, error) {
	made := req.GetObject()
	made.Id = "made"
	switch r.scenario {
	case "nil answer":
		made = nil
	case "another noun":
		made.Noun = &pluginv1.Object_ResourceType{ResourceType: &pluginv1.ResourceType{}}
	case "plainly unavailable":
		return nil, status.Error(codes.Unavailable, "the cloud is closed")
	case "from the future":
		return nil, codeOfTheFuture()
	case "plain status":
		return nil, status.Error(codes.FailedPrecondition, "who knows")
	case "bad text":
		// Not even gRPC can send this, which is one more kind of broken answer.
		made.Name = "\xff"
	}
	return &pluginv1.CreateResponse{Object: made}, nil
}

func (r *rawPlugin) Update(_ context.Context, req *pluginv1.UpdateRequest) (*pluginv1.UpdateResponse, error) {
	if r.scenario == "foreign id" {
		return &pluginv1.UpdateResponse{Object: rawPool("another")}, nil
	}
	return &pluginv1.UpdateResponse{Object: req.GetObject()}, nil
}

func (r *rawPlugin) Close(context.Context, *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	if r.scenario == "deaf to close" {
		hang()
	}
	return &pluginv1.CloseResponse{}, nil
}
