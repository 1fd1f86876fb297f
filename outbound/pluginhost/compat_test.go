package pluginhost

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// A plugin of the first days, which knows neither the sdk nor what was added
// since, is read as it always was; what it lacks is told as such.
func TestAnOldPluginServesThisHost(t *testing.T) {
	back := open(t, quick("old")).running(t, struct{}{})
	s := newSheet()
	if err := back.Snapshot(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	for _, native := range []string{"m", "p", "r", "t"} {
		if s.get(native) == nil {
			t.Errorf("%s is missing: %s", native, s.said())
		}
	}
	if err := back.Health(t.Context()); err != nil {
		t.Errorf("health: %v", err)
	}
	wantError(t, back.Watch(t.Context(), newSheet()), backend.ErrUnsupported, backend.SourceCaller, "it cannot watch")
	_, err := back.UpdateResourcePool(t.Context(), newPool("p"))
	wantError(t, err, backend.ErrUnsupported, backend.SourceCaller, "it lacks the capability resource-pool-update")
	_, err = back.Alarms(t.Context())
	wantError(t, err, backend.ErrUnsupported, backend.SourceCaller, "it lacks the capability alarms")
	// It says that it can, and does not have the method.
	_, err = back.CreateResourcePool(t.Context(), newPool("q"))
	wantError(t, err, backend.ErrUnsupported, backend.SourceCaller, "unknown method Create")
}

// A host of the first days, which knows neither the sdk nor what was added since,
// is served by a plugin that was built with this sdk.
func TestThisPluginServesAnOldHost(t *testing.T) {
	conn := oldHost(t)
	call := func(method, request string) (*dynamicpb.Message, error) {
		answer := message(method+"Response", "{}")
		return answer, conn.Invoke(t.Context(), "/"+frozenService+"/"+method, message(method+"Request", request), answer)
	}
	opened, err := call("Open", `{"adapter":"one","configJson":"eyJyZXNvdXJjZXMiOjJ9"}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := opened.Get(opened.Descriptor().Fields().ByName("name")).String(); got != "fake" {
		t.Errorf("it calls itself %q", got)
	}
	if _, err := call("Health", `{}`); err != nil {
		t.Errorf("health: %v", err)
	}
	got, err := call("Get", `{"kind":"KIND_RESOURCE","id":"server-1"}`)
	if err != nil || !strings.Contains(got.String(), "server 1") {
		t.Errorf("get: %v, %v", got, err)
	}
	if _, err := call("Get", `{"kind":"KIND_RESOURCE","id":"nobody"}`); status.Code(err) != codes.NotFound {
		t.Errorf("get of nobody: %v, want gRPC's own NotFound", err)
	}
	listed := stream(t, conn, "List", `{"kind":"KIND_RESOURCE"}`, true)
	if len(listed) != 1 || strings.Count(listed[0].String(), "resource_type_id") != 2 {
		t.Errorf("list: %v", listed)
	}
	if first := stream(t, conn, "Watch", `{}`, false)[0].String(); !strings.Contains(first, "begin") {
		t.Errorf("the watch begins with %s", first)
	}
	// What only a newer host could ask.
	if _, err := call("Get", `{"kind":77,"id":"x"}`); status.Code(err) != codes.Unimplemented {
		t.Errorf("get of an unknown kind: %v, want Unimplemented", err)
	}
	asked := message("HealthRequest", "{}")
	asked.SetUnknown(unknownField())
	if err := conn.Invoke(t.Context(), "/"+frozenService+"/Health", asked, message("HealthResponse", "{}")); err != nil {
		t.Errorf("a request with a field of the future: %v", err)
	}
	if err := conn.Invoke(t.Context(), "/"+frozenService+"/Rewind", asked, asked); status.Code(err) != codes.Unimplemented {
		t.Errorf("a method of the future: %v, want Unimplemented", err)
	}
	if _, err := call("Close", `{}`); err != nil {
		t.Errorf("close: %v", err)
	}
}

// A plugin of days to come says things that this host has no words for: it goes
// on with what it knows.
func TestAPluginFromTheFutureServesThisHost(t *testing.T) {
	b := open(t, quick("raw"))
	back := b.running(t, map[string]string{"scenario": "from the future"})
	if caps := back.Info().Capabilities; !slices.Contains(caps, backend.CapRealTimeEvents) || !slices.Contains(caps, "time-travel") {
		t.Errorf("capabilities %q", caps)
	}
	s := newSheet()
	go func() { _ = back.Watch(t.Context(), s) }()
	eventually(t, "the watch has told what is known of it", func() bool { return strings.Contains(s.said(), "delete") })
	if got, want := s.said(), "begin, put a, put b, synced, put c, delete a"; got != want {
		t.Errorf("the watch told %q, want %q", got, want)
	}
	_, err := back.CreateResourcePool(t.Context(), newPool("p"))
	wantError(t, err, backend.ErrConflict, backend.SourceCaller, "it will have been there")
}

// oldHost starts the plugin that this test binary is and returns a connection.
func oldHost(t *testing.T) *grpc.ClientConn {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{modeVariable + "=good"}
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  frozenHandshake(),
		VersionedPlugins: map[int]plugin.PluginSet{1: {frozenName: frozenHost{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		Cmd:              cmd,
		SkipHostEnv:      true,
		Logger:           hclog.NewNullLogger(),
	})
	t.Cleanup(client.Kill)
	protocol, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := protocol.Dispense(frozenName)
	if err != nil {
		t.Fatal(err)
	}
	return raw.(*grpc.ClientConn)
}

// stream reads a stream to its end, or its first message.
func stream(t *testing.T, conn *grpc.ClientConn, method, request string, whole bool) []*dynamicpb.Message {
	t.Helper()
	s, err := conn.NewStream(t.Context(), &grpc.StreamDesc{ServerStreams: true}, "/"+frozenService+"/"+method)
	if err == nil {
		err = s.SendMsg(message(method+"Request", request))
	}
	if err == nil {
		err = s.CloseSend()
	}
	var all []*dynamicpb.Message
	for err == nil && (whole || len(all) == 0) {
		m := message(method+"Response", "{}")
		if err = s.RecvMsg(m); err == nil {
			all = append(all, m)
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%s: %v", method, err)
	}
	return all
}

// unknownField is a field that no message has.
func unknownField() []byte {
	return protowire.AppendString(protowire.AppendTag(nil, 500, protowire.BytesType), "of the future")
}

func withUnknown[T proto.Message](m T) T {
	m.ProtoReflect().SetUnknown(unknownField())
	return m
}

// fromTheFuture is a watch with kinds, events, nouns and fields that nobody knows
// yet, and what this host knows in between.
func fromTheFuture() []*pluginv1.WatchEvent {
	const kind, poolKind = pluginv1.Kind(77), pluginv1.Kind_KIND_RESOURCE_POOL
	newNoun := withUnknown(&pluginv1.Object{Id: "x", Name: "x"})
	known := withUnknown(rawPool("b"))
	withUnknown(known.GetResourcePool())
	return []*pluginv1.WatchEvent{
		begin(poolKind, kind), put(rawPool("a")), put(newNoun), put(known), withUnknown(&pluginv1.WatchEvent{}), synced(),
		put(rawPool("c")), gone(kind, "x"), gone(poolKind, "a"),
	}
}

// codeOfTheFuture is an error whose code nobody knows yet: gRPC's own says enough.
func codeOfTheFuture() error {
	s, err := status.New(codes.Aborted, "it will have been there").
		WithDetails(&pluginv1.FaultDetail{Code: "paradox", Source: "future", Message: "it will have been there"})
	if err != nil {
		return err
	}
	return s.Err()
}
