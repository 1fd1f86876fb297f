package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netweave/netweave/sdk"
	"github.com/netweave/netweave/sdk/wire"
)

// Trial says which executable is tried, and with what.
type Trial struct {
	// Executable is the file to run: its caller trusts it, so that no lock file is
	// asked. Everything else that keeps a plugin from being run does so here too.
	Executable string
	// Config is what the adapter's configuration would be, a JSON object.
	Config []byte
	// Environ and EnvAllow are the host's: what the plugin may see.
	Environ, EnvAllow []string
	HostVersion       string
}

// Tried is a plugin that was started by Try and opened, once and without a
// supervisor: when it dies it stays dead. It must be closed.
type Tried struct {
	// Backend asks the plugin itself, in its own ids; nothing stands between.
	*wire.Backend
	// Protocol is the version of the wire that both ends settled on.
	Protocol int

	process *process
	spawner *spawner
	run     *runDir
	redact  redactor
}

// Try runs an executable as a gateway would, of which it is no part. The
// error says what kept it from running. What the plugin prints goes to log, its
// secrets blanked. The plugin ends with this process, however that ends.
func Try(ctx context.Context, t Trial, log hclog.Logger) (_ *Tried, err error) {
	state := filepath.Join(os.TempDir(), fmt.Sprintf("netweave-try-%d", os.Geteuid()))
	cfg := Config{
		Dir: state, StateDir: state,
		Environ: t.Environ, EnvAllow: t.EnvAllow, HostVersion: t.HostVersion,
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if err := makePrivate(state); err != nil {
		return nil, fmt.Errorf("directory for trials: %w", err)
	}
	run, err := openRunDir(state)
	if err != nil {
		return nil, fmt.Errorf("directory for trials: %w", err)
	}
	tried := &Tried{spawner: newSpawner(), run: run, redact: newRedactor(t.Config)}
	defer func() {
		if err != nil {
			err = errors.Join(err, tried.release())
		}
	}()
	cfg.Dir, cfg.StateDir = filepath.Join(run.path, "plugins"), filepath.Join(run.path, "copies")
	const name = "plugin"
	if err := admit(t.Executable, cfg.Dir, name); err != nil {
		return nil, err
	}
	l := &launcher{cfg: cfg.withDefaults(), vault: vault{cfg.StateDir}, run: run, spawner: tried.spawner}
	errs := translator{adapter: "trial", redact: tried.redact}
	p, err := l.launch(ctx, Adapter{Name: errs.adapter, Plugin: name, Config: t.Config}, trialOutlets(log, errs), errs)
	if err != nil {
		return nil, errors.New(errs.clean(err.Error()))
	}
	tried.process, tried.Protocol = p, p.client.NegotiatedVersion()
	tried.Backend = wire.Opened(p.conn.Client, p.opened)
	return tried, nil
}

// admit puts a copy of an executable into a plugin directory of its own, after
// the checks that a gateway makes of the file, and trusts it there.
func admit(executable, dir, name string) (err error) {
	source, err := os.OpenFile(executable, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("%s is not readable: %w", executable, bare(err))
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := checkFile(source); err != nil {
		return fmt.Errorf("%s is %w", executable, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	copied, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	if _, err := io.Copy(copied, source); err != nil {
		return errors.Join(err, copied.Close())
	}
	if err := copied.Close(); err != nil {
		return err
	}
	_, err = TrustPlugin(dir, name)
	return err
}

func trialOutlets(log hclog.Logger, errs translator) outlets {
	limit := newRateLimit(Config{}.withDefaults().Limits.LogLines, time.Now())
	outlet := func(log hclog.Logger) *outputLog {
		return &outputLog{log: log, level: hclog.Info, redact: errs.redact, limit: limit, drop: func() {}}
	}
	return outlets{
		log:    log.Named("go-plugin"),
		stdout: outlet(log.Named("stdout")), stderr: outlet(log.Named("stderr")), rawStderr: outlet(log),
	}
}

// Died is closed when the plugin's process has ended.
func (t *Tried) Died() <-chan struct{} { return t.process.died() }

// Ending says how the process ended; nil if it has not. Where the error of a call
// announces the end, it is waited for.
func (t *Tried) Ending(after error) error {
	wait := time.Duration(0)
	if e, ok := errors.AsType[*sdk.Error](after); ok && e.Code == sdk.Unavailable && e.Source == sdk.SourcePlugin {
		wait = lastWords
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-t.Died():
	case <-timer.C:
		return nil
	}
	if t.process.runner.err == nil {
		return fmt.Errorf("%w with exit status 0", errDied)
	}
	return fmt.Errorf("%w: %w", errDied, t.process.runner.err)
}

// Clean makes what the plugin said fit to be shown: one line, no secret of the
// configuration.
func (t *Tried) Clean(text string) string { return translator{redact: t.redact}.clean(text) }

// drainPatience is for the last calls of a trial, which ended before it is stopped.
const drainPatience = time.Second

// Stop lets the plugin close its backend and ends it; when ctx ends first, at once.
func (t *Tried) Stop(ctx context.Context) error {
	select {
	case <-t.Died():
		return errors.Join(t.process.abort(), t.release())
	default:
	}
	cfg := Config{}.withDefaults()
	return errors.Join(t.process.stop(ctx, drainPatience, cfg.CloseTimeout), t.release())
}

func (t *Tried) release() error {
	t.spawner.close()
	return t.run.close()
}
