package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/health/grpc_health_v1"

	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
	"github.com/netweave/netweave/sdk/wire"
)

// errDied is the end of every call to a process that has ended.
var errDied = errors.New("the plugin's process ended")

// errLost is the end of a process that can be reached no more though it runs.
var errLost = errors.New("the connection to the plugin's process was lost")

// process is one running plugin that was opened: what an instance owns one of
// at a time, and may replace by another.
type process struct {
	adapter Adapter // what it was opened for
	sum     string  // the checksum of its executable
	// replaced says that another process has taken its place.
	replaced atomic.Bool

	client *plugin.Client
	runner *runner
	conn   *wire.Conn
	alive  grpc_health_v1.HealthClient
	dir    string // holds its socket
	gate   *gate
	opened *pluginv1.OpenResponse
	lost   chan struct{} // closed by the first call that finds the connection broken
}

// died is closed when the process is gone.
func (p *process) died() <-chan struct{} { return p.runner.exited }

// capabilities are what the plugin said it can do, sorted. It is never nil: a
// plugin that can do nothing has said so.
func (p *process) capabilities() []string {
	caps := append([]string{}, p.opened.GetCapabilities()...)
	slices.Sort(caps)
	return slices.Compact(caps)
}

func (p *process) can(capability string) bool {
	return slices.Contains(p.opened.GetCapabilities(), capability)
}

// probe asks the process, not its author's code, for a sign of life.
func (p *process) probe(ctx context.Context) error {
	_, err := p.alive.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: plugin.GRPCServiceName})
	return err
}

// reachable tells whether the process answers, now.
func (p *process) reachable(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lastWords)
	defer cancel()
	return p.probe(ctx) == nil
}

// stop ends the process in order: no new call, the ones in flight to their end
// or for as long as patience lasts, the plugin's own Close, and then the end,
// whatever came before. When ctx ends it goes straight there.
func (p *process) stop(ctx context.Context, patience, closing time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.conn.Done, cancel)()
	var errs []error
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.gate.close():
	case <-timer.C:
		errs = append(errs, fmt.Errorf("calls were still in flight after %s", patience))
	case <-ctx.Done():
	}
	if ctx.Err() == nil {
		closeCtx, cancel := context.WithTimeout(ctx, closing)
		if _, err := p.conn.Client.Close(closeCtx, &pluginv1.CloseRequest{}); err != nil && p.conn.Done.Err() == nil {
			errs = append(errs, fmt.Errorf("close: %w", wire.FromStatus(err)))
		}
		cancel()
	}
	if ctx.Err() != nil {
		p.runner.kill()
	}
	return errors.Join(append(errs, p.end())...)
}

// abort ends a process that is of no use any more, without asking it.
func (p *process) abort() error {
	p.runner.kill()
	return p.end()
}

// killPatience is how long go-plugin may take to end a process by asking.
const killPatience = 3 * time.Second

// end makes sure that the process is gone, and cleans up behind it. It returns
// when the process has been reaped.
func (p *process) end() error {
	p.gate.close()
	timer := time.AfterFunc(killPatience, p.runner.kill)
	defer timer.Stop()
	p.client.Kill()
	p.runner.kill()
	if p.runner.pidOf() != 0 {
		<-p.runner.exited
	}
	return os.RemoveAll(p.dir)
}
