// Package sdk is what the author of a netweave plugin imports.
//
// A plugin is an executable that answers for one kind of infrastructure. Its
// whole main function is a call of Serve with the plugin's Info and a function
// that opens a Backend from the adapter's configuration.
package sdk

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/netweave/netweave/sdk/internal/protocol"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// Info names a plugin.
type Info struct {
	// Name is the plugin's name, the same as its executable's: lower-case
	// letters, digits and dashes.
	Name string
	// Version is the plugin's own version, for people.
	Version string
}

// Host is what netweave offers to a plugin.
type Host interface {
	// Logger writes to netweave's log, under the adapter's name. What is
	// written to standard error arrives there too.
	Logger() *slog.Logger
	// Adapter is the adapter's name in netweave's configuration.
	Adapter() string
}

// OpenFunc opens a backend from its configuration. It runs once, after netweave
// has sent the configuration, which was decoded strictly into C (JSON names;
// unknown keys are errors) and checked with C's Validate method if it has one.
// ctx is for opening alone and ends when the function returns; what runs on
// after it is for Close to end.
//
// An error with code Invalid means that the configuration is wrong; any other
// that it may work later, and netweave will try again.
type OpenFunc[C any] func(ctx context.Context, host Host, cfg C) (Backend, error)

// Serve is a plugin's whole main: it serves the backend that open makes until
// netweave is done with it or is gone, and then exits. It never returns.
//
// It owns the process: the handshake with netweave, the standard output, the
// default slog logger (which writes to netweave's log), and the wait for the
// parent process, without which a plugin does not live on. A panic in a method
// of the backend becomes an error of that call, logged with its stack; one in a
// goroutine of the author's own ends the process, and netweave starts it again.
//
// Started by hand, it says what it is and exits with status 1.
func Serve[C any](info Info, open OpenFunc[C]) {
	os.Exit(serve(info, os.Stderr, func(ctx context.Context, h Host, raw []byte) (Backend, error) {
		cfg, err := decodeConfig[C](raw)
		if err != nil {
			return nil, err
		}
		return open(ctx, h, cfg)
	}))
}

// closePatience is how long a plugin whose host is gone has to put its things
// in order.
const closePatience = 5 * time.Second

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

func serve(info Info, stderr io.Writer, open opener) (status int) {
	if !validName.MatchString(info.Name) {
		fmt.Fprintf(stderr, "sdk.Serve: the plugin's name is %q: use lower-case letters, digits and dashes, as in its executable's name\n", info.Name)
		return 1
	}
	if os.Getenv(protocol.CookieKey) != protocol.CookieValue {
		fmt.Fprintf(stderr, "%s %s is a plugin of netweave and does nothing by itself.\n"+
			"Put it into the gateway's plugin folder and enable an adapter of type %q in its configuration; the gateway starts it.\n",
			info.Name, info.Version, info.Name)
		return 1
	}

	handles, logger := newLogger(stderr)
	slog.SetDefault(logger)
	surviveBrokenPipes()

	s := newServer(info, open, logger)
	running := make(chan *grpc.Server, 1)
	stop := watchParent(os.Getppid, parentInterval, func() {
		logger.Warn("the process that started this plugin is gone: closing")
		shutQuietly(s)
		(<-running).Stop()
	})
	defer stop()

	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: protocol.Handshake(),
		VersionedPlugins: map[int]plugin.PluginSet{
			protocol.Version: {protocol.PluginName: servedPlugin{server: s}},
		},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			g := grpcServer(opts)
			running <- g
			return g
		},
		Logger: handles,
	})
	shutQuietly(s)
	return 0
}

// shutQuietly closes the backend if nobody has asked for it.
func shutQuietly(s *server) {
	ctx, cancel := context.WithTimeout(context.Background(), closePatience)
	defer cancel()
	if err := s.shut(ctx); err != nil {
		s.logger.Debug("closing", "error", err.Error())
	}
}

// servedPlugin is the plugin's half of go-plugin's idea of a plugin.
type servedPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer registers the service.
func (p servedPlugin) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	pluginv1.RegisterPluginServer(g, p.server)
	return nil
}

// GRPCClient is never called in a plugin.
func (servedPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("a plugin serves itself and does not dispense: hosts use package wire")
}
