package sdk

import (
	"context"
	"log/slog"

	"google.golang.org/grpc"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// opener makes a backend of a configuration as it came.
type opener func(ctx context.Context, host Host, config []byte) (Backend, error)

// server answers netweave's calls with an author's Backend. Each method admits
// the call to the session, runs the author's code contained, checks what it
// gave, and turns errors into statuses.
type server struct {
	pluginv1.UnimplementedPluginServer

	info    Info
	open    opener
	logger  *slog.Logger
	session *session
	watches watchSlot
}

func newServer(info Info, open opener, logger *slog.Logger) *server {
	return &server{info: info, open: open, logger: logger, session: newSession()}
}

// grpcServer makes a gRPC server that accepts what the wire allows.
func grpcServer(opts []grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts,
		grpc.MaxRecvMsgSize(protocol.MaxMessageBytes),
		grpc.MaxSendMsgSize(protocol.MaxMessageBytes),
	)...)
}

// Open decodes the configuration and lets the author open a backend.
func (s *server) Open(ctx context.Context, req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	var capabilities []string
	err := s.session.open(ctx, func(ctx context.Context) (b Backend, err error) {
		err = s.contain("open function", func() error {
			b, err = s.open(ctx, host{adapter: req.GetAdapter(), logger: s.logger}, req.GetConfigJson())
			if err == nil && b == nil {
				err = lies("open function", "it returned neither a backend nor an error")
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		capabilities = Capabilities(b)
		return b, nil
	})
	if err != nil {
		return nil, s.answer(ctx, "open function", err)
	}
	s.logger.Debug("opened", "plugin", s.info.Name, "version", s.info.Version, "netweave", req.GetHostVersion())
	return &pluginv1.OpenResponse{Name: s.info.Name, Version: s.info.Version, Capabilities: capabilities}, nil
}

// Health asks the author's Health.
func (s *server) Health(ctx context.Context, _ *pluginv1.HealthRequest) (*pluginv1.HealthResponse, error) {
	err := s.call(ctx, "Health", func(ctx context.Context, b Backend) error { return b.Health(ctx) })
	if err != nil {
		return nil, err
	}
	return &pluginv1.HealthResponse{}, nil
}

// Close ends every call and closes the backend.
func (s *server) Close(ctx context.Context, _ *pluginv1.CloseRequest) (*pluginv1.CloseResponse, error) {
	if err := s.shut(ctx); err != nil {
		return nil, s.answer(ctx, "Close", err)
	}
	return &pluginv1.CloseResponse{}, nil
}

// shut closes the session; it fails if that was done before.
func (s *server) shut(ctx context.Context) error {
	return s.session.shut(ctx, func(b Backend) error {
		return s.contain("Close", b.Close)
	})
}

// call runs one call of the backend and gives its status.
func (s *server) call(ctx context.Context, method string, f func(context.Context, Backend) error) error {
	ctx, b, done, err := s.session.enter(ctx)
	if err != nil {
		return s.answer(context.Background(), method, err)
	}
	defer done()
	return s.answer(ctx, method, s.contain(method, func() error { return f(ctx, b) }))
}

// host is what an opening backend sees of netweave.
type host struct {
	adapter string
	logger  *slog.Logger
}

func (h host) Logger() *slog.Logger { return h.logger }
func (h host) Adapter() string      { return h.adapter }
