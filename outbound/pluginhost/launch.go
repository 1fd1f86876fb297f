package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	gorunner "github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/netweave/netweave/ports/backend"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
	"github.com/netweave/netweave/sdk/wire"
)

// launcher starts processes. One serves every adapter of a host.
type launcher struct {
	cfg     Config
	vault   vault
	run     *runDir
	spawner *spawner
}

// outlets are where a process's output goes.
type outlets struct {
	log                       hclog.Logger // go-plugin's own
	stdout, stderr, rawStderr *outputLog
}

// startFailure tells a supervisor what to make of a start that failed.
type startFailure struct {
	err error
	// refused: only an operator can mend it. unready: the plugin runs, and says
	// that it cannot open its backend now. Neither is a crash.
	refused, unready bool
}

func (f *startFailure) Error() string { return f.err.Error() }
func (f *startFailure) Unwrap() error { return f.err }

// launch starts the adapter's plugin and opens it. The error is a *startFailure;
// nothing is left behind it. When ctx ends, the start is given up.
func (l *launcher) launch(ctx context.Context, a Adapter, out outlets, t translator) (*process, error) {
	path, sum, err := l.vault.fetch(l.cfg.Dir, a.Plugin)
	if err != nil {
		return nil, &startFailure{err: err, refused: true}
	}
	dir, err := l.run.processDir()
	if err != nil {
		return nil, &startFailure{err: fmt.Errorf("run directory: %w", err), refused: true}
	}
	p := &process{adapter: a, sum: sum, dir: dir, gate: newGate(), lost: make(chan struct{}), runner: newRunner(l.spawner, path, out.rawStderr)}
	p.client = plugin.NewClient(l.clientConfig(p, out))
	stop := context.AfterFunc(ctx, p.runner.kill)
	err = l.connect(p)
	if err == nil {
		err = l.open(ctx, p, a, t)
	}
	if stop(); err == nil {
		return p, nil
	}
	if failure, ok := errors.AsType[*startFailure](err); ok {
		failure.err = errors.Join(failure.err, p.abort())
		return nil, failure
	}
	return nil, &startFailure{err: errors.Join(err, p.abort())}
}

// clientConfig is everything that go-plugin is told, made anew for each
// process: a plugin.Client and what it is built from serve once.
func (l *launcher) clientConfig(p *process, out outlets) *plugin.ClientConfig {
	limit := grpc.WithDefaultCallOptions(
		grpc.MaxCallRecvMsgSize(l.cfg.Limits.MessageBytes), grpc.MaxCallSendMsgSize(wire.MaxMessageBytes))
	return &plugin.ClientConfig{
		HandshakeConfig:  wire.Handshake,
		VersionedPlugins: wire.VersionedPlugins(),
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:         true,
		GRPCDialOptions:  append(wire.DialOptions(), limit),
		StartTimeout:     l.cfg.StartTimeout,
		SkipHostEnv:      true,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: p.dir},
		Logger:           quiet{out.log},
		SyncStdout:       out.stdout,
		SyncStderr:       out.stderr,
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (gorunner.Runner, error) {
			p.runner.env = append(pickEnv(l.cfg.Environ, l.cfg.EnvAllow), cmd.Env...)
			return p.runner, nil
		},
	}
}

// connect brings the process up to the handshake and checks where it listens.
func (l *launcher) connect(p *process) error {
	addr, err := p.client.Start()
	if err != nil && p.runner.pidOf() == 0 {
		// Nothing ran that could have crashed: the machine would not have it.
		return &startFailure{err: fmt.Errorf("start: %w", err), refused: true}
	}
	if err != nil {
		return apart(fmt.Errorf("start: %w", p.runner.explain(err)))
	}
	if socket, ok := addr.(*net.UnixAddr); !ok || !within(p.dir, socket.Name) {
		return fmt.Errorf("start: the plugin listens at %s %s, not in the directory given to it", addr.Network(), addr)
	}
	protocol, err := p.client.Client()
	if err != nil {
		return fmt.Errorf("connect: %w", p.runner.explain(err))
	}
	raw, err := protocol.Dispense(wire.PluginName)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	conn, ok := raw.(*wire.Conn)
	if !ok {
		return fmt.Errorf("connect: unexpected %T", raw)
	}
	p.conn = conn
	client, ok := protocol.(*plugin.GRPCClient)
	if !ok {
		return fmt.Errorf("connect: unexpected %T", protocol)
	}
	p.alive = grpc_health_v1.NewHealthClient(client.Conn)
	return nil
}

// open sends the configuration and takes down what the plugin says of itself.
func (l *launcher) open(ctx context.Context, p *process, a Adapter, t translator) error {
	ctx, cancel := context.WithTimeoutCause(ctx, l.cfg.OpenTimeout, errDeadline)
	defer cancel()
	config := a.Config
	if len(config) == 0 {
		config = []byte("{}")
	}
	res, err := p.conn.Client.Open(ctx, &pluginv1.OpenRequest{
		Adapter: a.Name, ConfigJson: config, HostVersion: l.cfg.HostVersion,
	})
	if lostConnection(err) && p.reachable(ctx) {
		return &startFailure{err: fmt.Errorf("open: %w", t.unaware(err)), unready: true}
	}
	if lostConnection(err) || p.conn.Done.Err() != nil {
		return fmt.Errorf("open: %w", p.runner.explain(errDied))
	}
	if err != nil {
		fault := t.fault(ctx, err, false)
		if e, ok := errors.AsType[*backend.Error](fault); ok && errors.Is(e, backend.ErrInvalid) {
			return &startFailure{err: fmt.Errorf("the plugin refuses its configuration: %s", e.Message), refused: true}
		}
		return &startFailure{err: fmt.Errorf("open: %w", fault), unready: true}
	}
	p.opened = res
	return nil
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, filepath.Clean(path))
	return err == nil && filepath.IsLocal(rel)
}
